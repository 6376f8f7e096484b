"""Tenancy, catalog and facts become a plan: the phases in order, every statement finished."""

from __future__ import annotations

from dataclasses import replace

from ringfence.catalog.model import Catalog
from ringfence.plan import compatibility
from ringfence.plan.model import Facts, Phase, Plan, PlanRefused, Privilege
from ringfence.plan.phases import authenticate, backfill, enforce, expand, prepare, shadow
from ringfence.plan.roles import canaries_of
from ringfence.tenancy.isolation import Isolation, TableRules
from ringfence.tenancy.model import Tenancy, TenantTable


def build_plan(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> Plan:
    """Build the plan for a database as it is before phase 1; the same input gives the same plan, byte for byte.

    Raises PlanRefused while a table is unresolved.
    """
    if tenancy.unresolved:
        names = ", ".join(str(t.name) for t in tenancy.unresolved)
        raise PlanRefused(
            f"{len(tenancy.unresolved)} tables are unresolved: nothing says whose rows they hold",
            subject=names,
            hint='decide on each in ringfence.toml: scope = "tenant" with derive = "...", "shared" or "excluded"',
        )
    tenancy = replace(tenancy, tables=tuple(_with_founding(tenancy, t, facts) for t in tenancy.tables))
    if tenancy.isolation is not None:
        tenancy = replace(tenancy, isolation=_with_later(tenancy.isolation, facts))
    views, notes = compatibility.choose(tenancy, catalog, facts)
    under_plain_names: tuple[Phase, ...] = (
        expand.build(tenancy, catalog, facts),
        backfill.build(tenancy, catalog, facts),
    )
    later: tuple[Phase, ...] = under_plain_names
    if views:
        later = tuple(compatibility.behind_views(phase, tenancy, catalog, views) for phase in under_plain_names)
    if tenancy.authentication is not None:
        known = authenticate.build(tenancy, catalog, tenancy.authentication, facts)
        under_plain_names = (*under_plain_names, known)
        later = (*later, compatibility.behind_views(known, tenancy, catalog, views) if views else known)
    if tenancy.isolation is not None and tenancy.isolation.shadow and canaries_of(tenancy, catalog):
        tried = shadow.build(tenancy, catalog, tenancy.isolation)
        under_plain_names = (*under_plain_names, tried)
        later = (*later, compatibility.behind_views(tried, tenancy, catalog, views) if views else tried)
    last = enforce.build(tenancy, catalog, views, under_plain_names)
    if last is not None:
        later = (*later, last)
    needs: dict[str, Privilege] = {}
    for phase in later:
        for step in phase.steps:
            for need in step.needs:
                needs.setdefault(need.sql, need)
    first = prepare.build(tenancy, tuple(needs.values()))
    return Plan(
        tenancy=tenancy,
        server_version=catalog.server_version,
        catalog_fingerprint=catalog.fingerprint,
        phases=(first, *later),
        notes=notes,
        compatibility=views,
    )


def _with_founding(tenancy: Tenancy, entry: TenantTable, facts: Facts) -> TenantTable:
    if entry.column_exists:
        return entry
    return replace(entry, founding=facts.founding.get(str(entry.name), entry.founding or tenancy.founding_key))


def _with_later(isolation: Isolation, facts: Facts) -> Isolation:
    later = {
        name: replace(isolation.tables.get(name, TableRules(isolation.policies)), later=policies)
        for name, policies in facts.later_policies.items()
    }
    return replace(isolation, tables={**isolation.tables, **later})
