"""The whole product on one page: what each verb does, from the URL to the report.

A verb opens connections, asks each stage for the next value, and hands back a report. It decides nothing that a stage
could decide; the terminal, the web page and the tests call nothing below this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ringfence import __version__, db, statusing
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.errors import RingfenceError
from ringfence.execute import pg as execute_pg
from ringfence.execute.attempt import ConnectionLost
from ringfence.execute.decide import adoption, closing
from ringfence.execute.model import Back, Forward, NoSuchPhase, Wish
from ringfence.execute.procedures import Procedures
from ringfence.execute.run import Run, run
from ringfence.execute.watch import watching
from ringfence.health import pg as health_pg
from ringfence.health.model import OwnBackend
from ringfence.journal import pg as journal_pg
from ringfence.journal.fold import fold, follow
from ringfence.journal.model import (
    JournalDamaged,
    PauseRequested,
    Progress,
    ResumeRequested,
    RunEnded,
    RunLockLost,
)
from ringfence.names import parse_qualified
from ringfence.observe import BatchDone, Note, Observation, Observer, PhaseFinished, PhaseStarted, StepFinished, ignore
from ringfence.plan import pg as plan_pg
from ringfence.plan.amend import later_policies, without_ours
from ringfence.plan.build import build_plan
from ringfence.plan.keeping import keep_standing
from ringfence.plan.model import Facts, Plan
from ringfence.plan.simulate import comparable, simulate_steps
from ringfence.reports import (
    AuthenticateStatus,
    CompatibilityStatus,
    EndpointChange,
    EndpointHistory,
    EndpointsReport,
    EndpointStatus,
    InitResult,
    JournalReport,
    RunReport,
    ShadowReport,
    ShadowStatus,
    StatusReport,
)
from ringfence.runtime.rollout import pg as rollout_pg
from ringfence.runtime.rollout.decide import check_setting
from ringfence.runtime.rollout.model import Setting
from ringfence.runtime.sessions.model import Left
from ringfence.spec.load import load_spec
from ringfence.spec.model import Spec
from ringfence.tenancy.model import Tenancy
from ringfence.tenancy.resolve import resolve

if TYPE_CHECKING:
    from ringfence.assess.model import Assessment, Observed
    from ringfence.rehearse.model import Rehearsal
    from ringfence.runtime.signing import Move, SigningKey
    from ringfence.shadow.model import Noted
    from ringfence.verify.model import Verification

# Three stages are imported where they are used: status and journal, asked every few seconds by some people, need
# neither the parser of assess nor the servers of rehearse.

ORIGINAL = "original"
"""The snapshot of the catalog as it was before phase 1; what a full revert must restore."""
RUN, RUN_LOCK = "ringfence run", "ringfence run lock"
"""The application names of a run's two sessions."""
WRITTEN_BY_VERIFY = "Written by `ringfence verify --pgtap`"
RECONNECTS_MAX = 5
"""In a row, without a step or a batch between them: a run of days may lose its connection more often than that."""
RECONNECT_WAIT_S = 1.0


class FileExists(RingfenceError):
    """The file is there already and is not overwritten."""

    code = "RF190"
    exit_code = 2


class CatalogDrifted(RingfenceError):
    """The database's schema is not the one that the plan was made for."""

    code = "RF411"
    exit_code = 5


class BlockersLeft(RingfenceError):
    """The database holds something that would make a later step fail or harm the application."""

    code = "RF413"
    exit_code = 3


class NothingAdopted(RingfenceError):
    """No plan was ever applied to this database."""

    code = "RF412"
    exit_code = 2


def init(
    url: str, out: Path | None, *, force: bool = False, users: str | None = None, column: str | None = None
) -> InitResult:
    """Read the catalog, ask the data where names are all there is, and write a first `ringfence.toml`.

    `users` names the users table where the catalog alone does not tell, `column` the tenant column.
    """
    from ringfence.tenancy import pg as tenancy_pg
    from ringfence.tenancy.suggest import questions, render_toml, suggest

    if out is not None and out.exists() and not force:
        raise FileExists(
            f"{out} exists", subject=str(out), hint=f"ringfence init --force, or --out another file than {out}"
        )
    with db.connect(url, application="ringfence init") as conn:
        catalog = read_catalog(conn)
        known = parse_qualified(users) if users else None
        evidence = tenancy_pg.gather_evidence(conn, questions(catalog, known))
    suggestion = suggest(catalog, evidence, users=known, column=column)
    text = render_toml(suggestion)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    return InitResult(text, tuple(str(name) for name in suggestion.unresolved), out)


def assess(url: str, config: Path | None) -> Assessment:
    """Say what stands in the way; needs no migration and, without a spec, no decision about tenants."""
    from ringfence.assess import pg as assess_pg
    from ringfence.assess.assess import assess as judge_database

    with db.connect(url, application="ringfence assess") as conn:
        catalog = read_catalog(conn)
        observed = assess_pg.observe_database(conn, catalog)
    if config is None:
        return judge_database(catalog, None, observed)
    spec = load_spec(config)
    tenancy = resolve(spec, _before_ours(url, catalog))
    return judge_database(catalog, tenancy, _with_sources(observed, config, spec))


def _with_sources(observed: Observed, config: Path, spec: Spec) -> Observed:
    """What was observed, and what the application's source says, where the spec says where that is."""
    if not spec.application.sources:
        return observed
    from ringfence.assess.model import SourceText
    from ringfence.scan.run import scan

    found = scan(config.parent, spec.application.sources)
    texts = tuple(SourceText(s.text, s.place) for s in found.statements)
    return replace(observed, sources=texts, sources_unread=found.unread)


def plan(url: str, config: Path, *, amend: bool = False) -> Plan:
    """The plan that `apply` would follow: the adopted one while a migration is under way, else a fresh one."""
    with db.connect(url, application="ringfence plan") as conn:
        return _situation(conn, config, amend=amend).plan


def rehearse(url: str, config: Path, observer: Observer = ignore) -> Rehearsal:
    """Run the plan forward and back on a schema clone in a scratch server of our own."""
    from ringfence.rehearse import run as rehearsing

    with db.connect(url, application="ringfence rehearse") as conn:
        found = _situation(conn, config, amend=False)
    accept = rehearsing.acceptances(found.plan)

    def forth(clone: str, plan_: Plan) -> None:
        wish = Forward(_last(plan_))
        ended = _run(clone, _fresh(clone, plan_), wish, accept, observer, rehearsal=True)
        rehearsing.refuse_unfinished("forward", ended.outcome, ended.detail)

    def back(clone: str, plan_: Plan) -> None:
        ended = _run(clone, _fresh(clone, plan_), Back(0), accept, observer, rehearsal=True)
        rehearsing.refuse_unfinished("back", ended.outcome, ended.detail)

    with rehearsing.scratch_server(url) as server:
        return rehearsing.rehearse(url, found.plan, server, apply=forth, revert=back)


def apply(
    url: str,
    config: Path,
    *,
    through: int | None = None,
    accept: Mapping[str, str] | None = None,
    observer: Observer = ignore,
    amend: bool = False,
) -> RunReport:
    """Go forward through the phases, from wherever the journal says we are."""
    with db.connect(url, application="ringfence apply") as conn:
        db.check_writable(conn, url)
        found = _situation(conn, config, amend=amend)
        _refuse_blockers(conn, config, found, accept or {})
    if through is not None and all(phase.number != through for phase in found.plan.phases):
        raise NoSuchPhase(
            f"the plan has no phase {through}",
            hint="phases of this plan: " + ", ".join(str(phase.number) for phase in found.plan.phases),
        )
    wish = Forward(_last(found.plan) if through is None else through)
    return _run(url, found, wish, accept or {}, observer)


def revert(
    url: str,
    config: Path | None = None,
    *,
    first: int = 0,
    accept: Mapping[str, str] | None = None,
    observer: Observer = ignore,
) -> RunReport:
    """Undo phase `first` and every later one; the catalog it began from is restored, every row is kept."""
    del config  # the adopted plan holds everything; what the file says now does not matter for the way back
    with db.connect(url, application="ringfence revert") as conn:
        db.check_writable(conn, url)
        found = _adopted(conn)
    return _run(url, found, Back(first), accept or {}, observer)


def status(url: str) -> StatusReport:
    """Where the migration stands, and who is in the way right now."""
    with db.connect(url, application="ringfence status") as conn:
        if not journal_pg.exists(conn):
            return StatusReport(None, "not started")
        entries = journal_pg.read(conn)
        progress = fold(entries)
        if progress.plan_hash is None:
            return StatusReport(None, "not started")
        adopted = journal_pg.load_plan(conn, progress.plan_hash, Plan)
        running = bool(journal_pg.holders(conn))
        names = {t.name for t in adopted.tenancy.tables} | {v.base for v in adopted.compatibility}
        tables = [name.sql for name in sorted(names)]
        in_the_way = execute_pg.sessions_in_the_way(conn, tables)
        behind = _compatibility(conn, adopted, progress)
        shadowed = _shadow(conn, adopted, progress)
        measured = _authenticate(conn, adopted, progress)
        return statusing.report(adopted, progress, entries, running, in_the_way, behind, shadowed, measured)


def _authenticate(conn: db.Connection, adopted: Plan, progress: Progress) -> AuthenticateStatus | None:
    """What phase 3 has measured, while it stands and where the role may look."""
    from ringfence.runtime.sessions import pg as sessions_pg

    said = adopted.tenancy.authentication
    if said is None or not statusing.authenticating(progress) or not sessions_pg.readable(conn):
        return None
    modes = rollout_pg.modes(conn) if rollout_pg.readable(conn) else []
    return statusing.authenticate(sessions_pg.left(conn, said.hours), modes)


def _shadow(conn: db.Connection, adopted: Plan, progress: Progress) -> ShadowStatus | None:
    """What phase 4 has seen, while it is at work and where the role may look."""
    from ringfence.shadow import pg as shadow_pg

    if not statusing.shadowing(adopted, progress) or not shadow_pg.readable(conn):
        return None
    return ShadowStatus(shadow_pg.comparisons(conn), shadow_pg.differing(conn), shadow_pg.noted(conn))


def _compatibility(conn: db.Connection, adopted: Plan, progress: Progress) -> CompatibilityStatus | None:
    """Who still needs a compatibility view; takes a sample of sessions by the way, where the role may keep one."""
    views = statusing.views_standing(adopted, progress)
    if not views:
        return None
    connected = health_pg.sample_sessions(conn)
    may_record = health_pg.may_record_sessions(conn)
    if may_record:
        health_pg.record_sessions(conn, connected)
    return statusing.compatibility(
        views,
        connected,
        health_pg.seen_sessions(conn),
        health_pg.watched(conn, adopted.tenancy.old_clients_quiet_hours),
        database=conn.info.dbname,
        sampled_now=may_record,
    )


def shadow(url: str, *, share: float | None = None, logs: Sequence[Path] = ()) -> ShadowReport:
    """What statements of the application would find different under enforcement; sets the canary's share when given.

    `logs` are server logs, in which some notes are that the database does not have. Raises LogUnreadable.
    """
    from ringfence.shadow import log
    from ringfence.shadow import pg as shadow_pg

    logged = [found for path in logs for found in _notes_of(path)]

    with db.connect(url, application="ringfence shadow") as conn:
        shadow_pg.require(conn)
        if share is not None:
            shadow_pg.set_share(conn, share)
            shadow_pg.prune(conn)
        return ShadowReport(
            shadow_pg.share(conn),
            shadow_pg.compared(conn),
            shadow_pg.differing(conn),
            log.merged(shadow_pg.noted(conn), logged),
        )


def _notes_of(path: Path) -> tuple[tuple[Noted, str], ...]:
    from ringfence.shadow import log
    from ringfence.shadow.model import LogUnreadable

    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return log.notes(lines)
    except OSError as error:
        raise LogUnreadable(
            f"cannot read {path}: {error.strerror}", subject=str(path), hint="ringfence shadow --log postgresql.log"
        ) from error


def verify(
    url: str,
    config: Path,
    *,
    observer: Observer = ignore,
    seconds_max: float = 60.0,
    only: frozenset[str] = frozenset(),
    pgtap: Path | None = None,
) -> Verification:
    """Ask the catalog and attack the isolation, with the attacks named in `only` or all; nothing is changed.

    `pgtap` is a directory to which the attacks are written as tests to keep; raises FileExists when it holds such a
    file of other content.
    """
    from ringfence.verify import checks
    from ringfence.verify.model import Verification
    from ringfence.verify.verify import Attacks

    began = time.monotonic()
    with db.connect(url, application="ringfence verify") as conn:
        present = read_catalog(conn)
        tenancy = _tenancy_now(conn, config, present)
        attacks = Attacks(conn, present, tenancy, observer, seconds_max, only)
        attacks.run()
    if pgtap is not None:
        _write_tests(pgtap, attacks.pgtap())
    return Verification(
        checks.run(present, tenancy), tuple(attacks.verdicts), attacks.not_tried, time.monotonic() - began, only
    )


def _write_tests(folder: Path, files: Mapping[str, str]) -> None:
    """All or nothing: a file that somebody else wrote under such a name is not overwritten."""
    for name in files:
        path = folder / name
        if path.exists() and WRITTEN_BY_VERIFY not in path.read_text(encoding="utf-8", errors="replace"):
            raise FileExists(f"{path} is there already and was not written by ringfence verify", hint=f"rm {path}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def pause(url: str, reason: str = "") -> StatusReport:
    """Ask the run at work to stop at its next safe point; nothing starts again before `resume`."""
    with db.connect(url, application="ringfence pause") as conn:
        _known(conn)
        execute_pg.append(conn, PauseRequested(reason))
    return status(url)


def resume(url: str) -> StatusReport:
    """Take a pause back."""
    with db.connect(url, application="ringfence resume") as conn:
        _known(conn)
        if fold(journal_pg.read(conn)).paused:
            execute_pg.append(conn, ResumeRequested())
    return status(url)


def journal(url: str, *, verify: bool = False) -> JournalReport:
    """Everything that was done to this database, in order; reading it always verifies the hash chain."""
    with db.connect(url, application="ringfence journal") as conn:
        _known(conn)
        try:
            entries = journal_pg.read(conn)
        except JournalDamaged as error:
            return JournalReport((), False, str(error))
    return JournalReport(tuple(statusing.line(entry) for entry in entries), True if verify else None)


def sessions(url: str, *, share: float | None = None, hours: int = 24) -> Left:
    """What is left of tokens without tenant, as phase 3 has counted it; sets the share that is upgraded when given."""
    from ringfence.runtime.sessions import pg as sessions_pg

    with db.connect(url, application="ringfence sessions") as conn:
        if share is not None:
            sessions_pg.set_share(conn, share)
        return sessions_pg.left(conn, hours)


def endpoints(url: str) -> EndpointsReport:
    """How every endpoint is served, and what was seen of it in the last minute."""
    with db.connect(url, application="ringfence endpoints") as conn:
        rows = rollout_pg.list_endpoints(conn)
    return EndpointsReport(tuple(EndpointStatus(**_with_floats(row)) for row in rows))


def set_endpoint(url: str, endpoint: str, change: Setting, reason: str) -> EndpointsReport:
    """Serve an endpoint in another way from now on; workers hear of it within a second. Raises InvalidEndpoint."""
    check_setting(endpoint, change)
    with db.connect(url, application="ringfence endpoints") as conn:
        rollout_pg.set_endpoint(conn, endpoint, change, reason)
    return endpoints(url)


def endpoint_history(url: str, endpoint: str | None = None, limit: int = 50) -> EndpointHistory:
    """The newest changes of one endpoint, or of all."""
    with db.connect(url, application="ringfence endpoints") as conn:
        rows = rollout_pg.history(conn, endpoint, limit)
    return EndpointHistory(tuple(EndpointChange(**_with_floats(row)) for row in reversed(rows)))


def _with_floats(row: db.Row) -> db.Row:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def keys(
    url: str, decide: Callable[[Sequence[SigningKey]], SigningKey | Sequence[Move]] | None = None
) -> tuple[SigningKey, ...]:
    """The application's signing keys, after the change that `decide` has made of them."""
    from ringfence.runtime.keystore import pg as keystore

    with db.connect(url, application="ringfence keys") as conn:
        return keystore.read(conn) if decide is None else keystore.change(conn, decide)


# --- how the verbs see a database --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Situation:
    """What is known before a run: the plan to follow, the catalog it was made for, and how far the journal is."""

    plan: Plan
    original: Catalog
    progress: Progress


def _situation(conn: db.Connection, config: Path, *, amend: bool) -> _Situation:
    spec = load_spec(config)
    present = read_catalog(conn)
    if journal_pg.exists(conn):
        progress = fold(journal_pg.read(conn))
        if progress.plan_hash is not None and (progress.done or progress.open is not None):
            found = _adopted(conn)
            if not amend:
                _refuse_drift(found, present)
                return found
            original = without_ours(present, found.original, found.plan)
            fresh = _fresh_plan(conn, config, spec, original, found)
            return _Situation(keep_standing(fresh, found.plan, progress.done, present), original, progress)
        return _Situation(_fresh_plan(conn, config, spec, present, None), present, progress)
    return _Situation(_fresh_plan(conn, config, spec, present, None), present, Progress())


def _fresh_plan(conn: db.Connection, config: Path, spec: Spec, original: Catalog, former: _Situation | None) -> Plan:
    tenancy = resolve(spec, original)
    clients = _what_clients_do(conn, config, spec, tenancy, original)
    if former is None:
        return build_plan(tenancy, original, clients(plan_pg.gather_facts(conn, original, tenancy)))
    standing = frozenset(
        str(t.name) for t in former.plan.tenancy.tables if f"expand/{t.name}/column" in former.progress.done
    )
    views = tuple(v for v in former.plan.compatibility if str(v.table) in standing)
    retired = {v.table for v in views if f"enforce/{v.table}/retire" in former.progress.done}
    now = {v.table: v.base for v in views if v.table not in retired}
    facts = plan_pg.gather_facts(conn, original, tenancy, now=now)
    # the fast default of a column that stands already is what it was, whatever is most frequent now
    kept = {str(t.name): t.founding for t in former.plan.tenancy.tables if t.founding is not None}
    facts = replace(
        facts,
        founding={**facts.founding, **kept},
        standing=standing,
        views_standing=views,
        later_policies=later_policies(original, former.original, former.plan, former.progress.done),
    )
    return build_plan(tenancy, original, clients(facts))


def _what_clients_do(
    conn: db.Connection, config: Path, spec: Spec, tenancy: Tenancy, original: Catalog
) -> Callable[[Facts], Facts]:
    """Facts with who takes all columns of which table, and what a view in its place would break."""
    from ringfence.assess import pg as assess_pg
    from ringfence.assess.behindview import candidates, seen_readers
    from ringfence.assess.model import Scene

    scene = Scene(original, tenancy, _with_sources(assess_pg.observe_clients(conn), config, spec))
    readers = {str(table): found for table, found in seen_readers(scene).items()}
    against = {str(c.entry.name): tuple(h.text for h in c.hindrances) for c in candidates(scene)}
    return lambda facts: replace(facts, star_readers=readers, hindrances=against)


def _adopted(conn: db.Connection) -> _Situation:
    _known(conn)
    progress = fold(journal_pg.read(conn))
    if progress.plan_hash is None:
        raise NothingAdopted(hint="ringfence apply")
    followed = journal_pg.load_plan(conn, progress.plan_hash, Plan)
    return _Situation(followed, journal_pg.load_snapshot(conn, ORIGINAL, Catalog), progress)


def _fresh(url: str, plan_: Plan) -> _Situation:
    with db.connect(url) as conn:
        if journal_pg.exists(conn):
            return _adopted(conn)
        return _Situation(plan_, read_catalog(conn), Progress())


def _known(conn: db.Connection) -> None:
    if not journal_pg.exists(conn):
        raise NothingAdopted(hint="ringfence apply")


def _refuse_blockers(conn: db.Connection, config: Path, found: _Situation, accept: Mapping[str, str]) -> None:
    """Raise BlockersLeft before the first write of phase 1; what a person accepts is journalled with the run."""
    if any(step.id in found.progress.done for step in found.plan.phase(1).steps):
        return
    from ringfence.assess import pg as assess_pg
    from ringfence.assess.assess import assess as judge_database

    observed = _with_sources(assess_pg.observe_database(conn, found.original), config, load_spec(config))
    blockers = [
        finding
        for finding in judge_database(found.original, found.plan.tenancy, observed).blockers
        if finding.code not in accept and finding.code not in found.progress.accepted
    ]
    if blockers:
        raise BlockersLeft(
            f"{len(blockers)} blockers stand in the way",
            detail="\n".join(f"{b.code} {b.subject}: {b.message}" for b in blockers[:20]),
            hint="ringfence assess    (says how to repair each); or take responsibility: --accept CODE --reason '...'",
        )


def _refuse_drift(found: _Situation, present: Catalog) -> None:
    """Raise CatalogDrifted when the catalog is not what the journal says it must be."""
    if found.progress.open is not None:
        return  # a step in the middle may or may not have reached the catalog; its own probe decides
    expected = simulate_steps(found.original, found.plan, frozenset(found.progress.done))
    differences = compare(comparable(expected, found.plan), comparable(present, found.plan))
    if differences:
        raise CatalogDrifted(
            f"{len(differences)} differences between the database and the plan",
            detail=describe(differences),
            hint="ringfence plan --amend    (shows the plan with them taken in), then: ringfence apply --amend",
        )


def _before_ours(url: str, present: Catalog) -> Catalog:
    with db.connect(url) as conn:
        if not journal_pg.exists(conn) or fold(journal_pg.read(conn)).plan_hash is None:
            return present
        found = _adopted(conn)
    return without_ours(present, found.original, found.plan)


def _tenancy_now(conn: db.Connection, config: Path, present: Catalog) -> Tenancy:
    """The tenancy of the plan that is followed, or of the spec alone where nothing was applied."""
    if journal_pg.exists(conn) and fold(journal_pg.read(conn)).plan_hash is not None:
        return _adopted(conn).plan.tenancy
    return resolve(load_spec(config), present)


def _last(plan_: Plan) -> int:
    return max(phase.number for phase in plan_.phases)


# --- a run -------------------------------------------------------------------------------------------------------


def _run(
    url: str,
    found: _Situation,
    wish: Wish,
    accept: Mapping[str, str],
    observer: Observer,
    *,
    rehearsal: bool = False,
) -> RunReport:
    """Carry a wish out under the run lock, across lost connections within bounds."""
    began = time.monotonic()
    tally = _Tally(observer)
    sessions: list[OwnBackend] = []
    in_a_row = 0
    while True:
        achieved = tally.achieved
        try:
            ended, progress = _try(url, found, wish, accept, tally, sessions, rehearsal=rehearsal)
            break
        except (ConnectionLost, RunLockLost, db.CannotConnect) as error:
            never_there = not sessions and isinstance(error, db.CannotConnect)
            in_a_row = in_a_row + 1 if tally.achieved == achieved else 1
            if never_there or in_a_row > RECONNECTS_MAX:
                raise
            tally.see(Note(f"{error.message} {error.detail} Reconnecting, try {in_a_row}.", "warning"))
            # doubling: a crash recovery or a failover takes half a minute more often than five seconds
            time.sleep(RECONNECT_WAIT_S * 2 ** (in_a_row - 1))
    missing = progress.held.missing if progress.held is not None else {}
    return RunReport(
        outcome=ended.outcome,
        phases=statusing.phase_reports(found.plan, progress, tally.seconds, tally.steps, ended),
        gates_missing=missing,
        detail=ended.detail,
        seconds=round(time.monotonic() - began, 3),
        plan_hash=found.plan.hash,
        direction="forward" if isinstance(wish, Forward) else "back",
    )


def _try(
    url: str,
    found: _Situation,
    wish: Wish,
    accept: Mapping[str, str],
    tally: _Tally,
    sessions: list[OwnBackend],
    *,
    rehearsal: bool,
) -> tuple[RunEnded, Progress]:
    """One connection's worth of a run; the run lock is taken anew each time, for it was lost with the server too.

    `sessions` are those this run had before. A network that broke does not tell the server, and there they would still
    hold the run lock: they are ended first, and those of this try are added.
    """
    with execute_pg.spoken(), db.connect(url, application=RUN_LOCK) as lock:
        health_pg.end_own(lock, sessions)
        sessions.append(health_pg.own_session(lock))
        with journal_pg.run_lock(lock):
            # Whoever works under this name without the lock is dead, or was taken for dead. What it left executing on
            # the server must end before anybody decides what is next (H28); it may also keep the journal locked.
            health_pg.end_own(lock, [b for b in health_pg.own_backends(lock, RUN) if b.application == RUN])
            _adopt(url, found)
            return _carry_out(url, found, wish, accept, tally, lock, rehearsal=rehearsal)


def _carry_out(
    url: str,
    found: _Situation,
    wish: Wish,
    accept: Mapping[str, str],
    tally: _Tally,
    lock: db.Connection,
    *,
    rehearsal: bool,
) -> tuple[RunEnded, Progress]:
    with db.connect(url, application=RUN) as conn:
        procedures = Procedures(url, conn, found.plan, found.original, tally.see, accept=accept, rehearsal=rehearsal)
        procedures.look_at_sessions()
        state = Run(
            conn=conn,
            plan=found.plan,
            wish=wish,
            observer=tally.see,
            handlers=procedures.handlers,
            breathe=procedures.breathe,
            rest_between=procedures.rest_between,
            accept=accept,
            version=__version__,
            watch=partial(_watch, url, conn.info.backend_pid, tally.see),
            still_ours=partial(journal_pg.check_run_lock, lock),
        )
        return run(state), fold(journal_pg.read(conn))


def _watch(url: str, pid: int, observer: Observer, step: str) -> AbstractContextManager[None]:
    return watching(url, pid, step, observer)


def _adopt(url: str, found: _Situation) -> None:
    """Install the journal, keep plan and original catalog, and make the plan the one followed."""
    with db.connect(url, application=RUN) as conn:
        journal_pg.install(conn)
        # a run that died is ended first: a plan is never changed under an open run
        for event in closing(fold(journal_pg.read(conn))):
            execute_pg.append(conn, event)
        progress = fold(journal_pg.read(conn))
        for event in adoption(found.plan, progress, _gone(found.plan, progress)):
            follow(progress, event)
            with conn.transaction():
                journal_pg.store_plan(conn, found.plan)
                journal_pg.store_snapshot(conn, ORIGINAL, found.original)
                journal_pg.append(conn, event)


def _gone(plan_: Plan, progress: Progress) -> tuple[str, ...]:
    return tuple(step for step in progress.done if step not in plan_.steps_by_id)


class _Tally:
    """Counts what a run did, phase by phase, on the way to the one who watches."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.achieved = 0
        """Steps and batches so far."""
        self.seconds: dict[int, float] = {}
        self.steps: dict[int, int] = {}

    def see(self, observation: Observation) -> None:
        """Count and pass on."""
        match observation:
            case PhaseFinished(phase, _, seconds, _):
                self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
            case StepFinished(_, phase, _, _, _):
                self.steps[phase] = self.steps.get(phase, 0) + 1
                self.achieved += 1
            case BatchDone():
                self.achieved += 1
            case PhaseStarted(phase, _, _, _):
                self.seconds.setdefault(phase, 0.0)
            case _:
                pass
        self._observer(observation)
