"""On a migrated database policies ask our helpers, which read the memberships that the spec names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ringfence import db, verbs
from ringfence.assess.assess import assess
from ringfence.assess.model import Finding, Severity
from ringfence.assess.pg import observe_database
from ringfence.catalog.pg import read_catalog
from ringfence.names import QualifiedName
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture
def case(supabase_database: Database, tmp_path: Path) -> Case:
    """Enforced, with tables that nothing is wrong with."""
    case = Case.load(CASES / "enforce_readers", supabase_database, tmp_path)
    report = case.apply()
    assert report.outcome == "finished", report.gates_missing
    return case


@pytest.fixture
def open_rows(supabase_database: Database, tmp_path: Path) -> Case:
    """Enforced, with a table whose spec says which rows everybody may read."""
    case = Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)
    report = case.apply()
    assert report.outcome == "finished", report.gates_missing
    return case


def found(case: Case, code: str) -> list[Finding]:
    """Findings of one rule, as the command gives them."""
    return [f for f in verbs.assess(case.url, case.config).findings if f.code == code]


def test_a_token_with_a_look_at_the_memberships(case: Case) -> None:
    """P20: the hint asks ringfence.client_id(), which reads them; after it nothing is left to say."""
    case.database.execute(
        "create table public.later (id uuid primary key, client_id uuid not null);"
        "alter table public.later enable row level security;"
        "grant select on public.later to authenticated;"
        "create policy claimed on public.later for select to authenticated"
        " using (client_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::uuid)"
    )
    (stale,) = found(case, "RFA-POLICY-STALE")
    assert "ringfence.client_id()" in stale.hint

    case.database.execute(stale.hint)

    assert found(case, "RFA-POLICY-STALE") == []


def test_a_user_is_no_tenant(case: Case) -> None:
    """ringfence.user_id() says who asks and looks at no membership: beside it a token's tenant is as old as before."""
    case.database.execute(
        "create table public.later (id uuid primary key, client_id uuid not null, owner_id uuid not null);"
        "alter table public.later enable row level security;"
        "grant select on public.later to authenticated;"
        "create policy claimed on public.later for select to authenticated"
        " using (client_id = ((select auth.jwt()) -> 'app_metadata' ->> 'org_id')::uuid"
        "   and owner_id = (select ringfence.user_id()))"
    )

    assert len(found(case, "RFA-POLICY-STALE")) == 1


def test_memberships_that_users_may_join_decide_everything(case: Case) -> None:
    """P14: our helpers believe them, so whoever makes himself a member is one."""
    assert found(case, "RFA-SELF-JOIN") == []
    case.database.execute(
        "grant insert on public.user_organizations to authenticated;"
        "create policy joins on public.user_organizations for insert to authenticated with check (user_id = auth.uid())"
    )

    (finding,) = found(case, "RFA-SELF-JOIN")

    assert finding.severity is Severity.CRITICAL
    assert "choose organization_id when inserting" in finding.message
    case.database.execute(finding.hint)
    assert found(case, "RFA-SELF-JOIN") == []


def test_memberships_that_users_may_change_decide_everything(case: Case) -> None:
    """P16: moving one's own membership is joining another tenant."""
    case.database.execute(
        "grant select, update on public.user_organizations to authenticated;"
        "create policy changes on public.user_organizations for update to authenticated using (user_id = auth.uid())"
    )

    (finding,) = found(case, "RFA-SELF-EDIT")

    assert "change organization_id" in finding.message
    case.database.execute(finding.hint)
    assert found(case, "RFA-SELF-EDIT") == []


def test_memberships_without_row_security_are_open(case: Case) -> None:
    """P26: nothing protects them, and request roles may write."""
    assert found(case, "RFA-TRUSTED-OPEN") == []
    case.database.execute(
        "alter table public.user_organizations disable row level security;"
        "grant insert on public.user_organizations to authenticated"
    )

    (finding,) = found(case, "RFA-TRUSTED-OPEN")

    assert "organization_id" in finding.message
    case.database.execute(finding.hint)
    assert found(case, "RFA-TRUSTED-OPEN") == []


def test_whoever_makes_a_membership_count_again_is_a_member(case: Case) -> None:
    """P16: a column by which memberships count decides as much as the organization in it."""
    tenancy = verbs.plan(case.url, case.config).tenancy
    case.database.execute(
        "create table public.staff (user_id uuid references auth.users, organization_id uuid not null,"
        " left_at timestamptz, is_home boolean, primary key (user_id, organization_id));"
        "alter table public.staff enable row level security;"
        "grant select, update (left_at) on public.staff to authenticated;"
        "create policy own on public.staff for all to authenticated using (user_id = auth.uid())"
    )
    with db.connect(case.url) as conn:
        catalog = read_catalog(conn)
        observed = observe_database(conn, catalog)
    memberships = replace(
        tenancy.memberships, table=QualifiedName("public", "staff"), active_condition="left_at is null"
    )

    findings = assess(catalog, replace(tenancy, memberships=memberships), observed).findings

    (finding,) = (f for f in findings if f.code == "RFA-SELF-EDIT")
    assert "change left_at" in finding.message


def test_rows_that_the_spec_opens_are_open_on_purpose(open_rows: Case) -> None:
    """open_when is in our own policies, to read; what an application's policy opens beyond it is still found."""
    codes = ("RFA-POLICY-PRECEDENCE", "RFA-POLICY-PUBLIC-ROWS", "RFA-POLICY-TRUE")
    assert [f.subject for code in codes for f in found(open_rows, code)] == []
    open_rows.database.execute(
        "alter policy ringfence_floor_select on public.documents"
        " using (client_id = (select ringfence.client_id()) or is_public or title like 'Public %');"
        "alter policy ringfence_tenant_select on public.documents"
        " using (client_id = (select ringfence.client_id()) or is_public or title like 'Public %')"
    )

    (finding,) = (f for code in codes for f in found(open_rows, code))

    assert finding.subject == "public.documents policy ringfence_tenant_select"
