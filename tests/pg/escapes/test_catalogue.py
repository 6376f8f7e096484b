"""The catalogue closed end to end: planted, found by `assess`, used by `verify`, closed by the hint or by phase 6, denied.

`after phase 6` is planted into a database that was migrated, where the rule's hint closes it. With `floor`, the floor of
phase 6 alone holds it off first, and is dropped only to show that there is something to hold off. `before phase 0` is
planted into the application as it was, and phase 6 closes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest

from pg.escapes.rows import Row, rows
from ringfence import verbs
from ringfence.verify.model import Outcome, Verification
from support.cases import ACCEPT
from support.databases import Database, Server, unique_name

HERE = Path(__file__).parent
ROWS = rows()


@dataclass
class World:
    """The small application in a database of its own."""

    database: Database
    config: Path

    @classmethod
    def made(cls, database: Database, scratch: Path, row: Row | None = None) -> World:
        """The application as it was before, with what a row plants there."""
        database.execute((HERE / "world.sql").read_text(encoding="utf-8"))
        config = scratch / "ringfence.toml"
        config.write_text(_spec(row), encoding="utf-8")
        if row is not None:
            database.execute(row.before)
        return cls(database, config)

    def migrate(self, through: int | None = None) -> None:
        """Apply the plan."""
        report = verbs.apply(self.database.url, self.config, through=through, accept=ACCEPT, observer=lambda _: None)
        assert report.outcome == "finished" or through is not None, (report.gates_missing, report.detail)

    def verify(self, *attacks: str) -> Verification:
        """Attack it, in these ways or in every one."""
        return verbs.verify(self.database.url, self.config, only=frozenset(attacks))

    def does(self, script: str) -> None:
        """Plant something."""
        with self.database.connect() as conn:
            owner = conn.execute(
                "select pg_get_userbyid(relowner) from pg_class where oid = 'public.notes'::regclass"
            ).fetchone()
        assert owner is not None
        self.database.execute(Template(script).safe_substitute(owner=owner[0]))

    def offers(self, extension: str) -> bool:
        """Whether the server has an extension to install."""
        with self.database.connect() as conn:
            found = conn.execute("select from pg_available_extensions where name = %s", (extension,))
            return found.fetchone() is not None

    def findings(self) -> dict[tuple[str, str], str]:
        """Hints by rule and subject."""
        found = verbs.assess(self.database.url, self.config).findings
        # a finding whose hint has more to say than before is a new one
        return {(f.code, f"{f.subject}: {f.message}\n{f.hint}"): f.hint for f in found}


def _spec(row: Row | None) -> str:
    text = (HERE / "ringfence.toml").read_text(encoding="utf-8")
    return text if row is None else f"{text}\n{row.spec}\n"


def leaking(found: Verification) -> set[str]:
    return {v.attack for v in found.attacks if v.outcome is Outcome.LEAKED}


def failing(found: Verification) -> set[str]:
    return {c.code for c in found.checks if not c.holds}


@dataclass(frozen=True)
class Migrated:
    """A migrated database to clone, and what is found in it when nothing is planted."""

    name: str
    config: Path
    findings: frozenset[tuple[str, str]]
    denied: frozenset[str]


@pytest.fixture(scope="module")
def migrated(server: Server, supabase_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """The application, migrated through phase 6: nothing leaks there."""
    name = unique_name("rf_migrated")
    server.clone_supabase(name, supabase_template)
    database = Database(server, name)
    world = World.made(database, tmp_path_factory.mktemp("migrated"))
    world.migrate()
    found = world.verify()
    assert found.leaked == found.failed == 0
    assert not found.not_tried
    denied = frozenset(v.attack for v in found.attacks if v.outcome is Outcome.DENIED)
    yield Migrated(name, world.config, frozenset(world.findings()), denied)
    database.close()


@pytest.fixture
def clone(server: Server, migrated: Migrated) -> Iterator[World]:
    """A copy of it to plant into."""
    name = unique_name("rf_planted")
    server.create_database(name, template=migrated.name)
    database = Database(server, name)
    yield World(database, migrated.config)
    database.close()


@pytest.mark.parametrize("row", [r for r in ROWS if r.after], ids=lambda row: row.id)
def test_planted_found_closed_by_its_hint_and_denied(clone: World, migrated: Migrated, row: Row) -> None:
    """Each way in is one: `assess` finds it, `verify` uses it, the hint closes it, and nothing leaks any more."""
    try:
        clone.does(row.after)
        if row.floor:
            assert not leaking(clone.verify(*row.attacks)) & set(row.attacks), "the floor holds"
            clone.does(f"drop policy ringfence_floor on {row.floor}")
        planted = clone.verify(*row.attacks)
        found = {key: hint for key, hint in clone.findings().items() if key not in migrated.findings}

        assert set(row.attacks) <= leaking(planted)
        assert set(row.checks) <= failing(planted)
        assert set(row.rules) <= {code for code, _ in found}

        if row.extension and not clone.offers(row.extension):
            pytest.skip(f"no {row.extension} on this server: the hint needs it")
        for (code, _), hint in found.items():
            if code in row.rules:
                clone.database.execute(hint)
        clone.does(row.repair)

        closed = clone.verify()
        assert leaking(closed) <= set(row.leaves)
        assert not failing(closed) & set(row.checks)
        left = {code for code, _ in set(clone.findings()) - migrated.findings}
        assert not left & set(row.rules)
    finally:
        if row.cleanup:
            clone.does(row.cleanup)


@pytest.mark.parametrize("row", [r for r in ROWS if r.before], ids=lambda row: row.id)
def test_phase_6_closes_what_an_application_brings(supabase_database: Database, tmp_path: Path, row: Row) -> None:
    """It leaks before, though there is a tenant column; afterwards nothing does."""
    world = World.made(supabase_database, tmp_path, row)
    world.migrate(through=2)
    before = world.verify(*row.attacks_before)
    assert set(row.attacks_before) <= leaking(before)
    assert set(row.checks) <= failing(before)
    plan = verbs.plan(world.database.url, world.config)
    assert row.step in {step.id for phase in plan.phases for step in phase.steps if phase.number == 6}

    world.migrate()

    after = world.verify()
    assert after.leaked == 0
    assert after.failed == 0
