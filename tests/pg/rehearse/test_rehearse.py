"""A rehearsal runs the real plan forward and back on a clone, and the source is not touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ringfence import db, verbs
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer
from ringfence.plan.model import Plan
from ringfence.rehearse.model import NothingToRehearse, RehearsalStopped
from ringfence.rehearse.run import acceptances, rehearse, scratch_server
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Callable[[str], Path]:
    """Load a case into the test's database; gives its configuration."""

    def loaded(name: str) -> Path:
        database.execute((CASES / name / "before.sql").read_text())
        database.execute("analyze")  # or autovacuum does so at any moment, and a plan says how large tables are
        for file in (CASES / name).iterdir():
            shutil.copy(file, tmp_path / file.name)
        return tmp_path / "ringfence.toml"

    return loaded


def read(url: str) -> Catalog:
    with db.connect(url) as conn:
        return read_catalog(conn)


def test_the_plan_is_rehearsed_forward_and_back(database: Database, load: Callable[[str], Path]) -> None:
    config = load("documents")
    before = read(database.url)

    rehearsal = verbs.rehearse(database.url, config)

    assert rehearsal.passed, (rehearsal.unforeseen, rehearsal.left_behind)
    assert rehearsal.steps > 10
    assert rehearsal.plan_hash == verbs.plan(database.url, config).hash
    assert rehearsal.server_version // 10000 == database.server.major
    assert read(database.url).fingerprint == before.fingerprint
    with psycopg.connect(database.url) as conn:
        assert conn.execute("select to_regnamespace('ringfence') is null").fetchone() == (True,)


def test_tables_step_aside_on_the_clone_and_come_back(database: Database, load: Callable[[str], Path]) -> None:
    """Views, grants, retirement and the way back are as foreseen on a clone too, names that need quotes included."""
    config = load("old_clients_names")
    plan = verbs.plan(database.url, config)
    assert plan.compatibility

    rehearsal = verbs.rehearse(database.url, config)

    assert rehearsal.unforeseen == ()
    assert rehearsal.left_behind == ()
    assert rehearsal.plan_hash == plan.hash


def test_gates_that_need_people_do_not_stop_a_rehearsal(database: Database, load: Callable[[str], Path]) -> None:
    """A unique rule to be retired waits for old clients to be gone; a clone has none."""
    config = load("uniqueness_within_a_tenant")

    rehearsal = verbs.rehearse(database.url, config)

    assert rehearsal.passed, (rehearsal.unforeseen, rehearsal.left_behind)


def nothing(_url: str, _plan: Plan) -> None:
    """A run that does nothing."""


def test_what_was_not_foreseen_is_named(database: Database, load: Callable[[str], Path]) -> None:
    config = load("documents")
    plan = verbs.plan(database.url, config)

    def meddle(url: str, _plan: Plan) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("create table public.surprise (a int)")

    with scratch_server(database.url) as server:
        idle = rehearse(database.url, plan, server, apply=nothing, revert=nothing)
        meddled = rehearse(database.url, plan, server, apply=nothing, revert=meddle)

    assert not idle.passed
    assert idle.unforeseen
    assert idle.left_behind == ()
    assert [d.subject for d in meddled.left_behind] == ["table public.surprise"]


def test_the_clone_is_dropped_when_the_rehearsal_fails(database: Database, load: Callable[[str], Path]) -> None:
    plan = verbs.plan(database.url, load("documents"))

    def fail(_url: str, _plan: Plan) -> None:
        raise RehearsalStopped(detail="on purpose")

    with scratch_server(database.url) as server:
        with pytest.raises(RehearsalStopped):
            rehearse(database.url, plan, server, apply=fail, revert=nothing)
        assert databases(server) == {"postgres", "template0", "template1"}


def databases(server: EmbeddedServer) -> set[str]:
    with psycopg.connect(server.url()) as conn:
        return {row[0] for row in conn.execute("select datname::text from pg_database").fetchall()}


def test_a_schema_the_plan_was_not_made_for_is_refused(database: Database, load: Callable[[str], Path]) -> None:
    plan = verbs.plan(database.url, load("documents"))
    database.execute("create table public.drift (a int)")

    with scratch_server(database.url) as server, pytest.raises(NothingToRehearse) as caught:
        rehearse(database.url, plan, server, apply=nothing, revert=nothing)

    assert caught.value.code == "RF734"


def test_only_what_a_person_may_answer_for_is_accepted(database: Database, load: Callable[[str], Path]) -> None:
    plan = verbs.plan(database.url, load("documents"))
    checks = {c.code: c for p in plan.phases for g in (p.entry, p.exit) for c in g.checks}

    accepted = acceptances(plan)

    assert accepted
    assert all(checks[code].acceptable for code in accepted)
    assert set(accepted) < set(checks)


def test_an_ordinary_owner_s_missing_privilege_shows_on_the_clone(
    database: Database, load: Callable[[str], Path]
) -> None:
    """Whoever may not create a schema in the source may not do it on the clone."""
    config = load("documents")
    owner = database.create_role("owner")
    with psycopg.connect(database.url, autocommit=True) as conn:
        tables = conn.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'"
        ).fetchall()
        for (name,) in tables:
            conn.execute(f'alter table {name} owner to "{owner}"'.encode())
        conn.execute(f'grant create on schema public to "{owner}"; grant usage on schema auth to "{owner}"'.encode())
        conn.execute(f'grant select, references, trigger on auth.users to "{owner}"'.encode())
    url = database.url_as(owner)
    plan = verbs.plan(url, config)

    def creates(clone: str, _plan: Plan) -> None:
        with psycopg.connect(clone, autocommit=True) as conn:
            conn.execute("create schema ringfence")

    with scratch_server(url) as server:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rehearse(url, plan, server, apply=creates, revert=nothing)
        database.execute(f'grant create on database "{database.name}" to "{owner}"')
        assert not rehearse(url, plan, server, apply=creates, revert=nothing).left_behind
