"""The derived tenant of a row as SQL: joins and an expression, used alike by backfill, sweeps, counts and repairs.

One place decides what "the right tenant" means, so that the batch that fills, the check that judges and the trigger
that writes cannot disagree. The words of the decision:

- *derived*: the first derivation that gives a value; a remembered choice of the same owner comes before all of them.
- *explicit*: a tenant that new code wrote although another would be derived; valid when the row's owner is a member.
- *differs*: distinct from the derived tenant and not a valid explicit choice. Never "is null": the founding default
  makes no column null (ONLINE_DDL.md, "default kept beside an is-null trigger").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.tenancy.model import (
    FoundingTenant,
    InconsistentRule,
    OrphanRule,
    OwnColumn,
    Reference,
    Tenancy,
    TenantTable,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)

HOME = '"ringfence"."home_memberships"'
ACTIVE = '"ringfence"."active_memberships"'
CHOICES = '"ringfence"."tenant_choices"'


@dataclass(frozen=True, slots=True)
class DerivedSql:
    """The pieces of one table's derivation; `alias` names the table's own row in all of them."""

    joins: str
    value: str
    """Expression of the derived tenant, NULL when nothing says."""
    target: str
    """`value`, or the quarantine organization when the table's rule says so."""
    differs: str
    """Condition: the row's tenant must be changed to `target`."""
    orphan: str
    """Condition: nothing says whose row it is."""


def tenant_literal(tenancy: Tenancy, key: str) -> str:
    """An organization's key as a typed literal."""
    return f"{quote_literal(key)}::{tenancy.type}"


def row_key(table: Table, alias: str) -> str | None:
    """The text that identifies a row in our own tables: its primary key; None without one."""
    key = [f"{alias}.{quote_ident(c)}" for c in table.primary_key]
    match key:
        case []:
            return None
        case [single]:
            return f"{single}::text"
        case several:
            return f"row({', '.join(several)})::text"


def owner_columns(entry: TenantTable) -> tuple[str, ...]:
    """The columns that name a user, in the order they decide."""
    return tuple(d.column for d in entry.derivations if isinstance(d, ThroughMembership))


def explicit_possible(entry: TenantTable) -> bool:
    """Whether new code may choose a tenant other than the derived one: only where no parent row dictates it."""
    return all(isinstance(d, (ThroughMembership, FoundingTenant)) for d in entry.derivations)


def deriving_columns(entry: TenantTable) -> tuple[str, ...]:
    """The columns of the table itself whose change can change the tenant, each once."""
    found: list[str] = []
    for derivation in entry.derivations:
        match derivation:
            case OwnColumn(column) | ThroughMembership(column):
                columns: tuple[str, ...] = (column,)
            case ThroughForeignKey(path):
                columns = path[0].columns
            case FoundingTenant() | Unresolved():
                columns = ()
            case _:
                assert_never(derivation)
        found.extend(c for c in columns if c not in found and c != entry.column)
    return tuple(found)


def last_column(tenancy: Tenancy, path: ThroughForeignKey) -> str:
    """The column of the path's last table that holds the tenant."""
    parent = path.path[-1].parent
    if parent == tenancy.organizations.table:
        return tenancy.organizations.key
    return tenancy.by_name[parent].column


def derived(
    tenancy: Tenancy,
    entry: TenantTable,
    table: Table,
    alias: str = "t",
    *,
    remembered: bool = True,
    settled: bool = False,
) -> DerivedSql:
    """Compose joins and conditions for one table; raises nothing: an unresolved table never gets this far.

    `remembered=False` leaves remembered choices out of the decision, to find those worth remembering. `settled=True`
    judges after the fill, when a row that holds the fast default's organization holds it for good.
    """
    joins: list[str] = []
    values: list[str] = []
    for number, derivation in enumerate(entry.derivations, 1):
        match derivation:
            case OwnColumn(column):
                values.append(f"{alias}.{quote_ident(column)}")
            case ThroughMembership(column):
                name = f"d{number}"
                joins.append(f"left join {HOME} {name} on {name}.user_key = {alias}.{quote_ident(column)}")
                values.append(f"{name}.organization_key")
            case ThroughForeignKey(path):
                here = alias
                for step, hop in enumerate(path, 1):
                    name = f"d{number}_{step}"
                    on = " and ".join(
                        f"{name}.{quote_ident(parent)} = {here}.{quote_ident(child)}"
                        for child, parent in zip(hop.columns, hop.parent_columns, strict=True)
                    )
                    joins.append(f"left join {hop.parent.sql} {name} on {on}")
                    here = name
                values.append(f"{here}.{quote_ident(last_column(tenancy, derivation))}")
            case FoundingTenant():
                assert tenancy.founding_key is not None, "resolve refuses a founding derivation without founding key"
                values.append(tenant_literal(tenancy, tenancy.founding_key))
            case Unresolved():
                values.append(f"null::{tenancy.type}")
            case _:
                assert_never(derivation)

    column = f"{alias}.{quote_ident(entry.column)}"
    key = row_key(table, alias)
    owners = owner_columns(entry)
    explicit = explicit_possible(entry)
    if explicit and key is not None and remembered:
        owner = _owner_text(alias, owners)
        joins.append(
            f"left join {CHOICES} c on c.table_name = {quote_literal(str(entry.name))} and c.row_key = {key}"
            f" and c.owner_key is not distinct from {owner}"
        )
        values.insert(0, f"c.organization_key::{tenancy.type}")

    value = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
    quarantine = quarantine_of(tenancy, entry)
    target = value if quarantine is None else f"coalesce({value}, {quarantine})"
    if entry.inconsistent is InconsistentRule.QUARANTINE and quarantine is not None:
        torn: list[str] = []
        for number, reference in enumerate((r for r in entry.references if not r.deriving), 1):
            name = f"r{number}"
            joins.append(f"left join {reference.parent.sql} {name} on {matches(reference, name, alias)}")
            other = f"{name}.{quote_ident(tenancy.by_name[reference.parent].column)}"
            torn.append(f"{other} <> {value}")
        if torn:
            target = f"case when {' or '.join(torn)} then {quarantine} else {target} end"
    default = None if settled else fast_default(tenancy, entry)
    marks = [m for m in (default, quarantine) if m is not None]
    unset = f"{column} is null" + (f" or {column} in ({', '.join(marks)})" if marks else "")
    differs = f"{column} is distinct from {target}"
    if explicit:
        chosen = ["c.row_key is not null"] if key is not None and remembered else []
        strangers = [
            f"({alias}.{quote_ident(o)} is not null and not exists (select from {ACTIVE} m"
            f" where m.user_key = {alias}.{quote_ident(o)} and m.organization_key = {column}))"
            for o in owners[:1]
        ]
        differs += f" and ({' or '.join([unset, *chosen, *strangers])})"
    # a row whose parent is gone keeps the tenant it had: only one that never got any is an orphan
    differs += f" and {value} is not null" if quarantine is None else f" and ({value} is not null or {unset})"
    orphan = f"{value} is null and ({unset})"
    return DerivedSql("\n  ".join(joins), value, target, differs, orphan)


def matches(reference: Reference, parent: str, child: str) -> str:
    """The join condition of a reference between two aliases."""
    return " and ".join(
        f"{parent}.{quote_ident(p)} = {child}.{quote_ident(c)}"
        for c, p in zip(reference.columns, reference.parent_columns, strict=True)
    )


def inconsistent_rows(tenancy: Tenancy, entry: TenantTable, table: Table, reference: Reference) -> str:
    """SQL that names up to 20 rows that refer to a row of another tenant, as (subject, detail)."""
    key = row_key(table, "t") or "t.ctid::text"
    own, other = quote_ident(entry.column), quote_ident(tenancy.by_name[reference.parent].column)
    return (
        f"select {quote_literal(str(entry.name) + ' row ')} || {key} as subject,\n"
        f"  'belongs to ' || t.{own}::text || ' and refers to a row of {_plain(str(reference.parent))} that belongs to '"
        f" || p.{other}::text as detail\n"
        f"from {entry.name.sql} t join {reference.parent.sql} p on {matches(reference, 'p', 't')}\n"
        f"where p.{other} <> t.{own}\nlimit 20"
    )


def _plain(text: str) -> str:
    return text.replace("'", "''")


def _owner_text(alias: str, owners: tuple[str, ...]) -> str:
    match [f"{alias}.{quote_ident(o)}::text" for o in owners]:
        case []:
            return "null::text"
        case [single]:
            return single
        case several:
            return f"coalesce({', '.join(several)})"


def owner_text(entry: TenantTable, alias: str) -> str:
    """The row's owner as text, the form in which a remembered choice is bound to its owner."""
    return _owner_text(alias, owner_columns(entry))


def quarantine_of(tenancy: Tenancy, entry: TenantTable) -> str | None:
    """The quarantine organization as literal where the table's orphans go there, else None."""
    if entry.orphans is OrphanRule.STOP or tenancy.quarantine_key is None:
        return None
    return tenant_literal(tenancy, tenancy.quarantine_key)


def fast_default(tenancy: Tenancy, entry: TenantTable) -> str | None:
    """The constant that ADD COLUMN gives to every present row without writing it, as literal; None: no default."""
    if entry.column_exists or entry.founding is None:
        return None
    return tenant_literal(tenancy, entry.founding)


def rest_of_row(table: Table, alias: str, without: str) -> str:
    """Every stored column but one as a row value, to be compared as images (record_image_eq) before and after a batch."""
    parts = [f"{alias}.{quote_ident(c.name)}" for c in table.columns if c.name != without and c.generated != "v"]
    return f"row({', '.join(parts)})"


def remember_choices(tenancy: Tenancy, entry: TenantTable, table: Table, *, of_default: bool) -> str | None:
    """SQL that remembers rows whose tenant somebody chose, before the column goes; None where no choice is possible.

    A row that holds the fast default's organization is a choice only once the fill is over (`of_default`): before, it
    is a row nobody has looked at, and to remember it would put everything into one tenant when the phase is applied
    again. While the fill runs a trigger remembers such choices one by one.
    """
    key = row_key(table, "t")
    default = fast_default(tenancy, entry)
    if key is None or not explicit_possible(entry) or entry.column_exists or (of_default and default is None):
        return None
    d = derived(tenancy, entry, table, remembered=False)
    column = f"t.{quote_ident(entry.column)}"
    apart = [m for m in (quarantine_of(tenancy, entry), default) if m is not None]
    if of_default:
        wanted = f"{column} = {default}"
    else:
        wanted = f"{column} is not null" + (f" and {column} not in ({', '.join(apart)})" if apart else "")
    return (
        f"insert into {CHOICES} (table_name, row_key, organization_key, owner_key)\n"
        f"select {quote_literal(str(entry.name))}, {key}, {column}::text, {owner_text(entry, 't')}\n"
        f"from {entry.name.sql} t\n  {d.joins}\n"
        f"where {wanted} and {column} is distinct from {d.value}\n"
        f"on conflict (table_name, row_key) do update\n"
        f"  set organization_key = excluded.organization_key, owner_key = excluded.owner_key"
    )


def named_too(table: Table, without: str, repeated: Sequence[str]) -> tuple[str, ...]:
    """Columns of plain non-unique indexes whose values repeat, which a batch names in SET without changing them.

    A B-tree none of whose columns an UPDATE names tries to delete old versions from its leaf pages first (bottom-up
    deletion, PostgreSQL 14), page after page in vain while a backfill is at work: two fifths of the time. Naming them
    skips that; batches became 1.6 times faster and the index grew no more. Where values hardly repeat (a time stamp)
    the index would grow, so those are left out. Values stay the same, so HOT, key locks and foreign keys do not
    notice; columns of unique indexes would take the stronger row lock, and triggers that fire for the named columns in
    spite of the replica role forbid it altogether.
    """
    if table.partition_of is not None or any(t.enabled in ("A", "R") and "update" in t.events for t in table.triggers):
        return ()
    unique = {c for i in table.indexes if i.unique for c in i.columns}
    wanted = {c for i in table.indexes if not i.unique and i.plain and i.method == "btree" for c in i.columns}
    return tuple(
        c.name
        for c in table.columns
        if c.name in wanted - unique and c.name in repeated and c.name != without and not c.generated and not c.identity
    )


def stripe(table: Table, alias: str) -> str:
    """The condition that picks one of %(passes)s stripes of a page chunk.

    By key where it is one whole number (neighbours on a page fall into different stripes), else by the row's place.
    The result goes through `bindable`.
    """
    key = table.primary_key
    column = table.column(key[0]) if len(key) == 1 else None
    if column is not None and (column.base_type or column.type) in ("smallint", "integer", "bigint"):
        return f"abs({alias}.{quote_ident(column.name)} % {parameter('passes')}::int) = {parameter('stripe')}::int"
    return f"abs(pg_catalog.hashtid({alias}.ctid) % {parameter('passes')}::int) = {parameter('stripe')}::int"


def parameter(name: str) -> str:
    """A mark for a bound value, turned into the driver's form by `bindable`; a NUL cannot occur in SQL."""
    return f"\x00{name}\x00"


def bindable(sql: str) -> str:
    """SQL text with the driver's %(name)s in place of marks; every other % (in names, operators) is doubled."""
    parts = sql.split("\x00")
    return "".join(f"%({part})s" if odd else part.replace("%", "%%") for odd, part in zip(_odd(), parts, strict=False))


def _odd() -> Iterator[bool]:
    while True:
        yield False
        yield True


def differing_count(tenancy: Tenancy, entry: TenantTable, table: Table, relation: QualifiedName) -> str:
    """SQL that counts the rows of one relation whose tenant must still change."""
    d = derived(tenancy, entry, table)
    return f"select count(*) as rows from only {relation.sql} t\n  {d.joins}\nwhere {d.differs}"


def differing_rows(tenancy: Tenancy, entry: TenantTable, table: Table, relation: QualifiedName) -> str:
    """SQL that names up to 20 rows whose tenant must still change after the fill, as (subject, detail)."""
    d = derived(tenancy, entry, table, settled=True)
    key = row_key(table, "t") or "t.ctid::text"
    return (
        f"select {quote_literal(str(relation) + ' row ')} || {key} as subject,\n"
        f"  'has ' || coalesce(t.{quote_ident(entry.column)}::text, 'no tenant') || ', derived is '"
        f" || coalesce({d.target}::text, 'nothing') as detail\n"
        f"from only {relation.sql} t\n  {d.joins}\nwhere {d.differs}\nlimit 20"
    )


def orphan_rows(tenancy: Tenancy, entry: TenantTable, table: Table, relation: QualifiedName) -> str:
    """SQL that names up to 20 rows whose tenant nothing says, as (subject, detail)."""
    d = derived(tenancy, entry, table)
    key = row_key(table, "t") or "t.ctid::text"
    return (
        f"select {quote_literal(str(relation) + ' row ')} || {key} as subject,\n"
        f"  'no derivation gives it a tenant' as detail\n"
        f"from only {relation.sql} t\n  {d.joins}\nwhere {d.orphan}\nlimit 20"
    )
