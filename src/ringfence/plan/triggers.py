"""The functions and triggers that give a tenant to what old code writes.

One function per table, generated with static SQL: a generic one would have to build its query for every row. They run
as their owner (old code may lack the right to read memberships, and legacy policies must not hide the parent), are
VOLATILE so that they see rows written earlier in the same statement, and never raise: an old write must not fail.
"""

from __future__ import annotations

from typing import assert_never

from ringfence.catalog.model import Table, TableKind
from ringfence.names import QualifiedName, bounded_name, quote_ident, quote_literal
from ringfence.plan import derive
from ringfence.plan.names import ours
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByColumn,
    AssignByMapping,
    AssignBySql,
    AssignOne,
    AssignPerUser,
    FoundingTenant,
    OwnColumn,
    Tenancy,
    TenantTable,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)

GUARD = "pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on'"
"""True everywhere but in a backfill batch, which brings the derived value itself and must not pay per row."""


def fill_function(entry: TenantTable) -> QualifiedName:
    """The name of the table's fill function."""
    return ours(bounded_name("fill", entry.name.schema, entry.name.name))


def settle_function(entry: TenantTable) -> QualifiedName:
    """The name of the function that repairs a quarantined row at commit."""
    return ours(bounded_name("settle", entry.name.schema, entry.name.name))


def choice_function(entry: TenantTable) -> QualifiedName:
    """The name of the function that remembers an explicit choice of the default tenant."""
    return ours(bounded_name("choice", entry.name.schema, entry.name.name))


def hold_function(entry: TenantTable) -> QualifiedName:
    """The name of the function that keeps every other column as it was during a backfill."""
    return ours(bounded_name("hold", entry.name.schema, entry.name.name))


def _function(name: QualifiedName, declare: str, body: str) -> str:
    return (
        f"create or replace function {name.sql}() returns trigger\n"
        "language plpgsql volatile security definer\n"
        "set search_path = pg_catalog, pg_temp\n"
        f"as $ringfence${declare}\nbegin\n{body}\nend\n$ringfence$"
    )


def create_fill(tenancy: Tenancy, entry: TenantTable) -> str:
    """The BEFORE ROW function: the derived tenant, unless new code chose one that its owner belongs to."""
    column = quote_ident(entry.column)
    lines: list[str] = []
    for derivation in entry.derivations:
        query = _lookup(tenancy, derivation)
        if query:
            lines.append(f"  if derived is null then\n    {query}\n  end if;")
    owners = derive.owner_columns(entry)
    quarantine = derive.quarantine_of(tenancy, entry)
    nobody = quarantine or "null"

    keep: list[str] = []
    if derive.explicit_possible(entry):
        if owners:
            owner = f"new.{quote_ident(owners[0])}"
            keep.append(
                f"  if given is not null and given is distinct from derived then\n"
                f"    if {owner} is null or exists (select from {derive.ACTIVE} m\n"
                f"        where m.user_key = {owner} and m.organization_key = given) then\n"
                f"      return new;  -- an explicit choice of the owner's own organizations\n"
                f"    end if;\n  end if;"
            )
        else:
            keep.append(
                "  if given is not null then\n    return new;  -- no parent and no owner contradicts it\n  end if;"
            )
    else:
        keep.append(
            "  if derived is null and given is not null then\n    return new;  -- no parent says otherwise\n  end if;"
        )
    own = ""
    if quarantine is not None:
        # a row that waits in quarantine is not a choice: it may be derivable by now
        own = f"  if given = {quarantine} then\n    given := null;\n  end if;\n"
    body = "\n".join(
        [own + "\n".join(lines), *keep, f"  new.{column} := coalesce(derived, {nobody});", "  return new;"]
    )
    declare = f"\ndeclare\n  derived {tenancy.type};\n  given {tenancy.type} := new.{column};"
    return _function(fill_function(entry), declare, body)


def _lookup(tenancy: Tenancy, derivation: object) -> str:
    match derivation:
        case OwnColumn(column):
            return f"derived := new.{quote_ident(column)};"
        case ThroughMembership(column):
            name = quote_ident(column)
            return f"select h.organization_key into derived from {derive.HOME} h where h.user_key = new.{name};"
        case ThroughForeignKey(path):
            first = path[0]
            joins: list[str] = []
            for step, hop in enumerate(path[1:], 2):
                on = " and ".join(
                    f"p{step}.{quote_ident(parent)} = p{step - 1}.{quote_ident(child)}"
                    for child, parent in zip(hop.columns, hop.parent_columns, strict=True)
                )
                joins.append(f" join {hop.parent.sql} p{step} on {on}")
            where = " and ".join(
                f"p1.{quote_ident(parent)} = new.{quote_ident(child)}"
                for child, parent in zip(first.columns, first.parent_columns, strict=True)
            )
            column = quote_ident(derive.last_column(tenancy, derivation))
            last = f"p{len(path)}"
            # FOR KEY SHARE waits for a transfer of the parent that is under way, as the foreign key would a moment
            # later; without it the old tenant would be copied and the tenant-consistent key would fail the write.
            return (
                f"select {last}.{column} into derived from {first.parent.sql} p1{''.join(joins)}\n"
                f"      where {where} for key share of {last};"
            )
        case FoundingTenant():
            assert tenancy.founding_key is not None
            return f"derived := {derive.tenant_literal(tenancy, tenancy.founding_key)};"
        case Unresolved():
            return ""
        case _:
            raise AssertionError(derivation)


def create_settle(tenancy: Tenancy, entry: TenantTable, table: Table) -> str | None:
    """The deferred function: at commit, when parents inserted later are there, an undecided row is derived again.

    None for a table without primary key, whose undecided rows wait for the next sweep.
    """
    if not table.primary_key:
        return None
    d = derive.derived(tenancy, entry, table)
    key = " and ".join(f"t.{quote_ident(c)} = new.{quote_ident(c)}" for c in table.primary_key)
    column = quote_ident(entry.column)
    quarantine = derive.quarantine_of(tenancy, entry)
    undecided = f"t.{column} is null" if quarantine is None else f"t.{column} = {quarantine}"
    body = (
        f"  update {entry.name.sql} u set {column} = s.tenant\n"
        f"  from (select {d.value} as tenant from {entry.name.sql} t\n  {d.joins}\n"
        f"        where {key} and {undecided}) s\n"
        f"  where {' and '.join(f'u.{quote_ident(c)} = new.{quote_ident(c)}' for c in table.primary_key)}\n"
        f"    and s.tenant is not null and u.{column} is distinct from s.tenant;\n"
        "  return null;"
    )
    return _function(settle_function(entry), "", body)


def create_choice(tenancy: Tenancy, entry: TenantTable, table: Table) -> str | None:
    """The AFTER ROW function that remembers that new code chose the very tenant which is also the fast default.

    Without it such a row could not be told from one that nobody decided on. None where no choice is possible.
    """
    key = derive.row_key(table, "new")
    if key is None or not derive.explicit_possible(entry) or derive.fast_default(tenancy, entry) is None:
        return None
    owners = derive.owner_columns(entry)
    if not owners:
        return None
    column = quote_ident(entry.column)
    owner = derive.owner_text(entry, "new")
    home = f"new.{quote_ident(owners[0])}"
    body = (
        f"  if not exists (select from {derive.HOME} h where h.user_key = {home}"
        f" and h.organization_key = new.{column}) then\n"
        f"    insert into {derive.CHOICES} (table_name, row_key, organization_key, owner_key)\n"
        f"    values ({quote_literal(str(entry.name))}, {key}, new.{column}::text, {owner})\n"
        "    on conflict (table_name, row_key) do update\n"
        "      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;\n"
        "  end if;\n  return null;"
    )
    return _function(choice_function(entry), "", body)


def create_carry(tenancy: Tenancy, entry: TenantTable, path: ThroughForeignKey, name: QualifiedName) -> str:
    """The AFTER UPDATE function on a path's last table that gives its new tenant to the rows that derive from it."""
    column = quote_ident(entry.column)
    tenant = f"new.{quote_ident(derive.last_column(tenancy, path))}"
    tables: list[str] = []
    conditions: list[str] = []
    here = "t"
    for number, hop in enumerate(path.path, 1):
        last = number == len(path.path)
        there = "new" if last else f"p{number}"
        if not last:
            tables.append(f"{hop.parent.sql} {there}")
        conditions += [
            f"{here}.{quote_ident(child)} = {there}.{quote_ident(parent)}"
            for child, parent in zip(hop.columns, hop.parent_columns, strict=True)
        ]
        here = there
    source = f" from {', '.join(tables)}" if tables else ""
    body = (
        f"  update {entry.name.sql} t set {column} = {tenant}{source}\n"
        f"  where {' and '.join(conditions)} and t.{column} is distinct from {tenant};\n"
        "  return null;"
    )
    return _function(name, "", body)


def create_hand_over(table: Table, name: QualifiedName) -> str:
    """The BEFORE UPDATE function of a table that rows follow by a carrying trigger, for an update of its tenant.

    A child that is being written holds its parent FOR KEY SHARE, and a tenant that belongs to no key would change all the
    same: the child, not yet to be seen, would keep the old one. FOR UPDATE waits for it, and makes the next one wait.
    """
    key = " and ".join(f"t.{quote_ident(c)} = old.{quote_ident(c)}" for c in table.primary_key)
    only = "" if table.kind is TableKind.PARTITIONED else "only "
    return _function(name, "", f"  perform 1 from {only}{table.name.sql} t where {key} for update;\n  return new;")


def create_hold(entry: TenantTable, table: Table) -> str:
    """The BEFORE UPDATE function that lets a backfill change the tenant column and nothing else (law 4.11).

    It runs after the application's own triggers and puts back whatever they changed, such as updated_at. Column by
    column: setting a field of a record copied from OLD crashes PostgreSQL 15.18 when OLD was stored before ADD COLUMN
    .. DEFAULT (16 and 18 are well), tried on all three.
    """
    kept = [quote_ident(c.name) for c in table.columns if c.name != entry.column and not c.generated]
    body = "".join(f"  new.{c} := old.{c};\n" for c in kept)
    return _function(hold_function(entry), "", body + "  return new;")


def assignment_select(tenancy: Tenancy, users_key: str = "u") -> str:
    """A SELECT of (user_key, key, name, home) over all users: which organization each belongs to by the rule."""
    users = tenancy.users
    uk = f"{users_key}.{quote_ident(users.key)}"
    own = f"'user:' || {uk}::text"
    from_users = f"from {users.table.sql} {users_key}"
    rule = tenancy.assignment
    match rule:
        case AssignOne():
            return (
                f"select {uk} as user_key, 'founding'::text as key, {quote_literal(tenancy.founding_name)}::text as name,"
                f" true as home\n{from_users}"
            )
        case AssignPerUser():
            return f"select {uk} as user_key, {own} as key, 'Personal organization'::text as name, true as home\n{from_users}"
        case AssignByColumn(column, email_domain, public_domains):
            value = f"{users_key}.{quote_ident(column)}::text"
            if email_domain:
                shared = f"nullif(lower(substring({value} from '@([^@[:space:]]+)$')), '')"
                listed = ", ".join(quote_literal(d) for d in public_domains)
                private = f"{shared} is null" + (f" or {shared} in ({listed})" if listed else "")
                prefix = "domain:"
            else:
                shared, private, prefix = value, f"nullif({value}, '') is null", "column:"
            return (
                f"select {uk} as user_key,\n"
                f"  case when {private} then {own} else '{prefix}' || {shared} end as key,\n"
                f"  case when {private} then 'Personal organization' else {shared} end as name,\n"
                f"  true as home\n{from_users}"
            )
        case AssignByMapping(_, otherwise):
            rest_key, rest_name = (
                ("'founding'::text", f"{quote_literal(tenancy.founding_name)}::text")
                if otherwise == "founding"
                else (own, "'Personal organization'::text")
            )
            return (
                f"select {uk} as user_key, coalesce('mapping:' || a.organization, {rest_key}) as key,\n"
                f"  coalesce(a.organization, {rest_name}) as name, coalesce(a.home, true) as home\n"
                f'{from_users} left join "ringfence"."assignment_mapping" a on a.user_key = {uk}::text'
            )
        case AssignBySql(query):
            return (
                f"select {uk} as user_key, coalesce('sql:' || q.organization::text, {own}) as key,\n"
                f"  coalesce(q.name::text, q.organization::text, 'Personal organization') as name,"
                f" coalesce(q.home, true) as home\n"
                f"{from_users} left join (\n{query.rstrip().rstrip(';')}\n) q on q.user_key::text = {uk}::text"
            )
        case AssignAdopted():
            raise AssertionError("adopted memberships are the application's; nothing is assigned")
        case _:
            assert_never(rule)


def given(tenancy: Tenancy) -> str:
    """A SELECT of (user_key, organization_key, name, home) with exactly one home per user, for CTE `given`."""
    return (
        "select user_key, organization_key, name,\n"
        "  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home\n"
        'from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted\n'
        f"from (\n{assignment_select(tenancy)}\n) a) g"
    )


def insert_organizations(tenancy: Tenancy) -> str:
    """The INSERT of the organizations in CTE `given`; one that exists already stays as people named it."""
    o = tenancy.organizations
    return (
        f"insert into {o.table.sql} ({quote_ident(o.key)}, {quote_ident(o.name_column or 'name')})\n"
        "select distinct on (organization_key) organization_key, name from given order by organization_key\n"
        "on conflict do nothing"
    )


def insert_memberships(tenancy: Tenancy) -> str:
    """The INSERT of the memberships in CTE `given`."""
    m = tenancy.memberships
    return (
        f"insert into {m.table.sql} ({quote_ident(m.user_column)}, {quote_ident(m.organization_column)},"
        f" {quote_ident(m.home_column or 'is_home')})\n"
        "select user_key, organization_key, home from given\non conflict do nothing"
    )


def create_sign_up(tenancy: Tenancy) -> str:
    """The AFTER INSERT function on users: organization and membership in the sign-up's own transaction (law 4.6)."""
    key = quote_ident(tenancy.users.key)
    body = (
        f"  with given as (\n{given(tenancy)}\n  where user_key = new.{key}\n"
        f"  ), made as (\n{insert_organizations(tenancy)}\n  )\n{insert_memberships(tenancy)};\n"
        "  return null;"
    )
    return _function(ours("assign_user"), "", body)
