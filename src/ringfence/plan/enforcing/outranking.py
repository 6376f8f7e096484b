"""Who would pass the policies all the same: request roles that are more than they seem, and open memberships."""

from __future__ import annotations

from ringfence.catalog.model import Catalog
from ringfence.names import quote_literal
from ringfence.plan.enforcing.tables import protected, relations
from ringfence.plan.model import Check
from ringfence.tenancy.isolation import Isolation
from ringfence.tenancy.model import Tenancy

SERVER_FILES = "'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'"
"""Predefined roles whose members reach the data directory, where there is no row security."""


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
