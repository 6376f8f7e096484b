"""Phase 4 on a real server: canaries are enforced, nobody else notices, and differences are found and named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence import verbs
from ringfence.cli import shadowing
from ringfence.cli.shell import Ink
from ringfence.shadow.model import NotShadowing
from support.databases import Database
from support.shadow_world import CANARY, World, shadowed

Denied = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def world(supabase_database: Database, tmp_path: Path) -> World:
    """Phases 0 to 4 of the Supabase case."""
    return shadowed(supabase_database, tmp_path)


def test_only_the_canary_is_enforced(world: World) -> None:
    """Same database, same second: today's role sees what it saw, the canary its tenant alone, by choice of role."""
    for table in ("comments", "events"):
        all_rows = world.everything(f"select count(*) from public.{table}")
        own = world.everything(f"select count(*) from public.{table} where client_id = '{world.a}'")
        assert 0 < own < all_rows
        assert world.count(f"select from public.{table}", "authenticated", world.a) == all_rows
        assert world.count(f"select from public.{table}", CANARY, world.a) == own
    with world.gateway(world.a) as conn:
        conn.execute(f"set local role {CANARY}".encode())
        with pytest.raises(Denied):
            conn.execute(
                "insert into public.events values (5000, '2026-02-02', %s, 'planted', %s)", (world.user_b, world.b)
            )
        conn.rollback()
    assert world.count("select from public.comments", "anon", None) == world.everything(
        "select count(*) from public.comments"
    )


def test_differences_are_found_and_grouped(world: World) -> None:
    """Reads with fewer rows, writes that touch fewer, statements that fail; and those that are the same."""
    own = f"select * from public.comments where client_id = '{world.a}'"
    assert world.compare(own, "GET /comments", tenant=world.a) is None
    assert world.compare("select * from public.comments", "GET /all", tenant=world.a) == "fewer rows"
    assert world.compare("update public.events set what = what", "POST /touch", tenant=world.a) == "fewer rows"
    assert (
        world.compare(f"delete from public.comments where client_id = '{world.a}';", "DELETE /mine", tenant=world.a)
        is None
    )
    planted = f"insert into public.events values (7000, '2026-02-02', '{world.user_b}', 'x', '{world.b}')"
    assert world.compare(planted, "POST /events", tenant=world.a) == "fails under enforcement: 42501"
    assert world.compare("select 1/0 from public.comments", "GET /broken", tenant=world.a) is None, "broken today too"
    assert world.compare("select id from public.countries limit 0", "GET /wrong", tenant=world.a) is None
    rows = world.everything("select count(*) from public.events")
    assert world.everything("select count(*) from public.comments") > 0
    assert world.everything("select count(*) from public.events") == rows, "a comparison changes nothing"

    report = verbs.shadow(world.database.url)

    found = {d.endpoint: d for d in report.differing}
    assert set(found) == {"GET /all", "POST /touch", "POST /events"}
    assert found["GET /all"].tables == ('"public"."comments"',)
    assert found["POST /touch"].tables == ('"public"."events"',), "partitions count for what they are part of"
    assert found["POST /touch"].command == "update"
    assert (found["GET /all"].rows_now or 0) > (found["GET /all"].rows_canary or 0)
    text = shadowing.shown(report, Ink(False, 100))
    assert "GET /all   select on" in text
    assert "fewer rows" in text
    stored = world.everything("select count(*) from ringfence.shadow_observations o where o::text like '%select%from%'")
    assert stored == 0, "no statement's text is kept"


def test_what_did_not_get_its_lock_says_nothing(world: World) -> None:
    """Somebody else holds the rows: that either run gives up is no difference, and two that give up are no proof."""
    mine = f"update public.comments set body = body where client_id = '{world.a}'"
    with psycopg.connect(world.database.url) as other, world.gateway(world.a) as conn:
        other.execute(f"select from public.comments where client_id = '{world.a}' for update".encode())
        conn.execute("set local lock_timeout = '10ms'")
        assert conn.execute("select ringfence.shadow_compare('authenticated', %s, 'x')", (mine,)).fetchone() == (None,)
    assert world.everything("select count(*) from ringfence.shadow_observations") == 0
    assert world.compare(mine, tenant=world.a) is None
    assert world.everything("select count(*) from ringfence.shadow_observations") == 1


def test_the_service_role_is_compared_as_the_canary(world: World) -> None:
    """No policy sees what a bypassing role does; the same statement as the canary shows what it leans on."""
    assert world.compare("select * from public.comments", "job", "service_role", tenant=world.a) == "fewer rows"
    assert (
        world.compare(
            f"select * from public.comments where client_id = '{world.a}'", "job", "service_role", tenant=world.a
        )
        is None
    )


def test_a_table_whose_own_policies_will_go_is_compared_without_them(world: World) -> None:
    """`policies = "drop"`: colleagues will change one another's documents, so changing them is no difference."""
    change = "update public.documents set title = title where client_id = '{}'"
    assert world.compare(change.format(world.a), "edit", "service_role", tenant=world.a) is None
    assert world.compare(change.format(world.b), "edit", "service_role", tenant=world.a) == "fewer rows"


def test_a_caller_without_a_tenant_is_compared_in_his_only_organization(world: World) -> None:
    """Tokens that know no tenants yet: membership says which one, where there is exactly one."""
    own = f"select * from public.comments where client_id = '{world.a}'"
    assert world.compare(own, user=world.user_a) is None
    world.database.execute(
        f"insert into public.user_organizations (user_id, organization_id) values ('{world.user_a}', '{world.b}')"
    )
    assert world.compare(own, user=world.user_a) == "fewer rows", "of two nobody can say which"


def test_a_canary_without_a_tenant_acts_for_his_only_organization(world: World) -> None:
    """As it is in comparisons; of two nobody can say which, and a tenant that is named and is not his is denied."""
    comments = "select from public.comments"
    own = world.everything(f"select count(*) from public.comments where client_id = '{world.a}'")
    assert 0 < own < world.everything("select count(*) from public.comments")

    assert world.count(comments, CANARY, None) == own
    assert world.count(comments, CANARY, world.a) == own
    assert world.count(comments, CANARY, world.b) == 0
    with psycopg.connect(world.database.url_as("authenticator")) as conn:
        conn.execute(f"set local role {CANARY}".encode())
        assert conn.execute(comments.encode()).fetchall() == [], "nobody is signed in"
    world.database.execute(
        f"insert into public.user_organizations (user_id, organization_id) values ('{world.user_a}', '{world.b}')"
    )
    assert world.count(comments, CANARY, None) == 0


def test_a_canary_is_not_let_in_by_a_login_whose_claims_are_not_believed(world: World) -> None:
    """Only gateways vouch for claims; elsewhere the floor wants a sealed context, and says so."""
    login = world.database.create_role("rf_stranger", f"login in role {CANARY}")
    with psycopg.connect(world.database.url_as(login)) as conn:
        conn.execute("select set_config('request.jwt.claims', %s, true)", (f'{{"sub": "{world.user_a}"}}',))
        with pytest.raises(psycopg.Error) as refused:
            conn.execute("select from public.comments")
    assert refused.value.sqlstate == "RF901"


def test_a_read_only_transaction_is_compared_too(world: World) -> None:
    """PostgREST answers GET in one; the answer is the same, and only the record is missing."""
    assert world.compare("select * from public.comments", "GET /all", tenant=world.a, read_only=True) == "fewer rows"
    assert world.everything("select count(*) from ringfence.shadow_observations") == 0


def test_nobody_else_may_compare_or_record(world: World) -> None:
    """A request role that could write observations could open the gate."""
    for statement in (
        "select ringfence.shadow_compare('service_role', 'select 1', '')",
        "select ringfence.shadow_record_v1('', 'select', '{}', 'x', 'y', 'z', 1, 1, null)",
        "insert into ringfence.shadow_observations (endpoint) values ('x')",
    ):
        with world.gateway(world.a) as conn:
            conn.execute("set local role authenticated")
            with pytest.raises(Denied):
                conn.execute(statement.encode())
            conn.rollback()
    with pytest.raises(psycopg.Error) as refused:
        world.compare("select 1", role="postgres")
    assert refused.value.sqlstate == "RF434"


def test_the_share_is_sticky_and_needs_no_ddl(world: World) -> None:
    """Whoever is in at a tenth is in at a half; at none nobody is, at all everybody."""

    def inside(share: float) -> set[int]:
        assert verbs.shadow(world.database.url, share=share).canary_share == share
        with world.gateway() as conn:
            rows = conn.execute(
                "select i from generate_series(1, 2000) i where ringfence.in_canary_share('user ' || i)"
            )
            return {r[0] for r in rows.fetchall()}

    assert inside(0) == set()
    tenth, half = inside(0.1), inside(0.5)
    assert tenth < half
    assert 100 < len(tenth) < 320
    assert inside(0.1) == tenth
    assert len(inside(1)) == 2000


def test_the_gate_opens_when_enough_was_seen_and_nothing_differs(world: World) -> None:
    """Enough comparisons over long enough: passed. One that differs: held, with endpoint and reason. Else: unproven."""
    plan = world.case.plan()
    check = next(c for c in plan.phase(4).exit.checks if c.code == "RFG-SHADOW:public.comments:select")
    assert check.observed_sql is not None
    own = f"select * from public.comments where client_id = '{world.a}'"

    def ask() -> tuple[int, list[tuple[Any, ...]]]:
        assert check.observed_sql is not None
        with psycopg.connect(world.database.url) as conn:
            seen = conn.execute(check.observed_sql.encode()).fetchone()
            assert seen is not None
            return int(seen[0]), conn.execute(check.sql.encode()).fetchall()

    with world.gateway(world.a) as conn:
        for _ in range(100):
            conn.execute("select ringfence.shadow_compare('authenticated', %s, 'GET /comments')", (own,))
    assert ask() == (0, []), "a hundred in one second say nothing about a weekend"
    world.database.execute("update ringfence.shadow_observations set at = at - interval '49 hours' where id % 2 = 0")
    assert ask() == (100, [])
    world.compare("select * from public.comments", "GET /all", tenant=world.a)
    seen, problems = ask()
    assert seen == 101
    assert problems[0][0] == "GET /all"
    assert problems[0][1].startswith("fewer rows, 1 times as authenticated")


def test_without_phase_4_there_is_nothing_to_show(supabase_database: Database) -> None:
    """A clear error instead of an empty report."""
    with pytest.raises(NotShadowing):
        verbs.shadow(supabase_database.url)


def test_it_goes_back_from_here(world: World) -> None:
    """The canaries lose what they were given, tables are as they were."""
    assert world.case.differences_from_simulation(world.case.plan(), 4) == ""

    assert world.case.revert().outcome == "finished"

    assert world.case.catalog_differences() == ""
    with psycopg.connect(world.database.url) as conn:
        row = conn.execute(f"select pg_has_role('authenticator', '{CANARY}', 'MEMBER')".encode()).fetchone()
    assert row == (False,)
