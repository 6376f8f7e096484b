"""Who reads or writes tenant tables without a tenant, found in the catalog, and which ways each could go on (law 5.7).

Found by name, not by understanding: a routine counts as touching a table when its text holds the table's name as a
word, or that of a routine that touches one. That finds too much rather than too little, and a person decides. Names
built at run time are not found; functions with dynamic SQL are reported by `ringfence assess`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from ringfence.catalog.model import Catalog, Role, Routine, Table, TableKind, View
from ringfence.names import QualifiedName
from ringfence.plan import acl, files
from ringfence.plan.family import members
from ringfence.plan.model import PlanRefused
from ringfence.tenancy.decisions import PUBLICATION
from ringfence.tenancy.isolation import Decision, Isolation, Way
from ringfence.tenancy.model import Tenancy
from ringfence.tenancy.platform_tables import SUPABASE_SCHEMAS, is_supabase


class ReaderKind(Enum):
    """What sort of object it is."""

    ROUTINE = "routine"
    SIGN_UP = "trigger function"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    FOREIGN_TABLE = "foreign table"
    RULE = "table with rules"
    PUBLICATION = "publication"
    FILES = "files of Storage"


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader or writer without a tenant."""

    key: str
    """Its name as `[contextless]` writes it."""
    kind: ReaderKind
    why: str
    """What it does, and what would happen to it."""
    ways: tuple[Way, ...]
    """The ways that make sense for it, the one that changes least first."""
    decision: Decision | None
    preset: Way | None = None
    """What is done when nobody decides, where that is safe."""

    @property
    def way(self) -> Way | None:
        """What will be done; None: a person must decide."""
        return self.decision.way if self.decision is not None else self.preset


def inventory(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> tuple[Reader, ...]:
    """Every reader and writer without a tenant that the catalog shows, in name order by kind.

    Raises PlanRefused for a decision that makes no sense for its object.
    """
    scene = Scene(tenancy, catalog, isolation)
    found: dict[str, Reader] = {}
    for reader in (
        *routines(scene),
        *views(scene),
        *foreign_tables(scene),
        *rules(scene),
        *publications(scene),
        *stored_files(scene),
    ):
        before = found.get(reader.key)
        found[reader.key] = reader if before is None else replace(before, why=f"{before.why}; {reader.why}")
    for reader in found.values():
        if reader.decision is not None and reader.decision.way not in reader.ways:
            raise PlanRefused(
                f"{reader.key} ({reader.kind.value}) cannot go the way {reader.decision.way.value!r}",
                subject=reader.key,
                detail=reader.why,
                hint="ways for it: " + ", ".join(way.value for way in reader.ways),
            )
    return tuple(found.values())


class Scene:
    """The inputs, and what several kinds of readers ask of them."""

    def __init__(self, tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> None:
        self.tenancy = tenancy
        self.catalog = catalog
        self.isolation = isolation
        self.roles: Mapping[str, Role] = {r.name: r for r in catalog.roles}
        family = [catalog.by_name[e.name] for e in tenancy.tables]
        self.tables = {t.name: t for root in family for t in (root, *members(catalog, root.name))}
        """Every tenant table with its partitions and children."""

    def reader(self, key: str, kind: ReaderKind, why: str, ways: tuple[Way, ...], preset: Way | None = None) -> Reader:
        """A reader with what the spec decides on it."""
        return Reader(key, kind, why, ways, self.isolation.decisions.get(key), preset)

    def bypasses(self, role: str) -> bool:
        """Whether row security does not bind the role; one that the catalog does not know counts as bound."""
        known = self.roles.get(role)
        return known is not None and (known.superuser or known.bypass_rls)

    def member_of(self, role: str) -> frozenset[str]:
        """The role itself and every role whose rights it has."""
        found = {role}
        waiting = [role]
        while waiting:
            known = self.roles.get(waiting.pop())
            for name in known.member_of if known is not None else ():
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return frozenset(found)


# --- routines ----------------------------------------------------------------------------------------------------


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


# --- views -------------------------------------------------------------------------------------------------------


def views(scene: Scene) -> Iterator[Reader]:
    """Views that show rows with their owner's rights, and materialized views, which hold copies of rows."""
    reading = reading_views(scene)
    for view in scene.catalog.views:
        if view.name not in reading:
            continue
        tables = ", ".join(str(t) for t in sorted(reading[view.name]))
        others = _granted_to(view)
        if view.kind == "m":
            if others:
                yield scene.reader(
                    str(view.name),
                    ReaderKind.MATERIALIZED_VIEW,
                    f"holds rows of {tables} of every tenant and can be read by {_people(others)}; it cannot have policies",
                    (Way.CLOSE, Way.BYPASS),
                )
            if not scene.bypasses(view.owner):
                yield scene.reader(
                    f"role:{view.owner}",
                    ReaderKind.MATERIALIZED_VIEW,
                    f"refreshes {view.name}, which would fail or come out empty: row security binds it",
                    (Way.BYPASS,),
                )
        elif not invoker(view) and others:
            short = [role for role in others if not _reaches(scene, role, view)]
            yield scene.reader(
                str(view.name),
                ReaderKind.VIEW,
                f"shows rows of {tables} with the rights of {view.owner}"
                + (f"; {_people(short)} may not read all that is beneath it" if short else ""),
                (Way.OWNER, Way.BYPASS, Way.CLOSE) if short else (Way.INVOKER, Way.OWNER, Way.BYPASS, Way.CLOSE),
                None if short else Way.INVOKER,
            )


def invoker(view: View) -> bool:
    """Whether a view is read with the rights of whoever asks."""
    return any(o in view.options for o in ("security_invoker=true", "security_invoker=on", "security_invoker=1"))


def reading_views(scene: Scene) -> Mapping[QualifiedName, frozenset[QualifiedName]]:
    """For each view that reads tenant tables, itself or through other views, those tables."""
    found: dict[QualifiedName, frozenset[QualifiedName]] = {
        v.name: frozenset(v.reads) & scene.tables.keys() for v in scene.catalog.views
    }
    while True:
        grown = {
            v.name: found[v.name] | frozenset(t for r in v.reads if r in found for t in found[r])
            for v in scene.catalog.views
        }
        if grown == found:
            return {name: tables for name, tables in found.items() if tables}
        found = grown


def _granted_to(view: View) -> list[str]:
    return sorted({i.grantee for i in acl.read(view.acl) if i.grantee != view.owner and set(i.letters) & set("arwd")})


def _people(roles: list[str]) -> str:
    return ", ".join(role or "everybody" for role in roles)


def _reaches(scene: Scene, role: str, view: View) -> bool:
    """Whether a role may do directly on everything beneath a view what it may do on the view."""
    if role and scene.bypasses(role) and scene.roles[role].superuser:
        return True
    wanted = {k for i in acl.read(view.acl) if i.grantee == role for k in i.letters if k in "arwd"}
    mine = scene.member_of(role) | {acl.PUBLIC} if role else {acl.PUBLIC}
    relations: dict[QualifiedName, Table | View] = {
        **scene.catalog.by_name,
        **{v.name: v for v in scene.catalog.views},
    }
    for name in view.reads:
        relation = relations.get(name)
        if relation is None:
            return False
        has = {k for i in acl.read(relation.acl) if i.grantee in mine for k in i.letters}
        if "r" not in has or (name in scene.tables and not wanted <= has):
            return False
    return True


# --- the rest ----------------------------------------------------------------------------------------------------


def foreign_tables(scene: Scene) -> Iterator[Reader]:
    """Tenant tables that live elsewhere: row security cannot be switched on for them (O8)."""
    for table in scene.tables.values():
        if table.kind is TableKind.FOREIGN:
            yield scene.reader(
                str(table.name),
                ReaderKind.FOREIGN_TABLE,
                "lives on another server, so it cannot have row security here; whoever may read it reads every tenant",
                (Way.CLOSE, Way.BYPASS),
            )


def rules(scene: Scene) -> Iterator[Reader]:
    """Tenant tables with rewrite rules, whose actions run with the rights of the table's owner."""
    for table in scene.tables.values():
        if table.rules:
            named = ", ".join(rule.name for rule in table.rules)
            yield scene.reader(
                str(table.name),
                ReaderKind.RULE,
                f"has rules ({named}) whose actions run with its owner's rights, and the owner becomes another",
                (Way.OWNER,),
            )


def publications(scene: Scene) -> Iterator[Reader]:
    """Publications that send rows of every tenant to whoever subscribes (O14)."""
    for publication in scene.catalog.publications:
        sent = [
            str(name)
            for name in scene.tables
            if publication.all_tables
            or name.schema in publication.schemas
            or any(_published(text) == name for text in publication.tables)
        ]
        if sent:
            yield scene.reader(
                PUBLICATION + publication.name,
                ReaderKind.PUBLICATION,
                f"sends rows of every tenant of {', '.join(sorted(sent))}; deleted rows are sent past row security",
                (Way.BYPASS,),
            )


def stored_files(scene: Scene) -> Iterator[Reader]:
    """Storage's table of files, when policies let somebody at it: no column of it says whose they are (O15)."""
    table = files.objects(scene.catalog)
    if table is not None and any(p.permissive for p in table.policies):
        yield scene.reader(
            str(table.name),
            ReaderKind.FILES,
            "its policies know no tenant: a file goes to whoever they let at its path",
            (Way.TENANT, Way.BYPASS),
        )


_PUBLISHED = re.compile(r'((?:"(?:[^"]|"")+"|[^".\s]+))\.((?:"(?:[^"]|"")+"|[^".\s]+))')


def _published(text: str) -> QualifiedName | None:
    match = _PUBLISHED.match(text)
    if match is None:
        return None
    schema, name = (p[1:-1].replace('""', '"') if p.startswith('"') else p for p in match.groups())
    return QualifiedName(schema, name)
