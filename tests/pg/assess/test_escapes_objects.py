"""Views, children and routines: the leak is real, it is found, the hint closes it; what is safe is not reported."""

from __future__ import annotations

import psycopg
import pytest

from pg.assess.world import ANN, BOB, World
from ringfence.assess.model import Severity
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}
DENIED = psycopg.errors.InsufficientPrivilege
VIEW = "create view public.v as select * from public.projects;"


class TestViews:
    """Views with their owner's rights."""

    def test_read_and_written_past_policies(self, database: Database) -> None:
        """O1, O1d: rows of the other tenant are shown and changed."""
        world = World.made(database)
        world.does(f"{VIEW} grant select, update on public.v to $member")
        assert world.ann_sees("select name from public.v") == BOTH
        assert world.ann_changes("update public.v set name = 'mine' where name = 'of B'") == 1

        finding = world.repair("RFA-DEFINER-VIEW")

        assert finding.severity is Severity.CRITICAL
        assert "write for" in finding.message
        assert world.ann_sees("select name from public.v") == OWN
        assert world.ann_changes("update public.v set name = 'mine'") == 1
        assert world.worse_than_low() == []

    def test_replacing_a_view_takes_the_option_away(self, database: Database) -> None:
        """O1c: CREATE OR REPLACE VIEW without WITH."""
        world = World.made(database)
        world.does(
            "create view public.v with (security_invoker) as select * from public.projects; grant select on public.v to $member"
        )
        assert world.worse_than_low() == []

        world.does("create or replace view public.v as select * from public.projects")

        assert world.ann_sees("select name from public.v") == BOTH
        world.repair("RFA-DEFINER-VIEW")

    def test_an_invokers_view_below(self, database: Database) -> None:
        """O1b: safe, whoever owns the view above."""
        world = World.made(database)
        world.does(
            "create view public.inner_one with (security_invoker = true) as select * from public.projects;"
            "create view public.v as select * from public.inner_one; grant select on public.v to $member"
        )
        assert world.ann_sees("select name from public.v") == OWN

        assert world.worse_than_low() == []

    def test_a_view_over_a_view(self, database: Database) -> None:
        """O1: through any number of views with their owner's rights."""
        world = World.made(database)
        world.does(
            f"{VIEW} create view public.outer_one as select * from public.v; grant select on public.outer_one to $member"
        )
        assert world.ann_sees("select name from public.outer_one") == BOTH

        assert world.repair("RFA-DEFINER-VIEW").subject == "public.outer_one"
        with pytest.raises(DENIED):
            world.ann_sees("select name from public.outer_one")

    def test_an_owner_who_is_bound(self, database: Database) -> None:
        """A view of the tables' owner under FORCE asks the policies that bind that owner."""
        world = World.made(database)
        world.does(
            "alter policy tenant on public.projects to public; grant usage on schema app to $owner;"
            f" {VIEW} alter view public.v owner to $owner; grant select on public.v to $member"
        )
        assert world.ann_sees("select name from public.v") == OWN

        assert world.worse_than_low() == []

    def test_a_view_that_filters(self, database: Database) -> None:
        """P25: the condition holds, and a cast of the caller's prints the value before it is asked."""
        world = World.made(database)
        world.does(
            "create function app.slow() returns uuid language plpgsql stable parallel safe cost 1000 as"
            " $f$ begin return (select app.tenants() limit 1); end $f$;"
            "create view public.v as select * from public.projects where tenant_id = app.slow();"
            "grant select on public.v to $member; revoke select on public.projects from $member"
        )
        _without_indexes(database)
        assert world.ann_sees("select name from public.v") == OWN
        loud = "select id from public.v where case when name = 'of B' then name::int = 1 else false end"
        with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="of B"):
            world.ann_sees(loud)

        assert world.repair("RFA-VIEW-BARRIER").severity is Severity.HIGH

        assert world.ann_sees(loud) == set()
        assert world.worse_than_low() == []

    def test_a_view_that_asks_in_another_way(self, database: Database) -> None:
        """Filtered over a join: not judged, and said with less weight."""
        world = World.made(database)
        world.does(
            "create view public.v with (security_barrier) as select t.title from public.tasks t"
            " join public.members m on m.tenant_id = t.tenant_id where m.user_id = app.who();"
            "grant select on public.v to $member"
        )
        assert world.ann_sees("select title from public.v") == OWN

        assert world.repair("RFA-DEFINER-VIEW").severity is Severity.MEDIUM

    def test_rows_of_nobody(self, database: Database) -> None:
        """A view over a table without tenants shows nothing of anybody."""
        world = World.made(database)
        world.does(
            "create table public.countries (code text primary key); alter table public.countries enable row level security;"
            "create policy all_of_them on public.countries for select to $member using (true);"
            "create view public.v as select * from public.countries; grant select on public.countries, public.v to $member"
        )

        assert world.found("RFA-DEFINER-VIEW") == []

    def test_a_materialized_view(self, database: Database) -> None:
        """O2: a table of what its owner saw."""
        world = World.made(database)
        world.does(
            "create materialized view public.mv as select * from public.projects; grant select on public.mv to $member"
        )
        assert world.ann_sees("select name from public.mv") == BOTH

        assert world.repair("RFA-MATERIALIZED-VIEW").severity is Severity.CRITICAL

        with pytest.raises(DENIED):
            world.ann_sees("select name from public.mv")
        assert world.worse_than_low() == []


PARTED = """
    create table public.ev (tenant_id uuid not null, at int, secret text) partition by range (at);
    create table public.ev_1 partition of public.ev for values from (0) to (10);
    insert into public.ev select '$b', 1, 'of B' from generate_series(1, 300);
    insert into public.ev values ('$a', 2, 'of A');
    create index on public.ev (tenant_id);
    alter table public.ev enable row level security, force row level security;
    alter table public.ev owner to $owner;
    alter table public.ev_1 owner to $owner;
    create policy tenant on public.ev for all to $member using (tenant_id = any (array(select app.tenants())));
    grant select on public.ev to $member;
"""


class TestChildren:
    """Partitions and inheritance children."""

    def test_a_partition_named_directly(self, database: Database) -> None:
        """O3, X8b: the parent's policies are not asked, and the statistics are open."""
        world = World.made(database)
        world.does(f"{PARTED} grant select on public.ev_1 to $member; analyze public.ev_1")
        assert world.ann_sees("select secret from public.ev") == OWN
        assert world.ann_sees("select secret from public.ev_1") == BOTH
        values = "select unnest(most_common_vals::text::text[]) from pg_stats where tablename = 'ev_1' and attname = 'secret'"
        assert "of B" in world.ann_sees(values)

        assert world.repair("RFA-CHILD-OPEN").severity is Severity.CRITICAL

        with pytest.raises(DENIED):
            world.ann_sees("select secret from public.ev_1")
        assert world.ann_sees(values) == set()
        assert world.ann_sees("select secret from public.ev") == OWN
        assert world.worse_than_low() == []

    def test_a_partition_without_grants(self, database: Database) -> None:
        """Nobody can name it: nothing to say."""
        world = World.made(database)
        world.does(PARTED)

        assert world.worse_than_low() == []

    def test_an_inheritance_child(self, database: Database) -> None:
        """O4: a child of a protected table."""
        world = World.made(database)
        world.does(
            "create table public.archive () inherits (public.projects); grant select on public.archive to $member;"
            "insert into public.archive (id, tenant_id, name) values (900, '$b', 'of B')"
        )
        assert world.ann_sees("select name from public.archive") == {"of B"}

        world.repair("RFA-CHILD-OPEN")

        with pytest.raises(DENIED):
            world.ann_sees("select name from public.archive")

    def test_a_parent_without_protection(self, database: Database) -> None:
        """O4b: the child is protected, and its rows come through the parent."""
        world = World.made(database)
        world.does(
            """
            create table public.papers (tenant_id uuid not null, body text);
            create table public.invoices () inherits (public.papers);
            insert into public.invoices values ('$b', 'of B');
            alter table public.invoices enable row level security;
            create policy tenant on public.invoices for all to $member using (tenant_id = any (array(select app.tenants())));
            grant select on public.papers, public.invoices to $member;
            """
        )
        assert world.ann_sees("select body from public.invoices") == set()
        assert world.ann_sees("select body from public.papers") == {"of B"}

        assert world.repair("RFA-PARENT-OPEN").severity is Severity.CRITICAL

        assert world.ann_sees("select body from public.papers") == set()


class TestRoutines:
    """Functions that reach further than who calls them."""

    def test_a_definer_who_asks_nobody(self, database: Database) -> None:
        """O5: every caller gets every tenant's rows."""
        world = World.made(database)
        world.does(
            "create function public.all_names() returns setof text language sql security definer set search_path = ''"
            " as $f$ select name from public.projects $f$"
        )
        assert world.ann_sees("select public.all_names()") == BOTH

        assert world.repair("RFA-DEFINER-ROUTINE").severity is Severity.CRITICAL

        assert world.ann_sees("select public.all_names()") == OWN
        assert world.worse_than_low() == []

    def test_a_definer_in_plpgsql(self, database: Database) -> None:
        """O5: loops and variables make no difference."""
        world = World.made(database)
        world.does(
            "create function public.count_all() returns bigint language plpgsql security definer set search_path = ''"
            " as $f$ declare n bigint; begin select count(*) into n from public.projects; n := n + 0; return n; end $f$"
        )
        assert world.ann_sees("select public.count_all()") == {2}

        world.repair("RFA-DEFINER-ROUTINE")

        assert world.ann_sees("select public.count_all()") == {1}

    def test_a_definer_who_is_bound(self, database: Database) -> None:
        """O5b: FORCE and an owner without BYPASSRLS make it obey the policies."""
        world = World.made(database)
        world.does(
            "grant usage on schema app to $owner; alter policy tenant on public.projects to public;"
            "create function public.all_names() returns setof text language sql security definer set search_path = ''"
            " as $f$ select name from public.projects $f$; alter function public.all_names() owner to $owner"
        )
        assert world.ann_sees("select public.all_names()") == OWN

        assert world.worse_than_low() == []

    def test_a_definer_who_asks(self, database: Database) -> None:
        """One that ties each row to the caller is judged and let be; one that asks otherwise is for a person to read."""
        world = World.made(database)
        world.does(
            "create function public.mine() returns setof text language sql stable security definer set search_path = ''"
            " as $f$ select p.name from public.projects p where p.tenant_id = any (array(select app.tenants())) $f$;"
        )
        assert world.ann_sees("select public.mine()") == OWN
        assert world.found("RFA-DEFINER-ROUTINE") == []

        world.does(
            "create function public.rename(text) returns void language plpgsql security definer set search_path = ''"
            " as $f$ begin if app.who() is null then raise 'who?'; end if; update public.projects set name = $1; end $f$"
        )
        assert world.repair("RFA-DEFINER-ROUTINE").severity is Severity.MEDIUM
        with pytest.raises(DENIED):
            world.ann_sees("select public.rename('x')")

    @pytest.mark.parametrize(
        "statement",
        [
            "return query update public.projects p set name = 'x' where p.id = 1 and p.owner = app.who() returning p.name;",
            "return query insert into public.projects (name, owner) select 'x', app.who() returning name;",
            "delete from public.projects p where p.owner = app.who(); return;",
        ],
        ids=["update", "insert", "delete"],
    )
    def test_a_definer_who_asks_in_what_it_writes(self, database: Database, statement: str) -> None:
        """Whoever is asked about in INSERT, UPDATE and DELETE is asked: a person has to read it, and it is no open door."""
        world = World.made(database)
        world.does(
            "alter table public.projects add column if not exists owner text;"
            "create function public.change() returns setof text language plpgsql security definer set search_path = ''"
            f" as $f$ begin {statement} end $f$"
        )
        assert [finding.severity for finding in world.found("RFA-DEFINER-ROUTINE")] == [Severity.MEDIUM]

    def test_what_is_nested_too_deep(self, database: Database) -> None:
        """Nobody claims to have read it, and nothing stops."""
        world = World.made(database)
        deep = " || ".join(["name"] * 80)
        world.does(
            f"create view public.v as select {deep} as names from public.projects; grant select on public.v to $member;"
            "create function public.f() returns setof text language sql security definer set search_path = '' as"
            f" $f$ select {deep} from public.projects $f$;"
            "create function public.g(name text) returns void language plpgsql as"
            f" $f$ begin execute {deep}; end $f$"
        )

        assert "too deep" in world.the("RFA-DEFINER-VIEW").detail
        assert world.the("RFA-DEFINER-ROUTINE").severity is Severity.MEDIUM
        assert world.the("RFA-DYNAMIC-SQL").subject == "public.g(name text)"
        for code in ("RFA-DEFINER-VIEW", "RFA-DEFINER-ROUTINE", "RFA-DYNAMIC-SQL"):
            world.repair(code)

    def test_a_helper_that_answers_for_anybody(self, database: Database) -> None:
        """Called by hand it tells about others; where nobody can name it, policies still find it."""
        world = World.made(database)
        world.does(
            "create function app.of(who uuid) returns setof uuid language sql stable parallel safe security definer"
            " begin atomic; select m.tenant_id from public.members m where m.user_id = who; end;"
            "alter policy tenant on public.projects using (tenant_id = any (array(select app.of(app.who()))))"
        )
        assert len(world.ann_sees(f"select app.of('{BOB}')")) == 1

        assert world.repair("RFA-DEFINER-ROUTINE").severity is Severity.MEDIUM

        with pytest.raises(DENIED):
            world.ann_sees(f"select private.of('{BOB}')")
        assert world.ann_sees(NAMES) == OWN

    @pytest.mark.parametrize("setting", ["", "set search_path = public", "set search_path = pg_temp, public"])
    def test_whose_names_the_caller_chooses(self, database: Database, setting: str) -> None:
        """P18b, O5c: a temporary table of the caller's stands before the real one."""
        world = World.made(database)
        world.does(
            f"create function public.mine() returns setof uuid language sql stable security definer {setting}"
            " as $f$ select tenant_id from members where user_id = app.who() $f$;"
        )
        shadow = ("create temp table members (user_id uuid, tenant_id uuid)", "grant select on members to public")
        row = f"insert into members values ('{ANN}', 'bbbbbbbb-0000-0000-0000-000000000002')"

        def ann_is_in() -> set[str]:
            with world.acting({"sub": ANN}) as conn:
                for statement in (*shadow, row):
                    conn.execute(statement.encode())
                return {str(r[0]) for r in conn.execute("select public.mine()").fetchall()}

        assert ann_is_in() == {"bbbbbbbb-0000-0000-0000-000000000002"}

        assert world.repair("RFA-DEFINER-PATH").severity is Severity.HIGH

        assert ann_is_in() == {"aaaaaaaa-0000-0000-0000-000000000001"}

    def test_whose_functions_the_caller_chooses(self, database: Database) -> None:
        """O5c: replaced without SET; worse where request roles can create functions."""
        world = World.made(database)
        world.does(
            "create function public.f() returns bigint language sql stable security definer"
            " as $f$ select count(*) from public.members where user_id = app.who() $f$;"
        )
        assert world.the("RFA-DEFINER-PATH").severity is Severity.MEDIUM

        world.does("grant create on schema public to $member")
        assert world.repair("RFA-DEFINER-PATH").severity is Severity.HIGH

    @pytest.mark.parametrize(
        "fixed",
        ["set search_path = ''", "set search_path = public, pg_temp", "set search_path = pg_catalog, public, pg_temp"],
    )
    def test_a_fixed_path(self, database: Database, fixed: str) -> None:
        """P18c and its like are safe."""
        world = World.made(database)
        name = "public.members" if "''" in fixed else "members"
        world.does(
            f"create function public.f() returns bigint language sql stable security definer {fixed}"
            f" as $f$ select count(*) from {name} where user_id = app.who() $f$;"
        )

        assert world.found("RFA-DEFINER-PATH") == []

    def test_a_definer_for_everybody(self, database: Database) -> None:
        """O16: nobody granted it."""
        world = World.made(database)
        world.does(
            "create function public.close(who uuid) returns uuid language sql security definer set search_path = ''"
            " as $f$ select who $f$;"
        )

        world.repair("RFA-DEFINER-PUBLIC")

        assert world.ann_sees(f"select public.close('{ANN}')")
        with world.acting(None, role=world.visitor) as conn, pytest.raises(DENIED):
            conn.execute(f"select public.close('{ANN}')".encode())

    def test_an_argument_becomes_a_statement(self, database: Database) -> None:
        """R4: the caller's text sets other claims."""
        world = World.made(database)
        world.does(
            "create function public.search(word text) returns setof text language plpgsql set search_path = '' as $f$"
            " begin return query execute 'select name from public.projects where tag = ''' || word || ''''; end $f$"
        )
        forged = (
            "x'' union all select set_config(''request.jwt.claims'', ''{\"sub\": \"" + BOB + "\"}'', true)"
            " union all select name from public.projects --"
        )
        assert "of B" in world.ann_sees(f"select * from public.search('{forged}')")

        assert world.repair("RFA-DYNAMIC-SQL").severity is Severity.HIGH

        with pytest.raises(DENIED):
            world.ann_sees("select * from public.search('x')")
        assert world.worse_than_low() == []

    def test_a_promise_not_to_leak(self, database: Database) -> None:
        """P23: LEAKPROOF is called before the policies."""
        world = World.made(database)
        world.does(
            "create function public.peek(text) returns boolean language plpgsql cost 0.0000001 leakproof as"
            " $f$ begin raise notice 'saw %', $1; return true; end $f$"
        )
        _without_indexes(database)

        def heard() -> set[str]:
            said: list[str] = []
            with world.acting({"sub": ANN}) as conn:
                conn.add_notice_handler(lambda note: said.append(str(note.message_primary)))
                conn.execute("select id from public.projects where public.peek(name)")
            return set(said)

        assert "saw of B" in heard()

        assert world.repair("RFA-LEAKPROOF").severity is Severity.HIGH

        assert heard() == {"saw of A"}
        assert world.worse_than_low() == []

    def test_immutable_and_asks(self, database: Database) -> None:
        """P19: also where no policy calls it yet."""
        world = World.made(database)
        world.does("create function public.me() returns uuid language sql immutable as $f$ select app.who() $f$")

        world.repair("RFA-IMMUTABLE-SESSION")


def _without_indexes(database: Database) -> None:
    """An index on the tenant would find the caller's rows first, and hide the fault for as long as it is chosen."""
    for way in ("bitmapscan", "indexscan", "indexonlyscan"):
        database.execute(f"alter database {database.name} set enable_{way} = off")
