"""Routines that request roles may call and that reach further than the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import postgast
from postgast import pg_query_pb2 as pb

from ringfence.assess import dynamicsql, helperread, queries, surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.parsing import Unreadable, parse
from ringfence.assess.queries import Filter
from ringfence.assess.reach import PUBLIC, Grant
from ringfence.assess.terms import Session, leaves
from ringfence.catalog.model import Routine, Table
from ringfence.names import QualifiedName, quote_ident

COMPILED = ("c", "internal")
NOT_CALLED = ("trigger", "event_trigger")
"""Results of functions that nobody calls."""


def definer(scene: Scene) -> Iterable[Found]:
    """SECURITY DEFINER acts as its owner, whom policies may not bind: O5; where they do it is safe (O5b)."""
    helpers = _helpers(scene)
    for routine, who, grants in _callable(scene):
        if not routine.security_definer:
            continue
        shown = _past_policies(scene, routine)
        how = queries.of_routine(scene, routine, shown) if shown else Filter.CLOSED
        if how is Filter.CLOSED:
            continue
        helper = routine.name in helpers
        yield Found(
            surface.subject(routine),
            f"{surface.roles_text(who)} may call it, and it reaches {', '.join(str(t.name) for t in shown)} as"
            f" {routine.owner}, whom their policies do not bind",
            detail=_SAYS[how],
            hint=_hint(routine, grants, how, helper),
            severity=_severity(routine, how, helper),
        )


_SAYS = {
    Filter.NONE: "it never asks who calls: it answers everybody about every tenant",
    Filter.ITS_OWN: "it asks the session, and what it makes of the answer is all that stands between tenants",
    Filter.UNREAD: "its body cannot be read here: another language, or nested too deep",
}


def _severity(routine: Routine, how: Filter, helper: bool) -> Severity | None:
    """A helper of policies is asked by the server for each caller; called by hand it tells about others."""
    answers = helper or routine.returns == "boolean"
    if how is Filter.NONE:
        return None if not helper else Severity.LOW if routine.returns == "boolean" else Severity.MEDIUM
    return Severity.LOW if answers else Severity.MEDIUM


def _hint(routine: Routine, grants: tuple[Grant, ...], how: Filter, helper: bool) -> str:
    if helper:
        return (
            "-- policies find it wherever it is; nobody can call it by name in a schema without USAGE\n"
            "create schema if not exists private;\n"
            f"alter {surface.spelled(routine)} set schema private;"
        )
    if how is Filter.NONE:
        return f"alter {surface.spelled(routine)} security invoker;"
    return surface.take_back("X", surface.spelled(routine), grants)


def _past_policies(scene: Scene, routine: Routine) -> tuple[Table, ...]:
    return tuple(
        t
        for t in queries.read_by(scene, routine)
        if scene.protection.belongs_to_somebody(t)
        and not surface.bound(scene, routine.owner, t)
        and (t.rls_enabled or not scene.reach.who("r", t))
    )


def definer_path(scene: Scene) -> Iterable[Found]:
    """Whoever calls chooses what its names mean: O5c, P18b."""
    helpers = _helpers(scene)
    creators = any(surface.given(scene, "C", schema.acl, schema.owner)[0] for schema in scene.catalog.schemas)
    for routine, who, _ in _callable(scene):
        if not routine.security_definer or routine.language in COMPILED:
            continue
        body = helperread.read(routine)
        settings = [e.partition("=")[2] for e in routine.config if e.startswith("search_path=")]
        bare = sorted({name for text in body.statements for name in _bare(text)})
        if body.atomic or (settings and (not bare or _temp_last(settings[0]) or not _schemas(settings[0]))):
            continue
        if bare and routine.name in helpers:
            continue  # RFA-HELPER-SHADOWED speaks of it
        yield Found(
            surface.subject(routine),
            f"{surface.roles_text(who)} may call it, and "
            + (
                f"decide what {', '.join(bare[:5])} means in it: a temporary table of that name comes first"
                if bare
                else "decide by the search path what its functions and operators are"
            ),
            detail="it runs as its owner; CREATE OR REPLACE FUNCTION without SET takes the setting away again",
            hint=f"alter {surface.spelled(routine)} set search_path = {_path(scene, routine, settings)};",
            severity=None if bare or creators else Severity.MEDIUM,
        )


def _helpers(scene: Scene) -> frozenset[QualifiedName]:
    """Routines that policies call: the rules about helpers look at those."""
    return frozenset(name for clause in scene.protection.clauses for name in clause.read.calls)


def _bare(text: str) -> Iterator[str]:
    try:
        tree = parse(text)
    except Unreadable:
        return
    nodes = [node for _, node in postgast.walk(tree)]
    ctes = {n.ctename for n in nodes if isinstance(n, pb.CommonTableExpr)}
    yield from (n.relname for n in nodes if isinstance(n, pb.RangeVar) and not n.schemaname and n.relname not in ctes)


def _schemas(path: str) -> list[str]:
    return [part.strip().strip('"') for part in path.split(",") if part.strip().strip('"')]


def _temp_last(path: str) -> bool:
    schemas = _schemas(path)
    return bool(schemas) and schemas[-1] == "pg_temp"


def _path(scene: Scene, routine: Routine, settings: list[str]) -> str:
    """The path it has, or the one most sessions have, with the schema of temporary tables named last."""
    there = {s.name for s in scene.catalog.schemas}
    wanted = _schemas(settings[0]) if settings else ["public", "extensions", routine.name.schema]
    schemas = [s for s in dict.fromkeys(wanted) if s != "pg_temp" and (settings or s in there)]
    return ", ".join([*map(quote_ident, schemas), "pg_temp"])


def public_definer(scene: Scene) -> Iterable[Found]:
    """Nobody granted it, everybody has it: O16."""
    helpers = _helpers(scene)
    named = [r for r in scene.reach.request_roles if r != PUBLIC and r != "anon"]
    for routine, _, grants in _callable(scene):
        everybody = [g for g in grants if g.grantee == PUBLIC]
        if routine.security_definer and everybody and routine.name not in helpers:
            kept = (
                f"\ngrant execute on {surface.spelled(routine)} to {', '.join(map(quote_ident, named))};"
                if named
                else ""
            )
            yield Found(
                surface.subject(routine),
                f"runs as {routine.owner} for everybody: EXECUTE was never taken from PUBLIC",
                detail="anonymous callers among them; functions of policies TO PUBLIC are the ones that need it",
                hint=f"revoke execute on {surface.spelled(routine)} from public;{kept}",
            )


def dynamic_sql(scene: Scene) -> Iterable[Found]:
    """An argument becomes a statement, and the statement becomes another tenant: R4."""
    for routine, who, grants in _callable(scene):
        unsafe = dynamicsql.spliced(routine.definition) if routine.language == "plpgsql" else ()
        if unsafe:
            yield Found(
                surface.subject(routine),
                f"{surface.roles_text(who)} may call it, and it runs text that its arguments are part of",
                detail=(
                    f"EXECUTE {unsafe[0]}\nsuch a statement may set other claims or, behind a gateway, another role;"
                    " use format with %I and %L, or EXECUTE .. USING"
                ),
                hint=surface.take_back("X", surface.spelled(routine), grants),
                severity=Severity.CRITICAL if routine.security_definer else None,
            )


_LEAKPROOF = re.compile(r"\bLEAKPROOF\b")


def leakproof(scene: Scene) -> Iterable[Found]:
    """LEAKPROOF is a promise by which a function runs before the policies: P23."""
    for routine in surface.routines(scene):
        head = re.split(r"\nAS \$|\nBEGIN ATOMIC|\nRETURN ", routine.definition, maxsplit=1)[0]
        if not _LEAKPROOF.search(head) or "NOT LEAKPROOF" in head:
            continue
        who = _who(scene, routine)[0]
        yield Found(
            surface.subject(routine),
            "is marked LEAKPROOF: it is called with the values of rows before policies have hidden them",
            detail="a message, an error or a table it writes is enough to show them",
            hint=f"alter {surface.spelled(routine)} not leakproof;",
            severity=None if who else Severity.MEDIUM,
        )


def immutable(scene: Scene) -> Iterable[Found]:
    """IMMUTABLE and asks the session: a plan keeps somebody else's answer (P19)."""
    helpers = _helpers(scene)
    for routine in surface.routines(scene):
        if routine.volatility != "i" or routine.name in helpers or routine.language in COMPILED:
            continue
        if any(isinstance(t, Session) for t in leaves(scene.protection.reader.value(routine))):
            yield Found(
                surface.subject(routine),
                "is IMMUTABLE and asks the session: a cached plan keeps the answer it gave to somebody else",
                hint=f"alter {surface.spelled(routine)} stable;",
            )


def _callable(scene: Scene) -> Iterator[tuple[Routine, tuple[str, ...], tuple[Grant, ...]]]:
    """Routines that a request role may call, with the roles and the grants."""
    for routine in surface.routines(scene):
        who, grants = _who(scene, routine)
        if who and routine.returns not in NOT_CALLED:
            yield routine, who, grants


def _who(scene: Scene, routine: Routine) -> tuple[tuple[str, ...], tuple[Grant, ...]]:
    acl = (f"=X/{quote_ident(routine.owner)}",) if routine.acl is None else routine.acl
    who, grants = surface.given(scene, "X", acl, routine.owner)
    reached = tuple(r for r in who if scene.reach.uses_schema(r, routine.name.schema))
    return reached, grants


RULES = (
    rule("DEFINER-ROUTINE", "A routine past the policies of its tables", Severity.CRITICAL, definer),
    rule("DYNAMIC-SQL", "A routine that runs its caller's text", Severity.HIGH, dynamic_sql),
    rule("DEFINER-PATH", "A SECURITY DEFINER routine without a fixed search path", Severity.HIGH, definer_path),
    rule("LEAKPROOF", "A function that runs before the policies", Severity.HIGH, leakproof),
    rule("IMMUTABLE-SESSION", "An IMMUTABLE function that asks the session", Severity.MEDIUM, immutable),
    rule("DEFINER-PUBLIC", "A SECURITY DEFINER routine for everybody", Severity.LOW, public_definer),
)
