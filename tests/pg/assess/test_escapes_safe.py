"""What PostgreSQL holds by itself: each looks like an escape, is none, and must not be reported as one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pg.assess.world import ANN, BOB, A, B, World
from support.databases import Database

NAMES = "select name from public.projects"
BOTH, OWN = {"of A", "of B"}, {"of A"}


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """The sound database; at the end nothing in it is worse than low."""
    made = World.made(database)
    yield made
    assert made.worse_than_low() == []


def test_a_cast_that_fails_comes_after_the_policy(world: World) -> None:
    """P24: what is not leakproof is asked only of rows that the policy let through."""
    query = "select id from public.projects where case when name = 'of B' then name::int = 1 else false end"

    assert world.ann_sees(query) == set()


def test_a_subquery_in_a_policy_is_bound(world: World) -> None:
    """P18d: names in a policy were resolved when it was made; a temporary table changes nothing."""
    world.does(
        "alter policy tenant on public.projects using"
        " (tenant_id = any (array(select m.tenant_id from public.members m where m.user_id = (select app.who()))))"
    )

    with world.acting({"sub": ANN}) as conn:
        conn.execute("create temp table members (user_id uuid, tenant_id uuid)")
        conn.execute("insert into members values (%s, %s)", (ANN, B))
        conn.execute("set local search_path = pg_temp, public")
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == OWN


def test_an_error_names_no_value(world: World) -> None:
    """K10: under row security the failing row is not printed."""
    world.does("alter table public.projects add constraint short check (length(tag) < 10)")

    with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.CheckViolation) as raised:
        conn.execute("update public.projects set tag = tag || 'and much more'")

    assert raised.value.diag.message_detail is None


def test_copy(world: World) -> None:
    """O11: COPY TO is filtered, COPY FROM is refused."""
    with world.acting({"sub": ANN}) as conn, conn.cursor().copy("copy public.projects (name) to stdout") as out:
        assert b"".join(bytes(part) for part in out) == b"of A\n"

    with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.FeatureNotSupported):
        conn.execute("copy public.projects (name) from stdin")


def test_functions_that_take_a_query(world: World) -> None:
    """O12: ts_stat and its like run as whoever calls."""
    stat = "select word from ts_stat('select to_tsvector(''simple'', name) from public.projects')"

    assert world.ann_sees(stat) == {"of", "a"}


def test_merge(world: World) -> None:
    """O17: MERGE asks the policies of each action."""
    matched = "merge into public.projects p using (values (102)) s (id) on p.id = s.id when matched then"

    assert world.ann_changes(f"{matched} update set name = 'mine'") == 0
    assert world.ann_changes(f"{matched} delete") == 0
    with world.acting({"sub": ANN}) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(
            "merge into public.projects p using (values (999)) s (id) on p.id = s.id"
            f" when not matched then insert (tenant_id) values ('{B}')".encode()
        )


@pytest.mark.parametrize(
    "query",
    [
        "select name from public.projects",
        "select name from public.named()",
        "with x as (select name from public.projects) select name from x",
        "select unnest(array(select name from public.projects))",
    ],
)
def test_a_plan_of_another_role(world: World, query: str) -> None:
    """X6: a cached plan is made again when the role changes, also below functions and subqueries."""
    other = world.database.create_role("staff", "nologin")
    world.does(
        f"create policy all_of_them on public.projects for select to {other} using (true);"
        f"grant select on public.projects to {other};"
        "create function public.named() returns setof public.projects language sql stable as"
        " $f$ select * from public.projects $f$"
    )
    with world.acting({"sub": ANN}, role=other) as conn:
        conn.execute(f"prepare q as {query}".encode())
        for _ in range(7):
            assert {r[0] for r in conn.execute("execute q").fetchall()} == BOTH
        conn.execute(f"set local role {world.member}".encode())
        assert {r[0] for r in conn.execute("execute q").fetchall()} == OWN

    world.does(f"drop policy all_of_them on public.projects; revoke all on public.projects from {other}")


def test_statistics(world: World) -> None:
    """X8, X8c: pg_stats hides tables with row security, and statistics of expressions on them."""
    world.does(
        "insert into public.projects (id, tenant_id, name) overriding system value"
        " select 1000 + n, '$b', 'of B' from generate_series(1, 300) n;"
        "create index lowered on public.projects (lower(name)); analyze public.projects"
    )

    assert world.ann_sees("select tablename from pg_stats where tablename in ('projects', 'lowered')") == set()


def test_new_policies_reach_old_statements(world: World) -> None:
    """M11: a statement that was prepared before row security was switched on is planned again."""
    world.does("alter table public.projects disable row level security")
    with world.database.connect() as conn:
        conn.execute(f"set role {world.member}".encode())
        conn.execute("select set_config('request.jwt.claims', %s, false)", (f'{{"sub": "{ANN}"}}',))
        conn.execute("prepare q as select name from public.projects")
        for _ in range(7):
            assert {r[0] for r in conn.execute("execute q").fetchall()} == BOTH
        world.does("alter table public.projects enable row level security")
        assert {r[0] for r in conn.execute("execute q").fetchall()} == OWN


def test_two_tenants_see_two_things(world: World) -> None:
    """The control: whoever is a member of B sees B, and nobody sees both."""
    assert world.ann_sees(NAMES) == OWN
    with world.acting({"sub": BOB}) as conn:
        assert {r[0] for r in conn.execute(NAMES).fetchall()} == {"of B"}
    assert A != B
