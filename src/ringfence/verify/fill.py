"""An attack's slots are filled for one target: what stands in the file becomes statements that run. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, ConstraintKind, Rule, Table, View
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.tenancy.model import Tenancy, TenantTable
from ringfence.verify.model import Attack
from ringfence.verify.opening import and_closed
from ringfence.verify.rows import MARK, MadeRow, Party

_SLOT = re.compile(r"\{\{([a-z_]+)\}\}")
_EVENT = re.compile(r"^CREATE RULE .*?\sON (INSERT|UPDATE|DELETE) TO ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Ground:
    """What was made up for one target: both tenants' rows, and spare ones that are not inserted."""

    entry: TenantTable
    table: Table
    own: MadeRow
    other: MadeRow
    own_next: MadeRow
    """Another row of the attacker, not inserted."""
    other_next: MadeRow
    """Another row of the other tenant, not inserted, as the attacker would plant it."""
    under_other: MadeRow | None
    """A row of the attacker that names the other tenant's parent; None without such a parent."""
    open_when: str | None = None
    """The condition under which the spec opens rows to everybody."""
    other_open: MadeRow | None = None
    """Another row of the other tenant, inserted and open to everybody."""


def literal(text: str) -> str:
    """A text as an SQL literal without the space that an escape string begins with."""
    return quote_literal(text).strip()


def common_slots(
    tenancy: Tenancy, own: Party, other: Party, other_claims: str, schemas: Sequence[str]
) -> dict[str, str]:
    """Slots that mean the same on every target."""
    m, o = tenancy.memberships, tenancy.organizations
    return {
        "own": own.organization,
        "other": other.organization,
        "own_user": own.user,
        "other_user": other.user,
        "other_claims": literal(other_claims),
        "other_user_text": literal(other.user_text),
        "memberships": m.table.sql,
        "memberships_name": quote_ident(m.table.name),
        "membership_user": quote_ident(m.user_column),
        "membership_organization": quote_ident(m.organization_column),
        "user_type": tenancy.users.key_type,
        "organization_type": o.key_type,
        "organizations": o.table.sql,
        "organization_key": quote_ident(o.key),
        "schemas": ", ".join(literal(s) for s in schemas),
        "marker_pattern": literal(f"{MARK}-{other.label}%"),
    }


def _looks(rules: Sequence[Rule]) -> int:
    """How often a statement that changes one row looks at it: a DO ALSO rule asks its conditions once more."""
    by_event: Counter[str] = Counter()
    for rule in rules:
        found = _EVENT.search(rule.definition)
        if found is not None and rule.enabled != "D":
            by_event[found[1]] += 1
    return 1 + max(by_event.values(), default=0)


def table_slots(catalog: Catalog, ground: Ground, target: QualifiedName) -> dict[str, str]:
    """Slots of one table (or child, whose rows are the table's)."""
    own, other = ground.own, ground.other
    slots = {
        "target": target.sql,
        "target_name": literal(target.sql),
        "schema_text": literal(target.schema),
        "table_text": literal(target.name),
        "tenant": quote_ident(ground.entry.column),
        "own_rows": str(_looks(catalog.by_name[target].rules)),
        "insert_for_other": ground.other_next.insert(),
        "insert_unnamed": ground.own_next.insert(without=(ground.entry.column,)),
        "insert_columns": ", ".join(quote_ident(c) for c in ground.other_next.values),
        "insert_values": ", ".join(ground.other_next.values.values()),
        "and_closed": and_closed(ground.open_when),
        "read_other_text": literal(
            f"select * from {target.sql} t"
            f" where t.{quote_ident(ground.entry.column)} = {other.values[ground.entry.column]}"
            f"{and_closed(ground.open_when)}"
        ),
    }
    if own.key and all(c in own.values for c in own.key):
        slots["own_key"], slots["other_key"] = own.matches("t"), other.matches("t")
    if ground.other_open is not None and ground.other_open.key:
        slots["other_open_key"] = ground.other_open.matches("t")
    text = _text_column(ground)
    if text is not None:
        slots["text"] = quote_ident(text)
    plain = _plain_column(ground, text)
    if plain is not None:
        slots["plain"] = quote_ident(plain)
        slots["plain_value"] = ground.own_next.values.get(plain, quote_ident(plain))
    if plain is not None and "other_key" in slots:
        conflict = ", ".join(quote_ident(c) for c in own.key)
        over = {**ground.own_next.values, **{c: other.values[c] for c in own.key}}
        row = MadeRow(own.table, over, own.key, ())
        slots["upsert_over_other"] = (
            f"{row.insert()} on conflict ({conflict}) do update set {slots['plain']} = excluded.{slots['plain']}"
        )
    if "other_key" in slots:
        taken = {**ground.own_next.values, **{c: other.values[c] for c in own.key}}
        slots["insert_key_of_other"] = MadeRow(own.table, taken, own.key, ()).insert()
        slots["insert_unused"] = ground.own_next.insert()
    unique, whole = _unique_columns(ground)
    if unique:
        slots["unique_target"] = ", ".join(quote_ident(c) for c in whole)
        taken = {**ground.own_next.values, **{c: other.values[c] for c in unique}}
        slots["insert_unique_of_other"] = MadeRow(own.table, taken, own.key, ()).insert()
        slots["insert_unique_unused"] = ground.own_next.insert()
    apart = _excluding_columns(ground)
    if apart:
        taken = {**ground.own_next.values, **{c: other.values[c] for c in apart}}
        slots["insert_excluded_by_other"] = MadeRow(own.table, taken, own.key, ()).insert()
        slots["insert_excluded_by_none"] = ground.own_next.insert()
    if ground.under_other is not None:
        slots["insert_under_other"] = ground.under_other.insert()
    owned = [s for s in catalog.sequences if s.owned_by and s.owned_by.startswith(f"{target}.")]
    if owned:
        slots["sequence_name"] = literal(owned[0].name.sql)
    return slots


def mentions(alias: str, marks: Sequence[str], party: Party) -> str:
    """A condition that is true of a row in which a mark of the party's rows stands; its keys alone are no mark.

    Asked by the database, since a function or view may give more rows than are fetched.
    """
    texts = [m for m in marks if m not in (party.organization_text, party.user_text)]
    return " or ".join(f"{alias}::text like {literal(f'%{m}%')}" for m in texts) or "false"


def view_slots(view: View, tenancy: Tenancy, other: Party, marks: Sequence[str]) -> dict[str, str]:
    """Slots of one view; it is asked for the other tenant where it shows the column, else for anything it shows."""
    shows = tenancy.column in view.columns
    condition = (
        f"t.{quote_ident(tenancy.column)} = {other.organization}" if shows else f"({mentions('t', marks, other)})"
    )
    return {"target": view.name.sql, "target_name": literal(view.name.sql), "view_condition": condition}


def filled(attack: Attack, slots: Mapping[str, str]) -> tuple[tuple[str, ...], str] | None:
    """The attack's statements, and the one the other tenant runs first; None when the target lacks what they name."""
    wanted = {s for text in (*attack.statements, attack.other_first) for s in _SLOT.findall(text)}
    if not wanted <= set(slots):
        return None

    def put(text: str) -> str:
        return _SLOT.sub(lambda m: slots[m.group(1)], text)

    return tuple(put(s) for s in attack.statements), put(attack.other_first)


def claims_of(
    party: Party, role: str, *, organization: str | None = None, metadata: Mapping[str, str] | None = None
) -> str:
    """The claims of a party's user, as a gateway hands them to policies; `metadata` is what the user wrote himself."""
    named = organization if organization is not None else party.organization_text
    return json.dumps(
        {
            "sub": party.user_text,
            "role": role,
            "aud": "authenticated",
            "org_id": named,
            "app_metadata": {"org_id": named},
            "user_metadata": dict(metadata or {}),
        },
        separators=(",", ":"),
    )


def _text_column(ground: Ground) -> str | None:
    """A column of the other tenant's row that holds a mark."""
    return next((c for c, v in ground.other.values.items() if MARK in v), None)


def _plain_column(ground: Ground, text: str | None) -> str | None:
    """A column that may be changed to another value: a marked text outside of keys, else any column set to itself."""
    entry, table = ground.entry, ground.table
    keys = {c for k in table.constraints for c in k.columns if k.kind is not ConstraintKind.NOT_NULL} | {entry.column}
    keys |= {c for i in table.indexes if i.unique for c in i.columns}
    deriving = {getattr(d, "column", None) for d in entry.derivations}
    if text is not None and text not in keys | deriving:
        return text
    return next(
        (c.name for c in table.columns if c.name not in keys | deriving and not c.generated and not c.identity), None
    )


def _unique_columns(ground: Ground) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns, the tenant's aside, of a unique rule that both tenants could fill alike; then all it has."""
    for index in ground.table.indexes:
        free = tuple(c for c in index.columns if c != ground.entry.column)
        if (
            not index.unique
            or set(free) <= set(ground.table.primary_key)
            or not index.plain
            or index.predicate
            or "" in index.columns
        ):
            continue
        if free and all(c in ground.other.values and c in ground.own_next.values for c in free):
            referring = {c for k in ground.table.foreign_keys for c in k.columns}
            if not set(free) & referring:
                return free, index.columns
    return (), ()


def _excluding_columns(ground: Ground) -> tuple[str, ...]:
    """The columns, the tenant's aside, of an exclusion constraint that both tenants could fill alike."""
    referring = {c for k in ground.table.foreign_keys for c in k.columns}
    for constraint in ground.table.constraints:
        free = tuple(c for c in constraint.columns if c != ground.entry.column)
        known = all(c in ground.other.values and c in ground.own_next.values for c in free)
        if constraint.kind is ConstraintKind.EXCLUSION and free and known and not referring & set(free):
            return free
    return ()
