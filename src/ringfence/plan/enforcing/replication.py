"""What streams rows into tenant tables and out of them, beside publications, which the inventory lists."""

from __future__ import annotations

from ringfence.catalog.model import Catalog
from ringfence.names import quote_literal
from ringfence.plan.enforcing.tables import protected
from ringfence.plan.model import Check
from ringfence.tenancy.model import Tenancy


def replication(tenancy: Tenancy, catalog: Catalog) -> Check:
    """Subscriptions into tenant tables, which stop under FORCE, and slots that stream every tenant past publications.

    From PostgreSQL 16 on a subscription applies changes as the owner of the table, whom row security is about to bind;
    before, as its own owner. Either way it stops with an error at the next change, and the publisher keeps its log.
    """
    tables = ", ".join(f"({quote_literal(n.sql)})" for n in protected(tenancy, catalog)) or "(null)"
    if catalog.server_version >= 160000:
        stops = "not s.subrunasowner or not (o.rolsuper or o.rolbypassrls)"
        as_whom = "case when s.subrunasowner then o.rolname else 'the owner of the table' end"
    else:
        stops, as_whom = "not (o.rolsuper or o.rolbypassrls)", "o.rolname"
    return Check(
        code="RFG-REPLICATION",
        title="replication into and out of tenant tables goes on, and somebody answers for it",
        sql=(
            "select 'subscription ' || s.subname as subject,\n"
            f"  'writes ' || pg_catalog.min(t.t) || ' as ' || {as_whom} || ', whom row security will bind: it would stop'\n"
            "  as detail\n"
            f"from (values {tables}) t (t)\n"
            "join pg_catalog.pg_subscription_rel sr on sr.srrelid = pg_catalog.to_regclass(t.t)\n"
            "join pg_catalog.pg_subscription s on s.oid = sr.srsubid\n"
            "join pg_catalog.pg_roles o on o.oid = s.subowner\n"
            f"where {stops}\n"
            f"group by s.subname, {as_whom}\n"
            "union all\n"
            "select 'slot ' || r.slot_name, 'streams every table of every tenant by ' || r.plugin\n"
            "from pg_catalog.pg_replication_slots r\n"
            "where r.slot_type = 'logical' and r.plugin <> 'pgoutput' and r.database = pg_catalog.current_database()\n"
            "limit 100"
        ),
        hint=(
            "a subscription: alter subscription .. set (run_as_owner = true), owned by a role with BYPASSRLS (PostgreSQL 16"
            " and later; before, such an owner alone). A slot: accept it, with who reads it and why as the reason"
        ),
        acceptable=True,
    )
