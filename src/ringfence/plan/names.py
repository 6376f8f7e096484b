"""The names of everything a plan creates, chosen so that they never clash with the application's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ringfence.catalog.model import Catalog, Table
from ringfence.names import IDENTIFIER_BYTES_MAX, QualifiedName, bounded_name, quote_ident
from ringfence.plan.model import PlanRefused

OURS = "ringfence"
"""The schema that holds our objects."""

FILL_INSERT = "zzz_ringfence_fill_insert"
FILL_UPDATE = "zzz_ringfence_fill_update"
"""Fill triggers sort after the application's own: a later BEFORE trigger could still change the owner (law 4.5)."""
HOLD = "zzz_ringfence_hold"
SETTLE = "00_ringfence_settle"
"""Sorts before the server's own RI_ConstraintTrigger: at commit a row gets its tenant first and is checked then."""
HAND_OVER = "zzz_ringfence_hand_over"
"""Sorts after the fill trigger, which may be what changes the tenant."""
CARRY = "ringfence_carry"
PREFIX_SIGNS_MAX = 4
CHOICE = "ringfence_choice"
SIGN_UP = "00_ringfence_sign_up"
"""Sorts before the application's own AFTER triggers, which may insert rows that need the membership (law 4.6)."""


POLICY_PREFIX = "ringfence_"
"""How the names of our policies begin."""
FLOOR = "ringfence_floor"
TENANT = "ringfence_tenant"
OPEN = "ringfence_open"
CANARY = "ringfence_canary"
NOTE = "ringfence_note"
NOTE_ASKED = "ringfence.note_client_id_v1()"
"""What the noting floor asks: never an error, whatever the caller's context is like."""
ASKED = "ringfence.client_id()"
"""What every policy of ours asks."""
CANARY_ASKED = "ringfence.canary_client_id()"
"""What the canaries' floor asks: the same, and for who names no tenant the only one he can mean."""
OUR_DEFAULT = "ringfence.writer_client_id()"
"""The tenant column's default after phase 6."""


RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
    char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
    desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
    grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
    lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize
    not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision
    primary real references returning right row select session_user setof similar smallint some substring symmetric
    system_user table tablesample then time timestamp to trailing treat trim true union unique user using values
    varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
    xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable""".split()  # noqa: SIM905  # a list of words reads better
)
"""Words that quote_ident() of PostgreSQL 15 to 18 quotes (pg_get_keywords(), all but category U)."""


def shown(name: str) -> str:
    """An identifier as the server's own functions print it: quoted only where needed."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED:
        return name
    return quote_ident(name)


def shown_table(name: QualifiedName) -> str:
    """A qualified name as the server's own functions print it under an empty search path."""
    return f"{shown(name.schema)}.{shown(name.name)}"


def object_name(first: str, second: str, label: str) -> str:
    """The name the server itself gives a constraint: the longer of two names is cut until all fit (makeObjectName)."""
    room = IDENTIFIER_BYTES_MAX - len(label.encode()) - 2
    one, two = len(first.encode()), len(second.encode())
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    head, tail = (n.encode()[:size].decode(errors="ignore") for n, size in ((first, one), (second, two)))
    return f"{head}_{tail}_{label}"


def ours(name: str) -> QualifiedName:
    """A name in our own schema."""
    return QualifiedName(OURS, name)


def sorted_last(table: Table, base: str) -> str:
    """A trigger name that sorts after every BEFORE ROW trigger of the table; `~` is the last printable ASCII sign."""
    before = [t.name for t in table.triggers if t.timing == "before" and t.for_each_row and "ringfence" not in t.name]
    return _placed(table, base, "~", lambda name: all(other < name for other in before))


def sorted_first(table: Table, base: str) -> str:
    """A trigger name that sorts before every AFTER ROW trigger of the table."""
    after = [t.name for t in table.triggers if t.timing == "after" and t.for_each_row and "ringfence" not in t.name]
    return _placed(table, base, "!", lambda name: all(name < other for other in after))


def _placed(table: Table, base: str, sign: str, fits: Callable[[str], bool]) -> str:
    name = base
    for _ in range(PREFIX_SIGNS_MAX):
        if fits(name):
            return name
        name = sign + name
    raise PlanRefused(
        f"no trigger name of ours can sort where it must among the triggers of {table.name}",
        subject=str(table.name),
        hint=f"rename the trigger that stands at the end of the order: alter trigger ... on {table.name.sql} rename to ...",
    )


@dataclass
class Namer:
    """Hands out relation and constraint names, each once; what the catalog already uses gets a number behind it.

    The only mutable value of the stage: it lives for one build and the same input gives the same names.
    """

    taken: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, catalog: Catalog) -> Namer:
        """A namer that knows every relation and constraint name of the catalog."""
        taken: set[tuple[str, str]] = set()
        for table in catalog.tables:
            taken.add((table.name.schema, table.name.name))
            taken.update((table.name.schema, i.name) for i in table.indexes)
            taken.update((table.name.schema, c.name) for c in table.constraints)
        taken.update((v.name.schema, v.name.name) for v in catalog.views)
        taken.update((s.name.schema, s.name.name) for s in catalog.sequences)
        return cls(taken)

    def take(self, schema: str, *parts: str) -> str:
        """A free name in the schema made of the parts."""
        name = bounded_name(*parts)
        number = 2
        while (schema, name) in self.taken:
            name = bounded_name(*parts, str(number))
            number += 1
        self.taken.add((schema, name))
        return name
