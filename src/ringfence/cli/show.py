"""Reports as text for a person at a terminal: what happened, what is in the way, and what to type next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ringfence.catalog.compare import describe
from ringfence.cli import sessioning, shadowing
from ringfence.cli.shell import Ink
from ringfence.cli.words import ago, counted, duration, folded, indented, moment, number, plain
from ringfence.plan import prose
from ringfence.plan.model import LockMode, Plan
from ringfence.rehearse.model import Rehearsal
from ringfence.reports import (
    BackfillStatus,
    CompatibilityStatus,
    InitResult,
    JournalReport,
    PhaseStatus,
    RunReport,
    SessionStatus,
    StatusReport,
    StepStatus,
)

WIDTH = 100
STEPS_AHEAD = 3
"""How many steps that come next are shown of a phase at work."""
NAMED_MAX = 5
"""How many tables behind views are named."""


def _text(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _block(text: str, indent: int, ink: Ink, *, whole: bool = True) -> Iterator[str]:
    yield from indented(folded(text, whole=whole), indent, ink.width)


# --- init --------------------------------------------------------------------------------------------------------


def init(result: InitResult, ink: Ink) -> str:
    """What was written, what nobody but a person can decide, and what comes next."""
    return _text(_init(result, ink))


def _init(result: InitResult, ink: Ink) -> Iterator[str]:
    where = result.path if result.path is not None else "ringfence.toml"
    yield f"{ink.good('wrote')} {where}"
    if result.unresolved:
        yield ""
        yield ink.careful(f"{counted(len(result.unresolved), 'table')} unresolved: nothing says whose rows they hold")
        for name in result.unresolved:
            yield f"  {plain(name)}"
        yield ""
        yield f'Decide on each in {where}: derive = ".. -> ..", or scope = "shared" or "excluded".'
    yield ""
    yield "Next:"
    yield f"  read {where}: every line says why it is there"
    yield "  ringfence assess     # what stands in the way"
    yield "  ringfence plan       # every statement, before anything runs"


# --- plan --------------------------------------------------------------------------------------------------------


def plan_in_colour(sheet: str, ink: Ink) -> str:
    """The plan's sheet with its headings, its bars and its dangers marked, where somebody looks."""
    if not ink.on:
        return sheet
    return "\n".join(_coloured(line, ink) for line in sheet.split("\n"))


def _coloured(line: str, ink: Ink) -> str:
    if line.startswith(("Plan ", "PHASE ", "UNDO OF ", "Revert ")):
        return ink.bold(line)
    if line.startswith(("─", "=")):
        return ink.dim(line)
    head, bar, rest = line.partition("│ ")
    if bar and not head.strip():
        return f"{head}{ink.dim('│')} {rest}"
    if line.strip().startswith(("ONE-WAY", "One-way:")) or "IMPOSSIBLE" in line:
        return ink.careful(line)
    if line[:1].isdigit():
        step, gap, title = line.partition("  ")
        return f"{ink.bold(step)}{gap}{ink.bold(title)}"
    return line


def confirmation(plan: Plan, target: str, last: int, ink: Ink) -> str:
    """What `apply` is about to do, before it asks."""
    return _text(_confirmation(plan, target, last, ink))


def _confirmation(plan: Plan, target: str, last: int, ink: Ink) -> Iterator[str]:
    yield f"Ringfence is about to change {ink.bold(plain(target))}, following plan {plan.hash[:12]}:"
    yield ""
    limits = plan.tenancy.limits
    for n in map(prose.numbers, plan.phases):
        if n.phase.number > last:
            continue
        strong = prose.lock_rank(n.strongest) >= prose.lock_rank(LockMode.SHARE)
        lock = f"up to {n.strongest.value}, {prose.duration(limits.lock_attempt_ms)} at a time" if strong else ""
        one_way = ink.careful(f"   {counted(n.one_way, 'one-way step')}") if n.one_way else ""
        yield f"  {ink.bold(f'{n.phase.number} {n.phase.name:<12}')}{counted(n.steps, 'step'):>12}   {lock}{one_way}"
    yield ""
    yield "Every statement of it: ringfence plan. The way back: ringfence revert --from 0."


# --- rehearse ----------------------------------------------------------------------------------------------------


def rehearsal(result: Rehearsal, ink: Ink) -> str:
    """The verdict, and every difference that nobody foresaw."""
    return _text(_rehearsal(result, ink))


def _rehearsal(result: Rehearsal, ink: Ink) -> Iterator[str]:
    verdict = ink.good("passed") if result.passed else ink.bad("failed")
    yield (
        f"{verdict}   plan {result.plan_hash[:12]}, {counted(result.steps, 'step')} forward in"
        f" {duration(result.forward_seconds)} and back in {duration(result.back_seconds)}"
        f" on PostgreSQL {result.server_version // 10000}"
    )
    for differences, title in (
        (result.unforeseen, "After all phases the catalog is not the one the plan foresaw:"),
        (result.left_behind, "After the revert the catalog is not the one before:"),
    ):
        if differences:
            yield ""
            yield ink.bad(title)
            yield from _block(describe(differences), 2, ink)
    if result.notes:
        yield ""
        yield "Notes"
        for note in result.notes:
            yield f"  - {plain(note)}"


# --- runs --------------------------------------------------------------------------------------------------------


def run(report: RunReport, ink: Ink, *, whole: bool = False) -> str:
    """How a run ended, phase by phase, and what to do next; `whole` leaves out nothing of what a gate misses."""
    return _text(_run(report, ink, whole))


def _run(report: RunReport, ink: Ink, whole: bool) -> Iterator[str]:
    for phase in report.phases:
        did = f"{counted(phase.steps, 'step')} in {duration(phase.seconds)}" if phase.steps else "-"
        yield f"  {ink.bold(f'{phase.number} {phase.name:<12}')} {_state(phase.state, ink)}   {did}"
    back = report.direction == "back"
    yield ""
    match report.outcome:
        case "finished":
            said = f": {plain(report.detail)}" if report.detail else ""
            yield f"{ink.good('finished')} in {duration(report.seconds)}{said}"
            yield from _after(report)
        case "gate":
            yield ink.careful("A gate holds; nothing is half done.")
            yield from _missing(report.gates_missing, ink, whole)
            yield ""
            yield "Next: do what is missing, then the same command again."
        case "paused":
            yield ink.careful("paused") + (f": {plain(report.detail)}" if report.detail else "")
            yield "Next: ringfence resume, then the same command again."
        case other:
            yield ink.bad(other) + (f": {plain(report.detail)}" if report.detail else "")
            yield f"Next: ringfence status, then ringfence {'revert' if back else 'apply'} again."


def _after(report: RunReport) -> Iterator[str]:
    if report.direction == "back":
        return
    waiting = [p for p in report.phases if p.state != "done"]
    if waiting:
        yield f"Next: ringfence apply --through {waiting[0].number}"
    else:
        yield "The way back stays open: ringfence revert --from 1"


def _missing(missing: Mapping[str, str], ink: Ink, whole: bool) -> Iterator[str]:
    for code, text in missing.items():
        yield ""
        yield f"  {plain(code)}"
        yield from _block(text, 4, ink, whole=whole)


def _state(state: str, ink: Ink) -> str:
    padded = f"{state:<9}"
    match state:
        case "done" | "passed" | "finished":
            return ink.good(padded)
        case "started" | "undoing" | "running" | "paused" | "gate":
            return ink.careful(padded)
        case "failed" | "held":
            return ink.bad(padded)
        case _:
            return ink.dim(padded)


# --- status ------------------------------------------------------------------------------------------------------


def status(report: StatusReport, target: str, now: datetime, ink: Ink, *, every_step: bool = False) -> str:
    """Where the migration stands, who is in the way, and what to type next."""
    return _text(_status(report, target, now, ink, every_step))


def _status(report: StatusReport, target: str, now: datetime, ink: Ink, every_step: bool) -> Iterator[str]:
    yield f"{ink.bold(plain(target))}   {_state(report.state, ink).rstrip()}"
    if report.plan_hash is None:
        yield "No plan was applied here yet."
        yield ""
        yield "Next: ringfence init, ringfence assess, ringfence plan"
        return
    when = f"   last entry {moment(report.at)}, {ago(report.at, now)}" if report.at is not None else ""
    yield ink.dim(f"plan {report.plan_hash[:12]}{when}")
    if report.paused is not None:
        yield ink.careful("pause asked for" + (f": {plain(report.paused)}" if report.paused else ""))
    yield ""
    for phase in report.phases:
        yield from _phase(phase, [s for s in report.steps if s.phase == phase.number], ink, every_step)
    if report.backfills:
        yield ""
        yield from (_backfill(b) for b in report.backfills)
    if report.sessions:
        yield ""
        yield ink.careful("In the way")
        for session in report.sessions:
            yield from _session(session)
    if report.compatibility is not None:
        yield ""
        yield from _behind_views(report.compatibility, now, ink)
    if report.authenticate is not None:
        yield ""
        yield from sessioning.in_short(report.authenticate, now, ink)
    if report.shadow is not None:
        yield ""
        yield from shadowing.in_short(report.shadow, ink)
    if report.accepted:
        yield ""
        yield "Accepted"
        for code, reason in report.accepted.items():
            yield f"  {plain(code)}: {plain(reason)}"
    if report.last_error:
        yield ""
        yield ink.bad("Last error")
        yield from _block(report.last_error, 2, ink, whole=every_step)
    yield ""
    yield f"Next: {_next(report)}"


def _behind_views(found: CompatibilityStatus, now: datetime, ink: Ink) -> Iterator[str]:
    many = len(found.tables) > NAMED_MAX
    names = ", ".join(map(plain, found.tables[:NAMED_MAX])) + (
        f" and {len(found.tables) - NAMED_MAX} more" if many else ""
    )
    yield f"Behind a view of their old columns: {names}"
    for client in found.old_clients:
        who = f"{plain(client.application) or '(no application name)'} ({plain(client.login)})"
        seen = f"last seen {ago(client.last_seen, now)}" if client.last_seen is not None else ""
        there = ink.careful(f"{counted(client.sessions, 'session')} connected") if client.sessions else seen
        known = ", ".join(map(plain, client.known_from))
        yield f"  {who}: {there}, needs {counted(len(client.tables), 'view')} ({known})"
    if not found.old_clients:
        yield "  nobody who needs them was seen"
    watched = f"{found.hours_watched} of the last {counted(found.hours_needed, 'hour')} watched"
    last = f", last sample {ago(found.last_sample_at, now)}" if found.last_sample_at is not None else ", no sample yet"
    yield ink.dim(f"  {watched}{last}" + ("" if found.sampled_now else "; this role may not take samples"))


def _phase(phase: PhaseStatus, steps: Sequence[StepStatus], ink: Ink, every_step: bool) -> Iterator[str]:
    done = f"{phase.steps_done:>4} of {phase.steps_total} steps"
    one_way = sum(1 for s in steps if s.one_way and s.state == "done")
    mark = ink.careful(f"   {counted(one_way, 'one-way step')} done") if one_way else ""
    gate = f"   gate {phase.gate}" if phase.gate else ""
    yield f"  {ink.bold(f'{phase.number} {phase.name:<12}')} {_state(phase.state, ink)}{done}{gate}{mark}"
    for code, text in phase.missing.items():
        yield f"      {ink.bad(plain(code))}"
        yield from _block(text, 8, ink, whole=every_step)
    for step in _shown(phase, steps, every_step):
        rows = f", {number(step.rows)} rows" if step.rows else ""
        seconds = f", {duration(step.seconds)}" if step.seconds is not None else ""
        way = ink.careful("  one-way") if step.one_way else ""
        yield f"      {_state(step.state, ink)}{plain(step.title)}{ink.dim(rows + seconds)}{way}"


def _shown(phase: PhaseStatus, steps: Sequence[StepStatus], every_step: bool) -> Sequence[StepStatus]:
    if every_step:
        return steps
    at_work = [s for s in steps if s.state in ("started", "undoing")]
    if phase.state != "started":
        return at_work
    return [*at_work, *[s for s in steps if s.state == "pending"][: STEPS_AHEAD - len(at_work)]]


def _backfill(backfill: BackfillStatus) -> str:
    total = f" of about {number(backfill.rows_total)}" if backfill.rows_total else ""
    rate = f", {number(backfill.rows_per_second)} rows/s" if backfill.rows_per_second is not None else ""
    left = f", about {duration(backfill.remaining_seconds)} left" if backfill.remaining_seconds is not None else ""
    return f"  {plain(backfill.table)}: {number(backfill.rows_done)}{total} rows filled{rate}{left}"


def _session(session: SessionStatus) -> Iterator[str]:
    login = f" ({plain(session.login)})" if session.login and session.application else ""
    who = plain(session.application or session.login or "server process") + login
    yield f"  pid {session.pid}  {who}  {plain(session.state)} for {duration(session.seconds)}"
    if session.blocks:
        yield f"      blocks {', '.join(plain(b) for b in session.blocks)}"
    if session.query:
        yield f"      {plain(session.query)[: WIDTH - 8]}"


def _next(report: StatusReport) -> str:
    go_on = "ringfence apply" if report.direction == "forward" else "ringfence revert --from PHASE"
    match report.state:
        case "running":
            return "ringfence status --watch, or ringfence pause"
        case "paused":
            return f"ringfence resume, then {go_on}"
        case "gate":
            return f"do what the gate misses, then {go_on}"
        case "failed":
            return f"repair the cause, then {go_on}; it goes on where it stopped"
        case "finished":
            return "nothing; the way back is ringfence revert --from 1"
        case "stopped" if report.direction == "back":
            return "ringfence apply goes forward again, ringfence revert --from 1 further back"
        case _:
            return "ringfence apply"


# --- journal -----------------------------------------------------------------------------------------------------


def journal(report: JournalReport, ink: Ink, *, limit: int | None = None) -> str:
    """The entries in order, the newest at the end; with a limit only the last ones."""
    return _text(_journal(report, ink, limit))


def _journal(report: JournalReport, ink: Ink, limit: int | None) -> Iterator[str]:
    shown = report.entries if limit is None else report.entries[-limit:]
    if len(shown) < len(report.entries):
        yield ink.dim(f"{len(report.entries) - len(shown):,} earlier entries are not shown: --all")
    for entry in shown:
        line = f"{entry.seq:>7}  {moment(entry.at)}  {entry.event:<16}"
        yield f"{ink.dim(line)} {plain(entry.summary)}"
    if report.ok is False:
        yield ink.bad("The journal is damaged.")
        yield from _block(report.detail, 2, ink)


def verified(report: JournalReport, ink: Ink) -> str:
    """Whether the chain of hashes holds."""
    if report.ok:
        last = f", the last hash is {report.entries[-1].hash}" if report.entries else ""
        return f"{ink.good('whole')}   {counted(len(report.entries), 'entry').replace('entrys', 'entries')}{last}\n"
    return _text(iter([ink.bad("The journal is damaged."), *_block(report.detail, 2, ink)]))
