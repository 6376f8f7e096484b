"""Rows made up for an attack: two tenants with a user each, and for every table a row of each that can be recognised.

Pure: from the catalog alone. Keys are given explicitly, so that no sequence moves; texts carry a mark that nothing else
in the database has, so that a leak is seen wherever it comes out.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.catalog.model import Catalog, Column, Constraint, ConstraintKind, Table
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.tenancy.model import Tenancy, TenantTable

MARK = "rfprobe"
_APART = (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION)
"""Constraints that keep rows apart by what their columns hold."""
_WHOLE = {"smallint": (20_000, 30_000), "integer": (1_900_000_000, 2_100_000_000), "bigint": (8 * 10**18, 9 * 10**18)}
_CONSTANTS = {
    "boolean": "false",
    "numeric": "1",
    "real": "1",
    "double precision": "1",
    "money": "1",
    "json": "'{}'",
    "jsonb": "'{}'",
    "bytea": r"'\x'",
    "interval": "'0'",
    "date": "pg_catalog.now()::date",
    "timestamp with time zone": "pg_catalog.now()",
    "timestamp without time zone": "pg_catalog.now()::timestamp",
    "time without time zone": "'12:00'",
    "time with time zone": "'12:00+00'",
    "inet": "'127.0.0.1'",
    "cidr": "'127.0.0.0/8'",
    "macaddr": "'00:00:00:00:00:00'",
    "tsvector": "''",
    "xml": "'<a/>'",
    "point": "'(0,0)'",
    "oid": "0",
}


_RANGES = {
    "int4range": "int4range({n}, {n} + 1)",
    "int8range": "int8range({n}, {n} + 1)",
    "numrange": "numrange({n}, {n} + 1)",
    "daterange": "daterange({day}, {day} + 1)",
    "tsrange": "tsrange({day}::timestamp, {day}::timestamp + interval '1 hour')",
    "tstzrange": "tstzrange({day}::timestamptz, {day}::timestamptz + interval '1 hour')",
}
"""Short ranges far from those of real rows, each party's its own."""


class Impossible(Exception):
    """No row can be made up for a table; the text says why."""


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two tenants: its organization and its user, as SQL literals."""

    label: str
    organization: str
    organization_text: str
    user: str
    user_text: str


@dataclass(frozen=True, slots=True)
class MadeRow:
    """One made-up row: SQL expressions by column, and which of them identify it."""

    table: QualifiedName
    values: Mapping[str, str]
    key: tuple[str, ...]
    marks: tuple[str, ...]
    """Texts by which the row is recognised in whatever comes back."""

    def insert(self, *, without: Sequence[str] = ()) -> str:
        """The INSERT of this row."""
        chosen = {c: v for c, v in self.values.items() if c not in without}
        if not chosen:
            return f"insert into {self.table.sql} default values"
        columns = ", ".join(quote_ident(c) for c in chosen)
        return f"insert into {self.table.sql} ({columns}) overriding system value values ({', '.join(chosen.values())})"

    def select(self) -> str:
        """A query that gives the values of this row, in the order of `values`."""
        return f"select {', '.join(self.values.values())}"

    def matches(self, alias: str) -> str:
        """A condition that is true of this row alone."""
        return " and ".join(f"{alias}.{quote_ident(c)} = {self.values[c]}" for c in self.key)


@dataclass
class Maker:
    """Makes rows for one run. `token` makes the marks of a run unlike those of any other."""

    catalog: Catalog
    tenancy: Tenancy
    token: str
    enums: Mapping[str, str] = field(default_factory=dict)
    """First label by enum type text."""

    def party(self, label: str) -> Party:
        """A tenant and its user, who does not exist yet."""
        o, u = self.tenancy.organizations, self.tenancy.users
        organization = self._key(o.key_type, label, "organization")
        user = self._key(u.key_type, label, "user")
        return Party(label, _literal(organization, o.key_type), organization, _literal(user, u.key_type), user)

    def _key(self, key_type: str, label: str, what: str) -> str:
        if key_type == "uuid":
            return str(self._uuid(label, what))
        if key_type in _WHOLE:
            return str(self._number(key_type, label, what))
        return f"{MARK}-{self.token}-{label}-{what}"[:60]

    def _uuid(self, *parts: str) -> uuid.UUID:
        return uuid.UUID(hashlib.sha256("|".join((self.token, *parts)).encode()).hexdigest()[:32], version=4)

    def _number(self, key_type: str, *parts: str) -> int:
        low, high = _WHOLE[key_type]
        digest = hashlib.sha256("|".join((self.token, *parts)).encode()).digest()
        return low + int.from_bytes(digest[:8], "big") % (high - low)

    def base_rows(self, party: Party) -> tuple[MadeRow, ...]:
        """User, organization and membership of a party, in this order."""
        t = self.tenancy
        o, m, u = t.organizations, t.memberships, t.users
        user = self._row(u.table, party, {u.key: party.user}, {})
        organization = self._row(o.table, party, {o.key: party.organization}, {})
        given = {m.user_column: party.user, m.organization_column: party.organization}
        if m.home_column:
            given[m.home_column] = "true"
        membership = self._row(m.table, party, given, {u.table: user, o.table: organization})
        return user, organization, membership

    def chain(self, entry: TenantTable) -> tuple[TenantTable, ...]:
        """The tenant tables a row of this one needs, itself last, parents first."""
        found: list[TenantTable] = []

        def visit(at: TenantTable, path: tuple[QualifiedName, ...]) -> None:
            table = self.catalog.by_name[at.name]
            for key in table.foreign_keys:
                parent = self.tenancy.by_name.get(key.references) if key.references else None
                if parent is not None and parent.name not in path and self._wanted(at, table, key):
                    visit(parent, (*path, parent.name))
            if at not in found:
                found.append(at)

        visit(entry, (entry.name,))
        return tuple(found)

    def _wanted(self, entry: TenantTable, table: Table, key: Constraint) -> bool:
        """Whether a row must or should name this parent: it cannot be null, or its tenant comes from there."""
        if key.references == table.name:
            return False
        needed = any((column := table.column(c)) is not None and column.not_null for c in key.columns)
        return needed or any(r.deriving and r.columns == key.columns for r in entry.references)

    def row(
        self, entry: TenantTable, party: Party, parents: Mapping[QualifiedName, MadeRow], *, turn: int = 0
    ) -> MadeRow:
        """A row of a tenant table; `turn` makes another one of the same party. Raises Impossible."""
        given = {entry.column: party.organization}
        users = self.tenancy.users
        table = self.catalog.by_name[entry.name]
        for derivation in entry.derivations:
            column = getattr(derivation, "column", None)
            if column is not None and column != entry.column and table.column(column) is not None:
                given[column] = party.user
        if table.name == users.table:
            given[users.key] = party.user
        return self._row(entry.name, party, given, parents, turn)

    def _row(
        self,
        name: QualifiedName,
        party: Party,
        given: Mapping[str, str],
        parents: Mapping[QualifiedName, MadeRow],
        turn: int = 0,
    ) -> MadeRow:
        table = self.catalog.by_name.get(name)
        if table is None:
            raise Impossible(f"{name} is not there")
        values: dict[str, str] = {}
        marks: list[str] = []
        referring = dict(self._references(table, parents))
        keys = {c for k in table.constraints if k.kind in _APART for c in k.columns}
        keys |= {c for i in table.indexes if i.unique for c in i.columns if c}
        checked = {c for k in table.constraints if k.kind is ConstraintKind.CHECK for c in k.columns}
        for column in table.columns:
            if column.generated:
                continue
            if column.name in given:
                values[column.name] = given[column.name]
            elif column.name in referring:
                values[column.name] = referring[column.name]
            elif self._may_leave_out(column, keys, checked):
                continue
            else:
                values[column.name] = self._value(column, table, party, turn)
            text = values[column.name].strip("'")
            if MARK in text or text in (party.organization_text, party.user_text) or column.name in table.primary_key:
                marks.append(text)
        return MadeRow(name, values, table.primary_key, tuple(m for m in marks if len(m) >= 12))

    @staticmethod
    def _may_leave_out(column: Column, keys: set[str], checked: set[str]) -> bool:
        if column.name in keys:
            return False
        if column.default is not None or column.identity:
            return True
        plain_text = (column.base_type or column.type) in ("text", "character varying") and column.name not in checked
        return not column.not_null and not plain_text

    def _references(self, table: Table, parents: Mapping[QualifiedName, MadeRow]) -> Iterator[tuple[str, str]]:
        for key in table.foreign_keys:
            assert key.references is not None
            parent = parents.get(key.references)
            for child, target in zip(key.columns, key.referenced_columns, strict=True):
                column = table.column(child)
                if parent is not None and target in parent.values and key.references != table.name:
                    yield child, parent.values[target]
                elif parent is None and column is not None and column.not_null and key.references != table.name:
                    # a shared table: any row of it will do
                    yield child, f"(select r.{quote_ident(target)} from {key.references.sql} r limit 1)"
                elif column is not None and not column.not_null:
                    yield child, "null"

    def _value(self, column: Column, table: Table, party: Party, turn: int) -> str:
        kind = column.base_type or column.type
        bare = kind.partition("(")[0]
        parts = (party.label, str(table.name), column.name, str(turn))
        if bare == "uuid":
            return f"'{self._uuid(*parts)}'"
        if bare in _WHOLE:
            return str(self._number(bare, *parts))
        if bare in ("text", "character varying", "character", "citext", "extensions.citext", "public.citext", "name"):
            short = hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]
            text = f"{MARK}-{party.label}-{self.token}-{short}"
            return quote_literal(_cut(text, kind, short)).strip()
        if bare in _CONSTANTS:
            return f"{_CONSTANTS[bare]}::{kind}"
        if bare.endswith("[]"):
            return f"'{{}}'::{kind}"
        if bare in _RANGES:
            number = self._number("smallint", *parts)
            return _RANGES[bare].format(n=number, day=f"('2900-01-01'::date + {number})")
        if bare.endswith(("range", "multirange")):
            return f"'{'{}' if bare.endswith('multirange') else 'empty'}'::{kind}"
        if kind in self.enums:
            return f"{quote_literal(self.enums[kind]).strip()}::{kind}"
        if not column.not_null:
            return "null"
        raise Impossible(f"no value is known for {table.name}.{column.name} of type {column.type}")


def _cut(text: str, kind: str, short: str) -> str:
    if "(" not in kind:
        return text
    room = int(kind.partition("(")[2].rstrip(")"))
    return text if len(text) <= room else (short * 8)[:room]


def _literal(text: str, key_type: str) -> str:
    return text if key_type in _WHOLE else quote_literal(text).strip()
