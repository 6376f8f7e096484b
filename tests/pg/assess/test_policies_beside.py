"""Policies beside one another, tables that policies believe, helpers they call, row security itself."""

from __future__ import annotations

import psycopg
import pytest

from pg.assess.world import ANN, BOB, A, B, World
from ringfence.assess.model import Severity
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}


class TestFloors:
    def test_a_floor_for_one_command(self, database: Database) -> None:
        """P12: a restrictive policy FOR SELECT leaves DELETE to the permissive one."""
        world = World.made(database)
        world.does(
            "alter table public.tasks drop constraint tasks_project_id_fkey; drop policy tenant on public.projects;"
            "create policy open on public.projects for all to $member using (true) with check (true);"
            "create policy floor on public.projects as restrictive for select to public"
            "  using (tenant_id = any (array(select app.tenants())))"
        )
        assert world.ann_sees(NAMES) == OWN
        assert world.ann_changes("delete from public.projects") == 2

        finding = world.repair("RFA-FLOOR-COMMAND")

        assert "INSERT, UPDATE, DELETE" in finding.message
        assert world.ann_changes("delete from public.projects") == 1
        assert world.worse_than_low() == []

    def test_a_floor_for_one_role(self, database: Database) -> None:
        """P13: a restrictive policy TO one role does not bind another."""
        world = World.made(database)
        world.does(
            "drop policy tenant on public.projects;"
            "create policy legacy on public.projects for select to public using (true);"
            "create policy floor on public.projects as restrictive for all to $member"
            "  using (tenant_id = any (array(select app.tenants())));"
            "grant select on public.projects to $visitor"
        )
        with world.acting({"sub": ANN}, world.visitor) as conn:
            assert conn.execute(NAMES.encode()).fetchall() == [("of A",), ("of B",)]

        finding = world.repair("RFA-FLOOR-ROLE")

        assert world.visitor in finding.message
        assert world.worse_than_low() == []

    def test_a_floor_that_is_complete(self, database: Database) -> None:
        """Four floors, one for each command, are as good as one; USING (true) above them is harmless."""
        world = World.made(database)
        bound = "tenant_id = any (array(select app.tenants()))"
        world.does(
            "drop policy tenant on public.projects;"
            "create policy open on public.projects for all to $member using (true) with check (true);"
            f"create policy s on public.projects as restrictive for select to public using ({bound});"
            f"create policy i on public.projects as restrictive for insert to public with check ({bound});"
            f"create policy u on public.projects as restrictive for update to public using ({bound}) with check ({bound});"
            f"create policy d on public.projects as restrictive for delete to public using ({bound});"
        )

        assert world.worse_than_low() == []
        world.does("alter policy u on public.projects with check (true)")
        assert {c for c, _, _ in world.worse_than_low()} == {"RFA-POLICY-TRUE"}

    def test_nothing_above_the_floor(self, database: Database) -> None:
        """Restrictive policies alone let nothing through; the hint puts a permissive one above them."""
        world = World.made(database)
        world.does(
            "drop policy tenant on public.projects;"
            "create policy floor on public.projects as restrictive for all to public"
            "  using (tenant_id = any (array(select app.tenants())))"
        )
        assert world.ann_sees(NAMES) == set()

        world.repair("RFA-FLOOR-ALONE")

        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []

    def test_an_owner_policy_beside_the_tenants(self, database: Database) -> None:
        """P1b: the old policy asks for the user; a member of two tenants sees both at once."""
        world = World.made(database)
        world.does(
            "update public.projects set owner_id = '$ann';"
            "create policy legacy on public.projects for select to $member using (owner_id = (select app.who()))"
        )
        assert world.ann_sees(NAMES) == BOTH

        assert world.repair("RFA-POLICY-WIDENS").subject == "public.projects policy legacy"

        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []

    def test_the_user_alone(self, database: Database) -> None:
        """A table with a tenant column whose one policy asks for the user gets the tenant's condition besides."""
        world = World.made(database)
        world.does(
            "update public.projects set owner_id = '$ann';"
            "alter policy tenant on public.projects using (owner_id = (select app.who()))"
        )
        assert world.ann_sees(NAMES) == BOTH

        world.repair("RFA-POLICY-USER-ONLY")

        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []


class TestMigrated:
    FINAL = """
        create schema ringfence;
        create function ringfence.client_id() returns uuid language sql stable parallel safe security definer
          return (nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'org_id')::uuid;
        create function ringfence.user_id() returns uuid language sql stable parallel safe
          return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
        create table public.organizations (id uuid primary key, name text);
        create table public.user_organizations (user_id uuid, organization_id uuid, is_home boolean,
          primary key (user_id, organization_id));
        alter table public.organizations enable row level security, force row level security, owner to $owner;
        alter table public.user_organizations enable row level security, owner to $owner;
        create policy own on public.organizations for select to $member using (id = (select ringfence.client_id()));
        create policy own on public.user_organizations for select to $member
          using (user_id = (select ringfence.user_id()));
        grant select on public.organizations, public.user_organizations to $member;
        alter table public.projects rename tenant_id to client_id;
        drop policy tenant on public.projects;
        create policy floor on public.projects as restrictive for all to public
          using (client_id = (select ringfence.client_id())) with check (client_id = (select ringfence.client_id()));
        create policy legacy on public.projects for select to $member using (true);
        create policy legacy_owner on public.projects for all to $member using (owner_id = (select ringfence.user_id()));
        create policy tenant on public.projects for select to $member
          using (client_id = (select ringfence.client_id()));
    """

    def test_the_final_form_is_no_finding(self, database: Database) -> None:
        """Floor, plain policies, kept business rules and memberships without FORCE: nothing above low."""
        world = World.made(database)
        world.does(self.FINAL)

        assert world.ann_sees(NAMES, app_metadata={"org_id": A}) == OWN
        assert world.worse_than_low() == []

    def test_rows_that_may_be_public(self, database: Database) -> None:
        """Four floors of which only that for SELECT carries the opening: said as what it is, and no more."""
        world = World.made(database)
        bound = "client_id = (select ringfence.client_id())"
        world.does(
            self.FINAL + "drop policy floor on public.projects;"
            f"create policy s on public.projects as restrictive for select to public using ({bound} or tag = 'hot');"
            f"create policy i on public.projects as restrictive for insert to public with check ({bound});"
            f"create policy u on public.projects as restrictive for update to public using ({bound}) with check ({bound});"
            f"create policy d on public.projects as restrictive for delete to public using ({bound})"
        )

        found = {(code, subject) for code, subject, _ in world.worse_than_low()}

        assert found == {("RFA-POLICY-PUBLIC-ROWS", "public.projects policy legacy")}
        assert world.the("RFA-POLICY-PUBLIC-ROWS").severity is Severity.MEDIUM


class TestTrusted:
    def test_joining_any_tenant(self, database: Database) -> None:
        """P14: a membership table that anybody may write as himself makes anybody a member of B."""
        world = World.made(database)
        world.does(
            "grant insert on public.members to $member;"
            "create policy join_in on public.members for insert to $member with check (user_id = (select app.who()))"
        )
        with world.acting({"sub": ANN}) as conn:
            conn.execute("insert into public.members (user_id, tenant_id) values (%s, %s)", (ANN, B))
            assert {row[0] for row in conn.execute(NAMES.encode()).fetchall()} == BOTH
            conn.rollback()

        finding = world.repair("RFA-SELF-JOIN")

        assert finding.subject == "public.members policy join_in"
        assert finding.severity is Severity.CRITICAL
        with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("insert into public.members (user_id, tenant_id) values (%s, %s)", (ANN, B))
        assert world.worse_than_low() == []

    def test_joining_by_a_policy_for_everything(self, database: Database) -> None:
        """FOR ALL USING (user_id = ..) lets the caller insert as well; the hint leaves the reading."""
        world = World.made(database)
        world.does(
            "grant insert on public.members to $member; drop policy own_membership on public.members;"
            "create policy mine on public.members for all to $member using (user_id = (select app.who()))"
        )

        world.repair("RFA-SELF-JOIN")

        assert world.ann_sees("select user_id::text from public.members") == {ANN}
        assert world.worse_than_low() == []

    def test_members_who_invite(self, database: Database) -> None:
        """Inserting into one's own tenant is no self-join."""
        world = World.made(database)
        world.does(
            "grant insert on public.members to $member;"
            "create policy invite on public.members for insert to $member"
            "  with check (tenant_id = any (array(select app.tenants())))"
        )

        assert world.worse_than_low() == []

    @pytest.mark.parametrize("column", ["tenant_id", "role"])
    def test_changing_ones_own_membership(self, database: Database, column: str) -> None:
        """P15, P16: users may update their own row, and the tenant or the role that policies believe is in it."""
        world = World.made(database)
        world.does(
            "alter table public.members add nickname text;"
            f"grant update ({column}, nickname) on public.members to $member;"
            "create policy edit on public.members for update to $member using (user_id = (select app.who()))"
        )
        if column == "role":
            world.does(
                "create policy boss on public.tasks for delete to $member using (exists (select from public.members m"
                " where m.user_id = app.who() and m.tenant_id = tasks.tenant_id and m.role = 'boss'))"
            )

        finding = world.repair("RFA-SELF-EDIT")

        assert finding.subject == "public.members policy edit"
        assert world.ann_changes("update public.members set nickname = 'x'") == 1
        assert world.worse_than_low() == []

    def test_a_table_that_policies_believe_without_row_security(self, database: Database) -> None:
        """P26: whoever writes it is a member of every tenant."""
        world = World.made(database)
        world.does("alter table public.members disable row level security; grant insert on public.members to $member")

        finding = world.repair("RFA-TRUSTED-OPEN")

        assert finding.subject == "public.members"

    def test_a_parent_whose_key_is_chosen(self, database: Database) -> None:
        """A key that only one row can have cannot be claimed by a second row: no finding."""
        world = World.made(database)
        world.does(
            "alter policy tenant on public.tasks using (exists (select from public.projects p"
            "   where p.id = tasks.project_id and p.tenant_id = any (array(select app.tenants()))))"
            "  with check (exists (select from public.projects p"
            "   where p.id = tasks.project_id and p.tenant_id = any (array(select app.tenants()))))"
        )

        assert [c for c, _, _ in world.worse_than_low() if c.startswith("RFA-SELF")] == []

    def test_two_parents_and_one_asked(self, database: Database) -> None:
        """P22: a row between two tables whose policy asks for one of them."""
        world = World.made(database)
        world.does(
            """
            create table public.links (project_id bigint references public.projects, task_id bigint references public.tasks);
            alter table public.links enable row level security, force row level security, owner to $owner;
            grant select, insert on public.links to $member;
            create index on public.links (project_id);
            create policy links on public.links for all to $member
              using (project_id in (select p.id from public.projects p where p.tenant_id = any (array(select app.tenants()))));
            """
        )
        plant = "insert into public.links select 101, 2"
        assert world.ann_changes(plant) == 1

        world.repair("RFA-POLICY-ONE-PARENT")

        with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(plant.encode())
        assert world.worse_than_low() == []


class TestHelpers:
    STRING_BODY = (
        "create function app.mine() returns setof uuid language sql stable parallel safe {options} as $f$"
        " select tenant_id from {members} where user_id = app.who() $f$;"
        "alter policy tenant on public.projects using (tenant_id = any (array(select app.mine())))"
    )
    IMPOSTOR = (
        "create temp table members (user_id uuid, tenant_id uuid)",
        f"insert into members values ('{ANN}', '{B}')",
        "grant select on members to public",
    )

    @pytest.mark.parametrize("options", ["", "security definer set search_path = public"], ids=["P18", "P18b"])
    def test_a_temporary_table_before_the_real_one(self, database: Database, options: str) -> None:
        """P18, P18b: an unqualified table in a helper is whatever the caller puts into pg_temp."""
        world = World.made(database)
        world.does("grant temporary on database " + f'"{database.name}" to $member')
        world.does(self.STRING_BODY.format(options=options, members="members"))

        def attacked() -> set[object]:
            with world.acting({"sub": ANN}) as conn:
                for statement in self.IMPOSTOR:
                    conn.execute(statement.encode())
                return {row[0] for row in conn.execute(NAMES.encode()).fetchall()}

        assert attacked() == {"of B"}

        finding = world.repair("RFA-HELPER-SHADOWED")

        assert finding.subject == "function app.mine()"
        assert attacked() == OWN
        assert world.worse_than_low() == []

    @pytest.mark.parametrize("options", ["", "set search_path = ''", "security definer"])
    def test_qualified_names_are_no_finding(self, database: Database, options: str) -> None:
        """A helper that says which table it means needs no search_path for it; P18c: nor does an atomic body."""
        world = World.made(database)
        world.does(self.STRING_BODY.format(options=options, members="public.members"))

        assert [c for c, _, _ in world.worse_than_low() if c.startswith("RFA-HELPER")] == []

    def test_an_answer_for_somebody_else(self, database: Database) -> None:
        """P19: an IMMUTABLE helper that asks the session is folded into the plan; the next user gets its answer."""
        world = World.made(database)
        world.does(
            "create function app.me() returns uuid language plpgsql immutable parallel safe as $f$"
            " begin return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid; end $f$;"
            "create schema inside;"  # where nobody but policies can call a function that answers for anybody
            "create function inside.mine(who uuid) returns setof uuid language sql stable parallel safe security definer"
            " begin atomic; select m.tenant_id from public.members m where m.user_id = who; end;"
            "alter policy tenant on public.projects using (tenant_id = any (array(select inside.mine(app.me()))))"
        )

        def of_the_second() -> set[object]:
            with world.acting({"sub": ANN}) as conn:
                conn.execute("set plan_cache_mode = force_generic_plan")
                conn.execute("prepare q as select name from public.projects")
                conn.execute("execute q")
                conn.execute("select set_config('request.jwt.claims', %s, true)", ('{"sub": "' + BOB + '"}',))
                return {row[0] for row in conn.execute("execute q").fetchall()}

        assert of_the_second() == OWN

        assert world.repair("RFA-HELPER-IMMUTABLE").severity is Severity.CRITICAL

        assert of_the_second() == {"of B"}
        assert world.worse_than_low() == []

    def test_dynamic_sql(self, database: Database) -> None:
        """What is put together at run time cannot be judged."""
        world = World.made(database)
        world.does(
            "create function app.odd(tenant uuid) returns boolean language plpgsql stable parallel safe as $f$"
            " declare r boolean; begin execute 'select true' into r; return r; end $f$;"
            "alter policy tenant on public.projects using (app.odd(tenant_id))"
        )

        assert world.the("RFA-HELPER-DYNAMIC").subject == "function app.odd(tenant uuid)"
        assert world.the("RFA-POLICY-UNREAD").severity is Severity.LOW

    def test_nobody_may_execute(self, database: Database) -> None:
        """M14: without EXECUTE on a helper every statement of the role fails."""
        world = World.made(database)
        world.does("revoke execute on function app.tenants() from public")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.ann_sees(NAMES)

        world.repair("RFA-HELPER-EXECUTE")

        assert world.ann_sees(NAMES) == OWN

    def test_volatile(self, database: Database) -> None:
        """The default volatility costs a call a row."""
        world = World.made(database)
        world.does("alter function app.tenants() volatile; alter function app.claims() parallel unsafe")

        assert {f.subject for f in world.found("RFA-HELPER-SLOW")} == {
            "function app.tenants()",
            "function app.claims()",
        }
        for finding in world.found("RFA-HELPER-SLOW"):
            world.does(finding.hint)
        assert world.found("RFA-HELPER-SLOW") == []

    @pytest.mark.parametrize("by_helper", [False, True])
    def test_recursion(self, database: Database, by_helper: bool) -> None:
        """P17: memberships visible to fellow members, read from memberships: nobody sees anything any more."""
        world = World.made(database)
        condition = "tenant_id in (select m.tenant_id from public.members m where m.user_id = app.who())"
        if by_helper:
            world.does(
                "create function app.mine() returns setof uuid language sql stable parallel safe"
                " begin atomic; select m.tenant_id from public.members m where m.user_id = app.who(); end"
            )
            condition = "tenant_id in (select app.mine())"
        world.does(f"alter policy own_membership on public.members using ({condition})")
        with pytest.raises((psycopg.errors.InvalidObjectDefinition, psycopg.errors.StatementTooComplex)):
            world.ann_sees("select user_id::text from public.members")

        finding = world.repair("RFA-POLICY-RECURSION")

        assert finding.severity is Severity.HIGH
        seen = world.ann_sees("select user_id::text from public.members")
        assert seen == (set() if by_helper else {ANN})

    def test_a_definer_does_not_recurse(self, database: Database) -> None:
        """The same subquery inside a function of a role that the policy does not bind is the repair, not a fault."""
        world = World.made(database)
        world.does(
            "alter policy own_membership on public.members using (tenant_id = any (array(select app.tenants())))"
        )

        assert world.ann_sees("select user_id::text from public.members") == {ANN}
        assert world.worse_than_low() == []


class TestContext:
    TENANT = (
        "create function app.tenant() returns uuid language sql stable parallel safe"
        " return (app.claims() -> 'app_metadata' ->> 'org_id')::uuid;"
    )

    def test_the_oauth_client(self, database: Database) -> None:
        """client_id at the top of a token is the OAuth client."""
        world = World.made(database)
        world.does(
            "alter policy tenant on public.projects using (tenant_id = ((select app.claims()) ->> 'client_id')::uuid)"
        )

        world.repair("RFA-POLICY-CLAIM-KEY")

        assert "org_id" in world.the("RFA-POLICY-STALE").message

    def test_a_token_without_membership(self, database: Database) -> None:
        """P20: whoever was removed keeps the tenant until the token expires; a look at the memberships ends it."""
        world = World.made(database)
        world.does(f"{self.TENANT} alter policy tenant on public.projects using (tenant_id = (select app.tenant()))")
        world.does("delete from public.members where user_id = '$ann'")
        claims = {"app_metadata": {"org_id": "aaaaaaaa-0000-0000-0000-000000000001"}}
        assert world.ann_sees(NAMES, **claims) == OWN

        world.repair("RFA-POLICY-STALE")

        assert world.ann_sees(NAMES, **claims) == set()
        assert world.worse_than_low() == []

    def test_a_setting_anybody_may_write(self, database: Database) -> None:
        """R4, R5: what a SET in the same session can change is no proof of who asks."""
        world = World.made(database)
        world.does(
            "alter policy tenant on public.projects using (tenant_id = (select current_setting('app.tenant', true))::uuid)"
        )
        with world.acting({"sub": ANN}) as conn:
            conn.execute(f"set local app.tenant = '{B}'".encode())
            assert conn.execute(NAMES.encode()).fetchall() == [("of B",)]

        assert world.the("RFA-POLICY-FORGEABLE").subject == "setting app.tenant"

    def test_an_error_where_nothing_was_set(self, database: Database) -> None:
        """current_setting without missing_ok ends every statement of a session that has set nothing."""
        world = World.made(database)
        world.does("alter policy tenant on public.projects using (tenant_id = current_setting('app.unset_yet')::uuid)")
        with pytest.raises(psycopg.errors.UndefinedObject):
            world.nobody_sees(NAMES)

        world.repair("RFA-POLICY-MISSING-OK")

        assert world.nobody_sees(NAMES) == set()


class TestRowSecurity:
    def test_off(self, database: Database) -> None:
        """A grant on a table without row security is a grant on all tenants' rows; the hint binds it as its neighbours are."""
        world = World.made(database)
        world.does("drop policy tenant on public.projects; alter table public.projects disable row level security")
        assert world.ann_sees(NAMES) == BOTH

        finding = world.repair("RFA-RLS-OFF")

        assert finding.severity is Severity.CRITICAL
        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []

    def test_a_table_of_nobody(self, database: Database) -> None:
        """A lookup table that requests only read is worth a word, not an alarm."""
        world = World.made(database)
        world.does("create table public.countries (code text primary key); grant select on public.countries to $member")

        assert world.the("RFA-RLS-OFF").severity is Severity.LOW
        world.does("grant insert on public.countries to $member")
        assert world.the("RFA-RLS-OFF").severity is Severity.HIGH

    def test_off_with_policies(self, database: Database) -> None:
        """Policies that nobody asks look like protection."""
        world = World.made(database)
        world.does("alter table public.projects disable row level security")
        assert world.ann_sees(NAMES) == BOTH

        world.repair("RFA-RLS-IGNORED")

        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []

    def test_dark(self, database: Database) -> None:
        """M4: row security without a policy is an empty table, and no error."""
        world = World.made(database)
        world.does("drop policy tenant on public.projects")
        assert world.ann_sees(NAMES) == set()

        assert world.repair("RFA-RLS-DARK").severity is Severity.LOW

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.ann_sees(NAMES)

    @pytest.mark.parametrize(("heir", "expected"), [(False, Severity.HIGH), (True, Severity.MEDIUM)], ids=["R1", "R1b"])
    def test_an_owner_that_is_not_bound(self, database: Database, heir: bool, expected: Severity) -> None:
        """R1, R1b: who connects as the owner of the tables, or inherits from it, has no row security."""
        world = World.made(database)
        login = database.create_role("app")
        if heir:
            world.does(f"grant $owner to {login}")
        else:
            world.does(f"alter table public.projects owner to {login}; grant usage on schema public, app to {login}")
        world.does("alter table public.projects no force row level security")
        with database.connect(user=login) as conn:
            assert {row[0] for row in conn.execute(NAMES.encode()).fetchall()} == BOTH

        assert world.repair("RFA-RLS-UNFORCED").severity is expected

        with database.connect(user=login) as conn:
            assert conn.execute(NAMES.encode()).fetchall() == []


class TestCost:
    def plan(self, world: World) -> str:
        with world.acting({"sub": ANN}) as conn:
            conn.execute("set local enable_seqscan = off")
            return "\n".join(row[0] for row in conn.execute(f"explain (costs off) {NAMES}".encode()).fetchall())

    @pytest.mark.parametrize(
        "expression",
        [
            "tenant_id in (select app.tenants())",
            "tenant_id in (select m.tenant_id from public.members m where m.user_id = (select app.who()))",
            "exists (select from public.members m where m.user_id = app.who() and m.tenant_id = projects.tenant_id)",
        ],
    )
    def test_a_subquery_becomes_an_index_condition(self, database: Database, expression: str) -> None:
        """The hint's array is an index condition, the subquery was a filter."""
        world = World.made(database)
        world.does(f"alter policy tenant on public.projects using ({expression})")
        assert "Index Cond: (tenant_id = ANY" not in self.plan(world)

        world.repair("RFA-POLICY-IN-SUBQUERY")

        assert "Index Cond: (tenant_id = ANY" in self.plan(world)
        assert world.ann_sees(NAMES) == OWN
        assert world.worse_than_low() == []

    def test_a_call_for_every_row(self, database: Database) -> None:
        """Without an index to use, a call that is wrapped is made once."""
        world = World.made(database)
        world.does("create policy o on public.projects for select to $owner using (false)")
        world.does("alter policy tenant on public.projects using (owner_id = app.who())")
        assert "InitPlan" not in self.plan(world)

        world.repair("RFA-POLICY-PER-ROW")

        assert "InitPlan" in self.plan(world)
        assert world.ann_sees(NAMES) == OWN

    def test_no_index(self, database: Database) -> None:
        """The column that binds a row should lead an index."""
        world = World.made(database)
        world.does("drop index public.projects_tenant_id_idx")

        world.repair("RFA-POLICY-NO-INDEX")

        assert "Index Cond: (tenant_id = ANY" in self.plan(world)

    def test_a_helper_that_takes_the_row(self, database: Database) -> None:
        """No index can serve a function of the row."""
        world = World.made(database)
        world.does(
            "create function app.may_see(tenant uuid) returns boolean language sql stable parallel safe security definer"
            " begin atomic; select exists (select from public.members m where m.user_id = app.who()"
            " and m.tenant_id = tenant); end;"
            "alter policy tenant on public.projects using (app.may_see(tenant_id)); drop index public.projects_tenant_id_idx"
        )

        assert "app.may_see()" in world.the("RFA-POLICY-ROW-ARGUMENT").message

    def test_an_operator_of_ones_own(self, database: Database) -> None:
        """An operator outside the server's own schema is judged by nobody; the hint takes the server's."""
        world = World.made(database)
        world.does(
            "create operator app.=== (leftarg = uuid, rightarg = uuid, function = pg_catalog.uuid_eq);"
            "alter policy tenant on public.projects using (tenant_id operator(app.===) (select app.tenants() limit 1))"
        )

        world.repair("RFA-POLICY-OPERATOR")

        assert world.ann_sees(NAMES) == OWN
