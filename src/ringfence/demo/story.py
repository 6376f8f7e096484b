"""The demo's story: a desk at work, forward under its traffic, half of it back and forward again, all of it back.

Nothing stops meanwhile. The users' process counts what they notice; this one gives the orders and writes the report.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ringfence import db, verbs
from ringfence.backup.digest import digest_targets
from ringfence.backup.model import Digest, Restored
from ringfence.backup.pg import digest_tables
from ringfence.backup.prove import describe as describe_backup
from ringfence.backup.prove import prove_backup
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.demo import judging, pg
from ringfence.demo.processes import DeskProcess, Secrets, TrafficProcess
from ringfence.demo.report.document import write_json, write_text
from ringfence.demo.report.html import page
from ringfence.demo.report.model import (
    P99_RATIO_MAX,
    STALL_MS_MAX,
    Attack,
    Attacks,
    BandKind,
    Naive,
    PhaseLine,
    Report,
    Revert,
)
from ringfence.demo.show import Clock, Show, counted
from ringfence.demo.timeline import Timeline
from ringfence.demo.traffic.model import Judged, TrafficResult
from ringfence.embedded import MAJOR_PREFERRED, EmbeddedServer, ServerBinariesMissing
from ringfence.names import QualifiedName
from ringfence.observe import Observation, Observer
from ringfence.plan import prose
from ringfence.plan.model import Plan
from ringfence.reports import RunReport
from ringfence.runtime.seal import SealKey
from ringfence.verify.model import Outcome, Verification

DATABASE = "desk"
ORGANIZATIONS_SHOWN_MAX = 9
PROBLEMS_SHOWN_MAX = 10
SERVER_SETTINGS = {"wal_level": "logical", "max_wal_size": "2GB", "log_min_duration_statement": "-1"}
BACKUP_LINE = 'directory = "ringfence-backups"'
LAST_PHASE = 2
"""Phase 6 takes the views for old programs away, and waits until those are gone."""
ENFORCE = 6
ENFORCING = "enforcing"
"""Latencies beside phase 6 are a group of their own: version 1, whose latencies are `before`, has ended by then."""
QUIET_REASON = "they were ended a moment ago, before the eyes of whoever watches"
LEAKED = Outcome.LEAKED
WARM_UP_S = 5.0
"""Connections are made and caches filled; belongs to nothing."""


class Stopped(Exception):
    """The story cannot go on; no error of the program, since its problems say why."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `make demo` may be told."""

    rows: int
    rate: float
    seconds: float
    """Length of the traffic; its parts have their share of it."""
    naive: bool
    storage: str = ""

    def share(self, part: float) -> float:
        """Seconds of a calm part; what the phases take comes on top."""
        return max(1.0, (self.seconds - WARM_UP_S) * part)


@dataclass
class Story:
    """One telling."""

    url: str
    options: Options
    report_dir: Path
    scratch: Path
    show: Show
    clock: Clock = field(default_factory=Clock)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    server_version: int = 0
    phases: list[PhaseLine] = field(default_factory=list)
    back: list[PhaseLine] = field(default_factory=list)
    organizations: int = 0
    catalog_equal: bool = False
    rows_equal: bool = False
    judged: list[Judged] = field(default_factory=list)
    digests: Mapping[QualifiedName, Digest] = field(default_factory=dict)
    traffic: TrafficResult | None = None
    naive: Naive | None = None
    before_attacks: Attack = field(default_factory=lambda: Attack(0, 0))
    attacks: Attacks | None = None
    timeline: Timeline = field(default_factory=Timeline)
    waits: judging.LockWatch | None = None

    @property
    def config(self) -> Path:
        """The configuration the demo uses, for people to read and to try."""
        return self.report_dir / "ringfence.toml"

    def tell(self) -> None:
        """All chapters; raises Stopped when one of them makes the next one pointless."""
        original = self._before()
        self._suggestion()
        self._plan()
        key = SealKey.generate(1)
        told = Secrets(self.url, secrets.token_urlsafe(32), secrets.token_urlsafe(16), key.to_text())
        storage = self.options.storage or self.scratch / "files"
        with contextlib.ExitStack() as stack:
            with self.show.waiting("starting the application and its users"):
                before = stack.enter_context(DeskProcess("before", storage, told, self.scratch / "before.log"))
                users = stack.enter_context(TrafficProcess(before, told, self.options.rate, self.scratch))
            self.timeline.began = users.began
            self.waits = stack.enter_context(judging.LockWatch(self.url))
            self._at_work(users)
            self._forward(users)
            self._where_we_are()
            with DeskProcess("after", storage, told, self.scratch / "after.log") as after:
                self._new_version(users, after)
                self._half_way_back(users, after)
                self._old_ones_gone(users, before, after)
                self._isolated(users, after, key, lambda: DeskProcess("isolated", storage, told, self._log("isolated")))
                again = stack.enter_context(DeskProcess("before", storage, told, self._log("before")))
                self._old_ones_return(users, again, after)
            self._back(users, original)
            with self.show.waiting("the users leave"):
                self.traffic = users.end()
            self.timeline.end()
        self._nobody_there(original)
        if self.options.naive:
            self._naive()

    # --- chapters ------------------------------------------------------------------------------------------------

    def _before(self) -> Catalog:
        self.show.chapter(
            "The application as it is",
            "A document desk as people build it on Supabase: seven tables and a price list, for everybody. It knows "
            "users and documents, but no companies. Its server bypasses row security, some of its endpoints forget to "
            "ask whose document it is, and one policy shows every profile to every user.",
        )
        with self.show.waiting("loading the application and its data"):
            pg.load(self.url, self.options.rows)
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
            "Its catalog is remembered for the end."
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
            [_plan_line(plan, index) for index in range(len(plan.phases))],
            numbers=("steps", "statements"),
        )
        self.clock.lap()

    def _at_work(self, users: TrafficProcess) -> None:
        self.show.chapter(
            "The desk at work",
            "People sign up, log in, write, search, comment, share, follow public links, upload and download files, "
            "and hand documents to colleagues and to other companies; beside them four old programs with connections "
            "of their own. Requests leave when they are due, whatever became of the ones before.",
        )
        self._calm(users, "warm-up", "warm-up", WARM_UP_S)
        self._calm(users, "before", "before", self.options.share(0.26))
        self.show.good(f"before anything changes: {_beside(users)}")

    def _forward(self, users: TrafficProcess) -> None:
        self.show.chapter(
            "Forward, while everybody works",
            "The phases that are there, through code that has never heard of tenants. Nothing may fail, and nobody may "
            "have to wait.",
            "ringfence apply",
        )
        report = self._run(users, BandKind.FORWARD, self._going_on)
        self._finished(report, "apply")
        self._calm(users, "after phase 2", "after", self.options.share(0.1))

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

    def _new_version(self, users: TrafficProcess, after: DeskProcess) -> None:
        self.show.chapter(
            "The new version beside the old one",
            "It names the organization in every statement. One person in ten uses it, then every second one; tokens of "
            "both versions are good for both.",
        )
        for share in (0.1, 0.5):
            users.roll_out(after, share)
            self._calm(users, f"{share:.0%} on the new version", "after", self.options.share(0.09))
            self.show.good(f"{share:.0%} on the new version: {_beside(users)}")
        self._judge(users, "after phase 2")

    def _half_way_back(self, users: TrafficProcess, after: DeskProcess) -> None:
        self.show.chapter(
            "Half of it back, and forward again",
            "Somebody changed their mind. The new version is drained, phase 2 is taken back, and done once more.",
            "ringfence revert --from 2",
        )
        users.roll_out(after, 0.0)
        report = self._run(users, BandKind.BACK, self._taking_back(2))
        self._finished(report, "revert")
        self._calm(users, "phase 2 taken back", "after", self.options.share(0.06))
        report = self._run(users, BandKind.FORWARD, self._going_on)
        self._finished(report, "apply")
        users.roll_out(after, 0.5)
        self._calm(users, "forward again", "after", self.options.share(0.08))
        self._judge(users, "after the second time")

    def _old_ones_gone(self, users: TrafficProcess, before: DeskProcess, after: DeskProcess) -> None:
        self.show.chapter(
            "Everybody on the new version",
            "The old programs are ended, and so is version 1. Still nothing but the application's own diligence keeps "
            "companies apart, and every attack of ringfence verify may try its luck: as end users, in transactions "
            "that are rolled back.",
            "ringfence verify",
        )
        users.roll_out(after, 1.0)
        users.old_programs(end=True)
        self._calm(users, "all on the new version", "after", self.options.share(0.03))
        before.stop()
        found = self._attacked()
        self.before_attacks = Attack(len(found.attacks), found.leaked)
        (self.show.bad if found.leaked else self.show.good)(
            f"{found.leaked} of {counted(len(found.attacks), 'attack')} reach rows of another company"
        )

    def _isolated(
        self, users: TrafficProcess, after: DeskProcess, key: SealKey, start: Callable[[], DeskProcess]
    ) -> None:
        self.show.chapter(
            "Isolation, in the database",
            "Policies that bind everybody, an owner nobody logs in as, grants cut. First the gate says who may still "
            "be in the way; a demonstration has no two days to wait, so a person answers for it. Then version 2.1 "
            "takes over, which logs in without rights of its own and proves in every transaction for whom it asks.",
            "ringfence apply",
        )
        report = self._run(users, BandKind.FORWARD, self._enforcing({}), ENFORCING)
        quiet = {c: QUIET_REASON for c in report.gates_missing if c.startswith("RFG-OLD-CLIENTS:")}
        if report.outcome == "gate" and set(quiet) == set(report.gates_missing):
            self.show.say(f"The gate holds: {', '.join(sorted(quiet))}. Accepted: {QUIET_REASON}.")
            report = self._run(users, BandKind.FORWARD, self._enforcing(quiet), ENFORCING)
        self._finished(report, "apply")
        pg.believe(self.url, key)
        with start() as isolated:
            users.roll_out(isolated, 1.0)
            self._calm(users, "isolated", "after", self.options.share(0.13))
            self.show.good(f"isolated: {_beside(users)}")
            self._judge(users, "under enforcement")
            self._dumped()
            found = self._attacked()
            self.attacks = Attacks(self.before_attacks, Attack(len(found.attacks), found.leaked))
            if found.leaked:
                self._problem(
                    f"{found.leaked} of {len(found.attacks)} attacks still reach rows of another company",
                    [f"{v.attack} on {v.target} as {v.role}: {v.detail}" for v in found.attacks if v.outcome is LEAKED],
                )
            else:
                self.show.good(f"none of {counted(len(found.attacks), 'attack')} reaches rows of another company")
            users.roll_out(after, 1.0)

    def _old_ones_return(self, users: TrafficProcess, again: DeskProcess, after: DeskProcess) -> None:
        self.show.chapter(
            "Enforcement taken back",
            "The policies of before come back letter by letter, then version 1 and the old programs.",
            "ringfence revert --from 6",
        )
        self._finished(self._run(users, BandKind.BACK, self._taking_back(ENFORCE), ENFORCING), "revert")
        users.served_by(again)
        users.roll_out(after, 0.0)
        users.old_programs(end=False)
        self._calm(users, "phase 6 taken back", "after", self.options.share(0.03))

    def _attacked(self) -> Verification:
        with self.show.waiting("attacking"):
            return verbs.verify(self.url, self.config)

    def _dumped(self) -> None:
        """A dump is still whole: restored into a scratch server and compared with the database, table by table."""
        with self.show.waiting("dumping, restoring and comparing"):
            with db.connect(self.url) as conn:
                catalog = read_catalog(conn)
            verdict = prove_backup(
                self.url,
                {"mode": "dump", "jobs": "1"},
                catalog=catalog,
                directory=self.scratch / "enforced",
                operator="demo",
                accepted_reason=None,
            )
        match verdict:
            case Restored(comparison=comparison) if comparison.equal:
                self.show.good(f"pg_dump under enforcement: {describe_backup(verdict).splitlines()[0]}")
            case _:
                self._problem("a dump under enforcement is not whole", describe_backup(verdict).splitlines())

    def _log(self, version: str) -> Path:
        return self.scratch / f"{version}.log"

    def _back(self, users: TrafficProcess, original: Catalog) -> None:
        self.show.chapter(
            "All of it back, phase by phase",
            "As if it had never been: the same catalog, and every row that was written meanwhile. Still nobody stops.",
            "ringfence revert",
        )
        for phase in (2, 1, 0):
            self._finished(self._run(users, BandKind.BACK, self._taking_back(phase)), "revert")
            self._calm(users, f"back from phase {phase}", "after", self.options.share(0.03))
        with db.connect(self.url) as conn:
            differences = compare(original, read_catalog(conn))
        self.catalog_equal = not differences
        if differences:
            self._problem("the catalog is not what it was", describe(differences).splitlines())
        else:
            self.show.good("the catalog is what it was: tables, columns, keys, indexes, policies, triggers, grants")
        self._calm(users, "as it was", "after", self.options.share(0.06))
        self._judge(users, "after the revert")

    def _nobody_there(self, original: Catalog) -> None:
        """Checksums can be compared only when nobody writes; so once more, forward and back, in an empty house."""
        self.show.chapter(
            "Once more with nobody there",
            "Forward and back on the same data, so that the checksums of all tables can be compared.",
        )
        targets = digest_targets(original)
        with db.connect(self.url) as conn:
            before = digest_tables(conn, targets)
        for verb, act in (("apply", self._going_on), ("revert", self._taking_back(0))):
            with self.show.progress(lambda: "") as observer:
                self._finished(act(observer), verb)
        with db.connect(self.url) as conn:
            self.digests = digest_tables(conn, targets)
            differences = compare(original, read_catalog(conn))
        changed = [
            f"{t}: {before[t].rows:,} rows before, {d.rows:,} after" for t, d in self.digests.items() if d != before[t]
        ]
        self.rows_equal = not changed
        self.catalog_equal = self.catalog_equal and not differences
        if changed or differences:
            self._problem("rows or catalog are not what they were", [*changed, *describe(differences).splitlines()])
        else:
            rows = sum(digest.rows for digest in self.digests.values())
            self.show.good(f"all {rows:,} rows are what they were, by checksum of every table")

    def _naive(self) -> None:
        self.show.chapter(
            "The same change as people do it",
            "On a fresh copy, under the same traffic: one transaction with ALTER TABLE, UPDATE, NOT NULL, foreign keys "
            "and indexes.",
        )
        self.naive = judging.naive(self.url, self.options.rows, self.options.rate, self.scratch, self.show)
        self.show.bad(
            f"{self.naive.failed:,} of {self.naive.requests:,} requests failed, and one waited for"
            f" {self.naive.max_stall_ms / 1000:.1f} s"
            if self.naive.failed
            else f"one request waited for {self.naive.max_stall_ms / 1000:.1f} s"
        )

    # --- what the chapters share -----------------------------------------------------------------------------------

    def _calm(self, users: TrafficProcess, label: str, group: str, seconds: float) -> None:
        users.label(label, group)
        self.timeline.band(label, BandKind.CALM)
        ends = time.monotonic() + seconds
        with self.show.beside(lambda: f"{label}: {_beside(users)}"):
            while time.monotonic() < ends:
                time.sleep(0.1)

    def _run(
        self, users: TrafficProcess, kind: BandKind, act: Callable[[Observer], RunReport], group: str = "during"
    ) -> RunReport:
        word = "forward" if kind is BandKind.FORWARD else "back"
        users.label(f"phases {word}", group)
        with self.show.progress(lambda: _beside(users)) as observer:

            def see(observation: Observation) -> None:
                self.timeline.see(observation, kind)
                observer(observation)

            report = act(see)
        lines = self.timeline.lines(report)
        if kind is BandKind.FORWARD:
            known = {line.phase for line in lines if line.steps}
            self.phases = [*(p for p in self.phases if p.phase not in known), *(p for p in lines if p.steps)]
            self.phases.sort(key=lambda line: line.phase)
        else:
            self.back += [line for line in lines if line.steps]
        return report

    def _going_on(self, see: Observer) -> RunReport:
        return verbs.apply(self.url, self.config, through=LAST_PHASE, observer=see)

    def _enforcing(self, accept: Mapping[str, str]) -> Callable[[Observer], RunReport]:
        return lambda see: verbs.apply(self.url, self.config, through=ENFORCE, accept=accept, observer=see)

    def _taking_back(self, first: int) -> Callable[[Observer], RunReport]:
        return lambda see: verbs.revert(self.url, first=first, observer=see)

    def _judge(self, users: TrafficProcess, when: str) -> None:
        found = users.judge(when)
        self.judged.append(found)
        for what, names in (
            ("lost or changed", found.lost),
            ("stored twice", found.duplicated),
            ("with a wrong tenant", found.wrong_tenant),
        ):
            if names:
                self._problem(f"{counted(len(names), 'acknowledged write')} {what} {when}", names)
        if not (found.lost or found.duplicated or found.wrong_tenant):
            tenant = "" if "revert" in when else ", in the right tenant"
            self.show.good(
                f"{when}: all of {counted(found.acknowledged, 'acknowledged write')} are there, once{tenant}"
            )

    def _finished(self, report: RunReport, verb: str) -> None:
        if report.outcome == "finished":
            return
        missing = [f"{code}: {text}" for code, text in report.gates_missing.items()]
        self._problem(f"{verb} ended with {report.outcome!r}", [*missing, *report.detail.splitlines()])
        raise Stopped

    def _problem(self, text: str, lines: Sequence[str]) -> None:
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

    # --- how it ends -----------------------------------------------------------------------------------------------

    def conclude(self) -> Report:
        """Write report.json and report.html, and say how it went."""
        report = self.report()
        write_json(self.report_dir / "report.json", report)
        write_text(self.report_dir / "report.html", page(report))
        self.show.chapter("In short", "")
        r, w, latency = report.requests, report.writes, report.latency_ms
        (self.show.bad if r.failed else self.show.good)(f"{r.total:,} requests: {r.failed:,} failed")
        (self.show.bad if w.wrong else self.show.good)(
            f"{w.acknowledged:,} writes acknowledged: {w.lost} lost, {w.duplicated} doubled,"
            f" {w.wrong_tenant} with a wrong tenant"
        )
        if latency.p99_ratio is not None:
            held = latency.p99_ratio <= P99_RATIO_MAX
            (self.show.good if held else self.show.bad)(
                f"99 % of requests within {latency.before.p99:.0f} ms before, {latency.during.p99:.0f} ms while phases"
                f" ran ({latency.p99_ratio:.2f} times), {latency.after.p99:.0f} ms afterwards"
            )
        (self.show.good if report.max_stall_ms <= STALL_MS_MAX else self.show.bad)(
            f"no request shared more than {report.max_stall_ms:.0f} ms with a locking step of ours"
            + (f"; as people do it, one waited {report.naive.max_stall_ms:,.0f} ms" if report.naive else "")
        )
        if report.attacks is not None:
            was, now = report.attacks.before, report.attacks.after
            (self.show.bad if now.leaked else self.show.good)(
                f"attacks that reach another company: {was.leaked} of {was.run} before, {now.leaked} of {now.run} after"
            )
        for failure in r.failures[:PROBLEMS_SHOWN_MAX]:
            self.show.say(f"  {failure}")
        for problem in report.problems:
            self.show.bad(problem)
        for note in report.notes:
            self.show.say(note, "yellow")
        self.show.say(
            f"{report.seconds:.0f} s in all. To read: {self.report_dir / 'report.html'}; report.json beside it."
        )
        return report

    def report(self) -> Report:
        """Everything that was found, also when the story stopped half way."""
        revert = None
        if self.back:
            seconds = sum(line.seconds for line in self.back)
            revert = Revert(self.catalog_equal, self.rows_equal, round(seconds, 3), phases=tuple(self.back))
        return judging.report(
            server_version=self.server_version,
            seconds=round(self.clock.total(), 3),
            rows={str(name): digest.rows for name, digest in self.digests.items()},
            organizations=self.organizations,
            rate=self.options.rate,
            traffic=self.traffic,
            judged=self.judged,
            phases=self.phases,
            revert=revert,
            naive=self.naive,
            attacks=self.attacks,
            timeline=self.timeline,
            waits=self.waits.found() if self.waits else None,
            problems=self.problems,
            notes=self.notes,
        )


@contextlib.contextmanager
def stage(options: Options, report_dir: Path, show: Show) -> Iterator[Story]:
    """A server of our own with an empty database, for as long as the block lasts."""
    report_dir.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="ringfence-demo-") as scratch:
        with show.waiting("starting PostgreSQL"):
            server = _start()
        with server:
            pg.create_database(server.url(), DATABASE)
            yield Story(server.url(DATABASE), options, report_dir, Path(scratch), show, clock)


def _start() -> EmbeddedServer:
    try:
        return EmbeddedServer.start(major=MAJOR_PREFERRED, settings=SERVER_SETTINGS)
    except ServerBinariesMissing:
        return EmbeddedServer.start(
            settings=SERVER_SETTINGS
        )  # the newest there is, or the error that says what to install


def prose_version(version: int) -> str:
    """`18.4` for 180004."""
    return f"{version // 10000}.{version % 10000}"


def _beside(users: TrafficProcess) -> str:
    now = users.now
    if now.second is None:
        return "the users begin"
    return (
        f"{now.second.requests} requests a second, half within {now.second.p50:.0f} ms, 99 % within"
        f" {now.second.p99:.0f} ms; {now.total:,} so far, {now.failed} failed; {now.acknowledged:,} writes acknowledged"
    )


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
