"""Functions that policies call: what their names mean, when they are asked, and what becomes of recursion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess import helperread, rewrite
from ringfence.assess.facts import Flag
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.parsing import Unreadable, parse
from ringfence.assess.policies import Clause
from ringfence.assess.terms import Session, leaves, readings
from ringfence.catalog.model import Routine, Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS


def shadowed(scene: Scene) -> Iterable[Found]:
    """A temporary table of the caller stands before the real one: P18, P18b."""
    for routine, clauses in _helpers(scene):
        body = helperread.read(routine)
        names = sorted({name for text in body.statements for name in _bare_relations(text)})
        if not names or body.atomic or _temp_last(routine):
            continue
        path = [s for s in helperread.search_path(routine) if s not in ("pg_temp", "extensions")] or ["public"]
        yield Found(
            _subject(routine),
            f"reads {', '.join(names)} without a schema: a temporary table of that name comes first",
            detail=f"called by {_called_by(clauses)}\npg_temp is searched before everything else unless it is named",
            hint=f"alter function {_sql(routine)} set search_path = {', '.join(map(quote_ident, path))}, pg_temp;",
        )


def _bare_relations(text: str) -> Iterator[str]:
    try:
        tree = parse(text)
    except Unreadable:
        return
    nodes = [node for _, node in postgast.walk(tree)]
    ctes = {n.ctename for n in nodes if isinstance(n, pb.CommonTableExpr)}
    yield from (n.relname for n in nodes if isinstance(n, pb.RangeVar) and not n.schemaname and n.relname not in ctes)


def _temp_last(routine: Routine) -> bool:
    settings = [entry.partition("=")[2] for entry in routine.config if entry.startswith("search_path=")]
    return any(part.split(",")[-1].strip().strip('"') == "pg_temp" for part in settings)


def immutable(scene: Scene) -> Iterable[Found]:
    """IMMUTABLE and asks the session: folded into a cached plan, the next user gets the answer of the last (P19)."""
    for routine, clauses in _helpers(scene):
        said = {t for t in leaves(scene.protection.reader.value(routine)) if isinstance(t, Session)}
        if routine.volatility == "i" and said:
            yield Found(
                _subject(routine),
                "is IMMUTABLE and asks the session: a cached plan keeps the answer it gave to somebody else",
                detail=f"called by {_called_by(clauses)}",
                hint=f"alter function {_sql(routine)} stable;",
            )


def slow(scene: Scene) -> Iterable[Found]:
    """VOLATILE or not PARALLEL SAFE: asked once a row, or no parallel plan."""
    for routine, clauses in _helpers(scene):
        body = helperread.read(routine)
        words = []
        if routine.volatility == "v" and body.result is not None:
            words.append("stable")
        if "PARALLEL SAFE" not in routine.definition.split("AS $", 1)[0] and body.result is not None:
            words.append("parallel safe")
        if words:
            yield Found(
                _subject(routine),
                f"is not {' and not '.join(w.upper() for w in words)}: policies that call it cost more than they need",
                detail=(
                    f"called by {_called_by(clauses)}\n"
                    "a VOLATILE function is asked for every row and never for an index; one that is not PARALLEL SAFE"
                    " forbids parallel plans"
                ),
                hint=f"alter function {_sql(routine)} {' '.join(words)};",
            )


def dynamic(scene: Scene) -> Iterable[Found]:
    """EXECUTE inside a policy's helper: what it asks is made up at run time."""
    for routine, clauses in _helpers(scene):
        if helperread.read(routine).dynamic:
            yield Found(
                _subject(routine),
                "puts its SQL together at run time, so that what the policy asks cannot be judged",
                detail=f"called by {_called_by(clauses)}",
            )


def execute(scene: Scene) -> Iterable[Found]:
    """A role that a policy binds may not call its helper: every query fails (M14)."""
    for routine, clauses in _helpers(scene, direct=True):
        if routine.acl is None:
            continue
        lacking = sorted(
            role
            for role in scene.reach.request_roles
            if not scene.reach.may(role, "X", routine.acl, routine.owner)
            and any(scene.protection.applies(c.policy, role) and scene.reach.who("rawd", c.table) for c in clauses)
        )
        if lacking:
            yield Found(
                _subject(routine),
                f"may not be executed by {', '.join(lacking)}, whom policies ask it for",
                detail=f"called by {_called_by(clauses)}\nevery statement on the table fails (42501)",
                hint=f"grant execute on function {_sql(routine)} to {', '.join(map(quote_ident, lacking))};",
            )


def recursion(scene: Scene) -> Iterable[Found]:
    """A policy that reads, by way of others, the table it protects: P17."""
    edges: dict[QualifiedName, dict[QualifiedName, Clause]] = {}
    for clause in scene.protection.active:
        if clause.kind == "using" and clause.policy.command in "r*":
            for reading in readings(clause.term):
                read = scene.catalog.table(reading.relation)
                if read is not None and _bound(scene, read, reading.acting):
                    edges.setdefault(clause.table.name, {}).setdefault(reading.relation, clause)
    told: set[frozenset[QualifiedName]] = set()
    for start in sorted(edges):
        circle = _circle(edges, start)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            clause = edges[start][circle[1]]
            yield Found(
                clause.subject,
                f"reads itself again: {' -> '.join(map(str, circle))}",
                detail=f"{clause.spelled}\nevery statement on the table fails (42P17, or the stack is full)",
                hint=_out_of_the_circle(clause, set(circle)),
            )


def _bound(scene: Scene, table: Table, acting: str) -> bool:
    """Row security is asked again when the table is read there."""
    if not table.rls_enabled:
        return False
    if not acting:
        return True
    owns = table.owner in scene.reach.held(acting)
    return not scene.reach.bypasses(acting) and (not owns or table.rls_forced)


def _circle(edges: dict[QualifiedName, dict[QualifiedName, Clause]], start: QualifiedName) -> tuple[QualifiedName, ...]:
    """The shortest way from a table back to itself, () when there is none."""
    ways: list[tuple[QualifiedName, ...]] = [(start,)]
    seen: set[QualifiedName] = set()
    while ways:
        way = ways.pop(0)
        for after in sorted(edges.get(way[-1], {})):
            if after == start:
                return (*way, start)
            if after not in seen:
                seen.add(after)
                ways.append((*way, after))
    return ()


def _out_of_the_circle(clause: Clause, circle: set[QualifiedName]) -> str:
    """The subquery moved into a function that reads as its owner, whom the policies do not bind."""
    compared = rewrite.compared_columns(clause.text, clause.table)
    types = {column.type for column in clause.table.columns if column.name in compared}
    rewritten = None
    if len(types) == 1:
        rewritten = rewrite.subquery_as_function(
            clause.text, clause.table, clause.policy.name, circle, next(iter(types))
        )
    if rewritten is not None:
        return rewritten
    return (
        "-- put what it reads into a SECURITY DEFINER function of a role that the policy does not bind; until then:\n"
        f"drop policy {quote_ident(clause.policy.name)} on {clause.table.name.sql};"
    )


def unread(scene: Scene) -> Iterable[Found]:
    """A way that could be judged by nobody."""
    for clause in scene.protection.active:
        if any(not way.bound and Flag.UNREAD in way.flags for way in clause.ways) and scene.protection.exposures(
            clause
        ):
            yield Found(
                clause.subject,
                "calls what cannot be read: whether it ties a row to its tenant is not known",
                detail=clause.spelled,
            )


# --- who calls whom ----------------------------------------------------------------------------------------------


def _helpers(scene: Scene, *, direct: bool = False) -> Iterator[tuple[Routine, list[Clause]]]:
    """The application's functions that active policies call, with the clauses; `direct`: in their own text."""
    callers: dict[QualifiedName, list[Clause]] = {}
    for clause in scene.protection.active:
        for name in _named(clause) if direct else clause.read.calls:
            callers.setdefault(name, []).append(clause)
    for name in sorted(callers):
        if name.schema in SUPABASE_SCHEMAS:
            continue
        for routine in scene.protection.reader.routines(name):
            yield routine, callers[name]


def _named(clause: Clause) -> set[QualifiedName]:
    if not clause.read.legible:
        return set()
    return {
        QualifiedName(node.funcname[0].string.sval, node.funcname[-1].string.sval)
        for _, node in postgast.walk(rewrite.parse(clause.text))
        if isinstance(node, pb.FuncCall) and len(node.funcname) > 1
    }


def _subject(routine: Routine) -> str:
    return f"function {routine.name}({routine.arguments})"


def _sql(routine: Routine) -> str:
    return f"{routine.name.sql}({routine.arguments})"


def _called_by(clauses: list[Clause]) -> str:
    subjects = list(dict.fromkeys(c.subject for c in clauses))
    return ", ".join(subjects[:3]) + (f" and {len(subjects) - 3} more" if len(subjects) > 3 else "")


RULES = (
    rule("HELPER-SHADOWED", "A helper whose tables can be shadowed", Severity.HIGH, shadowed),
    rule("HELPER-IMMUTABLE", "A helper that remembers the last user", Severity.CRITICAL, immutable),
    rule("HELPER-DYNAMIC", "A helper with dynamic SQL", Severity.MEDIUM, dynamic),
    rule("HELPER-EXECUTE", "A helper nobody may execute", Severity.MEDIUM, execute),
    rule("HELPER-SLOW", "A helper that is not STABLE or not PARALLEL SAFE", Severity.LOW, slow),
    rule("POLICY-RECURSION", "Policies that read themselves", Severity.HIGH, recursion),
    rule("POLICY-UNREAD", "A policy that cannot be judged", Severity.LOW, unread),
)
