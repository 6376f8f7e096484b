"""The gates of phase 6: nobody is overlooked before the first table is enforced, and all of it stands afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName, quote_literal
from ringfence.plan.enforcing.inventory import Reader
from ringfence.plan.enforcing.replication import replication
from ringfence.plan.enforcing.tables import BREAK_GLASS, protected, relations
from ringfence.plan.model import Check
from ringfence.plan.names import ASKED, FLOOR
from ringfence.tenancy.decisions import JOB, ROLE
from ringfence.tenancy.isolation import Isolation, Way
from ringfence.tenancy.model import Tenancy

CRON_JOBS = QualifiedName("cron", "job")
SERVER_FILES = "'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'"
"""Predefined roles whose members reach the data directory, where there is no row security."""
NOBODY = "select null::text as subject, null::text as detail where false"


def entry_checks(
    tenancy: Tenancy, isolation: Isolation, catalog: Catalog, readers: Sequence[Reader]
) -> Iterator[Check]:
    """What must be decided or true before FORCE: silently empty is worse than an error (law 5.7)."""
    yield undecided(readers)
    if catalog.table(CRON_JOBS) is not None:
        yield jobs(isolation)
    yield logins(tenancy, isolation, catalog)
    yield dumps(tenancy, isolation, catalog)
    yield wider_roles(tenancy, isolation, catalog)
    yield memberships_closed(tenancy, catalog)
    yield replication(tenancy, catalog)


def exit_checks(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Iterator[Check]:
    """What the real catalog must say afterwards, asked apart from the steps that made it so."""
    yield enforced(tenancy, isolation, catalog)
    yield grants(tenancy, catalog)
    yield unprotected(tenancy, catalog)
    yield defaults(tenancy, catalog)
    yield dumps(tenancy, isolation, catalog)


# --- before ------------------------------------------------------------------------------------------------------


def undecided(readers: Sequence[Reader]) -> Check:
    """Every reader and writer without a tenant has a way to go on."""
    waiting = [reader for reader in readers if reader.way is None]
    values = ",\n  ".join(f"({quote_literal(r.key)}, {quote_literal(_told(r))})" for r in waiting)
    return Check(
        code="RFG-CONTEXTLESS",
        title="every reader and writer without a tenant has a way to go on",
        sql=f"select subject, detail from (values\n  {values}) w (subject, detail)" if waiting else NOBODY,
        hint=(
            'decide on each in ringfence.toml: [contextless."NAME"] way = "...", reason = "...", then'
            " ringfence plan --amend and ringfence apply --amend"
        ),
    )


def _told(reader: Reader) -> str:
    ways = " | ".join(way.value for way in reader.ways)
    return f"{reader.kind.value}: {reader.why}; way = {ways}"


def jobs(isolation: Isolation) -> Check:
    """Scheduled jobs (pg_cron) run without a tenant as the role that scheduled them."""
    decided = ", ".join(
        quote_literal(key.removeprefix(JOB)) for key in sorted(isolation.decisions) if key.startswith(JOB)
    )
    bypass = ", ".join(
        quote_literal(key.removeprefix(JOB))
        for key, decision in sorted(isolation.decisions.items())
        if key.startswith(JOB) and decision.way is Way.BYPASS
    )
    name = "coalesce(j.jobname::text, j.jobid::text)"
    sql = (
        f"select {name} as subject, 'runs as ' || j.username || ' and nobody has said how: {JOB}' || {name} as detail\n"
        f'from "cron"."job" j where j.active and j.database = pg_catalog.current_database()'
        f"{f' and {name} not in ({decided})' if decided else ''}"
    )
    if bypass:
        sql += (
            f"\nunion all\nselect {name}, 'is to see every tenant, but row security binds ' || j.username\n"
            f'from "cron"."job" j join pg_catalog.pg_roles r on r.rolname = j.username::name\n'
            f"where j.active and not (r.rolsuper or r.rolbypassrls) and {name} in ({bypass})"
        )
    return Check(
        code="RFG-JOBS",
        title="every scheduled job has a way to go on",
        sql=f"{sql}\nlimit 100",
        hint='[contextless."job:NAME"] way = "bypass" | "per_tenant" | "tenant", reason = "..."',
        acceptable=True,
    )


def logins(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Check:
    """Logins beside the request traffic, such as reporting, that row security will bind from now on."""
    known = {
        *tenancy.request_roles,
        *tenancy.service_roles,
        *tenancy.gateways,
        *isolation.break_glass,
        isolation.owner,
        BREAK_GLASS,
        catalog.current_user,
        *(key.removeprefix(ROLE) for key in isolation.decisions if key.startswith(ROLE)),
    }
    names = ", ".join(quote_literal(n) for n in sorted(known))
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    return Check(
        code="RFG-LOGINS",
        title="every login that may use tenant tables has a way to go on",
        sql=(
            f"select '{ROLE}' || r.rolname as subject,\n"
            "  'may use ' || pg_catalog.min(t.t) || ' and brings no tenant: every statement on it would fail' as detail\n"
            "from pg_catalog.pg_roles r\n"
            f"cross join (values {_tables(tenancy, catalog)}) t (t)\n"
            f"where r.rolcanlogin and not r.rolsuper and not r.rolbypassrls and r.rolname not in ({names})\n"
            "  and pg_catalog.to_regclass(t.t) is not null\n"
            # a login that inherits nothing has what it can become; one that loads rows needs a tenant as one that reads them
            "  and exists (select from pg_catalog.pg_roles g where pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')\n"
            "    and not g.rolsuper and not g.rolbypassrls\n"
            "    and (pg_catalog.has_table_privilege(g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE, DELETE')\n"
            "      or pg_catalog.has_any_column_privilege("
            "g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE')))\n"
            "  and not exists (select from pg_catalog.pg_roles q\n"
            f"    where q.rolname in ({request}) and pg_catalog.pg_has_role(r.oid, q.oid, 'MEMBER'))\n"
            "  and exists (select from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()\n"
            "    and pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT'))\n"
            "group by r.rolname\nlimit 100"
        ),
        hint=(
            '[roles] request = [..] for the logins of your application, or for others: [contextless."role:NAME"]'
            ' way = "bypass" | "tenant" | "per_tenant", reason = "..."'
        ),
        acceptable=True,
    )


def dumps(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Check:
    """A dump by a role that row security binds fails, or would lose rows: pg_dump sets row_security = off."""
    role = "current_user" if isolation.dump_role is None else quote_literal(isolation.dump_role)
    return Check(
        code="RFG-DUMPS",
        title="the role that makes dumps still sees every row",
        sql=(
            "select r.rolname::text as subject, 'row security binds it: pg_dump would fail' as detail\n"
            f"from pg_catalog.pg_roles r where r.rolname = {role} and not (r.rolsuper or r.rolbypassrls)\n"
            "union all\n"
            f"select t.t, {role}::text || ' may not read it'\n"
            f"from (values {_tables(tenancy, catalog)}) t (t)\n"
            "where pg_catalog.to_regclass(t.t) is not null\n"
            f"  and not pg_catalog.has_table_privilege({role}, pg_catalog.to_regclass(t.t)::oid, 'SELECT')\nlimit 100"
        ),
        hint='[isolation] dump_role = "..." names the role that makes your dumps; it needs BYPASSRLS and pg_read_all_data',
    )


def wider_roles(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Check:
    """A request role that is a member of something wider can become it (R3, R7)."""
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    owners = {t.owner for _, t in relations(tenancy, catalog)}
    wide = ", ".join(quote_literal(n) for n in sorted({*tenancy.service_roles, isolation.owner, *owners}))
    return Check(
        code="RFG-WIDER-ROLES",
        title="no request role is a member of a role that passes row security or owns tenant tables",
        sql=(
            "select r.rolname::text as subject, 'is a member of ' || w.rolname as detail\n"
            "from pg_catalog.pg_roles r join pg_catalog.pg_roles w on w.oid <> r.oid\n"
            f"where r.rolname in ({request}) and (w.rolsuper or w.rolbypassrls or w.rolname in ({wide}))\n"
            "  and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')\n"
            "union all\n"
            "select r.rolname::text, case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'has BYPASSRLS'\n"
            "  when r.rolreplication then 'has REPLICATION, and streams every table'\n"
            "  else 'has CREATEROLE, and may give itself other roles' end\n"
            f"from pg_catalog.pg_roles r where r.rolname in ({request})\n"
            "  and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication)\n"
            "union all\n"
            "select r.rolname::text, 'is a member of ' || w.rolname || ', and reads the files of every table'\n"
            f"from pg_catalog.pg_roles r join pg_catalog.pg_roles w on w.rolname in ({SERVER_FILES})\n"
            f"where r.rolname in ({request}) and not r.rolsuper and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')\n"
            "limit 100"
        ),
        hint="revoke the membership: no policy holds for a role that can become another",
        acceptable=True,
    )


def memberships_closed(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Whoever may write memberships gives himself any tenant (P14, P16).

    Row security alone is no answer: `user_id = auth.uid()`, which many have, lets everybody add himself to any
    organization. So each policy that lets a request role write there is named, and a person looks at it. Where the
    memberships are a tenant table themselves the floor ties them to the caller's own organization.
    """
    m = tenancy.memberships.table
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    relation = quote_literal(m.sql)
    return Check(
        code="RFG-MEMBERSHIPS",
        title="no request role may write memberships unhindered",
        sql=(
            f"select r.rolname::text as subject, {quote_literal(f'may write {m}')}::text as detail\n"
            f"from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass({relation})\n"
            f"where r.rolname in ({request}) and not c.relrowsecurity\n"
            "  and pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE')"
            + ("" if m in protected(tenancy, catalog) else _joining(request, relation))
        ),
        hint=f"revoke insert, update, delete on {m.sql} from the request roles, or give it row security and policies",
        acceptable=True,
    )


def _joining(request: str, relation: str) -> str:
    return (
        "\nunion all\n"
        "select r.rolname::text, 'may join any organization that policy ' || pg_catalog.quote_ident(p.polname)\n"
        "  || ' lets it: ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),\n"
        "    pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')\n"
        f"from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass({relation})\n"
        "join pg_catalog.pg_policy p on p.polrelid = c.oid\n"
        f"where r.rolname in ({request}) and c.relrowsecurity and p.polpermissive and p.polcmd in ('*', 'a', 'w')\n"
        "  and exists (select from pg_catalog.unnest(p.polroles) g (oid)\n"
        "    where g.oid = 0 or pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))\n"
        "  and coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),\n"
        "    pg_catalog.pg_get_expr(p.polqual, p.polrelid)) is distinct from 'false'\n"
        "  and pg_catalog.has_any_column_privilege(r.oid, c.oid,\n"
        "    case p.polcmd when 'a' then 'INSERT' when 'w' then 'UPDATE' else 'INSERT, UPDATE' end)\nlimit 100"
    )


# --- after -------------------------------------------------------------------------------------------------------


def enforced(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Check:
    """Each relation: row security on and forced, its owner, and a floor for every command that nobody can widen."""
    rows = [
        f"({quote_literal(table.name.sql)}, {'true' if table.name != tenancy.memberships.table else 'false'},"
        f" {'true' if isolation.rules(entry.name).open_when else 'false'})"
        for entry, table in relations(tenancy, catalog)
    ]
    own = f"SELECT {ASKED}"
    # what a floor must say: USING where rows are met, WITH CHECK where they are written, nothing but the tenant in it
    floor = (
        "select p.polcmd from pg_catalog.pg_policy p where p.polrelid = c.oid and not p.polpermissive\n"
        f"      and p.polname::text ~ '^{FLOOR}' and p.polroles = '{{0}}'::oid[]\n"
        "      and (p.polcmd = 'a' or pg_catalog.strpos(pg_catalog.pg_get_expr(p.polqual, p.polrelid),"
        f" {quote_literal(own)}) > 0)\n"
        "      and (p.polcmd in ('r', 'd') or pg_catalog.strpos(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),"
        f" {quote_literal(own)}) > 0)\n"
        "      and (p.polcmd = 'r' or pg_catalog.strpos(coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')"
        " || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), ' OR ') = 0)"
    )
    return Check(
        code="RFG-ENFORCED",
        title="every tenant table has its floor, FORCE and an owner whom row security binds",
        sql=(
            "select w.t as subject, case when c.oid is null then 'is gone'\n"
            "  when not c.relrowsecurity then 'row security is off'\n"
            "  when w.forced and not c.relforcerowsecurity then 'row security is not forced'\n"
            "  when w.forced and (o.rolname <> " + quote_literal(isolation.owner) + " or o.rolcanlogin or o.rolsuper"
            " or o.rolbypassrls) then 'its owner is ' || o.rolname\n"
            "  else 'its floor has a hole' end as detail\n"
            f"from (values {', '.join(rows) or '(null, null, null)'}) w (t, forced, open)\n"
            "left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(w.t)\n"
            "left join pg_catalog.pg_roles o on o.oid = c.relowner\n"
            "where w.t is not null and (c.oid is null or not c.relrowsecurity\n"
            "  or (w.forced and (not c.relforcerowsecurity or o.rolcanlogin or o.rolsuper or o.rolbypassrls"
            f" or o.rolname <> {quote_literal(isolation.owner)}))\n"
            "  or not (case when w.open then array['a', 'd', 'r', 'w']::text[] else array['*']::text[] end\n"
            f"    <@ array({floor})::text[]))\nlimit 100"
        ),
        hint="ringfence status says which step makes it so; somebody changed the table when all steps are done",
    )


def grants(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Nothing is granted that reaches past row security (R8, R9, R10)."""
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    return Check(
        code="RFG-GRANTS",
        title="no request role may TRUNCATE, refer to, put triggers on or lock a tenant table",
        sql=(
            "select t.t as subject, coalesce(r.rolname::text, 'PUBLIC') || ' has ' || a.privilege_type as detail\n"
            f"from (values {_tables(tenancy, catalog)}) t (t)\n"
            "join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(t.t)\n"
            "cross join lateral pg_catalog.aclexplode(c.relacl) a\n"
            "left join pg_catalog.pg_roles r on r.oid = a.grantee\n"
            "where a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')\n"
            f"  and (a.grantee = 0 or r.rolname in ({request}))\nlimit 100"
        ),
        hint="revoke truncate, references, trigger on the table from the role",
    )


def defaults(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Default privileges that open the next table to request roles; those of roles we cannot speak for stay (R11)."""
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    schemas = ", ".join(quote_literal(s) for s in sorted({n.schema for n in protected(tenancy, catalog)}))
    return Check(
        code="RFG-DEFAULTS",
        title="tables made from here on are granted to no request role by themselves",
        sql=(
            "select d.defaclrole::pg_catalog.regrole::text || coalesce(' in ' || n.nspname, '') as subject,\n"
            "  coalesce(r.rolname::text, 'PUBLIC') || ' gets ' || pg_catalog.string_agg(a.privilege_type, ', ') as detail\n"
            "from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace\n"
            "cross join lateral pg_catalog.aclexplode(d.defaclacl) a\n"
            "left join pg_catalog.pg_roles r on r.oid = a.grantee\n"
            f"where d.defaclobjtype = 'r' and (n.nspname is null or n.nspname in ({schemas or 'null'}))\n"
            f"  and (a.grantee = 0 or r.rolname in ({request}))\n"
            "group by d.defaclrole, n.nspname, r.rolname\nlimit 100"
        ),
        hint="as a member of that role: alter default privileges for role .. in schema .. revoke all on tables from ..",
        acceptable=True,
    )


def unprotected(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Tables that appeared in the same schemas, open to request roles and without row security (R11, O3, O18)."""
    request = ", ".join(quote_literal(n) for n in tenancy.request_roles)
    schemas = ", ".join(quote_literal(s) for s in sorted({n.schema for n in protected(tenancy, catalog)}))
    known = ", ".join(
        quote_literal(t.name.sql)
        for t in catalog.tables
        if not t.rls_enabled and t.name not in protected(tenancy, catalog)
    )
    return Check(
        code="RFG-NEW-TABLES",
        title="no new table is open to request roles without row security",
        sql=(
            "select c.oid::pg_catalog.regclass::text as subject, 'has no row security and ' || r.rolname || ' may use it'"
            " as detail\n"
            "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n"
            f"join pg_catalog.pg_roles r on r.rolname in ({request})\n"
            f"where n.nspname in ({schemas or 'null'}) and c.relkind in ('r', 'p') and not c.relrowsecurity\n"
            "  and c.relpersistence <> 't'\n"
            "  and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')\n"
            f"  and c.oid <> all (array[{known}]::pg_catalog.regclass[]::oid[])\n"
            "limit 100"
        ),
        hint="ringfence plan --amend takes the table in; until then: alter table .. enable row level security",
        acceptable=True,
    )


def _tables(tenancy: Tenancy, catalog: Catalog) -> str:
    return ", ".join(f"({quote_literal(n.sql)})" for n in protected(tenancy, catalog)) or "(null)"
