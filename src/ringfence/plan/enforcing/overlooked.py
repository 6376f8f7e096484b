"""Who would be overlooked by FORCE: readers and writers without a tenant, jobs, logins and dumps (law 5.7)."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName, quote_literal
from ringfence.plan.enforcing.scene import Reader
from ringfence.plan.enforcing.tables import BREAK_GLASS, protected_values
from ringfence.plan.model import Check
from ringfence.tenancy.decisions import JOB, ROLE
from ringfence.tenancy.isolation import Isolation, Way
from ringfence.tenancy.model import Tenancy

CRON_JOBS = QualifiedName("cron", "job")
NOBODY = "select null::text as subject, null::text as detail where false"


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
            f"cross join (values {protected_values(tenancy, catalog)}) t (t)\n"
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
            f"from (values {protected_values(tenancy, catalog)}) t (t)\n"
            "where pg_catalog.to_regclass(t.t) is not null\n"
            f"  and not pg_catalog.has_table_privilege({role}, pg_catalog.to_regclass(t.t)::oid, 'SELECT')\nlimit 100"
        ),
        hint='[isolation] dump_role = "..." names the role that makes your dumps; it needs BYPASSRLS and pg_read_all_data',
    )
