"""Phase 1, expand: organizations, memberships and the tenant column appear; old code notices nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.catalog.model import Catalog, Table, TableKind, Trigger
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import ddl, derive, triggers
from ringfence.plan.ddl import plain, short
from ringfence.plan.family import members
from ringfence.plan.model import (
    Check,
    Facts,
    Gate,
    LockMode,
    NothingToUndo,
    Phase,
    Statement,
    Step,
    TableAdded,
    Transaction,
    TriggerAdded,
    UndoWith,
)
from ringfence.plan.names import SIGN_UP, ours, sorted_first
from ringfence.tenancy.model import AssignAdopted, Tenancy


def build(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> Phase:
    """Make phase 1 from the tables as they are."""
    steps: list[Step] = []
    if not tenancy.organizations.adopted:
        steps.append(organizations(tenancy, catalog))
    if not tenancy.memberships.adopted:
        steps.append(memberships(tenancy, catalog))
    steps.append(views(tenancy))
    if not tenancy.organizations.adopted:
        steps.append(founding(tenancy))
    if not isinstance(tenancy.assignment, AssignAdopted):
        steps.append(sign_up(tenancy, catalog, facts))
    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        family = members(catalog, entry.name)
        hold = needs_hold(table, family, facts)
        steps.append(ddl.fill_functions(tenancy, entry, table, hold))
        steps.append(ddl.tenant_column(tenancy, entry, table, family, hold))
    steps.append(decisions(tenancy, catalog))
    return Phase(
        number=1,
        name="expand",
        title="client column with defaults on every tenant table, organizations, memberships",
        entry=Gate("expand/entry", ()),
        steps=tuple(steps),
        exit=Gate("expand/exit", (triggers_live(tenancy, catalog),)),
        back=Gate("expand/back", (column_readers(tenancy),)),
    )


def needs_hold(table: Table, family: Sequence[Table], facts: Facts) -> bool:
    """Whether the application's own UPDATE triggers must be kept from changing rows in a backfill.

    The replica role switches ordinary triggers off; where it is not allowed, or a trigger fires in spite of it, a
    trigger of ours puts the other columns back.
    """
    own = [
        t
        for holder in (table, *family)
        for t in holder.triggers
        if t.timing == "before" and t.for_each_row and "update" in t.events and t.enabled != "D"
    ]
    if not own:
        return False
    return not facts.replica_role_allowed or any(t.enabled in ("A", "R") for t in own)


def organizations(tenancy: Tenancy, catalog: Catalog) -> Step:
    """The organizations table; row security is on from its first moment, since its schema may be open to an API."""
    o = tenancy.organizations
    key = quote_ident(o.key)
    statements = [
        plain(
            f"create table {o.table.sql} (\n"
            f"  {key} uuid primary key default pg_catalog.gen_random_uuid(),\n"
            f"  {quote_ident(o.name_column or 'name')} text not null,\n"
            f"  created_at timestamptz not null default pg_catalog.now()\n)"
        ),
        plain(f"alter table {o.table.sql} enable row level security"),
        *(_closed(o.table, tenancy)),
    ]
    return Step(
        id="expand/organizations",
        title=f"table {o.table}",
        action=Transaction(tuple(statements)),
        undo=UndoWith((Transaction((plain(f"drop table if exists {o.table.sql}"),)),)),
        table=o.table,
        effect=(TableAdded(Table(o.table, TableKind.ORDINARY, (), catalog.current_user)),),
        needs=(ddl.schema_privilege(o.table.schema),),
        proves="organizations can be named, by nobody but the owner and the service role",
    )


def _closed(table: QualifiedName, tenancy: Tenancy) -> list[Statement]:
    # default privileges (Supabase grants ALL to anon) would let any caller give himself a membership
    roles = ", ".join(["public", *(quote_ident(r) for r in tenancy.request_roles)])
    return [plain(f"revoke all on table {table.sql} from {roles}")]


def memberships(tenancy: Tenancy, catalog: Catalog) -> Step:
    """The memberships table: a user may belong to several organizations, exactly one of them is home."""
    m, o, u = tenancy.memberships, tenancy.organizations, tenancy.users
    user, organization = quote_ident(m.user_column), quote_ident(m.organization_column)
    home = quote_ident(m.home_column or "is_home")
    limits = tenancy.limits
    foreign = (
        f"alter table {m.table.sql} add constraint {quote_ident(m.table.name[:40] + '_user_fkey')} foreign key ({user})"
        f" references {u.table.sql} ({quote_ident(u.key)}) on update cascade on delete cascade"
    )
    statements = [
        plain(
            f"create table {m.table.sql} (\n"
            f"  {user} {u.key_type} not null,\n"
            f"  {organization} {o.key_type} not null references {o.table.sql} ({quote_ident(o.key)}),\n"
            f"  role text not null default 'member',\n"
            f"  {home} boolean not null default false,\n"
            f"  created_at timestamptz not null default pg_catalog.now(),\n"
            f"  primary key ({user}, {organization})\n)"
        ),
        plain(
            f"create unique index {quote_ident(m.table.name[:40] + '_home_key')} on {m.table.sql} ({user}) where {home}"
        ),
        plain(
            f"create index {quote_ident(m.table.name[:40] + '_members_idx')} on {m.table.sql} ({organization}, {user})"
        ),
        plain(f"alter table {m.table.sql} enable row level security"),
        *_closed(m.table, tenancy),
        # last, because it alone locks a table that people use; the table is empty, so nothing is checked under it
        short(limits, foreign, LockMode.SHARE_ROW_EXCLUSIVE, u.table, hazards=(ddl.H1, ddl.H14)),
    ]
    drop = short(
        limits, f"drop table if exists {m.table.sql}", LockMode.ACCESS_EXCLUSIVE, u.table, hazards=(ddl.H1, ddl.H14)
    )
    return Step(
        id="expand/memberships",
        title=f"table {m.table}",
        action=Transaction(tuple(statements)),
        undo=UndoWith((Transaction((drop,)),)),
        table=m.table,
        effect=(TableAdded(Table(m.table, TableKind.ORDINARY, (), catalog.current_user)),),
        needs=(ddl.schema_privilege(m.table.schema), ddl.table_privilege(u.table, "REFERENCES")),
        proves="a user can belong to several organizations, one of them home",
    )


def views(tenancy: Tenancy) -> Step:
    """Two views with fixed names hide whether memberships were created or adopted."""
    m = tenancy.memberships
    user, organization = f"m.{quote_ident(m.user_column)}", f"m.{quote_ident(m.organization_column)}"
    active = f" and ({m.active_condition})" if m.active_condition else ""
    known = f"{user} is not null and {organization} is not null"
    if m.adopted:
        order = [user]
        if m.home_column:
            order.append(f"(m.{quote_ident(m.home_column)} is true) desc")
        order += [f"m.{quote_ident(c)}" for c in m.home_order]
        order.append(organization)
        home = (
            f"select distinct on ({user}) {user} as user_key, {organization} as organization_key\n"
            f"from {m.table.sql} m where {known}{active}\norder by {', '.join(order)}"
        )
    else:
        home = (
            f"select {user} as user_key, {organization} as organization_key\n"
            f"from {m.table.sql} m where m.{quote_ident(m.home_column or 'is_home')}"
        )
    everyone = (
        f"select {user} as user_key, {organization} as organization_key\nfrom {m.table.sql} m where {known}{active}"
    )
    return Step(
        id="expand/views",
        title="one way to ask for a user's organizations",
        action=Transaction(
            (
                plain(f"create or replace view {derive.HOME} as\n{home}"),
                plain(f"create or replace view {derive.ACTIVE} as\n{everyone}"),
            )
        ),
        undo=UndoWith((Transaction((plain(f"drop view if exists {derive.HOME}, {derive.ACTIVE}"),)),)),
        needs=(ddl.table_privilege(m.table, "SELECT"),),
        proves="home and active memberships are defined once",
    )


def founding(tenancy: Tenancy) -> Step:
    """The founding and the quarantine organization, and what a former run left: organizations and memberships."""
    o, m, u = tenancy.organizations, tenancy.memberships, tenancy.users
    key, name = quote_ident(o.key), quote_ident(o.name_column or "name")
    rows = [(tenancy.founding_key, tenancy.founding_name), (tenancy.quarantine_key, "Quarantine")]
    values = ", ".join(f"({quote_literal(k)}, {quote_literal(n)})" for k, n in rows if k is not None)
    statements = [
        plain(f"insert into {o.table.sql} ({key}, {name}) values {values} on conflict do nothing"),
        plain(
            f"insert into {o.table.sql}\n"
            f"select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::{o.table.sql}, k.document) r\n"
            f"where k.table_name = {quote_literal(str(o.table))} on conflict do nothing",
            timeout_ms=600_000,
        ),
    ]
    if not m.adopted:
        statements.append(
            plain(
                f"insert into {m.table.sql}\n"
                f"select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::{m.table.sql}, k.document) r\n"
                f"where k.table_name = {quote_literal(str(m.table))}\n"
                f"  and exists (select from {u.table.sql} u where u.{quote_ident(u.key)} = r.{quote_ident(m.user_column)})\n"
                f"on conflict do nothing",
                timeout_ms=600_000,
            )
        )
    return Step(
        id="expand/founding",
        title="the founding organization, the quarantine, and what a former run had decided",
        action=Transaction(tuple(statements)),
        undo=NothingToUndo("the rows go with their tables; expand/decisions keeps them first"),
        proves="decisions survive a revert",
    )


def sign_up(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> Step:
    """New users get organization and membership in their sign-up transaction, before the application's own triggers."""
    u = tenancy.users
    limits = tenancy.limits
    users = catalog.by_name[u.table]
    name = sorted_first(users, SIGN_UP)
    function = ours("assign_user")
    aside = [ddl.step_aside(limits, u.table)] if str(u.table) in facts.may_lock else []
    create = f"create trigger {quote_ident(name)} after insert on {u.table.sql} for each row execute function {function.sql}()"
    # hosted Supabase lets its postgres role create a trigger on auth.users but not drop it, since another role owns the
    # table; a function takes its triggers along whoever owns the table
    drop = f"drop function if exists {function.sql}() cascade"
    return Step(
        id="expand/sign_up",
        title=f"whoever signs up in {u.table} gets an organization at once",
        action=Transaction(
            (
                plain(triggers.create_sign_up(tenancy)),
                plain(f"revoke all on function {function.sql}() from public"),
                *aside,
                short(limits, create, LockMode.SHARE_ROW_EXCLUSIVE, u.table),
            )
        ),
        undo=UndoWith(
            (
                Transaction(
                    (
                        *aside,
                        short(limits, drop, LockMode.ACCESS_EXCLUSIVE, u.table),
                    )
                ),
            )
        ),
        table=u.table,
        effect=(TriggerAdded(u.table, Trigger(name, "", function, "after", ("insert",), True)),),
        needs=(ddl.table_privilege(u.table, "TRIGGER"), ddl.table_privilege(u.table, "SELECT")),
        proves="no user is without organization from here on",
    )


def decisions(tenancy: Tenancy, catalog: Catalog) -> Step:
    """Does nothing on the way forward; on the way back it is the first to run and keeps what people decided."""
    keep: list[Statement] = []
    hour = 3_600_000
    for table, key in _ours_with_decisions(tenancy):
        keep.append(
            plain(
                f"insert into ringfence.kept_rows (table_name, row_key, document)\n"
                f"select {quote_literal(str(table))}, {key}, pg_catalog.to_jsonb(t) from {table.sql} t\n"
                f"on conflict (table_name, row_key) do update set document = excluded.document",
                timeout_ms=hour,
            )
        )
    for entry in tenancy.tables:
        choices = derive.remember_choices(tenancy, entry, catalog.by_name[entry.name], of_default=False)
        if choices is not None:
            keep.append(plain(choices, timeout_ms=hour))
    undo = UndoWith((Transaction(tuple(keep)),)) if keep else NothingToUndo("there is nothing that people could decide")
    return Step(
        id="expand/decisions",
        title="what people decide from here on is kept when the phase is reverted",
        action=Transaction(()),
        undo=undo,
        proves="organizations, memberships and moved rows survive revert and re-apply",
    )


def _ours_with_decisions(tenancy: Tenancy) -> list[tuple[QualifiedName, str]]:
    found: list[tuple[QualifiedName, str]] = []
    o, m = tenancy.organizations, tenancy.memberships
    if not o.adopted:
        found.append((o.table, f"t.{quote_ident(o.key)}::text"))
    if not m.adopted:
        found.append((m.table, f"row(t.{quote_ident(m.user_column)}, t.{quote_ident(m.organization_column)})::text"))
    return found


def triggers_live(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Every tenant table has its column and enabled fill triggers, as read back from the catalog."""
    wanted: list[str] = []
    for entry in tenancy.tables:
        for holder in (catalog.by_name[entry.name], *members(catalog, entry.name)):
            if holder.kind is TableKind.FOREIGN:
                continue
            wanted.append(f"({quote_literal(holder.name.sql)}, {quote_literal(entry.column)})")
    values = ", ".join(wanted) or "(null, null)"
    return Check(
        code="RFG-FILL",
        title="column and fill triggers stand on every tenant table",
        sql=(
            f"select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail\n"
            f"from (values {values}) w (t, c)\n"
            f"where w.t is not null and (not exists (select from pg_catalog.pg_attribute a\n"
            f"    where a.attrelid = pg_catalog.to_regclass(w.t) and a.attname = w.c and not a.attisdropped)\n"
            f"  or (select count(*) from pg_catalog.pg_trigger g where g.tgrelid = pg_catalog.to_regclass(w.t)\n"
            f"    and g.tgname ~ 'zzz_ringfence_fill_(insert|update)$' and g.tgenabled in ('O', 'A')) < 2)"
        ),
        hint="somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply",
    )


def column_readers(tenancy: Tenancy) -> Check:
    """Clients whose statements name the tenant column would break when it goes."""
    return Check(
        code="RFG-COLUMN-IN-USE",
        title="no connected client uses the tenant column",
        sql=(
            "select pg_catalog.format('%s (%s), pid %s', a.usename, a.application_name, a.pid) as subject,\n"
            "  'its last statement names the tenant column' as detail\n"
            "from pg_catalog.pg_stat_activity a\n"
            "where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()\n"
            "  and a.application_name not like 'ringfence%' and a.backend_type = 'client backend'\n"
            f"  and pg_catalog.strpos(a.query, {quote_literal(tenancy.column)}) > 0\n"
            "limit 20"
        ),
        hint="stop or roll back the new version of the application first; it reads a column that is about to go",
        acceptable=True,
    )
