"""A plan as an SQL script for psql: every statement in order, with its bounds set and its undo beside it as a comment.

It does by hand what a run does, without what only a run can give: the journal, repeated lock attempts, batches sized
by time and paused while the database is busy. So it is for reading, for a scratch copy, and for the day when nothing
but psql is at hand. A check that does not hold stops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from ringfence.names import quote_literal
from ringfence.plan import prose
from ringfence.plan.model import (
    Action,
    Backfill,
    Check,
    Concurrently,
    Irreversible,
    NothingToUndo,
    Plan,
    Probe,
    Procedure,
    ProcedureKind,
    Repeat,
    Statement,
    Step,
    Transaction,
    Undo,
    UndoWith,
)
from ringfence.plan.prose import one_line
from ringfence.tenancy.model import Limits

RULE = "-- " + "=" * 97
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


def plan_script(plan: Plan) -> str:
    """The whole plan as one script."""
    return "\n".join(_script(plan)) + "\n"


def undo_script(plan: Plan, first: int) -> str:
    """The undo of phase `first` and every later one as one script, steps from the last to the first."""
    return "\n".join(_undo_script(plan, first)) + "\n"


def _script(plan: Plan) -> Iterator[str]:
    yield from _head(plan, f"Plan for PostgreSQL {plan.server_version // 10000}")
    for phase in plan.phases:
        yield from _phase_head(f"PHASE {phase.number} {phase.name}: {phase.title}")
        for check in phase.entry.checks:
            yield from _guard(check)
        for place, step in enumerate(phase.steps, 1):
            yield from _step(plan, f"{phase.number}.{place}", step)
        for check in phase.exit.checks:
            yield from _guard(check)


def _undo_script(plan: Plan, first: int) -> Iterator[str]:
    yield from _head(plan, f"Revert to before phase {first}, for PostgreSQL {plan.server_version // 10000}")
    phases = [p for p in plan.phases if p.number >= first]
    for phase in phases:
        for step in phase.steps:
            if step.one_way is not None:
                yield ""
                yield from _comment(f"{step.id}: {step.one_way.why}. {step.one_way.hint}")
                yield from _no_row(step.one_way.conflicts_sql, step.id)
    for phase in reversed(phases):
        yield from _phase_head(f"UNDO OF PHASE {phase.number} {phase.name}")
        for check in phase.back.checks:
            yield from _guard(check)
        for place, step in reversed(list(enumerate(phase.steps, 1))):
            yield ""
            yield from _comment(f"{phase.number}.{place} {step.title}")
            yield from _undo(plan, step.undo)


def _head(plan: Plan, title: str) -> Iterator[str]:
    # neither the plan's hash nor the minor version: the script changes when a statement does, and only then
    yield RULE
    yield from _comment(title)
    yield from _comment("")
    for label, text in prose.summary(plan.tenancy):
        yield from _comment(f"{label:<15}{text}")
    for entry in plan.tenancy.tables:
        yield from _comment(f"{'tenant table':<15}{entry.name}: {prose.table_rule(entry)}")
    for other in plan.tenancy.others:
        yield from _comment(
            f"{other.scope.value + ' table':<15}{other.name}" + (f": {other.reason}" if other.reason else "")
        )
    for note in plan.notes:
        yield from _comment(f"{'note':<15}{note}")
    yield from _comment("")
    yield from _comment(
        "Run with psql as the migrating role, never inside a transaction. `ringfence apply` does the same"
    )
    yield from _comment("with a journal, bounded retries of every lock, and batches that give way to the application.")
    yield from _comment("Where a lock is not granted in time the script stops: nothing of that step remains.")
    yield RULE
    yield r"\set ON_ERROR_STOP on"
    yield "set search_path = '';"
    yield "set row_security = off;"
    yield "set client_connection_check_interval = '200ms';"
    yield "set idle_in_transaction_session_timeout = '60s';"
    yield "create schema if not exists ringfence;"


def _phase_head(title: str) -> Iterator[str]:
    yield ""
    yield RULE
    yield from _comment(title)
    yield RULE


def _comment(text: str) -> Iterator[str]:
    yield f"-- {one_line(text)}".rstrip()


def _commented(lines: Sequence[str]) -> Iterator[str]:
    for line in re.split(r"\r\n|\n|\r", "\n".join(lines)):
        yield f"--   {line}".rstrip()


def _step(plan: Plan, number: str, step: Step) -> Iterator[str]:
    yield ""
    yield from _comment(f"{number} {step.title}")
    yield from _comment(f"  id      {step.id}")
    if step.one_way is not None:
        yield from _comment(f"  ONE-WAY {step.one_way.why}")
    if step.proves:
        yield from _comment(f"  proves  {step.proves}")
    if step.needs:
        yield from _comment(f"  needs   {'; '.join(n.text for n in step.needs)}")
    yield from _action(step.action, step.done_when, plan.tenancy.limits)
    match step.undo:
        case UndoWith():
            yield "-- undo:"
            yield from _commented(list(_undo(plan, step.undo)))
        case _:
            yield from _undo(plan, step.undo)


def _undo(plan: Plan, undo: Undo) -> Iterator[str]:
    match undo:
        case UndoWith(actions, done_when):
            for place, action in enumerate(actions, 1):
                last = place == len(actions)
                yield from _action(action, done_when if last else None, plan.tenancy.limits)
        case NothingToUndo(why):
            yield from _comment(f"undo: nothing, {why}")
        case Irreversible(why):
            yield from _comment(f"undo: IMPOSSIBLE, {why}")
        case _:
            assert_never(undo)


# --- actions -----------------------------------------------------------------------------------------------------


def _action(action: Action, done_when: Probe | None, limits: Limits) -> Iterator[str]:
    match action:
        case Transaction(()):
            yield from _comment("nothing is executed")
        case Transaction(statements):
            yield "begin;"
            yield from _bounded(statements, "set local")
            yield "commit;"
        case Concurrently(statement, debris, clean_up):
            yield from _comment(f"after a failed try, when {_flat(debris.sql)}: {_flat(clean_up.sql)};")
            yield from _bounded((statement,), "set")
            yield "reset lock_timeout; reset statement_timeout;"
            if done_when is not None:
                yield from _holds(done_when, "the statement ran and its result is not there")
        case Repeat(statement, rows_max):
            yield from _repeat(statement, rows_max)
        case Backfill():
            yield from _backfill(action, limits)
        case Procedure(kind, arguments):
            told = "".join(f", {k} = {v}" for k, v in sorted(arguments.items()))
            yield from _comment(f"not SQL: {prose.procedure(kind)}{told}")
            if kind is ProcedureKind.BACKUP:
                yield from _comment(
                    "by hand: pg_dump --format=directory --file=DIRECTORY, then pg_restore it elsewhere"
                )
        case _:
            assert_never(action)


def _flat(sql: str) -> str:
    return " ".join(sql.split())


def _bounded(statements: Sequence[Statement], how: str) -> Iterator[str]:
    before: tuple[object, ...] = ()
    for s in statements:
        head = (s.lock, s.tables, s.lock_timeout_ms, s.statement_timeout_ms, s.hazards)
        if head != before:
            where = f" on {prose.table_list(s.tables)}" if s.tables else ""
            yield from _comment(f"{prose.lock_name(s.lock)}{where}; {prose.bounds(s)}")
            for hazard in s.hazards:
                yield from _comment(f"  {hazard.code} {hazard.text}")
            yield f"{how} lock_timeout = {s.lock_timeout_ms}; {how} statement_timeout = {s.statement_timeout_ms};"
            before = head
        yield s.sql.rstrip() + ";"


def _dollar(text: str, tag: str) -> str:
    """Dollar-quote with a tag that the text does not contain."""
    number = 0
    mark = f"${tag}$"
    while mark in text:
        number += 1
        mark = f"${tag}{number}$"
    return f"{mark}{text}{mark}"


def _numbered(sql: str, *names: str) -> str:
    """The driver's marks as $1, $2, .. in the order of the names."""
    return _PARAMETER.sub(lambda m: f"${names.index(m.group(1)) + 1}" if m.group(1) else "%", sql)


def _do(body: str) -> str:
    return f"do {_dollar(chr(10) + body + chr(10), 'do')};"


def _repeat(statement: Statement, rows_max: int) -> Iterator[str]:
    yield from _comment(f"again and again until no row is left, {rows_max} at a time; each time is a transaction")
    sql = _dollar(_numbered(statement.sql, "rows_max"), "again")
    yield _do(
        "declare changed bigint;\n"
        "begin\n"
        "  loop\n"
        f"    execute {sql} using {rows_max}::bigint;\n"
        "    get diagnostics changed = row_count;\n"
        "    commit;\n"
        "    exit when changed = 0;\n"
        "  end loop;\n"
        "end"
    )


def _backfill(fill: Backfill, limits: Limits) -> Iterator[str]:
    yield from _comment(
        f"batches of one stripe in {limits.passes} of {limits.chunk_pages} pages, each a transaction; then sweeps until"
        " no row differs"
    )
    if not fill.sweeps_only:
        yield fill.analyze_sql + ";"
    settings = "".join(f"        {s};\n" for s in fill.settings)
    batch = _dollar(_numbered(fill.batch_sql, "lo", "hi", "passes", "stripe"), "batch")
    count = _dollar(_numbered(fill.differs_sql), "count")
    relation = quote_literal(fill.table.sql)
    first = 2 if fill.sweeps_only else 1
    yield _do(
        "declare\n"
        "  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;\n"
        "begin\n"
        f"  for sweep in {first} .. {limits.sweeps_max + 2} loop\n"
        f"    execute {count} into differing;\n"
        f"    exit when differing = 0 or sweep > {limits.sweeps_max + 1};\n"
        f"    passes := case when sweep = 1 then {limits.passes} else 1 end;\n"
        "    page := 0;\n"
        f"    pages := pg_catalog.pg_relation_size({relation}::pg_catalog.regclass)"
        " / pg_catalog.current_setting('block_size')::bigint;\n"
        "    while page < pages loop\n"
        "      for stripe in 0 .. passes - 1 loop\n"
        f"{settings}"
        f"        execute {batch}\n"
        "          into changed, intact\n"
        "          using pg_catalog.format('(%s,0)', page),"
        f" pg_catalog.format('(%s,0)', page + {limits.chunk_pages}), passes, stripe;\n"
        "        if not intact then\n"
        f"          raise exception 'a batch of % would have changed more than its tenant column', {relation};\n"
        "        end if;\n"
        "        commit;\n"
        "      end loop;\n"
        f"      page := page + {limits.chunk_pages};\n"
        "    end loop;\n"
        "  end loop;\n"
        "  if differing <> 0 then\n"
        f"    raise exception '% rows of % still differ', differing, {relation};\n"
        "  end if;\n"
        "end"
    )
    if fill.stops_sql is not None:
        yield from _comment(f"rows a person must decide on: {fill.stops_hint}")
        yield from _no_row(_numbered(fill.stops_sql), str(fill.table))


# --- checks ------------------------------------------------------------------------------------------------------


def _guard(check: Check) -> Iterator[str]:
    yield ""
    yield from _comment(f"gate {check.code}: {check.title}; {check.hint}")
    if check.observed_sql is not None:
        # a check that had nothing to look at has not passed
        nothing = (
            f"select 'unproven' as subject, 'there was nothing to look at' as detail\nfrom ({check.observed_sql}) o"
        )
        yield from _no_row(f"{nothing} where o.observed = 0", check.code)
    if check.trial is None:
        yield from _no_row(check.sql, check.code)
        return
    yield from _comment("run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:")
    yield from _commented([check.trial.find_sql])
    if check.trial.state:
        yield from _comment("and before the second run:")
        yield from _commented([f"{sql};" for sql in check.trial.state])


def _no_row(sql: str, name: str) -> Iterator[str]:
    """A block that stops the script with the first row a question returns."""
    question = _dollar(f"select subject::text, detail::text from (\n{sql}\n) found limit 1", "ask")
    yield _do(
        "declare subject text; detail text;\n"
        "begin\n"
        f"  execute {question} into subject, detail;\n"
        "  if subject is not null then\n"
        f"    raise exception using message = {quote_literal(name + ': ')} || subject, detail = detail;\n"
        "  end if;\n"
        "end"
    )


def _holds(probe: Probe, message: str) -> Iterator[str]:
    """A block that stops the script when a probe says no."""
    yield _do(
        "declare answer boolean;\n"
        "begin\n"
        f"  execute {_dollar(probe.sql, 'ask')} into answer;\n"
        "  if answer is not true then\n"
        f"    raise exception using message = {quote_literal(message)};\n"
        "  end if;\n"
        "end"
    )
