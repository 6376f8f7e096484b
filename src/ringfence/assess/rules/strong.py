"""Functions of extensions and of the server that reach beyond row security, and large objects, which have none."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, counted, rule
from ringfence.assess.reach import Grant
from ringfence.assess.surroundings import Strong
from ringfence.names import display_ident, quote_ident, quote_literal

FILES = (Severity.CRITICAL, "reads and writes the server's files, every tenant's rows among them")
CONNECTS = (Severity.HIGH, "opens connections as the server: back into this database, past every policy")
SENDS = (Severity.MEDIUM, "sends requests from inside the network, with whatever they read")
PAGES = (Severity.CRITICAL, "reads and changes pages of tables below every policy")
SCHEDULES = (Severity.HIGH, "runs statements later, in a session of its own")

BY_EXTENSION = {
    "adminpack": FILES, "dblink": CONNECTS, "http": SENDS, "pg_net": SENDS, "pg_cron": SCHEDULES, "pageinspect": PAGES,
    "pg_surgery": PAGES,
}  # fmt: skip
NO_CONNECTION = ("dblink_build_sql", "dblink_current_query", "dblink_get_pkey", "dblink_fdw_validator")
"""Functions of dblink that only put text together."""


def strong_function(scene: Scene) -> Iterable[Found]:
    """dblink, files, the network: O9."""
    groups: dict[str, tuple[list[Strong], set[Grant], set[str]]] = {}
    for function in scene.observed.surroundings.strong:
        if function.name.startswith(NO_CONNECTION):
            continue
        who, grants = surface.given(scene, "X", function.acl, function.owner)
        if who:
            group = groups.setdefault(function.extension or f"function {function.name}", ([], set(), set()))
            group[0].append(function)
            group[1].update(grants)
            group[2].update(who)
    for key, (functions, _, roles) in sorted(groups.items()):
        severity, what = _kind(functions[0])
        yield Found(
            f"extension {display_ident(key)}" if functions[0].extension else key,
            f"{surface.roles_text(sorted(roles))} may call {_names(functions)}: it {what}",
            detail="a function granted to PUBLIC is granted to them",
            hint="\n".join(_revoke(scene, f) for f in functions),
            severity=severity,
        )


def _kind(function: Strong) -> tuple[Severity, str]:
    if function.extension is not None:
        return BY_EXTENSION[function.extension]
    return FILES


def _names(functions: list[Strong]) -> str:
    names = sorted({f.name for f in functions})
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _revoke(scene: Scene, function: Strong) -> str:
    _, grants = surface.given(scene, "X", function.acl, function.owner)
    name = f"{quote_ident(function.schema)}.{quote_ident(function.name)}({function.arguments})"
    return surface.take_back("X", f"function {name}", grants)


def large_objects(scene: Scene) -> Iterable[Found]:
    """Large objects belong to a role, not to a tenant, and everybody may list them: O10."""
    asked = scene.reach.request_roles
    open_to_all = scene.observed.setting("lo_compat_privileges") == "on"
    for objects in scene.observed.surroundings.large_objects:
        owned = [r for r in asked if objects.owner in scene.reach.held(r)]
        who, _ = surface.given(scene, "rw", objects.acl, objects.owner)
        readers = sorted({*owned, *who, *(asked if open_to_all else ())})
        if readers:
            yield Found(
                f"large objects of {display_ident(objects.owner)}",
                f"{surface.roles_text(readers)} may read {counted(objects.number, 'large object')}, whoever stored it",
                detail="their numbers stand in pg_largeobject_metadata, which everybody may read",
                hint=_closed(objects.owner),
            )
    if open_to_all and asked:
        yield Found(
            "setting lo_compat_privileges",
            "is on: large objects have no privileges at all",
            hint="alter system set lo_compat_privileges = off;\nselect pg_catalog.pg_reload_conf();",
        )


def _closed(owner: str) -> str:
    """Give them to the role that pastes this, and take every grant away."""
    return (
        "do $$\ndeclare\n  one record;\nbegin\n"
        "  for one in\n"
        "    select l.oid, coalesce(g.grantee, 0) as grantee\n"
        "    from pg_catalog.pg_largeobject_metadata l\n"
        "    left join lateral pg_catalog.aclexplode(l.lomacl) g on g.grantee <> l.lomowner\n"
        f"    where pg_catalog.pg_get_userbyid(l.lomowner) = {quote_literal(owner)}\n"
        "  loop\n"
        "    execute pg_catalog.format('revoke all on large object %s from %s', one.oid,\n"
        "      case one.grantee when 0 then 'public'\n"
        "      else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(one.grantee)) end);\n"
        "    execute pg_catalog.format('alter large object %s owner to %I', one.oid, current_user);\n"
        "  end loop;\nend $$;"
    )


UNTRUSTED = ("c", "plpython3u", "plperlu", "pltclu", "plsh", "plv8u")
"""Languages whose functions do what the server's own user may do."""


def untrusted_language(scene: Scene) -> Iterable[Found]:
    """A function in a language without fences runs as the server."""
    for routine in surface.routines(scene):
        if routine.language not in UNTRUSTED:
            continue
        who, grants = surface.given(scene, "X", routine.acl or ("=X/x",), routine.owner)
        if who and routine.returns not in ("trigger", "event_trigger"):
            yield Found(
                surface.subject(routine),
                f"{surface.roles_text(who)} may call it, and {routine.language} knows no row security",
                detail="it runs as the server: its files, its network",
                hint=surface.take_back("X", surface.spelled(routine), grants),
            )


RULES = (
    rule("STRONG-FUNCTION", "A request role may call what reaches past policies", Severity.HIGH, strong_function),
    rule("LARGE-OBJECTS", "Large objects that request roles may read", Severity.HIGH, large_objects),
    rule("UNTRUSTED-LANGUAGE", "A request role calls an untrusted language", Severity.HIGH, untrusted_language),
)
