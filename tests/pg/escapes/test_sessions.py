"""Escapes that no catalog shows: what a session keeps, what a plan tells, what a schema change does. Each is shown to be one.

What closes those of pooled sessions is the runtime, whose own tests (`tests/pg/runtime/test_leftovers.py`) try the same.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from pg.assess.world import ANN, BOB, A, B, World
from support.databases import Database

NAMES = "select name from public.projects"
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def world(database: Database) -> World:
    """Two tenants, policies that hold."""
    return World.made(database)


@pytest.fixture
def session(world: World) -> Iterator[Connection]:
    """A session of a pool, which one tenant uses after the other."""
    with world.database.connect() as conn:
        yield conn


def begin(conn: Connection, world: World, user: str | None) -> None:
    """A transaction as a gateway opens it; without a user, as one that forgot the claims."""
    conn.execute("begin")
    conn.execute(f"set local role {world.member}".encode())
    if user is not None:
        conn.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps({"sub": user}),))


def answer(conn: Connection, query: str) -> set[object]:
    """The first column of what comes back."""
    return {row[0] for row in conn.execute(query.encode()).fetchall()}


def transaction(conn: Connection, world: World, user: str | None, *statements: str) -> set[object]:
    """The answer to the last of some statements."""
    begin(conn, world, user)
    try:
        for statement in statements[:-1]:
            conn.execute(statement.encode())
        return answer(conn, statements[-1])
    finally:
        conn.execute("commit")


def test_a_setting_for_the_session_stays(world: World, session: Connection) -> None:
    """X1: the next one in the pool, who brings no claims, has those of the tenant before."""
    claims = json.dumps({"sub": BOB})
    transaction(session, world, None, f"select set_config('request.jwt.claims', '{claims}', false)")

    assert transaction(session, world, None, NAMES) == {"of B"}

    session.execute("discard all")
    assert transaction(session, world, None, NAMES) == set()


def test_set_local_outside_a_transaction_does_nothing(world: World, session: Connection) -> None:
    """X2: a warning that nobody reads, and the tenant before."""
    heard: list[str] = []
    session.add_notice_handler(lambda n: heard.append(n.message_primary or ""))
    session.execute("select set_config('request.jwt.claims', %s, false)", (json.dumps({"sub": BOB}),))
    session.execute(f"set role {world.member}".encode())

    session.execute(f"set local \"request.jwt.claims\" = '{json.dumps({'sub': ANN})}'".encode())

    assert any("can only be used in transaction blocks" in text for text in heard)
    assert answer(session, NAMES) == {"of B"}


def test_a_setting_is_empty_and_not_null_after_its_first_use(world: World, session: Connection) -> None:
    """X3: `is null` is no longer true, and a cast fails where it used to be null."""
    asked = "select current_setting('app.tenant', true)"
    assert answer(session, asked) == {None}
    transaction(session, world, ANN, "select set_config('app.tenant', '1', true)")

    assert answer(session, asked) == {""}
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        session.execute("select current_setting('app.tenant', true)::uuid")


def test_a_released_savepoint_keeps_its_claims(world: World, session: Connection) -> None:
    """X4: only ROLLBACK TO takes them back."""
    claims = f"select set_config('request.jwt.claims', '{json.dumps({'sub': BOB})}', true)"

    kept = transaction(session, world, ANN, "savepoint s", claims, "release savepoint s", NAMES)
    undone = transaction(session, world, ANN, "savepoint s", claims, "rollback to savepoint s", NAMES)

    assert (kept, undone) == ({"of B"}, {"of A"})


def test_a_cursor_with_hold_is_fetched_by_the_next(world: World, session: Connection) -> None:
    """X5: it holds the rows of the tenant who opened it."""
    begin(session, world, BOB)
    session.execute(f"declare loot cursor with hold for {NAMES}".encode())
    session.execute("commit")

    assert transaction(session, world, ANN, "fetch all from loot") == {"of B"}

    session.execute("discard all")
    with pytest.raises(psycopg.errors.InvalidCursorName):
        transaction(session, world, ANN, "fetch all from loot")


def test_an_open_cursor_follows_the_claims(world: World, session: Connection) -> None:
    """X5b: it was declared as Ann and is read as Bob."""
    claims = f"select set_config('request.jwt.claims', '{json.dumps({'sub': BOB})}', true)"

    assert transaction(session, world, ANN, f"declare c cursor for {NAMES}", claims, "fetch all from c") == {"of B"}


def test_the_last_value_of_the_tenant_before(world: World, session: Connection) -> None:
    """K9: lastval() knows no tenants; USAGE, which every INSERT with a serial key needs, is enough."""
    world.does("grant usage on sequence public.projects_id_seq to $member")
    transaction(
        session, world, BOB, f"insert into public.projects (tenant_id, name) values ('{B}', 'new') returning id"
    )
    with world.database.connect() as conn:
        newest = answer(conn, "select max(id) from public.projects where name = 'new'")

    assert transaction(session, world, ANN, "select lastval()") == newest

    session.execute("discard all")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        transaction(session, world, ANN, "select lastval()")


def test_an_advisory_lock_outlives_its_tenant(world: World, session: Connection) -> None:
    """X17: it blocks or tells whoever asks for the same number, until the session ends or forgets."""
    transaction(session, world, BOB, "select pg_advisory_lock(42)")

    with world.acting({"sub": ANN}) as conn:
        assert answer(conn, "select pg_try_advisory_lock(42)") == {False}
    session.execute("discard all")
    with world.acting({"sub": ANN}) as conn:
        assert answer(conn, "select pg_try_advisory_lock(42)") == {True}


def test_a_deferred_trigger_asks_at_commit(world: World, session: Connection) -> None:
    """X13: a statement of Ann's is judged with the claims that stand when the transaction ends."""
    world.does(
        "create table public.told (who text); grant insert on public.told to $member;"
        "create function public.tell() returns trigger language plpgsql as"
        " $f$ begin insert into public.told values (app.who()::text); return null; end $f$;"
        "create constraint trigger tell after insert on public.projects deferrable initially deferred"
        " for each row execute function public.tell()"
    )

    transaction(
        session,
        world,
        ANN,
        f"insert into public.projects (tenant_id, name) values ('{A}', 'new')",
        f"select set_config('request.jwt.claims', '{json.dumps({'sub': BOB})}', true)",
    )

    with world.database.connect() as conn:
        assert answer(conn, "select who from public.told") == {BOB}


def many_of_b(world: World, rows: int = 5000) -> None:
    """Bob's tenant has much of what Ann has nothing of."""
    world.does(
        "select setval('public.projects_id_seq', 1000);"
        f"insert into public.projects (tenant_id, name, tag) select '$b', 'n' || i, 'common in B'"
        f" from generate_series(1, {rows}) i; analyze public.projects"
    )


def test_estimates_tell_how_common_a_hidden_value_is(world: World) -> None:
    """X9: the planner counts everybody's rows; a tenant's index before the rest keeps it from the filter's estimate."""
    many_of_b(world)
    with world.database.connect() as conn:
        conn.execute("drop index public.projects_tenant_id_idx")

    def estimate(tag: str) -> int:
        query = f"explain (format json) select tag from public.projects where tag = '{tag}'"
        with world.acting({"sub": ANN}) as conn:
            row = conn.execute(query.encode()).fetchone()
        assert row is not None
        return int(row[0][0]["Plan"]["Plan Rows"])

    assert estimate("common in B") > 100 * estimate("rare")


def test_a_plan_counts_the_rows_that_a_policy_removed(world: World) -> None:
    """X9b: EXPLAIN ANALYZE says how many there are."""
    many_of_b(world)
    with world.database.connect() as conn:
        conn.execute("drop index public.projects_tenant_id_idx")

    told = "\n".join(
        str(line) for line in world.ann_sees(f"explain (analyze, costs off, timing off, summary off) {NAMES}")
    )

    assert re.search(r"Rows Removed by Filter: 500\d", told)


def test_counters_of_the_catalog_are_everybodys(world: World) -> None:
    """X10: rows and size of a table, to whoever may connect."""
    many_of_b(world)

    rows = world.ann_sees("select reltuples::bigint from pg_class where oid = 'public.projects'::regclass")
    size = world.ann_sees("select pg_relation_size('public.projects')")

    assert rows == {5002}
    assert min(int(str(s)) for s in size) > 100_000


def test_an_index_is_asked_before_the_policy(world: World) -> None:
    """X11: a leakproof condition finds its index first, so that work, and with it time, depends on hidden rows."""
    many_of_b(world)
    world.does(
        "drop index public.projects_tenant_id_idx; create index on public.projects (tag);analyze public.projects"
    )

    def work(tag: str) -> int:
        query = f"select count(*) from public.projects where tag = '{tag}'"
        with world.acting({"sub": ANN}) as conn:
            conn.execute("set local enable_seqscan = off")
            row = conn.execute(f"explain (analyze, timing off, format json) {query}".encode()).fetchone()
        assert row is not None
        return int(json.dumps(row[0]).count("Rows Removed by Filter") and _removed(row[0][0]["Plan"]))

    assert work("common in B") >= 5000
    assert work("rare") == 0


def _removed(plan: dict[str, Any]) -> int:
    own = int(plan.get("Rows Removed by Filter", 0))
    return own + sum(_removed(inner) for inner in plan.get("Plans", []))


def test_a_revocation_and_a_lock(world: World) -> None:
    """P27: FOR UPDATE waits for the row, then reads its new version with the memberships of before the wait."""
    world.does("update public.projects set tag = 'mine' where tenant_id = '$a'")
    seen: list[set[object]] = []
    waiting = threading.Event()

    def wait_for_the_row() -> None:
        with world.database.connect(autocommit=False) as ann:
            begin_of = "select set_config('request.jwt.claims', %s, true)"
            ann.execute(begin_of, (json.dumps({"sub": ANN}),))
            ann.execute("set local statement_timeout = '20s'")
            ann.execute(f"set local role {world.member}".encode())
            waiting.set()
            seen.append(answer(ann, "select tag from public.projects where name = 'of A' for update"))
            ann.rollback()

    with world.database.connect(autocommit=False) as admin:
        admin.execute(f"delete from public.members where user_id = '{ANN}'".encode())
        admin.execute("update public.projects set tag = 'after she left' where name = 'of A'")
        thread = threading.Thread(target=wait_for_the_row)
        thread.start()
        assert waiting.wait(10)
        with world.database.connect() as watcher:
            _until_somebody_waits(watcher)
        admin.commit()
        thread.join(20)

    assert seen == [{"after she left"}]
    assert world.ann_sees("select tag from public.projects") == set()


def _until_somebody_waits(conn: Connection) -> None:
    asked = "select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    for _ in range(10_000):
        if answer(conn, asked) == {True}:
            return
    raise AssertionError("nobody waited")


def test_columns_swapped_by_name(world: World) -> None:
    """M1: a policy is bound to the column, and goes on asking the old one. No step of a plan renames a tenant column."""
    world.does(
        "alter table public.projects rename tenant_id to old_tenant; alter table public.projects add tenant_id uuid;"
        "update public.projects set tenant_id = case old_tenant when '$a' then '$b'::uuid else '$a'::uuid end"
    )

    with world.database.connect() as conn:
        expression = answer(conn, "select qual from pg_policies where tablename = 'projects'")
    assert "old_tenant" in str(expression)
    assert world.ann_sees("select tenant_id::text from public.projects") == {B}


def test_a_copied_table_has_no_protection(world: World) -> None:
    """M2: LIKE INCLUDING ALL takes neither policies nor row security nor grants, so no step copies and swaps."""
    world.does("create table public.projects_new (like public.projects including all)")

    with world.database.connect() as conn:
        kept = conn.execute(
            "select c.relrowsecurity, c.relforcerowsecurity, c.relacl is null, exists (select from pg_policy"
            " where polrelid = c.oid) from pg_class c where c.oid = 'public.projects_new'::regclass"
        ).fetchone()
    assert kept == (False, False, True, False)


LOCKED: tuple[tuple[LiteralString, str], ...] = (
    ("create policy p on public.projects for select using (true)", "AccessExclusiveLock"),
    ("alter policy tenant on public.projects using (true)", "AccessExclusiveLock"),
    ("drop policy tenant on public.projects", "AccessExclusiveLock"),
    ("alter table public.projects enable row level security", "AccessExclusiveLock"),
    ("alter table public.projects force row level security", "AccessExclusiveLock"),
    ("grant select on public.projects to public", ""),
)


@pytest.mark.parametrize(("statement", "expected"), LOCKED, ids=lambda value: str(value)[:24])
def test_what_a_policy_locks(world: World, statement: LiteralString, expected: str) -> None:
    """M3: everybody waits behind it, readers too; so each is one short transaction with a bounded wait for its lock."""
    with world.database.connect(autocommit=False) as conn:
        conn.execute(statement)
        held = answer(
            conn, "select mode from pg_locks where pid = pg_backend_pid() and relation = 'public.projects'::regclass"
        )
        conn.rollback()

    assert ("AccessExclusiveLock" in held) == bool(expected)


def test_an_upsert_needs_to_see(world: World) -> None:
    """M15: with policies for INSERT and UPDATE alone, ON CONFLICT DO UPDATE and RETURNING fail; phase 6 makes all four."""
    world.does(
        "drop policy tenant on public.projects;"
        "create policy i on public.projects for insert to $member with check (tenant_id = any (array(select app.tenants())));"
        "create policy u on public.projects for update to $member using (tenant_id = any (array(select app.tenants())))"
    )
    upsert = (
        f"insert into public.projects (id, tenant_id, name) overriding system value values (101, '{A}', 'up')"
        " on conflict (id) do update set name = excluded.name"
    )

    for statement in (upsert, f"insert into public.projects (tenant_id, name) values ('{A}', 'x') returning id"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.ann_changes(statement)
    world.does(
        "create policy s on public.projects for select to $member using (tenant_id = any (array(select app.tenants())))"
    )
    assert world.ann_changes(upsert) == 1


def test_a_vector_index_finds_none_of_ones_own(world: World) -> None:
    """X16: the nearest rows are others', the policy removes them all, and nothing is left, though there are 50."""
    try:
        world.does("create extension vector")
    except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported):
        pytest.skip("no pgvector on this server")
    world.does(
        "create table public.embeddings (id bigint generated always as identity, tenant_id uuid not null, v vector(3));"
        "insert into public.embeddings (tenant_id, v) select '$b', format('[%s,0,0]', i * 0.000001)::vector from generate_series(1, 3000) i;"
        "insert into public.embeddings (tenant_id, v) select '$a', format('[%s,1,1]', i * 0.01)::vector from generate_series(1, 50) i;"
        "create index on public.embeddings using hnsw (v vector_l2_ops);"
        "alter table public.embeddings enable row level security;"
        "create policy tenant on public.embeddings to $member using (tenant_id = any (array(select app.tenants())));"
        "grant select on public.embeddings to $member; analyze public.embeddings"
    )
    nearest = "select id from public.embeddings order by v <-> '[0,0,0]' limit 10"

    with world.acting({"sub": ANN}) as conn:
        conn.execute("set local enable_seqscan = off")
        conn.execute("set local enable_sort = off")
        found = answer(conn, nearest)

    assert len(found) < 10
