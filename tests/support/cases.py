"""A case folder as an object: load, plan, apply, revert, and what to compare.

Everything goes through the verbs, as a user would; the database is asked by roads of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ringfence import db, verbs
from ringfence.backup import pg as backup_pg
from ringfence.backup.model import Digest
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog, TableKind
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import client_tool
from ringfence.names import QualifiedName
from ringfence.observe import Observation, StepFinished
from ringfence.plan.model import Plan
from ringfence.plan.render import render_plan
from ringfence.plan.simulate import comparable, simulate
from ringfence.reports import RunReport
from support.databases import Database

ACCEPT = {
    "RFG-BACKUP": "a test database",
    "RFG-OLD-CLIENTS": "a test database has no clients",
    "RFG-MEMBERSHIPS": "a test application manages its members itself",
}


@dataclass
class Case:
    """One case in a database of its own."""

    folder: Path
    database: Database
    config: Path
    catalog_at_start: Catalog
    digests_at_start: Mapping[QualifiedName, Digest]
    user: str | None = None
    """The role that migrates; None: the superuser."""

    @property
    def url(self) -> str:
        """The URL given to the verbs."""
        return self.database.url if self.user is None else self.database.url_as(self.user)

    @classmethod
    def load(cls, folder: Path, database: Database, scratch: Path) -> Case:
        """Load before.sql and remember how everything was."""
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute((folder / "before.sql").read_text(encoding="utf-8").encode())
            conn.execute("analyze")
        config = scratch / "ringfence.toml"
        for extra in folder.iterdir():
            if extra.is_file():
                shutil.copy(extra, scratch / extra.name)
        with db.connect(database.url) as conn_:
            catalog = read_catalog(conn_)
        case = cls(folder, database, config, catalog, {})
        case.digests_at_start = case.digests()
        return case

    def plan(self) -> Plan:
        """The plan, made twice: the same input must give the same plan, byte for byte."""
        first = verbs.plan(self.url, self.config)
        assert verbs.plan(self.url, self.config).hash == first.hash
        return first

    def rendered(self, plan: Plan) -> str:
        """The plan as SQL for the golden file."""
        return render_plan(plan, "sql")

    @property
    def accept(self) -> Mapping[str, str]:
        """What a person would answer for: a test database has no backup worth one and no clients."""
        tables = (t.name for t in self.catalog_at_start.tables)
        names = [str(name) for name in tables]
        commands = ("select", "insert", "update", "delete")
        compared = {f"RFG-SHADOW:{name}:{c}": "nobody uses a test database" for name in names for c in commands}
        return ACCEPT | compared | {f"RFG-OLD-CLIENTS:{name}": "a test database has no clients" for name in names}

    def apply(self, pause_after: str | None = None, through: int | None = None) -> RunReport:
        """Apply everything, or through a phase, or pause after a step as an operator would."""

        def watch(observation: Observation) -> None:
            match observation:
                case StepFinished(step, _, _, _, "forward") if step == pause_after:
                    verbs.pause(self.url, "the test wants to stop here")
                case _:
                    pass

        self._resume()
        return verbs.apply(self.url, self.config, through=through, accept=self.accept, observer=watch)

    def revert(self) -> RunReport:
        """Take everything back."""
        self._resume()
        return verbs.revert(self.url, self.config, first=0, accept=self.accept, observer=lambda _: None)

    def _resume(self) -> None:
        if verbs.status(self.url).paused is not None:
            verbs.resume(self.url)

    def again(self) -> None:
        """Take the catalog and rows of this moment as those to compare with."""
        self.catalog_at_start = self.catalog()
        self.digests_at_start = self.digests()

    def old_writes(self, name: str = "writes.sql") -> bool:
        """Run what old code writes; every statement must succeed. Says whether there was anything to write."""
        file = self.folder / name
        if not file.exists():
            return False
        with psycopg.connect(self.database.url, autocommit=True) as conn:
            conn.execute(file.read_text(encoding="utf-8").encode())
        return True

    def catalog(self) -> Catalog:
        """The catalog now."""
        with db.connect(self.database.url) as conn:
            return read_catalog(conn)

    def catalog_differences(self) -> str:
        """How the catalog differs from the one at the start, empty when it does not."""
        return describe(compare(self.catalog_at_start, self.catalog()))

    def differences_from_simulation(self, plan: Plan, through: int = 2) -> str:
        """How the catalog differs from the one that the plan foresaw after a phase."""
        foreseen = simulate(self.catalog_at_start, plan, through)
        return describe(compare(comparable(foreseen, plan), comparable(self.catalog(), plan)))

    def digests(self) -> Mapping[QualifiedName, Digest]:
        """Count and checksum of every table that was there at the start, over the columns it had then."""
        tables = {
            t.name: tuple(c.name for c in t.columns if c.generated != "v")
            for t in self.catalog_at_start.tables
            if t.kind is TableKind.ORDINARY and t.persistence != "t"
        }
        with db.connect(self.database.url) as conn:
            return backup_pg.digest_tables(conn, tables)

    def inconsistencies(self, plan: Plan, through: int = 2) -> list[str]:
        """What the exit gates of the plan find wrong with the rows, asked apart from the run.

        Phase 4 is about comparisons, which nobody makes here; behind views a table has another name in earlier phases.
        """
        first = 6 if plan.compatibility and through == 6 else 0
        found: list[str] = []
        with db.connect(self.database.url) as conn:
            for phase in (p for p in plan.phases if first <= p.number <= through and p.number != 4):
                for check in phase.exit.checks:
                    if check.code.startswith("RFG-INCONSISTENT"):
                        continue  # old code may make these at any time; they are counted, not promised
                    found += [f"{check.code} {r['subject']}: {r['detail']}" for r in conn.execute(check.sql.encode())]
        return found


def golden(case: Case, name: str, text: str) -> None:
    """Compare with a golden file on PostgreSQL 18, or write it when RINGFENCE_REGEN is set."""
    if case.catalog_at_start.server_version < 180000:
        return
    file = case.folder / name
    if os.environ.get("RINGFENCE_REGEN"):
        file.write_text(text, encoding="utf-8")
    assert file.exists(), f"{file.name} is missing: make regen, then read it"
    if file.read_text(encoding="utf-8") != text:
        pytest.fail(f"{case.folder.name}/{name} is not what people approved: make regen and read the diff")


_NOISE = re.compile(r"^(SET |SELECT pg_catalog\.set_config|\\(un)?restrict |--)")


def schema_text(database: Database) -> str:
    """The application's schemas as pg_dump prints them, without settings and comments."""
    tool = client_tool("pg_dump", database.server.major)
    dumped = subprocess.run(
        [tool, "--schema-only", "--no-owner", "--no-privileges", "--exclude-schema=ringfence", database.url],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    lines = [line for line in dumped.splitlines() if not _NOISE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
