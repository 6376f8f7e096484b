"""Rules that hold across tenants, and what must be so before one of them goes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.catalog.model import Constraint, Index, Table
from ringfence.names import quote_literal
from ringfence.plan import ddl
from ringfence.plan.model import Check, Step
from ringfence.plan.names import Namer
from ringfence.tenancy.model import Tenancy, TenantTable, TenantUnique
from ringfence.tenancy.secondkeys import leading


def global_rule(table: Table, unique: TenantUnique) -> Constraint | Index:
    """The constraint or index that holds across tenants."""
    old: Constraint | Index | None = table.constraint(unique.constraint) or table.index(unique.constraint)
    assert old is not None, "resolve refuses a unique rule that the catalog does not have"
    return old


def retire(
    tenancy: Tenancy, entry: TenantTable, table: Table, unique: TenantUnique, namer: Namer, *, phase: str
) -> Iterator[Step]:
    """The rule that holds across tenants goes, and leaves a plain index where rows were found by its own alone.

    Whoever knows a value and no tenant (a sign-in by address, a public link) would read the whole table otherwise.
    """
    rule = global_rule(table, unique)
    index = table.index(rule.name)
    assert index is not None, "a unique rule has an index"
    going = {u.constraint for u in entry.uniques if u.retire_old}
    staying = [i for i in table.indexes if i.name not in going]
    if not index.plain or index.predicate is not None or leading(staying, index.columns) is None:
        named = (table.name.name, *index.columns) if all(index.columns) else (rule.name,)
        yield ddl.lookup_index(tenancy, table.name, index, namer.take(table.name.schema, *named, "idx"), phase=phase)
    yield ddl.retire_unique(tenancy, table, rule, phase=phase)


def old_clients_left(tenancy: Tenancy) -> list[Check]:
    """A unique rule that holds across tenants is not retired while an old client relies on it."""
    retired = [f"{t.name} {u.constraint}" for t in tenancy.tables for u in t.uniques if u.retire_old]
    if not retired:
        return []
    if not tenancy.old_clients:
        sql = (
            f"select {quote_literal(', '.join(retired))} as subject,\n"
            "  'ringfence.toml names no old clients, so nobody can tell whether one is left' as detail"
        )
    else:
        names = ", ".join(quote_literal(c) for c in tenancy.old_clients)
        sql = (
            "select pg_catalog.format('%s (%s), pid %s', a.usename, a.application_name, a.pid) as subject,\n"
            f"  'an old client is connected' as detail\n"
            "from pg_catalog.pg_stat_activity a\n"
            "where a.datname = pg_catalog.current_database()"
            f" and (a.usename::text in ({names}) or a.application_name in ({names}))\nlimit 20"
        )
    return [
        Check(
            code="RFG-OLD-CLIENTS",
            title="no old client is left that relies on a unique rule to be retired",
            sql=sql,
            hint='[roles] old_clients = ["login or application name"]; upgrade or stop those that are named',
            acceptable=True,
        )
    ]
