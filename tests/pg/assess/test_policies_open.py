"""Policies that let everything through: the leak is real, it is found, the hint closes it, nothing is found."""

from __future__ import annotations

import pytest

from pg.assess.world import A, B, World
from ringfence.assess.model import Severity
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}
BOUND = "tenant_id = any (array(select app.tenants()))"
JOINED, MINE = "public.members m join public.tasks t using (tenant_id)", "m.user_id = app.who()"
BY_COMMAND = """
    drop policy tenant on public.projects;
    create policy s on public.projects for select to $member using (tenant_id = any (array(select app.tenants())));
"""


@pytest.mark.parametrize(
    "legacy",
    [
        "using (true)",
        "using (1 = 1 or tenant_id is not null)",
        "using (not false)",
        "using (coalesce(true, false))",
        "using (case when true then true else false end)",
        "using ((select true))",
    ],
)
def test_true_beside_a_policy_that_holds(database: Database, legacy: str) -> None:
    """P1: permissive policies are joined by OR, so one that is true undoes the other, however it is spelled."""
    world = World.made(database)
    world.does(f"create policy legacy on public.projects for select to $member {legacy}")
    assert world.ann_sees(NAMES) == BOTH

    codes = {f.code for f in world.assess().findings if f.subject == "public.projects policy legacy"}
    assert codes & {"RFA-POLICY-TRUE", "RFA-POLICY-PUBLIC-ROWS"}
    assert "RFA-POLICY-WIDENS" in codes
    world.repair("RFA-POLICY-WIDENS")

    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


def test_true_is_closed_by_the_binding_of_its_table(database: Database) -> None:
    """The hint takes the expression that another policy of the table has."""
    world = World.made(database)
    world.does("create policy legacy on public.projects for select to $member using (true)")

    finding = world.repair("RFA-POLICY-TRUE")

    assert finding.severity is Severity.CRITICAL
    assert finding.hint.startswith('alter policy "legacy" on "public"."projects" using (')
    assert world.ann_sees(NAMES) == OWN
    assert world.worse_than_low() == []


@pytest.mark.parametrize(
    ("policy", "statements", "closed"),
    [
        (  # P2: a row planted in another tenant
            "create policy w on public.projects for insert to $member with check (true)",
            ["insert into public.projects (tenant_id, name) values ('$b', 'planted')"],
            None,
        ),
        (  # P4: without WHERE the policy for SELECT does not join in
            f"create policy w on public.projects for update to $member using ({BOUND}) with check (true)",
            ["update public.projects set tenant_id = '$b'"],
            None,
        ),
        (  # P5
            "create policy w on public.projects for delete to $member using (true)",
            ["update public.tasks set project_id = null where false", "delete from public.projects"],
            None,
        ),
        (  # P6: rows of the other tenant are made one's own
            f"create policy w on public.projects for update to $member using (true) with check ({BOUND})",
            ["update public.projects set tenant_id = '$a'"],
            1,
        ),
    ],
    ids=["P2", "P4", "P5", "P6"],
)
def test_true_for_writing(database: Database, policy: str, statements: list[str], closed: int | None) -> None:
    """USING (true) and WITH CHECK (true) of a command that writes, although reading is closed."""
    world = World.made(database)
    world.does("alter table public.tasks drop constraint tasks_project_id_fkey")
    world.does(f"{BY_COMMAND} {policy}")
    assert world.ann_changes(*statements) >= 1

    finding = world.repair("RFA-POLICY-TRUE")

    assert finding.subject == "public.projects policy w"
    assert finding.severity is Severity.CRITICAL
    if closed is not None:
        assert world.ann_changes(*statements) == closed
    assert world.worse_than_low() == []


@pytest.mark.parametrize(
    ("expression", "code", "claims"),
    [
        ("(select app.tenant()) is null or tenant_id = (select app.tenant())", "RFA-POLICY-UNSET", {}),
        ("tenant_id = coalesce((select app.tenant()), tenant_id)", "RFA-POLICY-UNSET", {}),
        ("(tenant_id = (select app.tenant())) is not false", "RFA-POLICY-UNSET", {}),
        ("coalesce(tenant_id = (select app.tenant()), true)", "RFA-POLICY-UNSET", {}),
        ("case when app.tenant() is null then true else tenant_id = app.tenant() end", "RFA-POLICY-UNSET", {}),
        ("app.is_mine(tenant_id)", "RFA-POLICY-UNSET", {}),
        ("tenant_id <> (select app.tenant())", "RFA-POLICY-INVERTED", {"app_metadata": {"org_id": A}}),
        ("not (tenant_id = (select app.tenant()))", "RFA-POLICY-INVERTED", {"app_metadata": {"org_id": A}}),
        ("tenant_id <> all (array[(select app.tenant())])", "RFA-POLICY-INVERTED", {"app_metadata": {"org_id": A}}),
        (
            "tenant_id = ((select app.claims()) -> 'user_metadata' ->> 'org_id')::uuid",
            "RFA-POLICY-EDITABLE",
            {"user_metadata": {"org_id": B}},
        ),
        (
            "tenant_id = (app.claims() #>> '{user_metadata,org_id}')::uuid",
            "RFA-POLICY-EDITABLE",
            {"user_metadata": {"org_id": B}},
        ),
        ("exists (select from public.members where user_id = user_id)", "RFA-POLICY-CAPTURE", {}),
        ("exists (select from public.members m where m.tenant_id = tenant_id)", "RFA-POLICY-CAPTURE", {}),
        (
            "exists (select from public.members where user_id = app.who() and tenant_id = tenant_id)",
            "RFA-POLICY-CAPTURE",
            {},
        ),
        ("tenant_id in (select tenant_id from app.seats where seats.user_id = app.who())", "RFA-POLICY-CAPTURE", {}),
        ("tag = 'hot' or name = 'x' and tenant_id = (select app.tenant())", "RFA-POLICY-PRECEDENCE", {}),
        ("tag = 'hot' or tenant_id = (select app.tenant())", "RFA-POLICY-PUBLIC-ROWS", {}),
        ("(select app.who()) is not null", "RFA-POLICY-SIGNED-IN", {}),
        ("exists (select from app.admins where admins.user_id = app.who())", "RFA-POLICY-PRIVILEGED", {}),
        ("tenant_id in (select m.tenant_id from public.members m)", "RFA-POLICY-UNFILTERED", {}),
        ("app.has_members(tenant_id)", "RFA-POLICY-UNFILTERED", {}),
        ("owner_role = current_user", "RFA-POLICY-SHARED-ROLE", {}),
    ],
)
def test_an_expression_that_leaks(database: Database, expression: str, code: str, claims: dict[str, object]) -> None:
    """P7 to P11, P21 and their like: every one shows Ann what is Bob's, is named, and is closed by its hint."""
    world = World.made(database)
    world.does(
        """
        create function app.tenant() returns uuid language sql stable parallel safe
          return (app.claims() -> 'app_metadata' ->> 'org_id')::uuid;
        create function app.is_mine(tenant uuid) returns boolean language plpgsql stable parallel safe as $f$
          begin
            if app.tenant() is null then return true; end if;
            return tenant = app.tenant();
          end $f$;
        create function app.has_members(tenant uuid) returns boolean language sql stable parallel safe security definer
          begin atomic; select exists (select from public.members m where m.tenant_id = tenant); end;
        create table app.seats (user_id uuid, seat int);
        create table app.admins (user_id uuid);
        insert into app.seats values ('$ann', 1);
        insert into app.admins values ('$ann');
        grant select on app.seats, app.admins to $member;
        alter table app.seats enable row level security;
        alter table app.admins enable row level security;
        create policy own on app.seats for select to $member using (user_id = (select app.who()));
        create policy own on app.admins for select to $member using (user_id = (select app.who()));
        alter table public.projects add owner_role text default '$member';
        drop policy own_membership on public.members;
        create policy m on public.members for select to $member using (tenant_id = any (array(select app.tenants())));
        """
    )
    if code == "RFA-POLICY-UNFILTERED":
        world.does("alter policy m on public.members using (true)")
    world.does(f"alter policy tenant on public.projects using ({expression})")
    assert "of B" in world.ann_sees(NAMES, **claims)

    found = [f for f in world.found(code) if f.subject == "public.projects policy tenant"]
    assert len(found) == 1, [(f.code, f.subject, f.message) for f in world.assess().findings]
    world.does(found[0].hint)

    assert [f for f in world.found(code) if f.subject == "public.projects policy tenant"] == []
    assert "of B" not in world.ann_sees(NAMES, **claims)


@pytest.mark.parametrize(
    "expression",
    [
        "tenant_id is null or tenant_id = any (array(select app.tenants()))",
        "tenant_id is not distinct from app.tenant()",
    ],
    ids=["P7", "P8c"],
)
def test_rows_without_tenant(database: Database, expression: str) -> None:
    """P7, P8c: what has no tenant yet belongs to everybody, or to whoever says nothing."""
    world = World.made(database)
    world.does(
        "create function app.tenant() returns uuid language sql stable parallel safe"
        " return (app.claims() -> 'app_metadata' ->> 'org_id')::uuid;"
        "alter table public.projects alter tenant_id drop not null;"
        "insert into public.projects (name) values ('of nobody');"
        f"alter policy tenant on public.projects using ({expression})"
    )
    assert "of nobody" in world.ann_sees(NAMES)

    code = "RFA-POLICY-NULL-ROWS" if "is null" in expression else "RFA-POLICY-UNSET"
    world.repair(code)

    assert "of nobody" not in world.ann_sees(NAMES)


def test_null_rows_cannot_be_where_the_column_is_not_null(database: Database) -> None:
    """The same words are harmless on a column that is never null."""
    world = World.made(database)
    world.does(
        "alter policy tenant on public.projects using (tenant_id is null or tenant_id = any (array(select app.tenants())))"
    )

    assert world.worse_than_low() == []


@pytest.mark.parametrize(
    "expression",
    [
        "tenant_id in (select app.tenants())",
        "tenant_id in (select m.tenant_id from public.members m where m.user_id = (select app.who()))",
        "exists (select from public.members m where m.user_id = app.who() and m.tenant_id = projects.tenant_id)",
        f"exists (select from {JOINED} where {MINE} and t.project_id = projects.id and m.tenant_id = projects.tenant_id)",
        "app.may_see(tenant_id)",
        "(select app.may_see(projects.tenant_id))",
        "app.may_see_too(tenant_id)",
        "case when app.who() is null then false else tenant_id = any (array(select app.tenants())) end",
        "tenant_id = any (array(select app.tenants())) and (tag = 'hot' or name is not null)",
        "tenant_id = any (array(select app.tenants())) and tag is distinct from 'gone'",
        "tenant_id in (with mine as (select app.tenants() as t) select t from mine)",
        "tenant_id in (select x.t from (select m.tenant_id from public.members m where m.user_id = app.who()) as x(t))",
        "(tenant_id, true) in (select m.tenant_id, true from public.members m where m.user_id = app.who())",
        "coalesce(tenant_id = any (array(select app.tenants())), false)",
        "false",
    ],
)
def test_an_expression_that_holds(database: Database, expression: str) -> None:
    """Subqueries, joins, helpers in SQL and plpgsql, CASE and COALESCE that hold are no finding above low."""
    world = World.made(database)
    world.does(
        """
        create function app.may_see(tenant uuid) returns boolean language sql stable parallel safe security definer
          begin atomic;
            select exists (select from public.members m where m.user_id = app.who() and m.tenant_id = tenant);
          end;
        create function app.may_see_too(tenant uuid) returns boolean language plpgsql stable parallel safe
          set search_path = '' as $f$
          declare found_it boolean;
          begin
            if app.who() is null then raise exception 'nobody'; end if;
            select true into found_it from public.members m where m.user_id = app.who() and m.tenant_id = tenant;
            return coalesce(found_it, false);
          end $f$;
        """
        f"alter policy tenant on public.projects using ({expression})"
    )

    assert world.ann_sees(NAMES) <= OWN
    assert world.worse_than_low() == []


@pytest.mark.parametrize("kind", ["permissive", "restrictive"])
def test_for_all_without_check_is_safe(database: Database, kind: str) -> None:
    """P3, P3b: USING answers for WITH CHECK, and nothing is reported."""
    world = World.made(database)
    world.does(
        f"drop policy tenant on public.projects;"
        f"create policy x on public.projects as {kind} for all to public using (tenant_id = any (array(select app.tenants())))"
    )
    if kind == "restrictive":
        world.does("create policy open on public.projects for all to $member using (true) with check (true)")

    assert world.worse_than_low() == []


def test_a_policy_for_roles_that_no_request_has(database: Database) -> None:
    """What an administrator's role may see is no leak of the application."""
    world = World.made(database)
    world.does("create policy ops on public.projects for all to $owner using (true)")

    assert world.worse_than_low() == []


def test_a_membership_brings_a_wider_policy(database: Database) -> None:
    """R7: a policy for a group binds those who inherit it, too."""
    world = World.made(database)
    world.does("create policy staff on public.projects for select to $visitor using (true)")
    assert world.worse_than_low() == []

    world.does(
        "grant $visitor to $member with inherit true" if database.server.major >= 16 else "grant $visitor to $member"
    )

    assert world.ann_sees(NAMES) == BOTH
    assert world.the("RFA-POLICY-TRUE").subject == "public.projects policy staff"
