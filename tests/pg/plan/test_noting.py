"""The floor that only notes: nobody sees a row less or gets an error, and what enforcement would hide is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence import verbs
from ringfence.cli import shadowing
from ringfence.cli.shell import Ink
from ringfence.plan.noting import NOTES_MAX
from ringfence.shadow import log
from ringfence.shadow.model import LogUnreadable
from support.databases import Database
from support.shadow_world import World, shadowed

EVERY = 'note = "always"\nnote_one_in = 1'
OTHERS = "row of another tenant"


@pytest.fixture
def world(supabase_database: Database, tmp_path: Path) -> World:
    """After phase 4, with every statement looked at."""
    return shadowed(supabase_database, tmp_path, EVERY)


def act(world: World, *statements: str, role: str = "authenticated", endpoint: str = "", **how: Any) -> list[Any]:
    """Run statements in one transaction of a gateway, as a role; the rows of the last, or how many it touched."""
    how.setdefault("tenant", world.a)
    with world.gateway(**how) as conn:
        conn.execute("select set_config('ringfence.endpoint', %s, true)", (endpoint,))
        conn.execute(f"set local role {role}".encode())
        for statement in statements:
            done = conn.execute(statement.encode())
        return done.fetchall() if done.description else [done.rowcount]


def notes(world: World) -> set[tuple[str, str, str, str, int]]:
    """Table, command, endpoint, reason and times of everything that was noted."""
    report = verbs.shadow(world.database.url)
    return {(n.table, n.command, n.endpoint, n.reason, n.times) for n in report.noted}


COMMENTS, EVENTS = '"public"."comments"', '"public"."events"'


def test_nobody_sees_a_row_less(world: World) -> None:
    """Every row is still there for reading, and every write touches what it touched before."""
    everything = world.everything("select count(*) from public.comments")

    assert act(world, "select count(*) from public.comments", endpoint="GET /all") == [(everything,)]
    assert act(world, "update public.comments set body = body", endpoint="POST /touch") == [everything]

    assert notes(world) == {
        (COMMENTS, "select", "GET /all", OTHERS, 1),
        # what it met and what it wrote; an UPDATE that reads a column is bound by the policies for reading as well
        (COMMENTS, "select", "POST /touch", OTHERS, 2),
        (COMMENTS, "update", "POST /touch", OTHERS, 2),
    }


def test_a_statement_within_its_tenant_is_not_noted(world: World) -> None:
    """Own rows alone: nothing to note, also for a caller whose only organization says the tenant."""
    own = f"select count(*) from public.comments where client_id = '{world.a}'"

    assert act(world, own) == act(world, own, tenant=None)
    assert notes(world) == set()

    act(world, own, user="00000000-0000-4000-8000-00000000dead", tenant=None, endpoint="GET /stranger")
    assert notes(world) == {(COMMENTS, "select", "GET /stranger", "caller without a tenant", 1)}


def test_what_anybody_may_read_is_not_noted_and_what_he_writes_is(world: World) -> None:
    """`open_when` opens reading alone, for the notes as for the floor."""
    act(world, "select count(*) from public.documents where is_public", endpoint="GET /public")
    act(world, "delete from public.events where user_id is not null", endpoint="DELETE /events")

    assert {(table, command) for table, command, _, _, _ in notes(world)} == {
        (EVENTS, "select"),
        (EVENTS, "delete"),
    }, "partitions count for what they are part of"


def test_a_planted_row_is_noted(world: World) -> None:
    """An INSERT into another tenant succeeds as before."""
    planted = f"insert into public.events values (7000, '2026-02-02', '{world.user_b}', 'x', '{world.b}')"

    assert act(world, planted, endpoint="POST /events") == [1]

    assert notes(world) == {(EVENTS, "insert", "POST /events", OTHERS, 1)}


def test_a_read_only_transaction_leaves_its_note_to_the_next_that_writes(world: World) -> None:
    """PostgREST answers GET in one: nothing can be written there, and the session keeps the note."""
    with psycopg.connect(world.database.url_as("authenticator")) as conn:
        claims = f'{{"sub": "{world.user_a}", "app_metadata": {{"org_id": "{world.a}"}}}}'

        def say(statement: str, endpoint: str, *, read_only: bool) -> int:
            conn.read_only = read_only
            conn.execute(
                "select set_config('request.jwt.claims', %s, true), set_config('ringfence.endpoint', %s, true)",
                (claims, endpoint),
            )
            conn.execute("set local role authenticated")
            row = conn.execute(statement.encode()).fetchone()
            conn.commit()
            assert row is not None
            return int(row[0])

        everything = world.everything("select count(*) from public.comments")
        for _ in range(3):
            assert say("select count(*) from public.comments", "GET /all", read_only=True) == everything
        assert notes(world) == set()
        own = f"select count(*) from public.comments where client_id = '{world.a}'"
        assert 0 < say(own, "POST /mine", read_only=False) < everything

    assert notes(world) == {(COMMENTS, "select", "GET /all", OTHERS, 3)}


def test_serializable_transactions_are_not_made_writers(world: World) -> None:
    """A write of ours could make the application's transaction the one that fails."""
    with psycopg.connect(world.database.url_as("authenticator")) as conn:
        conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        conn.execute("set local role authenticated")
        conn.execute("select from public.comments")
        written = conn.execute("select pg_current_xact_id_if_assigned()").fetchone()
    assert written == (None,)


def test_what_the_context_is_like_never_makes_an_error(world: World) -> None:
    """Claims that are no JSON, a seal that nobody made, a session full of nonsense: the statement goes on."""
    for settings in (
        {"request.jwt.claims": "{"},
        {"request.jwt.claims": "null"},
        {"request.jwt.claims": '{"sub": 7, "app_metadata": "x"}'},
        {"ringfence.seal": "1.1.x.y", "request.jwt.claims": "{}"},
        {"ringfence.notes_waiting": "{", "request.jwt.claims": "{}"},
        {"ringfence.notes_waiting": '{"x": "y"}', "request.jwt.claims": "{}"},
    ):
        for login in ("authenticator", None):
            url = world.database.url if login is None else world.database.url_as(login)
            with psycopg.connect(url, autocommit=True) as conn:
                for name, value in settings.items():
                    conn.execute("select set_config(%s, %s, false)", (name, value))
                conn.execute("set role authenticated")
                assert conn.execute("select count(*) > 0 from public.comments").fetchone() == (True,), settings


def test_within_a_parallel_query_of_a_function_nothing_is_written(world: World) -> None:
    """A function that says it is parallel safe reads the table in a worker, where writes and subtransactions are errors."""
    world.database.execute(
        "create function public.count_comments(bigint) returns bigint language plpgsql stable parallel safe"
        " as $$ begin return (select count(*) from public.comments); end $$"
    )
    world.database.execute("create table public.many as select i::bigint as i from generate_series(1, 3000) i")
    world.database.execute("grant select on public.many to authenticated")
    with world.gateway(world.a) as conn:
        for name in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
            conn.execute("select set_config(%s, '0', true)", (name,))
        conn.execute("set local role authenticated")
        query = "select max(public.count_comments(i)) from public.many where i % 100 = 0"
        said: list[str] = []
        conn.add_notice_handler(lambda told: said.append(told.message_primary or ""))
        conn.execute("set local client_min_messages = log")  # what the server's log gets is said to us as well
        plan = "\n".join(r[0] for r in conn.execute(f"explain {query}".encode()).fetchall())
        assert "Parallel Seq Scan on many" in plan, "the test has lost its point"
        row = conn.execute(query.encode()).fetchone()
    assert row == (world.everything("select count(*) from public.comments"),)
    assert notes(world) == set(), "it is in the server's log alone"
    logged = [(n.table, n.command, n.reason, n.times, where) for n, where in log.notes(said)]
    assert logged == [(COMMENTS, "select", OTHERS, 30, "logged")]


def test_there_is_an_end_to_what_is_kept(world: World) -> None:
    """A table of ours cannot fill the disk because an application leans on rows of everybody."""
    act(world, "select from public.comments")
    world.database.execute(  # the oldest of very many
        "insert into ringfence.shadow_notes (id, table_name, command, endpoint, role_name, reason)"
        f" overriding system value values (-{NOTES_MAX}, 'x', 'select', '', 'anon', 'x')"
    )
    act(world, "select from public.comments")
    act(world, "select from public.comments")

    assert world.everything("select count(*) from ringfence.shadow_notes") == 2

    verbs.shadow(world.database.url, share=0)
    act(world, "select from public.comments")

    assert world.everything("select count(*) from ringfence.shadow_notes") == 2, "the old one went, there is room again"


def test_request_roles_cannot_write_notes(world: World) -> None:
    """A note is made by a policy that meets a row, and by nobody's call of what keeps it."""
    for statement in ("select ringfence.note_keep_v1('[]')", "select * from ringfence.shadow_notes"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            act(world, statement)


def test_the_gate_wants_every_endpoint_that_was_seen(world: World) -> None:
    """Enough of one endpoint says nothing of another, which is known by its notes without being compared."""
    check = next(c for c in world.case.plan().phase(4).exit.checks if c.code == "RFG-SHADOW:public.comments:select")
    own = f"select * from public.comments where client_id = '{world.a}'"

    def ask() -> list[tuple[Any, ...]]:
        with psycopg.connect(world.database.url) as conn:
            return conn.execute(check.sql.encode()).fetchall()

    with world.gateway(world.a) as conn:
        for _ in range(100):
            conn.execute("select ringfence.shadow_compare('authenticated', %s, 'GET /comments')", (own,))
    assert ask() == []
    world.compare(own, "GET /rare", tenant=world.a)
    act(world, "select from public.comments", endpoint="GET /all")

    assert ask() == [
        ("GET /all", "unproven: compared 0 of 100 times, met rows of other tenants"),
        ("GET /rare", "unproven: compared 1 of 100 times"),
    ]


def test_status_says_it_in_short_and_shadow_in_full(world: World) -> None:
    """Differences by table, endpoint, statement and reason."""
    assert "unproven, nothing was compared yet" in "\n".join(_status(world))
    world.compare("select * from public.comments", "GET /all", tenant=world.a)
    act(world, "select from public.comments", endpoint="GET /feed")

    lines = _status(world)
    assert lines[0] == "Shadow: 1 kind of difference on 1 table, about 1 comparisons"
    assert lines[1] == f"  {COMMENTS}   GET /all   select: fewer rows, 1 time"
    assert "met rows of other tenants on 1 table" in lines[2]
    text = shadowing.shown(verbs.shadow(world.database.url), Ink(False, 100))
    assert f"  GET /feed   select on {COMMENTS}\n    {OTHERS}, 1 time as authenticated" in text


def _status(world: World) -> list[str]:
    shadow = verbs.status(world.database.url).shadow
    assert shadow is not None
    return list(shadowing.in_short(shadow, Ink(False, 100)))


def test_notes_of_the_log_count_too(world: World, tmp_path: Path) -> None:
    """What the database has not is added from the log; a log that is not there is a clear error."""
    act(world, "select from public.comments", endpoint="GET /all")
    line = (
        'LOG:  ringfence note: ["2026-03-01T12:00:00+00:00", "\\"public\\".\\"comments\\"", "select", "POST /rpc/feed",'
        ' "authenticated", "row of another tenant", "logged"]'
    )
    file = tmp_path / "postgresql.log"
    file.write_text(f"something else\n{line}\n{line}\n", encoding="utf-8")

    report = verbs.shadow(world.database.url, logs=[file])

    assert [(n.endpoint, n.times) for n in report.noted] == [("POST /rpc/feed", 2), ("GET /all", 1)]
    with pytest.raises(LogUnreadable):
        verbs.shadow(world.database.url, logs=[tmp_path / "no.log"])


def test_it_is_sampled(supabase_database: Database, tmp_path: Path) -> None:
    """One statement in a million leaves no note of fifty."""
    world = shadowed(supabase_database, tmp_path, 'note = "always"\nnote_one_in = 1000000')
    for _ in range(50):
        act(world, "select from public.comments")
    assert notes(world) == set()


def test_never_means_never(supabase_database: Database, tmp_path: Path) -> None:
    """Without notes there are neither policies nor objects, and the gate asks for none."""
    world = shadowed(supabase_database, tmp_path, 'note = "never"')
    assert world.everything("select count(*) from pg_policies where policyname like 'ringfence_note%'") == 0
    assert verbs.shadow(world.database.url).noted == ()


def test_it_goes_back_from_here(world: World) -> None:
    """Nothing of it is left, whatever was noted."""
    act(world, "select from public.comments")
    assert world.case.differences_from_simulation(world.case.plan(), 4) == ""

    assert world.case.revert().outcome == "finished"

    assert world.case.catalog_differences() == ""
