"""Who takes all columns of a table, and what a view in the table's place would break, as far as either is known.

Used by the rules about compatibility views, and for the facts of a plan: both must mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.assess import sqlread
from ringfence.assess.model import Scene, StatementSeen
from ringfence.assess.viewread import Refusal, Refused
from ringfence.catalog.model import Routine, Table, TableKind
from ringfence.names import QualifiedName, parse_ident_list
from ringfence.tenancy.clients import star_readers
from ringfence.tenancy.model import StarReader, TenantTable, ViewRule

CALLS_MIN = 5
"""psycopg and JDBC prepare a statement at its fifth execution; what was sent less often was typed by somebody."""
BY_HAND = ("psql", "pgadmin", "dbeaver", "datagrip", "tableplus", "postico", "pgcli", "supabase studio")
"""Programs in which people type; beginnings of their application names."""
SERVER_MERGES = 170000
"""From this version on MERGE writes through a view."""
TEXT_SHOWN_MAX = 120
PLACES_MAX = 20
"""Of one table, that many places in the source are kept in the plan; the assessment counts them all."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One thing that works on the table and would not on a view of it."""

    kind: str
    """Also the end of the rule's code and of its page: 'truncate', 'copy', 'published', .."""
    text: str
    """What and where, in a few words."""


# --- who takes all columns ---------------------------------------------------------------------------------------


def seen_readers(scene: Scene) -> Mapping[QualifiedName, tuple[StarReader, ...]]:
    """By table, the clients whose statements give all its columns back; each once, in order."""
    found: dict[QualifiedName, set[StarReader]] = {}
    for statement in scene.observed.statements or ():
        reader = _reader(statement)
        if reader is None:
            continue
        stars = {star for result in sqlread.read_statement(statement.text).results for star in result.stars}
        for table in {scene.resolve(star.schema, star.name) for star in stars} - {None}:
            assert table is not None
            found.setdefault(table, set()).add(reader)
    for source in scene.observed.sources:
        stars = {star for result in sqlread.read_statement(source.text).results for star in result.stars}
        for table in {scene.resolve(star.schema, star.name) for star in stars} - {None}:
            assert table is not None
            places = found.setdefault(table, set())
            if sum(not r.login for r in places) < PLACES_MAX:
                places.add(StarReader("", "", source.place))
    return {table: tuple(sorted(readers)) for table, readers in sorted(found.items())}


def _reader(statement: StatementSeen) -> StarReader | None:
    if not statement.of_session:
        return StarReader(statement.role, "", "pg_stat_statements") if statement.calls >= CALLS_MIN else None
    if statement.application.lower().startswith(BY_HAND):
        return None
    return StarReader(statement.role, statement.application, "session")


# --- what a view would break -------------------------------------------------------------------------------------


def hindrances(scene: Scene) -> Mapping[QualifiedName, tuple[Hindrance, ...]]:
    """By tenant table that gains a column, what is known to work on it that would not work on a view."""
    found: dict[QualifiedName, list[Hindrance]] = {}
    for name, hindrance in (
        *_of_catalog(scene),
        *_of_routines(scene),
        *_of_statements(scene),
        *_of_sources(scene),
    ):
        if name in scene.gaining:
            found.setdefault(name, []).append(hindrance)
    return {name: tuple(dict.fromkeys(sorted(items, key=lambda h: (h.kind, h.text)))) for name, items in found.items()}


Found = Iterator[tuple[QualifiedName, Hindrance]]


def _of_catalog(scene: Scene) -> Found:
    catalog = scene.catalog
    for published in scene.observed.published:
        yield published.table, Hindrance("published", f"publication {published.publication} sends it by name")
    for table in scene.gaining.values():
        if table.kind is TableKind.ORDINARY and (table.inherits or catalog.children.get(table.name)):
            yield table.name, Hindrance("inheritance", "it has inheritance children or parents")
        for role in _column_readers(table):
            text = f"{role or 'PUBLIC'} may SELECT single columns only"
            yield table.name, Hindrance("column-grant", text)
        routines = {r.name: r for r in catalog.routines}
        for trigger in table.triggers:
            routine = routines.get(trigger.function)
            if routine is not None and _ASKS_ITS_TABLE.search(routine.definition):
                text = f"trigger {trigger.name} calls {routine.name}, which asks for the table's name"
                yield table.name, Hindrance("trigger-name", text)
    for routine in catalog.routines:
        if routine.extension is not None or routine.name.schema == "ringfence":
            continue
        for name in sorted({*_dotted(routine.arguments), *_dotted(routine.returns)}):
            yield name, Hindrance("row-type", f"{_signature(routine)} takes or returns rows of it")


_ASKS_ITS_TABLE = re.compile(r"\btg_(table_name|relname|relid)\b", re.IGNORECASE)
_ACL_ITEM = re.compile(r'\A((?:"(?:[^"]|"")*"|[^"=])*)=([^/]*)/')


def _column_readers(table: Table) -> tuple[str, ...]:
    """Roles that read some columns by grants on columns and have no SELECT on the whole table."""
    whole = {role for role, letters in map(_item, table.acl) if "r" in letters}
    single = {role for c in table.columns for role, letters in map(_item, c.acl) if "r" in letters}
    return () if "" in whole else tuple(sorted(single - whole))


def _item(text: str) -> tuple[str, str]:
    match = _ACL_ITEM.match(text)
    assert match is not None, "the server's own text"
    return match[1].strip('"').replace('""', '"'), match[2]


_DOTTED = re.compile(r'(?:"(?:[^"]|"")+"|\w+)\.(?:"(?:[^"]|"")+"|\w+)')


def _dotted(text: str) -> list[QualifiedName]:
    return [QualifiedName(*parse_ident_list(found)) for found in _DOTTED.findall(text)]


def _of_routines(scene: Scene) -> Found:
    for routine in scene.catalog.routines:
        if routine.extension is not None or routine.kind not in ("f", "p") or routine.name.schema == "ringfence":
            continue
        for item in sqlread.read_routine(routine.definition).refused:
            table = _meant(scene, item)
            if table is not None:
                yield table, Hindrance(item.what.value, f"{_signature(routine)} does it")


def _of_statements(scene: Scene) -> Found:
    for statement in scene.observed.statements or ():
        if _ours(statement.text):
            continue
        for item in sqlread.read_statement(statement.text).refused:
            table = _meant(scene, item)
            # a migration that was run is no sign of one that will be: see RFA-VIEW-DDL
            if table is not None and item.what is not Refusal.DDL:
                shown = " ".join(statement.text.split())[:TEXT_SHOWN_MAX]
                yield table, Hindrance(item.what.value, f"{statement.role} sends: {shown}")


def _of_sources(scene: Scene) -> Found:
    for source in scene.observed.sources:
        for item in sqlread.read_statement(source.text).refused:
            table = _meant(scene, item)
            if table is not None:
                yield table, Hindrance(item.what.value, f"{source.place} does it")


def _meant(scene: Scene, item: Refused) -> QualifiedName | None:
    if item.what is Refusal.MERGE and scene.catalog.server_version >= SERVER_MERGES:
        return None
    return scene.resolve(item.schema, item.name)


def _ours(text: str) -> bool:
    """A statement of an earlier run of Ringfence, which statistics still hold."""
    return "ringfence" in text or text.lstrip().startswith("with victim as materialized")


def _signature(routine: Routine) -> str:
    return f"{routine.name}({routine.arguments})"


# --- what is decided ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table for which a view was thought of: somebody needs one, or the spec asks for it."""

    entry: TenantTable
    readers: tuple[StarReader, ...]
    hindrances: tuple[Hindrance, ...]

    @property
    def steps_aside(self) -> bool:
        """Whether the table will stand behind a view."""
        return self.entry.compatibility_view is ViewRule.ALWAYS or not self.hindrances


def candidates(scene: Scene) -> tuple[Candidate, ...]:
    """The tables that stand behind a view from phase 1 on, and those that would but for a hindrance."""
    if scene.tenancy is None:
        return ()
    seen = seen_readers(scene)
    thought_of: list[tuple[TenantTable, tuple[StarReader, ...]]] = []
    for entry in scene.tenancy.tables:
        if entry.name not in scene.gaining or entry.compatibility_view is ViewRule.NEVER:
            continue
        readers = star_readers(scene.tenancy, entry.name, seen.get(entry.name, ()))
        if readers or entry.compatibility_view is ViewRule.ALWAYS:
            thought_of.append((entry, readers))
    against = hindrances(scene) if thought_of else {}  # every routine is read for this: not where nobody asks
    return tuple(Candidate(entry, readers, against.get(entry.name, ())) for entry, readers in thought_of)
