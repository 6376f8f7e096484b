"""The demo's story: a desk without tenants, the way forward while it keeps working, and all of it taken back."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ringfence import db, verbs
from ringfence.backup.digest import digest_targets
from ringfence.backup.model import Digest
from ringfence.backup.pg import digest_tables
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.demo import pg
from ringfence.demo.ledger import Verdict
from ringfence.demo.model import DemoReport, PhaseLine, RevertLine, WritesLine
from ringfence.demo.show import Clock, Show, counted
from ringfence.embedded import MAJOR_PREFERRED, EmbeddedServer, ServerBinariesMissing
from ringfence.names import QualifiedName
from ringfence.plan import prose
from ringfence.plan.model import Plan
from ringfence.reports import RunReport

DATABASE = "desk"
ORGANIZATIONS_SHOWN_MAX = 9
PROBLEMS_SHOWN_MAX = 10
AFTERWARDS_S = 2.0
"""How long the old application still writes when phase 2 is done: keys and NOT NULL must not stand in its way."""
SERVER_SETTINGS = {"wal_level": "logical", "max_wal_size": "2GB", "log_min_duration_statement": "-1"}
BACKUP_LINE = 'directory = "ringfence-backups"'


class Stopped(Exception):
    """The story cannot go on; no error of the program, since its problems say why."""


@dataclass
class Story:
    """One telling."""

    url: str
    rows: int
    report_dir: Path
    scratch: Path
    show: Show
    clock: Clock = field(default_factory=Clock)
    problems: list[str] = field(default_factory=list)
    server_version: int = 0
    phases: tuple[PhaseLine, ...] = ()
    organizations: int = 0
    revert: RevertLine = field(default_factory=lambda: RevertLine(False, False, 0.0))
    verdict: Verdict = field(default_factory=Verdict)
    digests: Mapping[QualifiedName, Digest] = field(default_factory=dict)
    desk: pg.Desk | None = None

    @property
    def config(self) -> Path:
        """The configuration the demo uses, for people to read and to try."""
        return self.report_dir / "ringfence.toml"

    def tell(self) -> None:
        """All chapters; raises Stopped when one of them makes the next one pointless."""
        original = self._before()
        self._suggestion()
        self._plan()
        with pg.Desk(self.url) as desk:
            self.desk = desk
            self._forward(desk)
            self._where_we_are()
            with self.show.waiting("the old application goes on for a moment"):
                time.sleep(AFTERWARDS_S)
            desk.stop()
        self._judge_writes(desk, "after phase 2")
        self._back(original)
        self._judge_writes(desk, "after the revert")

    # --- chapters ------------------------------------------------------------------------------------------------

    def _before(self) -> Catalog:
        self.show.chapter(
            "The application as it is",
            "A document desk as people build it on Supabase: seven tables and a price list, for everybody. It knows "
            "users and documents, but no companies. Its server functions bypass row security, and one policy shows "
            "every profile to every user.",
        )
        with self.show.waiting("loading the application and its data"):
            pg.load(self.url, self.rows)
        with db.connect(self.url) as conn:
            original = read_catalog(conn)
            self.digests = digest_tables(conn, digest_targets(original))
            people = pg.count_people(conn)
        self.server_version = original.server_version
        held = {name: digest.rows for name, digest in self.digests.items() if name.schema == "public"}
        self.show.table(("table", "rows"), [(str(name), f"{rows:,}") for name, rows in held.items()], numbers=("rows",))
        self.show.say(
            f"{counted(sum(held.values()), 'row')} and {counted(people, 'user')} on PostgreSQL "
            f"{prose_version(original.server_version)}, loaded in {self.clock.lap():.1f} s. "
            "Its catalog and a checksum of every table are remembered for the end."
        )
        return original

    def _suggestion(self) -> None:
        self.show.chapter(
            "What Ringfence finds out by itself",
            "It reads the catalog, and the data where names are all there is, and says whose row each row is.",
            "ringfence init",
        )
        with self.show.waiting("reading the catalog"):
            found = verbs.init(self.url, None)
        (self.report_dir / "suggested.toml").write_text(found.text, encoding="utf-8")
        self._write_config()
        suggested, used = _tables(found.text), _tables(self.config.read_text(encoding="utf-8"))
        self.show.table(
            ("table", "suggested", "used here"),
            [
                (name, suggested.get(name, "-"), "the same" if suggested.get(name) == rule else rule)
                for name, rule in used.items()
            ],
        )
        undecided = f" It leaves {', '.join(found.unresolved)} to a person." if found.unresolved else ""
        self.show.say(
            f"Organizations follow from mail domains here; that is a person's decision.{undecided} "
            f"Both files are in {self.report_dir}.",
        )

    def _plan(self) -> None:
        self.show.chapter(
            "What would happen",
            "Every statement, with its lock, its time limit and its undo, before anything runs.",
            "ringfence plan",
        )
        with self.show.waiting("planning"):
            plan = verbs.plan(self.url, self.config)
        self.show.table(
            ("phase", "", "steps", "statements", "strongest lock, each at most 50 ms at a time", "one-way"),
            [_plan_line(plan, number) for number in range(len(plan.phases))],
            numbers=("steps", "statements"),
        )
        self.clock.lap()

    def _forward(self, desk: pg.Desk) -> None:
        self.show.chapter(
            "Forward, while the old application keeps writing",
            "People sign up, write, comment, hand documents to colleagues and to other companies, and move things "
            "around, through code that has never heard of tenants.",
            "ringfence apply",
        )
        with self.show.progress(lambda: _beside(desk)) as observer:
            report = verbs.apply(self.url, self.config, observer=observer)
        self.phases = tuple(PhaseLine(p.number, p.name, p.seconds, p.steps) for p in report.phases)
        self._finished(report, "apply")

    def _where_we_are(self) -> None:
        self.show.chapter("Where we are", "", "ringfence status")
        status = verbs.status(self.url)
        seconds = {line.phase: line.seconds for line in self.phases}
        self.show.table(
            ("phase", "", "state", "steps", "gate", "seconds"),
            [
                (
                    str(p.number),
                    p.name,
                    p.state,
                    f"{p.steps_done} of {p.steps_total}",
                    p.gate,
                    f"{seconds.get(p.number, 0.0):.1f}",
                )
                for p in status.phases
            ],
            numbers=("steps", "seconds"),
        )
        with db.connect(self.url) as conn:
            found = pg.rows_per_organization(conn)
        self.organizations = sum(row["organizations"] for row in found)
        self.show.console.print()
        self.show.say(f"Every row has an owner now: {counted(self.organizations, 'organization')}.")
        columns = ("profiles", "documents", "comments", "activity", "rows")
        shown = [(_organization(row), *(f"{row[c] or 0:,}" for c in columns)) for row in found]
        rest = len(shown) - ORGANIZATIONS_SHOWN_MAX
        self.show.table(("organization", *columns), shown[:ORGANIZATIONS_SHOWN_MAX], numbers=columns)
        if rest > 0:
            self.show.say(f"and {rest} more", "dim")

    def _judge_writes(self, desk: pg.Desk, when: str) -> None:
        with db.connect(self.url) as conn:
            found = desk.verdict(conn)
        self.verdict += found
        for what, names in (("lost", found.lost), ("duplicated", found.duplicated), ("wrong", found.wrong_tenant)):
            if names:
                word = {"lost": "lost or changed", "duplicated": "stored twice", "wrong": "with a wrong tenant"}[what]
                self._problem(f"{counted(len(names), 'acknowledged write')} {word} {when}", names)
        if found == Verdict():
            held = "is there once" + (" and has the right tenant" if when == "after phase 2" else "")
            self.show.good(f"{when}: every one of {counted(desk.acknowledged, 'acknowledged write')} {held}")

    def _back(self, original: Catalog) -> None:
        self.show.chapter(
            "All of it back",
            "As if it had never been: the same catalog, and every row the application wrote meanwhile.",
            "ringfence revert",
        )
        columns = digest_targets(original)
        with db.connect(self.url) as conn:
            before = digest_tables(conn, columns)
        with self.show.progress(lambda: "") as observer:
            report = verbs.revert(self.url, self.config, observer=observer)
        self._finished(report, "revert")
        with db.connect(self.url) as conn:
            self.digests = digest_tables(conn, columns)
            differences = compare(original, read_catalog(conn))
        changed = [
            f"{t}: {before[t].rows:,} rows before, {d.rows:,} after" for t, d in self.digests.items() if d != before[t]
        ]
        self.revert = RevertLine(not differences, not changed, report.seconds)
        if differences:
            self._problem("the catalog is not what it was", describe(differences).splitlines())
        else:
            self.show.good("the catalog is what it was: tables, columns, keys, indexes, policies, triggers, grants")
        if changed:
            self._problem("rows are not what they were right before the revert", changed)
        else:
            rows = sum(digest.rows for digest in self.digests.values())
            self.show.good(f"all {rows:,} rows are what they were, by checksum of every table")

    # --- how it ends -----------------------------------------------------------------------------------------------

    def report(self) -> DemoReport:
        """Everything that was found, also when the story stopped half way."""
        desk = self.desk
        rows = {str(name): digest.rows for name, digest in self.digests.items()}
        writes = WritesLine(
            acknowledged=desk.acknowledged if desk else 0,
            failed=desk.failed if desk else 0,
            lost=len(self.verdict.lost),
            duplicated=len(self.verdict.duplicated),
            wrong_tenant=len(self.verdict.wrong_tenant),
        )
        problems = list(self.problems)
        if writes.failed and desk is not None:
            problems.append(
                f"{counted(writes.failed, 'write')} of the old application failed: {'; '.join(desk.errors[:3])}"
            )
        if desk is not None and not writes.acknowledged:
            problems.append("the old application wrote nothing, so nothing was shown about its writes")
        return DemoReport(
            server_version=self.server_version,
            rows=rows,
            rows_total=sum(rows.values()),
            organizations=self.organizations,
            phases=self.phases,
            revert=self.revert,
            writes=writes,
            seconds=round(self.clock.total(), 3),
            problems=tuple(problems),
        )

    def conclude(self) -> DemoReport:
        """Write report.json and say how it went."""
        report = self.report()
        write_json(self.report_dir / "report.json", report.document())
        self.show.chapter("In short", "")
        said = self.show.good if report.ok else self.show.bad
        w = report.writes
        said(
            f"{counted(w.acknowledged, 'write')} of the old application meanwhile: {w.failed} failed, {w.lost} lost, "
            f"{w.duplicated} doubled, {w.wrong_tenant} with a wrong tenant"
        )
        for problem in report.problems:
            self.show.bad(problem)
        self.show.say(f"{report.seconds:.0f} s in all. The numbers are in {self.report_dir / 'report.json'}.")
        return report

    def _finished(self, report: RunReport, verb: str) -> None:
        if report.outcome == "finished":
            return
        missing = [f"{code}: {text}" for code, text in report.gates_missing.items()]
        self._problem(f"{verb} ended with {report.outcome!r}", [*missing, *report.detail.splitlines()])
        raise Stopped

    def _problem(self, text: str, lines: list[str] | tuple[str, ...]) -> None:
        self.problems.append(text)
        self.show.bad(text)
        for line in lines[:PROBLEMS_SHOWN_MAX]:
            self.show.say(f"  {line}")
        if len(lines) > PROBLEMS_SHOWN_MAX:
            self.show.say(f"  and {len(lines) - PROBLEMS_SHOWN_MAX} more")

    def _write_config(self) -> None:
        text = (resources.files("ringfence.demo") / "ringfence.toml").read_text(encoding="utf-8")
        # a JSON string is a TOML string; the backup of a demo is not worth keeping
        text = text.replace(BACKUP_LINE, f"directory = {json.dumps(str(self.scratch / 'backups'))}")
        self.config.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def stage(rows: int, report_dir: Path, show: Show) -> Iterator[Story]:
    """A server of our own with an empty database, for as long as the block lasts."""
    report_dir.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="ringfence-demo-") as scratch:
        with show.waiting("starting PostgreSQL"):
            server = _start()
        with server:
            pg.create_database(server.url(), DATABASE)
            yield Story(server.url(DATABASE), rows, report_dir, Path(scratch), show, clock)


def _start() -> EmbeddedServer:
    try:
        return EmbeddedServer.start(major=MAJOR_PREFERRED, settings=SERVER_SETTINGS)
    except ServerBinariesMissing:
        return EmbeddedServer.start(
            settings=SERVER_SETTINGS
        )  # the newest there is, or the error that says what to install


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(fresh, path)


def prose_version(version: int) -> str:
    """`18.4` for 180004."""
    return f"{version // 10000}.{version % 10000}"


def _beside(desk: pg.Desk) -> str:
    failed = f", {desk.failed} failed" if desk.failed else ", none failed"
    return f"old application: {counted(desk.acknowledged, 'write')}{failed}"


def _tables(text: str) -> dict[str, str]:
    """Per table of the application what a configuration says of it, in a few words."""
    found: dict[str, str] = {}
    for name, rule in tomllib.loads(text).get("tables", {}).items():
        derive = rule.get("derive", ())
        first = derive if isinstance(derive, str) else next(iter(derive), "")
        found[name] = first or rule.get("scope", "")
    return found


def _plan_line(plan: Plan, index: int) -> tuple[str, ...]:
    n = prose.numbers(plan.phases[index])
    one_way = f"{n.one_way}" if n.one_way else "none"
    return (str(n.phase.number), n.phase.name, str(n.steps), str(n.statements), prose.lock_name(n.strongest), one_way)


def _organization(row: Mapping[str, Any]) -> str:
    return row["name"] if row["organizations"] == 1 else f"{row['name']} ({row['organizations']})"
