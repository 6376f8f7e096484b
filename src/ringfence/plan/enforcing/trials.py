"""Readers without a tenant, run once before FORCE: each a check that holds when it reads what it read before (law 5.7).

What they meet in the second run, without a lock on any table, is made in `afterwards.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import postgast

from ringfence import sqltext
from ringfence.catalog.model import Catalog, Routine
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan.enforcing.afterwards import Afterwards, Ground, nobody_bound
from ringfence.plan.enforcing.overlooked import CRON_JOBS, NOBODY
from ringfence.plan.enforcing.scene import Reader, Scene
from ringfence.plan.enforcing.tables import relations
from ringfence.plan.model import Check, PlanRefused
from ringfence.plan.roles import may_grant_role
from ringfence.plan.trial import RunKind, Trial
from ringfence.tenancy.decisions import JOB, ROLE
from ringfence.tenancy.isolation import Decision, Isolation, Way
from ringfence.tenancy.model import Tenancy

COLUMNS = ("subject", "kind", "role_now", "sql_now", "role_then", "sql_then", "not_tried")
HINT = 'decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend'
BY_HAND = "run it by hand on a copy of the database that phase 6 has been applied to, and compare"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a reader, as a row of what `Trial.find_sql` returns."""

    subject: str
    kind: RunKind
    role_now: str
    sql_now: str
    sql_then: str | None
    role_then: str | None = None
    not_tried: str | None = None
    where: str | None = None
    """A condition on this run, asked when it is due."""

    def left(self, why: str) -> Run:
        """The same, run today and not afterwards."""
        return replace(self, role_then=None, sql_then=None, not_tried=f"{why}; {BY_HAND}")

    @property
    def sql(self) -> str:
        """The row."""
        texts = (
            self.subject,
            self.kind.value,
            self.role_now,
            self.sql_now,
            self.role_then,
            self.sql_then,
            self.not_tried,
        )
        return f"select {', '.join(map(_text, texts))}" + (f" where {self.where}" if self.where is not None else "")


def trials(
    tenancy: Tenancy,
    isolation: Isolation,
    catalog: Catalog,
    readers: Sequence[Reader],
    *,
    canary: str | None,
    floored: frozenset[QualifiedName],
) -> Iterator[Check]:
    """A check for each reader that can be run, or that a person must run.

    Raises PlanRefused where the spec lets something be run that cannot be.
    """
    scene = Scene(tenancy, catalog, isolation)
    ground = Ground(scene, {r.key: r for r in readers}, canary, floored)
    yield from materialized_views(ground)
    yield from roles(ground)
    yield from routines(ground)
    if catalog.table(CRON_JOBS) is not None:
        yield from jobs(ground)
    yield dumps(ground)


# --- what is run -------------------------------------------------------------------------------------------------


def materialized_views(ground: Ground) -> Iterator[Check]:
    """The query of each, as REFRESH would run it: with its owner's rights."""
    for view in ground.scene.catalog.views:
        if view.kind != "m" or view.name not in ground.reading:
            continue
        then, key = Afterwards(ground, view.reads, view.definition), str(view.name)
        query = view.definition.strip().removesuffix(";")
        run = _run(
            ground, Run(key, RunKind.VALUES, view.owner, query, then.text(query)), ground.reading[view.name], then
        )
        yield _check(ground, key, f"materialized view {key} holds the same after FORCE", [run], then.made())


def roles(ground: Ground) -> Iterator[Check]:
    """Every tenant table, and every view of one, that a role of the spec may read."""
    views = [v for v in ground.scene.catalog.views if v.kind == "v" and v.name in ground.reading]
    for key, decision in sorted(ground.scene.isolation.decisions.items()):
        if not key.startswith(ROLE):
            continue
        role, bypass = key.removeprefix(ROLE), decision.way is Way.BYPASS
        may_read = _may_read if bypass else _may_read_itself
        runs: list[Run] = []
        for entry, table in relations(ground.scene.tenancy, ground.scene.catalog):
            name, rows = table.name, f"select from {table.name.sql}"
            # what is counted with the root is not counted again
            apart = "" if name == entry.name else f" and not {_may_read(role, entry.name)}"
            run = Run(str(name), RunKind.ROWS, role, rows, rows, where=may_read(role, name) + apart)
            runs.append(_run(ground, run, [name]))
        for view in views:
            then = Afterwards(ground, [view.name])
            run = Run(
                str(view.name),
                RunKind.VALUES,
                role,
                f"select * from {view.name.sql}",
                f"select * from {then.name(view.name).sql}",
                where=may_read(role, view.name),
            )
            runs.append(_run(ground, run, ground.reading[view.name], then))
        own = f"it is to bring its tenant itself ({decision.way.value}), which only its own program can"
        state = Afterwards(ground, [v.name for v in views]).made() if bypass else ()
        runs = runs if bypass else [run.left(own) for run in runs]
        yield _check(ground, key, f"{role} reads the same after FORCE", runs, state)


def routines(ground: Ground) -> Iterator[Check]:
    """Routines that the spec lets be run: without arguments, and seeing every tenant afterwards."""
    known = {f"{r.name}({r.arguments})": r for r in ground.scene.catalog.routines}
    for key, decision in sorted(ground.scene.isolation.decisions.items()):
        if not decision.run_once or key.startswith(JOB):
            continue
        routine = known.get(key)
        if routine is None or not _runnable(routine, decision):
            raise PlanRefused(
                f"{key} cannot be run once before FORCE",
                subject=key,
                hint='run_once is for a function without arguments that is no trigger\'s and has way = "bypass", and for'
                " jobs; leave it out",
            )
        then, question = Afterwards(ground, (), routine=routine), f"select * from {routine.name.sql}()"
        run = _run(ground, Run(key, RunKind.VALUES, routine.owner, question, question), ground.every, then)
        yield _check(ground, key, f"{key} gives the same after FORCE", [run], then.made())


def jobs(ground: Ground) -> Iterator[Check]:
    """Scheduled jobs that go on to see every tenant are explained; those the spec lets be run are run."""
    decided = [
        quote_literal(key.removeprefix(ROLE))
        for key, decision in sorted(ground.scene.isolation.decisions.items())
        if key.startswith(ROLE) and decision.way is Way.BYPASS
    ]
    bypass = "r.rolsuper or r.rolbypassrls" + (f" or r.rolname in ({', '.join(decided)})" if decided else "")
    canary = ground.canary if ground.floored.issuperset(ground.every) else None
    role_then = f"case when {bypass} then r.rolname::text else {_text(canary)} end"
    anything = " ".join(quote_ident(name.name) for name, _ in sorted(ground.touching))
    for key, decision in sorted(ground.scene.isolation.decisions.items()):
        if not key.startswith(JOB):
            continue
        name = "coalesce(j.jobname::text, j.jobid::text)"
        kind = RunKind.COMMAND if decision.run_once else RunKind.EXPLAIN
        # whatever it calls is known only when it runs
        then = Afterwards(ground, (), anything if decision.run_once else "")
        if decision.way is not Way.BYPASS and not decision.run_once:
            own = f"it is to bring its tenant itself ({decision.way.value}); {BY_HAND}"
            columns = f"null, null, null, null, {_text(own)}"
        elif then.not_tried is not None:
            columns = f"r.rolname::text, j.command::text, null, null, {_text(f'{then.not_tried}; {BY_HAND}')}"
        else:
            bound = f"{nobody_bound('the role that scheduled it')}; {BY_HAND}"
            columns = f"r.rolname::text, j.command::text, {role_then}, j.command::text, {_text(bound)}"
        find = (
            f"select {_text(key)}, {_text(kind.value)}, {columns}\n"
            'from "cron"."job" j join pg_catalog.pg_roles r on r.rolname = j.username::name\n'
            f"where j.active and j.database = pg_catalog.current_database() and {name} = {_text(key.removeprefix(JOB))}\n"
            # one that refreshes a materialized view is run as that view
            "  and j.command::text !~* '^\\s*refresh\\s+materialized\\s+view\\s[^;]*;?\\s*$'"
        )
        yield _finished(ground, key, f"{key} works on the same rows after FORCE", find, [*then.made()], bound=True)


def dumps(ground: Ground) -> Check:
    """pg_dump reads every table with row_security off, and fails where that would filter."""
    role = ground.scene.isolation.dump_role or ground.scene.catalog.current_user
    found = [(name, f"select * from only {name.sql}") for name in ground.every]
    runs = [_run(ground, Run(str(name), RunKind.EXPLAIN, role, sql, sql), [name]) for name, sql in found]
    return _check(ground, "dump", f"a dump by {role} is complete after FORCE", runs, ())


# --- checks ------------------------------------------------------------------------------------------------------


def _run(ground: Ground, run: Run, tables: Iterable[QualifiedName], then: Afterwards | None = None) -> Run:
    """The run with whoever runs it after FORCE, or with why nobody can."""
    stands = ground.stand_in(run.role_now, tables)
    why = then.not_tried if then is not None else None
    if stands is None:
        why = nobody_bound(run.role_now)
    return replace(run, role_then=stands) if why is None else run.left(why)


def _check(ground: Ground, key: str, title: str, runs: Sequence[Run], state: Iterable[str]) -> Check:
    bound = any(run.role_then is not None and run.role_then == ground.canary for run in runs)
    return _finished(ground, key, title, "\nunion all\n".join(run.sql for run in runs), [*state], bound=bound)


def _finished(ground: Ground, key: str, title: str, find: str, state: Sequence[str], *, bound: bool) -> Check:
    canary = ground.canary
    if canary is not None and (bound or any(quote_ident(canary) in sql for sql in state)):
        state = [_reads_all(canary), *state]
    return Check(
        code=f"RFG-RUN:{key}",
        title=title,
        sql=NOBODY,
        hint=HINT,
        acceptable=True,
        trial=Trial(
            scaffold=tuple(postgast.split(sqltext.load("ringfence.plan", "trial_v1"))),
            find_sql=f"select * from (\n{find}\n) w ({', '.join(COLUMNS)})",
            state=(*ground.bypass_given(), *state),
            runs_timeout_ms=ground.scene.tenancy.limits.reader_run_timeout_s * 1000,
        ),
    )


def _reads_all(canary: str) -> str:
    """The canary stands for others than its request role; where that cannot be given, it has its request role's grants."""
    allowed = may_grant_role("pg_read_all_data").sql
    grant = f"grant pg_read_all_data to {quote_ident(canary)}"
    return f"do $block$\nbegin\n  if ({allowed}) then\n    {grant};\n  end if;\nend\n$block$"


def _runnable(routine: Routine, decision: Decision) -> bool:
    return (
        routine.arguments == ""
        and routine.kind == "f"
        and decision.way is Way.BYPASS
        and routine.returns not in ("trigger", "event_trigger")
    )


def _may_read(role: str, name: QualifiedName) -> str:
    known = f"(select r.oid from pg_catalog.pg_roles r where r.rolname = {quote_literal(role)})"
    return (
        f"coalesce(pg_catalog.has_any_column_privilege({known},"
        f" pg_catalog.to_regclass({quote_literal(name.sql)})::oid, 'SELECT'), false)"
    )


def _may_read_itself(role: str, name: QualifiedName) -> str:
    """What it may read by no role that passes row security: as such a one it goes on, and phase 5 asks after it."""
    granted = (
        "(a.grantee = 0 or exists (select from pg_catalog.pg_roles g, pg_catalog.pg_roles r where g.oid = a.grantee\n"
        f"    and r.rolname = {quote_literal(role)} and pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE')\n"
        "    and not g.rolsuper and not g.rolbypassrls))"
    )
    return (
        f"{_may_read(role, name)} and exists (select from pg_catalog.pg_class c\n"
        "    left join pg_catalog.pg_attribute t on t.attrelid = c.oid and t.attacl is not null\n"
        "    cross join lateral pg_catalog.aclexplode(\n"
        "      coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner)) || coalesce(t.attacl, '{}')) a\n"
        f"    where c.oid = pg_catalog.to_regclass({quote_literal(name.sql)}) and a.privilege_type = 'SELECT'\n"
        f"    and {granted})"
    )


def _text(value: str | None) -> str:
    return "null::text" if value is None else f"{quote_literal(value)}::text"
