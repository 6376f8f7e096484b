"""What the real catalog must say when phase 6 is done, asked apart from the steps that made it so."""

from __future__ import annotations

from ringfence.catalog.model import Catalog
from ringfence.names import quote_literal
from ringfence.plan.enforcing.tables import protected, protected_values, relations
from ringfence.plan.model import Check
from ringfence.plan.names import ASKED, FLOOR
from ringfence.tenancy.isolation import Isolation
from ringfence.tenancy.model import Tenancy


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
            f"from (values {protected_values(tenancy, catalog)}) t (t)\n"
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
