"""A plan in words and numbers: what every rendering says alike, however it lays it out.

Also the one place that makes text safe to show: a name may hold a line break or a control character, and a comment
that ends early would turn the rest of a name into SQL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from ringfence.names import QualifiedName, display_ident
from ringfence.plan.model import (
    Action,
    Backfill,
    Concurrently,
    Hazard,
    LockMode,
    Phase,
    Plan,
    Privilege,
    Procedure,
    ProcedureKind,
    Repeat,
    Statement,
    Step,
    Transaction,
    UndoWith,
)
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByColumn,
    AssignByMapping,
    AssignBySql,
    Assignment,
    AssignOne,
    AssignPerUser,
    Derivation,
    FoundingTenant,
    InconsistentRule,
    Limits,
    OrphanRule,
    OwnColumn,
    Tenancy,
    TenantTable,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)

TABLES_SHOWN_MAX = 3
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


def one_line(text: str) -> str:
    """The text without anything that could end a line or move a cursor; each such character becomes its escape."""
    return _CONTROL.sub(lambda m: " " if m.group() in "\n\t" else f"\\x{ord(m.group()):02x}", text)


def duration(milliseconds: float) -> str:
    """A bound as people say it: 50 ms, 1.5 s, 20 min, 6 h; 0 means that there is none."""
    if milliseconds <= 0:
        return "off"
    if milliseconds < 1000:
        return f"{milliseconds:g} ms"
    for unit, size in (("h", 3_600_000), ("min", 60_000)):
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds / size:g} {unit}"
    return f"{milliseconds / 1000:g} s"


def lock_name(lock: LockMode) -> str:
    """The lock as PostgreSQL spells it; `no table lock` for statements on nothing but objects of ours."""
    return "no table lock" if lock is LockMode.NONE else lock.value


def lock_rank(lock: LockMode) -> int:
    """Locks in order of strength, 0 for none."""
    return list(LockMode).index(lock)


def table_list(tables: Sequence[QualifiedName], shown_max: int = TABLES_SHOWN_MAX) -> str:
    """The tables as people write them; a long list ends in a count."""
    unique = list(dict.fromkeys(tables))
    names = [one_line(str(t)) for t in unique[:shown_max]]
    if len(unique) > shown_max:
        names.append(f"and {len(unique) - shown_max} more")
    return ", ".join(names)


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 step, 2 steps."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def readable(sql: str) -> str:
    """A statement that takes parameters, with `:name` where the driver's marks stand."""
    return _PARAMETER.sub(lambda m: f":{m.group(1)}" if m.group(1) else "%", sql)


# --- what the tables are -----------------------------------------------------------------------------------------


def derivation(value: Derivation) -> str:
    """How a table's tenant is found, in the words of ringfence.toml."""
    match value:
        case OwnColumn(column):
            return f"its own {one_line(display_ident(column))}"
        case ThroughMembership(column):
            return f"{one_line(display_ident(column))} -> home organization of that user"
        case ThroughForeignKey(path):
            hops = [
                f"{one_line(', '.join(display_ident(c) for c in hop.columns))} -> {one_line(str(hop.parent))}"
                for hop in path
            ]
            return ", ".join(hops)
        case FoundingTenant():
            return "the founding organization"
        case Unresolved(reason):
            return f"unresolved: {one_line(reason)}"
        case _:
            assert_never(value)


def table_rule(entry: TenantTable) -> str:
    """How a table's rows get their tenant, and what happens where that fails."""
    text = "; else ".join(derivation(d) for d in entry.derivations)
    if entry.orphans is OrphanRule.STOP:
        text += "; rows without any stop the run"
    match entry.inconsistent:
        case InconsistentRule.STOP:
            pass
        case InconsistentRule.FIRST_PARENT:
            text += "; of two parents the first decides"
        case InconsistentRule.QUARANTINE:
            text += "; torn between two parents goes to quarantine"
        case _:
            assert_never(entry.inconsistent)
    return text


def assignment(value: Assignment) -> str:
    """Who belongs where."""
    match value:
        case AssignOne():
            return "every user belongs to the founding organization"
        case AssignPerUser():
            return "every user gets an organization of their own"
        case AssignByColumn(column, True, public):
            rest = f"; {count(len(public), 'public mail domain')} give one organization per user" if public else ""
            return f"users with the same domain in {one_line(display_ident(column))} share an organization{rest}"
        case AssignByColumn(column):
            return f"users with the same {one_line(display_ident(column))} share an organization"
        case AssignByMapping(entries, otherwise):
            rest = "get their own" if otherwise == "per_user" else "belong to the founding one"
            return f"by a mapping file of {count(len(entries), 'line')}; users it leaves out {rest}"
        case AssignBySql():
            return "by the query in ringfence.toml; users it leaves out get their own"
        case AssignAdopted():
            return "adopted: the application's own memberships decide, nothing is assigned"
        case _:
            assert_never(value)


def ownership(tenancy: Tenancy) -> tuple[str, str]:
    """Organizations and memberships with whether they are created or the application's own."""

    def made(adopted: bool) -> str:
        return "adopted as they are" if adopted else "created"

    o, m = tenancy.organizations, tenancy.memberships
    return f"{one_line(str(o.table))}, {made(o.adopted)}", f"{one_line(str(m.table))}, {made(m.adopted)}"


def summary(tenancy: Tenancy) -> tuple[tuple[str, str], ...]:
    """The tenancy in five lines, label and text."""
    organizations, memberships = ownership(tenancy)
    return (
        ("tenant column", f"{one_line(tenancy.column)} {tenancy.type}"),
        ("users", f"{one_line(str(tenancy.users.table))} by {one_line(tenancy.users.key)}"),
        ("organizations", organizations),
        ("memberships", memberships),
        ("assignment", assignment(tenancy.assignment)),
    )


# --- what the steps do -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that run under the same lock and bounds, so that the bounds are said once."""

    lock: str
    tables: str
    bounds: str
    hazards: tuple[Hazard, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One action, or one side of it: how it runs, then its statements. `label` is empty for the first part."""

    how: str
    blocks: tuple[Block, ...] = ()
    label: str = ""


def bounds(statement: Statement) -> str:
    """The statement's two timeouts."""
    return f"lock {duration(statement.lock_timeout_ms)}, run {duration(statement.statement_timeout_ms)}"


def blocks(statements: Sequence[Statement], *, parameters: bool = False) -> tuple[Block, ...]:
    """Neighbouring statements with equal lock, tables, timeouts and hazards, gathered."""
    found: list[Block] = []
    for s in statements:
        sql = readable(s.sql) if parameters else s.sql
        head = (lock_name(s.lock), table_list(s.tables), bounds(s), s.hazards)
        if found and (found[-1].lock, found[-1].tables, found[-1].bounds, found[-1].hazards) == head:
            found[-1] = Block(*head, (*found[-1].statements, sql))
        else:
            found.append(Block(*head, (sql,)))
    return tuple(found)


def parts(action: Action, plan: Plan) -> tuple[Part, ...]:
    """An action as a reader needs it: how it runs, under which bounds, and every statement."""
    match action:
        case Transaction(()):
            return (Part("nothing is executed; the journal notes that the step was passed"),)
        case Transaction(statements):
            return (Part("in one transaction", blocks(statements)),)
        case Concurrently(statement, _, clean_up):
            alone = Part("alone, outside any transaction", blocks((statement,)))
            if clean_up.sql == statement.sql:
                return (alone,)
            return (alone, Part(f"an invalid leftover of a failed try goes first: {clean_up.sql}", (), "retry"))
        case Repeat(statement, rows_max):
            how = f"in transactions of at most {rows_max:,} rows (:rows_max), until one changes no row"
            return (Part(how, blocks((statement,), parameters=True)),)
        case Procedure(kind, arguments):
            told = "; ".join(f"{k} = {v}" for k, v in sorted(arguments.items()))
            return (Part(procedure(kind) + (f" ({one_line(told)})" if told else "")),)
        case Backfill() as fill:
            return _fill(fill, plan.tenancy.limits)
        case _:
            assert_never(action)


def _fill(fill: Backfill, limits: Limits) -> tuple[Part, ...]:
    table = one_line(str(fill.table))
    long = f"run {duration(limits.validate_timeout_s * 1000)}"
    batch = Block(
        LockMode.ROW_EXCLUSIVE.value,
        table,
        f"sized to {duration(limits.batch_target_ms)}, run {duration(max(5_000, 40 * limits.batch_target_ms))}",
        (),
        (*fill.settings, readable(fill.batch_sql)),
    )
    chunks = f"chunks of up to {limits.chunk_pages:,} pages (:lo to :hi)"
    waits = "each batch is a transaction with its cursor in the journal, and waits while the database is busy"
    read = LockMode.ACCESS_SHARE.value
    rows = Block(read, table, long, (), (readable(fill.differs_sql),))
    found: list[Part] = []
    if fill.sweeps_only:
        found.append(Part(f"in {chunks}, one pass each; {waits}", (batch,)))
        found.append(Part("again, until this count is 0", (rows,), "then"))
    else:
        statistics = Block(LockMode.SHARE_UPDATE_EXCLUSIVE.value, table, long, (), (fill.analyze_sql,))
        every = f"{limits.passes} passes over {chunks}, each changing one row in {limits.passes} (:stripe); {waits}"
        found.append(Part("statistics first, for the plan of the join", (statistics,)))
        found.append(Part(every, (batch,), "then"))
        found.append(Part("the same in one pass per chunk, until this count is 0", (rows,), "then"))
    if fill.stops_sql is not None:
        stop = Block(read, table, long, (), (readable(fill.stops_sql),))
        found.append(Part("rows a person must decide on: any of them ends the step with an error", (stop,), "then"))
    return tuple(found)


def procedure(kind: ProcedureKind) -> str:
    """What a procedure does, in one line."""
    match kind:
        case ProcedureKind.SESSIONS:
            return "reads pg_stat_activity and notes each login and application in ringfence.session_samples"
        case ProcedureKind.BACKUP:
            return "pg_dump in directory format, restored into a scratch server and compared table by table"
        case ProcedureKind.BASELINE:
            return "reads the server's statistics: latency, errors, locks and size before anything changes"
        case _:
            assert_never(kind)


def statements(action: Action) -> tuple[Statement, ...]:
    """The statements of an action that carry a lock and bounds of their own."""
    match action:
        case Transaction(found):
            return found
        case Concurrently(statement, _, _) | Repeat(statement, _):
            return (statement,)
        case Backfill() | Procedure():
            return ()
        case _:
            assert_never(action)


def all_statements(step: Step, *, undo: bool = False) -> Iterator[Statement]:
    """Every statement of a step, or of its undo."""
    if not undo:
        yield from statements(step.action)
        return
    match step.undo:
        case UndoWith(actions):
            for action in actions:
                yield from statements(action)
        case _:
            return


def strongest(found: Sequence[Statement]) -> LockMode:
    """The strongest lock among statements, NONE when there is no statement."""
    return max((s.lock for s in found), key=lock_rank, default=LockMode.NONE)


def strongest_of(step: Step) -> LockMode:
    """The strongest table lock of a step; a backfill's batches take ROW EXCLUSIVE."""
    if isinstance(step.action, Backfill):
        return LockMode.ROW_EXCLUSIVE
    return strongest(tuple(all_statements(step)))


# --- the whole ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseNumbers:
    """What a phase amounts to."""

    phase: Phase
    steps: int
    statements: int
    strongest: LockMode
    one_way: int


def numbers(phase: Phase) -> PhaseNumbers:
    """Count a phase."""
    found = [s for step in phase.steps for s in all_statements(step)]
    locks = [strongest_of(step) for step in phase.steps]
    return PhaseNumbers(
        phase,
        len(phase.steps),
        len(found) + sum(isinstance(step.action, Backfill) for step in phase.steps),
        max(locks, key=lock_rank, default=LockMode.NONE),
        sum(step.one_way is not None for step in phase.steps),
    )


def numbered(plan: Plan) -> Iterator[tuple[str, Phase, Step]]:
    """Every step with its number as people say it: phase.step, counted from 1 within the phase."""
    for phase in plan.phases:
        for place, step in enumerate(phase.steps, 1):
            yield f"{phase.number}.{place}", phase, step


def hazards(plan: Plan) -> tuple[tuple[str, str, int], ...]:
    """Every hazard of the plan, once per text: code, text, and how many statements have it; in the order of codes."""
    found: Counter[Hazard] = Counter()
    for _, _, step in numbered(plan):
        for undo in (False, True):
            for statement in all_statements(step, undo=undo):
                found.update(statement.hazards)

    def order(hazard: Hazard) -> tuple[int, str, str]:
        digits = re.sub(r"\D", "", hazard.code)
        return int(digits or 0), hazard.code, hazard.text

    return tuple((h.code, h.text, found[h]) for h in sorted(found, key=order))


def privileges(plan: Plan) -> tuple[Privilege, ...]:
    """What the migrating role must be able to do, each once, in plan order."""
    found: dict[str, Privilege] = {}
    for _, _, step in numbered(plan):
        for need in step.needs:
            found.setdefault(need.text, need)
    return tuple(found.values())


def server(plan: Plan) -> str:
    """The server the plan was made for."""
    return f"PostgreSQL {plan.server_version // 10000}.{plan.server_version % 10000}"
