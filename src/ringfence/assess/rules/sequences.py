"""Sequences: a counter of all tenants together."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.catalog.model import Table
from ringfence.names import display_ident


def sequence_grant(scene: Scene) -> Iterable[Found]:
    """UPDATE sets the counter for everybody, SELECT reads it: K8."""
    for sequence in scene.catalog.sequences:
        if not surface.is_applications(scene, sequence.name):
            continue
        who, grants = surface.given(scene, "wr", sequence.acl, sequence.owner)
        if who:
            letters = {p for g in grants for p in g.privileges} & set("wr")
            writes = "w" in letters
            yield Found(
                f"sequence {sequence.name}",
                f"{surface.roles_text(who)} may "
                + ("set it back: the next insert of every tenant fails" if writes else "read how far all tenants are"),
                detail="USAGE is enough for nextval, which column defaults need",
                hint=surface.take_back("".join(sorted(letters)), f"sequence {sequence.name.sql}", grants),
                severity=None if writes else Severity.LOW,
            )


def guessable_key(scene: Scene) -> Iterable[Found]:
    """Keys that count on tell how many rows the others write: K8b."""
    for table in surface.tables(scene):
        key = table.primary_key
        column = table.column(key[0]) if len(key) == 1 else None
        if column is None or table.partition_of is not None or not scene.protection.belongs_to_somebody(table):
            continue
        counted = column.identity or (column.default or "").startswith("nextval(")
        if counted and scene.reach.who("ra", table):
            yield Found(
                str(table.name),
                f"its key {display_ident(column.name)} counts on through all tenants: gaps tell how much others write",
                detail="and the key of somebody else's row is easily guessed; a uuid tells nothing",
                hint=_hint(table, column.name),
            )


def _hint(table: Table, column: str) -> str:
    return (
        f"-- a key that tells nothing, in a column that the API shows instead of {display_ident(column)}:\n"
        f"-- alter table {table.name.sql} add column public_id uuid not null default gen_random_uuid() unique;"
    )


RULES = (
    rule("SEQUENCE-GRANT", "A request role may read or set a sequence", Severity.MEDIUM, sequence_grant),
    rule("GUESSABLE-KEY", "A key counts on through all tenants", Severity.LOW, guessable_key),
)
