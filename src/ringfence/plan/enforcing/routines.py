"""Routines that touch tenant tables past row security, found by name and not by understanding.

A routine counts as touching a table when its text holds the table's name as a word, or that of a routine that touches
one. That finds too much rather than too little, and a person decides. Names built at run time are not found; functions
with dynamic SQL are reported by `ringfence assess`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ringfence.catalog.model import Routine
from ringfence.names import QualifiedName
from ringfence.plan import acl
from ringfence.plan.enforcing.scene import Reader, ReaderKind, Scene
from ringfence.tenancy.isolation import Way
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS, is_supabase


def routines(scene: Scene) -> Iterator[Reader]:
    """SECURITY DEFINER routines that somebody else can run, and trigger functions that write on behalf of nobody."""
    touching = touched_by(scene)
    fired = _fired_outside(scene)
    for routine in scene.catalog.routines:
        tables = touching.get(_identity(routine))
        key = f"{routine.name}({routine.arguments})"
        if tables is None:
            if _opaque(scene, routine):
                yield scene.reader(
                    key,
                    ReaderKind.ROUTINE,
                    f"runs as {routine.owner}, whom row security does not bind, and makes its SQL at run time, so nobody"
                    " can tell which tables it reads",
                    (Way.BYPASS, Way.OWNER, Way.INVOKER),
                )
            continue
        named = ", ".join(sorted(tables))
        outside = fired.get(routine.name)
        if routine.security_definer and scene.bypasses(routine.owner):
            if outside is None and not _callable(routine) and not _fires(scene, routine.name):
                continue
            by = f" when {outside} is written" if outside is not None else ""
            yield scene.reader(
                key,
                ReaderKind.ROUTINE,
                f"runs as {routine.owner}, whom row security does not bind{by}, and names {named}",
                (Way.BYPASS, Way.OWNER, Way.INVOKER),
            )
        elif outside is not None:
            as_whom = routine.owner if routine.security_definer else "whoever writes there"
            yield scene.reader(
                key,
                ReaderKind.SIGN_UP,
                f"is run by a trigger on {outside} as {as_whom}, who has no tenant then, and names {named}",
                (Way.BYPASS, Way.TENANT) if routine.security_definer else (Way.TENANT,),
            )


_AT_RUN_TIME = re.compile(
    r"\b(?:execute(?!\s+(?:function|procedure|on)\b)|query_to_xml\w*|dblink\w*|pg_read_file|pg_read_binary_file)\b",
    re.IGNORECASE,
)


def _opaque(scene: Scene, routine: Routine) -> bool:
    """Whether somebody else may call it to pass row security by SQL that its text does not hold."""
    platform = SUPABASE_SCHEMAS if is_supabase(scene.catalog) else frozenset()
    if not routine.security_definer or not scene.bypasses(routine.owner) or not _callable(routine):
        return False
    if (
        routine.extension is not None
        or routine.name.schema in platform
        or routine.returns in ("trigger", "event_trigger")
    ):
        return False
    return routine.language not in ("sql", "plpgsql") or _AT_RUN_TIME.search(routine.definition) is not None


def touched_by(scene: Scene) -> Mapping[tuple[QualifiedName, str], frozenset[str]]:
    """For each routine that touches a tenant table, by itself or through others, the names of the tables it touches."""
    platform = SUPABASE_SCHEMAS if is_supabase(scene.catalog) else frozenset()
    spoken: dict[tuple[QualifiedName, str], set[str]] = {}
    found: dict[tuple[QualifiedName, str], set[str]] = {}
    for routine in scene.catalog.routines:
        if routine.name.schema in platform:
            continue
        text = set(re.findall(r"[^\W\d][\w$]*", _without_strings_of_options(routine.definition)))
        # a quoted name may hold anything, so it is looked for as it stands
        tables = {str(t) for t in scene.tables if t.name in text or f'"{t.name}"' in routine.definition}
        spoken[_identity(routine)] = text
        found[_identity(routine)] = tables
    while True:
        grown = False
        by_name: dict[str, set[str]] = {}
        for (name, _), tables in found.items():
            by_name.setdefault(name.name, set()).update(tables)
        for identity, text in spoken.items():
            for called in text & by_name.keys():
                if called != identity[0].name and not by_name[called] <= found[identity]:
                    found[identity] |= by_name[called]
                    grown = True
        if not grown:
            return {identity: frozenset(tables) for identity, tables in found.items() if tables}


def _without_strings_of_options(definition: str) -> str:
    return definition.partition("\n")[2]  # the first line is the routine's own name


def _identity(routine: Routine) -> tuple[QualifiedName, str]:
    return routine.name, routine.arguments


def _callable(routine: Routine) -> bool:
    """Whether anybody but the owner may execute it."""
    if routine.acl is None:
        return True
    return any(i.grantee != routine.owner and "X" in i.letters for i in acl.read(routine.acl))


def _fires(scene: Scene, function: QualifiedName) -> bool:
    return any(t.function == function for table in scene.catalog.tables for t in table.triggers)


def _fired_outside(scene: Scene) -> Mapping[QualifiedName, str]:
    """Trigger functions by the table outside of all tenants that fires them, such as auth.users."""
    return {
        trigger.function: str(table.name)
        for table in scene.catalog.tables
        if table.name not in scene.tables
        for trigger in table.triggers
        if trigger.function.schema != "ringfence"
    }
