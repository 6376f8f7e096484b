"""Phase 6 as a value: lawful on every world, complete on every relation, and absent where nobody asked for it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from ringfence.catalog.model import Catalog, Policy, Table, TableKind
from ringfence.names import QualifiedName
from ringfence.plan.build import build_plan
from ringfence.plan.enforcing.tables import protected
from ringfence.plan.lint import lint
from ringfence.plan.model import Facts, Plan, UndoWith
from ringfence.plan.simulate import simulate
from ringfence.tenancy.isolation import Isolation, LegacyPolicies, TableRules
from ringfence.tenancy.model import Tenancy
from support.sample_plans import COMMENTS, DOCUMENTS, EVENTS, EVENTS_2026, sample_catalog, sample_tenancy, small_worlds

REQUEST = ("authenticated", "anon")
GRANTED = ("anon=arwdDxt/postgres", "authenticated=arwdDxt/postgres", "postgres=arwdDxt/postgres")
READS = Policy("reads", "r", True, ("authenticated",), "(owner_id = auth.uid())", None)
NEVER = Policy("never", "d", False, ("public",), "false", None)


def enforced(tenancy: Tenancy, rules: dict[str, TableRules] | None = None) -> Tenancy:
    """The same tenancy, to be enforced."""
    return replace(tenancy, isolation=Isolation("ringfence_owner", tables=rules or {}), request_roles=REQUEST)


def catalog_with(*policies: Policy, rls_enabled: bool = True) -> Catalog:
    """The sample catalog with policies on the documents, and everything granted."""
    catalog = sample_catalog()
    documents = replace(catalog.by_name[DOCUMENTS], policies=policies, rls_enabled=rls_enabled)
    tables = [replace(t, acl=GRANTED) for t in catalog.tables if t.name != DOCUMENTS]
    return replace(catalog, tables=tuple(sorted([*tables, replace(documents, acl=GRANTED)], key=lambda t: t.name)))


def after(plan: Plan, catalog: Catalog, name: QualifiedName = DOCUMENTS) -> Table:
    """A table as phase 6 leaves it."""
    return simulate(catalog, plan, 6).by_name[name]


def named(table: Table) -> list[str]:
    """Its policies."""
    return [p.name for p in table.policies]


TENANT = [f"ringfence_tenant_{c}" for c in ("delete", "insert", "select", "update")]
FLOORS = [f"ringfence_floor_{c}" for c in ("delete", "insert", "select", "update")]


def test_nothing_is_enforced_unasked() -> None:
    """Without [isolation] enforce the plan ends with phase 2, as it always did."""
    assert [p.number for p in build_plan(sample_tenancy(), sample_catalog(), Facts()).phases] == [0, 1, 2]


def test_the_plan_is_lawful_on_every_server() -> None:
    """Every statement reads as it declares, every relation has a step of its own, and every step a way back."""
    for version in (150010, 160004, 180004):
        catalog = sample_catalog(version)
        tenancy = enforced(sample_tenancy())
        plan = build_plan(tenancy, catalog, Facts())

        assert [b for b in lint(plan) if "/reference/" not in b.step] == []
        ids = [s.id for s in plan.phase(6).steps]
        assert {f"enforce/{name}/rows" for name in protected(tenancy, catalog)} <= set(ids)
        assert ids.index(f"enforce/{EVENTS_2026}/rows") < ids.index(f"enforce/{EVENTS}/rows"), "partitions first"
        assert all(isinstance(s.undo, UndoWith) for s in plan.phase(6).steps if s.table in (DOCUMENTS, COMMENTS))


@settings(max_examples=25, deadline=None)
@given(small_worlds())
def test_any_enforced_plan_is_lawful(world: tuple[Tenancy, Catalog, Facts]) -> None:
    """Whatever the tables are called and however they hang together."""
    tenancy, catalog, facts = world

    plan = build_plan(enforced(tenancy), catalog, facts)

    assert [b for b in lint(plan) if "/reference/" not in b.step] == []
    for name in protected(tenancy, catalog):
        table = after(plan, catalog, name)
        assert "ringfence_floor" in named(table)
        assert table.rls_enabled
        assert table.rls_forced or name == tenancy.memberships.table


def test_policies_are_kept_as_rules_within_a_tenant() -> None:
    """Kept: they decide what a member may do; the floor decides whose rows these are."""
    catalog = catalog_with(NEVER, READS)

    table = after(build_plan(enforced(sample_tenancy()), catalog, Facts()), catalog)

    assert named(table) == ["never", "reads", "ringfence_floor"]
    assert table.owner == "ringfence_owner"
    assert table.acl == (
        "anon=arwd/ringfence_owner",
        "authenticated=arwd/ringfence_owner",
        "ringfence_owner=arwdDxt/ringfence_owner",
    )


def test_policies_are_dropped_where_the_spec_says_so() -> None:
    """Dropped: permissive policies per command take their place, or nobody would see anything."""
    catalog = catalog_with(NEVER, READS)
    rules = {str(DOCUMENTS): TableRules(LegacyPolicies.DROP)}

    table = after(build_plan(enforced(sample_tenancy(), rules), catalog, Facts()), catalog)

    assert named(table) == sorted(["ringfence_floor", *TENANT])


def test_policies_that_never_spoke_get_no_voice() -> None:
    """Row security was off: a restrictive policy left lying there would shut everybody out once it is on."""
    catalog = catalog_with(NEVER, READS, rls_enabled=False)

    table = after(build_plan(enforced(sample_tenancy()), catalog, Facts()), catalog)

    assert named(table) == sorted(["ringfence_floor", *TENANT])


def test_a_table_without_policies_stays_shut() -> None:
    """Row security on and no policy: request roles saw nothing of it, and a tenant policy would open it."""
    catalog = catalog_with()
    rules = {str(DOCUMENTS): TableRules(LegacyPolicies.DROP)}

    table = after(build_plan(enforced(sample_tenancy(), rules), catalog, Facts()), catalog)

    assert named(table) == ["ringfence_floor"]


def test_only_the_floor_of_reading_is_opened() -> None:
    """open_when makes four floors; the condition stands in the one for SELECT and nowhere else."""
    catalog = catalog_with(rls_enabled=False)
    rules = {str(DOCUMENTS): TableRules(LegacyPolicies.KEEP, "is_public")}

    table = after(build_plan(enforced(sample_tenancy(), rules), catalog, Facts()), catalog)

    assert named(table) == sorted([*FLOORS, *TENANT])
    opened = [p.name for p in table.policies if "is_public" in f"{p.using} {p.check}"]
    assert opened == ["ringfence_floor_select", "ringfence_tenant_select"]


def test_what_the_application_adds_later_stays() -> None:
    """A policy made after the table was enforced is not among those that go, also when the plan is amended."""
    catalog = catalog_with(NEVER, READS, rls_enabled=False)
    facts = Facts(later_policies={str(DOCUMENTS): ("reads",)})

    table = after(build_plan(enforced(sample_tenancy()), catalog, facts), catalog)

    assert named(table) == sorted(["reads", "ringfence_floor", *TENANT])


def test_foreign_tables_are_not_protected_by_policies() -> None:
    """Row security cannot be switched on for them; they are closed, or a person decides."""
    catalog = sample_catalog()
    foreign = replace(catalog.by_name[EVENTS_2026], kind=TableKind.FOREIGN, options=("server=elsewhere",))
    catalog = catalog.with_table(foreign)
    plan = build_plan(enforced(sample_tenancy()), catalog, Facts())

    assert f"enforce/{EVENTS_2026}/rows" not in plan.steps_by_id
    held = next(c for c in plan.phase(6).entry.checks if c.code == "RFG-CONTEXTLESS")
    assert "public.events_2026" in held.sql
