"""The laws of a live database held against a plan: every statement is read again by PostgreSQL's own parser.

A plan's constructors are meant to obey (DESIGN.md, section 4). This room does not trust them: what a statement does is
found from its text, and compared with the lock, tables and bounds it declares. Nothing is executed and nothing is
decided here; a breach is a bug of the planner, or of a hand that edited a plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from ringfence.names import QualifiedName, quote_ident
from ringfence.plan import compatibility
from ringfence.plan.model import (
    Action,
    Backfill,
    Concurrently,
    Irreversible,
    LockMode,
    NothingToUndo,
    Plan,
    Procedure,
    Repeat,
    Statement,
    Step,
    TableAdded,
    Transaction,
    UndoWith,
)
from ringfence.plan.names import FLOOR
from ringfence.plan.prose import lock_rank
from ringfence.plan.reading import Kind, Reading, UnreadableSql, bound, parameters, read

STRONG = LockMode.SHARE
"""From this lock on, somebody who reads or writes the table has to wait."""
STRONG_LOCK_TIMEOUT_MS_MAX = 200
STRONG_STATEMENT_TIMEOUT_MS_MAX = 60_000
BUILD_LOCK_TIMEOUT_MS_MIN = 60_000
"""Below this a concurrent build would give up in the queue and leave an invalid index (H4); 0 is no limit."""
OURS = ("ringfence", "pg_catalog")
_AS_BATCH = frozenset(["lo", "hi", "passes", "stripe"])


@dataclass(frozen=True, slots=True)
class Breach:
    """One law that a plan breaks: which, where, and what to do about it."""

    code: str
    step: str
    """The step's id; the gate's for a check."""
    detail: str
    subject: str = ""
    """The statement, or the table."""
    hint: str = ""


LAWS = {
    "RFL-ID": "ids of steps and gates are unique, and so are the codes of a gate's checks",
    "RFL-SYNTAX": "every statement is exactly one statement that PostgreSQL's parser accepts",
    "RFL-UNKNOWN": "every statement is of a kind whose lock is known",
    "RFL-LOCK": "the declared lock is at least the one the statement takes, on all the tables it names",
    "RFL-LOCK-TIMEOUT": "a lock that stops readers or writers is waited for 1 to 200 ms, any other within a bound",
    "RFL-STATEMENT-TIMEOUT": "every statement has a total bound, a minute at most under a strong lock",
    "RFL-SCAN": "nothing reads or rewrites a whole table under a strong lock",
    "RFL-NOT-NULL": "SET NOT NULL comes after a validated check that the column is not null",
    "RFL-ONE-TABLE": "a transaction changes one table of the application, beside the ones it refers to",
    "RFL-STEP-ASIDE": "an autovacuum is asked to step aside before the first strong lock on a tenant table",
    "RFL-ROWS": "no change of rows stands beside a definition on a table of the application",
    "RFL-CONCURRENTLY": "a concurrent statement runs alone, never in a transaction, and waits long enough",
    "RFL-PROBE": "what cannot record itself in its own transaction can be asked whether it is done",
    "RFL-UNDO": "every step says how it is undone, or why not; a one-way step can be undone while no row forbids it",
    "RFL-BATCH": "a batch changes the tenant column of one relation, skips locked rows, and sets only what it resets",
    "RFL-READ-ONLY": "checks, probes and questions only read",
    "RFL-QUOTED": "every identifier that comes from the catalog is quoted",
    "RFL-QUALIFIED": "every relation is named with its schema",
    "RFL-DEFINER": "a SECURITY DEFINER function has a search path of its own",
    "RFL-FLOOR": "a floor is TO PUBLIC, and has USING and WITH CHECK as its command takes them",
    "RFL-DARK": "row security is switched on after a permissive policy of the plan, never on a table that would go dark",
}


def lint(plan: Plan) -> tuple[Breach, ...]:
    """Every law the plan breaks, in the order of its steps; an empty tuple is the only good answer."""
    linter = _Linter(plan)
    found = [*_ids(plan)]
    for phase in plan.phases:
        for gate in (phase.entry, phase.exit, phase.back):
            for check in gate.checks:
                found += linter.question(gate.id, check.sql)
                if check.trial is not None:
                    found += linter.question(gate.id, check.trial.find_sql)
                if check.observed_sql is not None:
                    found += linter.question(gate.id, check.observed_sql)
        for step in phase.steps:
            found += linter.step(step)
    return tuple(found)


def _ids(plan: Plan) -> Iterator[Breach]:
    steps: set[str] = set()
    gates: set[str] = set()
    for phase in plan.phases:
        for step in phase.steps:
            if step.id in steps:
                yield Breach("RFL-ID", step.id, "two steps have this id, and the journal could not tell them apart")
            steps.add(step.id)
        for gate in (phase.entry, phase.exit, phase.back):
            if gate.checks and gate.id in gates:
                yield Breach("RFL-ID", gate.id, "two gates have this id")
            gates.add(gate.id)
            codes = [check.code for check in gate.checks]
            for code in {c for c in codes if codes.count(c) > 1}:
                yield Breach("RFL-ID", gate.id, f"two checks have the code {code}: accepting one would accept both")


@dataclass
class _Linter:
    """What is known while a plan is walked from front to back."""

    plan: Plan
    created: set[QualifiedName] = field(default_factory=set)
    """Tables the plan itself creates: nobody else uses them yet."""
    present_checks: dict[tuple[QualifiedName, str], str] = field(default_factory=dict)
    """(table, constraint) to the column it keeps from being null."""
    proved: set[tuple[QualifiedName, str]] = field(default_factory=set)
    """(table, column) with such a check validated."""

    permissive: set[QualifiedName] = field(default_factory=set)
    """Tables that the plan has given a permissive policy so far."""
    holders: dict[QualifiedName, QualifiedName] = field(default_factory=dict)
    """Relations that hold rows, and so are vacuumed, to the tenant table they are part of."""

    known_as: Mapping[QualifiedName, QualifiedName] = field(default_factory=dict)
    """Other names of a table that stands behind a view to its plain one."""

    def __post_init__(self) -> None:
        self.known_as = compatibility.known_names(self.plan.compatibility)
        steps = [step for phase in self.plan.phases for step in phase.steps]
        roots = {f"backfill/{e.name}/rows": e.name for e in self.plan.tenancy.tables}
        for step in steps:
            match step.action:
                case Backfill(table=holder):
                    root = roots.get(step.id) or roots.get(step.id.removesuffix(f"/{holder}"))
                    if root is not None:
                        self.holders[self.known_as.get(holder, holder)] = root
                case _:
                    pass
        self.created |= {v.full for v in self.plan.compatibility}
        self.created |= {e.table.name for step in steps for e in step.effect if isinstance(e, TableAdded)}

    # --- a step --------------------------------------------------------------------------------------------------

    def step(self, step: Step) -> Iterator[Breach]:
        """Judge what a step does, how it is recognised as done, and how it is undone."""
        yield from self.action(step, step.action)
        match step.action:
            case Concurrently():
                if step.done_when is None:
                    yield Breach("RFL-PROBE", step.id, "a crash after the build would build it again")
            case _:
                pass
        if step.done_when is not None:
            yield from self.question(step.id, step.done_when.sql)
        for need in step.needs:
            yield from self.question(step.id, need.sql)
        if step.one_way is not None:
            yield from self.question(step.id, step.one_way.conflicts_sql)
        yield from self.undo(step)

    def undo(self, step: Step) -> Iterator[Breach]:
        """Judge the way back."""
        match step.undo:
            case UndoWith(actions, done_when):
                if not actions:
                    yield Breach("RFL-UNDO", step.id, "its undo holds no action", hint="NothingToUndo, and why")
                for action in actions:
                    yield from self.action(step, action)
                    match action:
                        case Backfill() | Repeat() | Procedure():
                            yield Breach("RFL-UNDO", step.id, f"no step can be undone by a {type(action).__name__}")
                        case Concurrently() if done_when is None and action.done_when is None:
                            yield Breach("RFL-PROBE", step.id, "nothing tells whether its concurrent undo is done")
                        case Transaction() | Concurrently():
                            pass
                        case _:
                            assert_never(action)
                if done_when is not None:
                    yield from self.question(step.id, done_when.sql)
            case NothingToUndo(why) | Irreversible(why):
                if not why.strip():
                    yield Breach("RFL-UNDO", step.id, "it says nothing about why there is no undo")
                if step.one_way is not None:
                    yield Breach("RFL-UNDO", step.id, "it is one-way and yet has no undo to forbid")
            case _:
                assert_never(step.undo)

    # --- actions -------------------------------------------------------------------------------------------------

    def action(self, step: Step, action: Action) -> Iterator[Breach]:
        """Judge one action by the laws of its kind."""
        match action:
            case Transaction(statements):
                yield from self.transaction(step, statements)
            case Concurrently(statement, debris, clean_up):
                yield from self.concurrently(step, statement)
                yield from self.concurrently(step, clean_up)
                yield from self.question(step.id, debris.sql)
            case Repeat(statement, rows_max):
                yield from self.repeat(step, statement, rows_max)
            case Backfill():
                yield from self.backfill(step, action)
            case Procedure():
                pass
            case _:
                assert_never(action)

    def transaction(self, step: Step, statements: Sequence[Statement]) -> Iterator[Breach]:
        """Judge statements that commit together."""
        readings: list[tuple[Statement, Reading]] = []
        for statement in statements:
            try:
                reading = read(statement.sql)
            except UnreadableSql as error:
                yield Breach("RFL-SYNTAX", step.id, error.message, statement.sql)
                continue
            readings.append((statement, reading))
            yield from self.statement(step, statement, reading)
            if reading.concurrent:
                yield Breach("RFL-CONCURRENTLY", step.id, "a concurrent statement in a transaction", statement.sql)
            self.remember(reading)
        yield from self.together(step, readings)

    def remember(self, reading: Reading) -> None:
        """Note what later steps may lean on."""
        for table in reading.tables[:1]:
            if reading.checks_present is not None:
                constraint, column = reading.checks_present
                self.present_checks[(table, constraint)] = column
            if reading.validates is not None:
                known = self.present_checks.get((table, reading.validates))
                if known is not None:
                    self.proved.add((table, known))

    def together(self, step: Step, readings: Sequence[tuple[Statement, Reading]]) -> Iterator[Breach]:
        """Judge a transaction as a whole: one table, autovacuum first, no change of rows beside it."""
        strong = [(s, r) for s, r in readings if self.stops_people(s, r)]
        if not strong:
            return
        first = self.plain(strong[0][0].tables[:1])
        aside: set[QualifiedName] = set()
        for statement, reading in readings:
            if reading.kind is Kind.LOCK:
                aside.update(self.plain(reading.tables))
            if not self.stops_people(statement, reading):
                continue
            if self.plain(statement.tables[:1]) != first:
                yield Breach(
                    "RFL-ONE-TABLE",
                    step.id,
                    f"locks {_names(statement.tables[:1])} beside {_names(first)}",
                    statement.sql,
                )
            for other in statement.tables[1:]:
                if self.known(other) and not self.refers(statement.tables[0], other, reading):
                    yield Breach("RFL-ONE-TABLE", step.id, f"locks {other}, another tenant table", statement.sql)
            # LOCK TABLE reaches partitions and children by itself
            covered = aside & set(self.plain(statement.tables[:1]))
            for table in () if reading.of_view else self.plain(statement.tables):
                if table in self.holders and table not in aside and not (covered and table in self.family(covered)):
                    yield Breach(
                        "RFL-STEP-ASIDE",
                        step.id,
                        f"{statement.lock.value} on {table}, whose autovacuum was not asked to step aside",
                        statement.sql,
                        "lock table .. in share update exclusive mode first (ONLINE_DDL H2)",
                    )
        yield from self.row_security(step, readings)
        for statement, reading in readings:
            if reading.kind is Kind.ROWS:
                yield Breach("RFL-ROWS", step.id, "changes rows in a transaction that locks a table", statement.sql)

    def row_security(self, step: Step, readings: Sequence[tuple[Statement, Reading]]) -> Iterator[Breach]:
        """Judge the policies of one transaction (laws 5.1 and 5.2)."""
        for statement, reading in readings:
            policy = reading.policy
            if policy is not None and policy.permissive:
                self.permissive.add(reading.tables[0])
            elif policy is not None and policy.name.startswith(FLOOR):
                wanted = (policy.command != "insert", policy.command not in ("select", "delete"))
                if not policy.to_public:
                    yield Breach("RFL-FLOOR", step.id, "it does not bind roles that it does not name", statement.sql)
                if (policy.using, policy.check) != wanted:
                    yield Breach("RFL-FLOOR", step.id, "it leaves reading or writing open", statement.sql)
            if not reading.enables_row_security:
                continue
            table = reading.tables[0]
            if self.used(table) and table not in self.permissive:
                yield Breach("RFL-DARK", step.id, f"{table} would show nothing to anybody", statement.sql)

    def plain(self, tables: Sequence[QualifiedName]) -> tuple[QualifiedName, ...]:
        """The tables by the names people know them by."""
        return tuple(self.known_as.get(t, t) for t in tables)

    def known(self, table: QualifiedName) -> bool:
        """Whether it is a tenant table, under any of its names."""
        return self.known_as.get(table, table) in self.plan.tenancy.by_name

    def stops_people(self, statement: Statement, reading: Reading) -> bool:
        """Whether somebody would have to wait for this statement."""
        lock = max(statement.lock, self.taken(reading), key=lock_rank)
        return lock_rank(lock) >= lock_rank(STRONG)

    def taken(self, reading: Reading) -> LockMode:
        """The lock a statement takes on tables that people use; none on those this plan creates."""
        if reading.kind is Kind.DEFINITION and reading.lock is not LockMode.NONE and not reading.tables:
            return LockMode.NONE if not reading.referenced or not self.used(*reading.referenced) else reading.lock
        return reading.lock if self.used(*reading.tables, *reading.referenced) else LockMode.NONE

    def used(self, *tables: QualifiedName) -> tuple[QualifiedName, ...]:
        """Those of the tables that are the application's own."""
        return tuple(t for t in tables if t.schema not in OURS and t not in self.created)

    def family(self, roots: set[QualifiedName]) -> set[QualifiedName]:
        """The relations that hold the rows of these tables: partitions and children, or the table itself."""
        return {holder for holder, root in self.holders.items() if root in roots or holder in roots}

    def refers(self, child: QualifiedName, parent: QualifiedName, reading: Reading) -> bool:
        """Whether a second table is locked because a foreign key of the first points there."""
        entry = self.plan.tenancy.by_name.get(self.known_as.get(child, child))
        known = {r.parent for r in entry.references} if entry is not None else set()
        return parent in reading.referenced or self.plain((parent,))[0] in known or not self.known(child)

    # --- statements ----------------------------------------------------------------------------------------------

    def statement(self, step: Step, statement: Statement, reading: Reading) -> Iterator[Breach]:
        """Judge one statement of a transaction."""
        yield from self.spelling(step.id, statement.sql, reading)
        yield from self.declared(step, statement, reading)
        if reading.kind is Kind.UNKNOWN:
            yield Breach("RFL-UNKNOWN", step.id, "nobody has said which lock this takes", statement.sql)
        if reading.definer_without_path:
            yield Breach("RFL-DEFINER", step.id, "whoever calls it chooses what its names mean", statement.sql)
        strong = self.stops_people(statement, reading)
        if strong and not 1 <= statement.lock_timeout_ms <= STRONG_LOCK_TIMEOUT_MS_MAX:
            yield Breach(
                "RFL-LOCK-TIMEOUT",
                step.id,
                f"waits {statement.lock_timeout_ms} ms while everybody queues",
                statement.sql,
            )
        if not strong and statement.lock_timeout_ms < 1:
            yield Breach("RFL-LOCK-TIMEOUT", step.id, "waits for its lock without a bound", statement.sql)
        if statement.statement_timeout_ms < 1 or (
            strong and statement.statement_timeout_ms > STRONG_STATEMENT_TIMEOUT_MS_MAX
        ):
            yield Breach(
                "RFL-STATEMENT-TIMEOUT", step.id, f"may run {statement.statement_timeout_ms} ms", statement.sql
            )
        if strong and reading.scans and self.used(*reading.tables):
            yield Breach("RFL-SCAN", step.id, reading.scans, statement.sql)
        for column in reading.sets_not_null:
            if (reading.tables[0], column) not in self.proved:
                yield Breach(
                    "RFL-NOT-NULL", step.id, f"{column} is not proved yet: the table would be scanned", statement.sql
                )

    def declared(self, step: Step, statement: Statement, reading: Reading) -> Iterator[Breach]:
        """Hold what a statement declares against what it does."""
        taken = self.taken(reading)
        if lock_rank(taken) > lock_rank(statement.lock) and lock_rank(taken) > lock_rank(LockMode.ROW_EXCLUSIVE):
            yield Breach(
                "RFL-LOCK", step.id, f"takes {taken.value}, the plan says {statement.lock.value}", statement.sql
            )
        if lock_rank(taken) <= lock_rank(LockMode.ROW_EXCLUSIVE):
            return
        missing = [t for t in self.used(*reading.tables, *reading.referenced) if t not in statement.tables]
        if missing:
            yield Breach("RFL-LOCK", step.id, f"locks {_names(missing)}, which the plan does not say", statement.sql)

    def concurrently(self, step: Step, statement: Statement) -> Iterator[Breach]:
        """Judge a statement that runs alone."""
        try:
            reading = read(statement.sql)
        except UnreadableSql as error:
            yield Breach("RFL-SYNTAX", step.id, error.message, statement.sql)
            return
        yield from self.spelling(step.id, statement.sql, reading)
        yield from self.declared(step, statement, reading)
        if not reading.concurrent:
            yield Breach("RFL-CONCURRENTLY", step.id, "runs outside a transaction without need", statement.sql)
        if 0 < statement.lock_timeout_ms < BUILD_LOCK_TIMEOUT_MS_MIN:
            yield Breach(
                "RFL-CONCURRENTLY",
                step.id,
                f"gives up after {statement.lock_timeout_ms} ms and leaves an invalid index (ONLINE_DDL H4)",
                statement.sql,
            )
        if statement.statement_timeout_ms < 1:
            yield Breach("RFL-STATEMENT-TIMEOUT", step.id, "may run for ever", statement.sql)

    def repeat(self, step: Step, statement: Statement, rows_max: int) -> Iterator[Breach]:
        """Judge a bounded statement that is run until it changes no row."""
        marks = parameters(statement.sql)
        if marks != {"rows_max"} or rows_max < 1:
            yield Breach("RFL-BATCH", step.id, f"is bounded by {sorted(marks)}, not by rows_max", statement.sql)
        yield from self.transaction(step, (_bound(statement),))

    def backfill(self, step: Step, fill: Backfill) -> Iterator[Breach]:
        """Judge a backfill: the batch, what is set for it, and what counts the rest."""
        try:
            batch = read(bound(fill.batch_sql))
        except UnreadableSql as error:
            yield Breach("RFL-SYNTAX", step.id, error.message, fill.batch_sql)
            return
        yield from self.spelling(step.id, fill.batch_sql, batch)
        if parameters(fill.batch_sql) != _AS_BATCH:
            yield Breach("RFL-BATCH", step.id, f"takes {sorted(parameters(fill.batch_sql))}", fill.batch_sql)
        if batch.writes != ((fill.table, (fill.column,)),):
            yield Breach("RFL-BATCH", step.id, f"changes more than {fill.table}.{fill.column}", fill.batch_sql)
        if not batch.skips_locked:
            yield Breach(
                "RFL-BATCH", step.id, "waits for rows that people hold locked (ONLINE_DDL H21)", fill.batch_sql
            )
        for setting in fill.settings:
            try:
                reading = read(setting)
            except UnreadableSql as error:
                yield Breach("RFL-SYNTAX", step.id, error.message, setting)
                continue
            if not reading.local:
                yield Breach("RFL-BATCH", step.id, "a setting that outlives its batch", setting)
        for question in filter(None, (fill.differs_sql, fill.stops_sql)):
            yield from self.question(step.id, bound(question))

    # --- texts ---------------------------------------------------------------------------------------------------

    def question(self, where: str, sql: str) -> Iterator[Breach]:
        """Judge a question: one statement that only reads."""
        try:
            reading = read(sql)
        except UnreadableSql as error:
            yield Breach("RFL-SYNTAX", where, error.message, sql)
            return
        if reading.kind is not Kind.QUERY or reading.lock is not LockMode.ACCESS_SHARE:
            yield Breach("RFL-READ-ONLY", where, "a question that does more than read", sql)
        yield from self.spelling(where, sql, reading)

    def spelling(self, where: str, sql: str, reading: Reading) -> Iterator[Breach]:
        """Judge how names are written: our connections have no search path, and a catalog may hold any name."""
        for schema, name in dict.fromkeys(reading.relations):
            if not schema:
                yield Breach("RFL-QUALIFIED", where, f"{name} has no schema, and the search path is empty", sql)
            elif schema not in OURS and f"{quote_ident(schema)}.{quote_ident(name)}" not in sql.replace("%%", "%"):
                yield Breach("RFL-QUOTED", where, f"{schema}.{name} is not quoted", sql)
        ours = {name for schema, name in reading.relations if schema in OURS}
        for name in dict.fromkeys(reading.spelled):
            if name not in OURS and name not in ours and quote_ident(name) not in sql:
                yield Breach("RFL-QUOTED", where, f"{name} is not quoted", sql)


def _bound(statement: Statement) -> Statement:
    return Statement(
        bound(statement.sql),
        statement.lock,
        statement.tables,
        statement.lock_timeout_ms,
        statement.statement_timeout_ms,
        statement.hazards,
    )


def _names(tables: Sequence[QualifiedName]) -> str:
    return ", ".join(str(t) for t in tables) or "no table"
