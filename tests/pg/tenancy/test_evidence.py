"""Asking the data is bounded, harmless, and honest about what it could not see."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from ringfence import db
from ringfence.names import QualifiedName
from ringfence.tenancy import pg
from ringfence.tenancy.anchors import organization_key
from ringfence.tenancy.evidence import SAMPLE_ROWS, Counted, Question, Unanswered
from support.databases import Database

PEOPLE = QualifiedName("public", "people")
NOTES = QualifiedName("public", "notes")


def question(table: QualifiedName = NOTES, column: str = "user_id", percent: float = 100.0) -> Question:
    """Whether a column holds keys of people."""
    return Question(table, column, PEOPLE, "id", percent)


@pytest.fixture
def desk(database: Database) -> Database:
    """Notes, most of which name a person."""
    database.execute("""
        create table public.people (id bigint primary key);
        create table public.notes (id bigint primary key, user_id bigint, title text);
        insert into public.people select generate_series(1, 100);
        insert into public.notes select i, case when i % 10 > 0 then i % 125 end, 'x' from generate_series(1, 1000) i;
    """)
    return database


def ask(database: Database, *questions: Question, user: str | None = None) -> list[object]:
    """The answers in order."""
    with db.connect(database.url_as(user) if user else database.url) as conn:
        evidence = pg.gather_evidence(conn, questions)
    return [evidence.answers[q] for q in questions]


def test_values_are_counted_exactly_in_a_small_table(desk: Database) -> None:
    """Distinct values, nulls and what is found in the parent."""
    (answer,) = ask(desk, question())

    assert answer == Counted(rows=1000, nulls=100, values=125, found=100)


def test_a_large_table_is_sampled(desk: Database) -> None:
    """No question reads more than its share, whatever the table's size."""
    desk.execute("insert into public.notes select i, i % 100 + 1, 'x' from generate_series(2000, 102000) i")

    whole, part = ask(desk, question(), question(percent=5.0))

    assert isinstance(whole, Counted)
    assert whole.rows == SAMPLE_ROWS
    assert isinstance(part, Counted)
    assert 0 < part.rows < SAMPLE_ROWS


def test_a_partitioned_table_is_sampled_through_its_partitions(desk: Database) -> None:
    """The root answers for all of them."""
    desk.execute("""
        create table public.events (at date, user_id integer) partition by range (at);
        create table public.events_1 partition of public.events for values from ('2030-01-01') to ('2030-02-01');
        create table public.events_2 partition of public.events for values from ('2030-02-01') to ('2030-03-01');
        insert into public.events select date '2030-01-01' + i % 59, i % 100 + 1 from generate_series(1, 500) i;
    """)

    (answer,) = ask(desk, question(QualifiedName("public", "events")))

    assert answer == Counted(rows=500, nulls=0, values=100, found=100)


def test_names_with_percent_signs_and_quotes_are_asked_unharmed(desk: Database) -> None:
    """The driver's own marks may occur in names."""
    desk.execute('create table public."100%s ""x""" ("%(a)s" bigint); insert into public."100%s ""x""" values (1), (2)')

    (answer,) = ask(desk, question(QualifiedName("public", '100%s "x"'), "%(a)s"))

    assert answer == Counted(rows=2, nulls=0, values=2, found=2)


def test_what_may_not_be_read_is_said_not_guessed(desk: Database) -> None:
    """A missing privilege, row security and a missing table leave their question unanswered, and the rest goes on."""
    reader = desk.create_role("reader")
    desk.execute(f"""
        grant usage on schema public to "{reader}";
        grant select on public.people, public.notes to "{reader}";
        create table public.secret (user_id bigint);
        create table public.guarded (user_id bigint);
        alter table public.guarded enable row level security;
        grant select on public.guarded to "{reader}";
    """)
    tables = [QualifiedName("public", n) for n in ("secret", "guarded", "gone", "notes")]

    secret, guarded, gone, notes = ask(desk, *(question(t) for t in tables), user=reader)

    assert secret == Unanswered("permission denied for table secret")
    assert isinstance(guarded, Unanswered)
    assert "row-level security" in guarded.reason
    assert isinstance(gone, Unanswered)
    assert isinstance(notes, Counted)


def test_a_slow_question_is_given_up(desk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge parent without an index does not hold init up."""
    monkeypatch.setattr(pg, "QUESTION_TIMEOUT_MS", 30)
    desk.execute("""
        create function public.slow(bigint) returns bigint language plpgsql as $$
        begin perform pg_catalog.pg_sleep(0.02); return $1; end $$;
        create view public.people_slowly as select public.slow(id) as id from public.people;
    """)
    slow = Question(NOTES, "user_id", QualifiedName("public", "people_slowly"), "id", 100.0)

    answers = ask(desk, slow, question(percent=0.0001))

    assert answers[0] == Unanswered("it took longer than 30 ms")
    assert isinstance(answers[1], Counted)


def test_a_locked_table_is_not_waited_for(desk: Database) -> None:
    """A question never queues behind somebody's ALTER TABLE for long."""
    with psycopg.connect(desk.url) as holder:
        holder.execute("lock table public.notes in access exclusive mode")
        (answer,) = ask(desk, question())
        holder.rollback()

    assert isinstance(answer, Unanswered)


def test_after_the_time_for_all_questions_the_rest_stays_open(desk: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand tables do not keep anybody waiting for an hour."""
    monkeypatch.setattr(pg, "ALL_QUESTIONS_TIMEOUT_S", -1.0)

    (answer,) = ask(desk, question())

    assert answer == Unanswered("no time was left after -1 s")


def test_the_connection_is_left_as_it_was(desk: Database) -> None:
    """No transaction stays open and no timeout stays set."""
    with db.connect(desk.url) as conn:
        pg.gather_evidence(conn, [question()])
        row = conn.execute("select current_setting('statement_timeout') as t, current_setting('lock_timeout') as l")
        assert row.fetchone() == {"t": "0", "l": "0"}
        assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_activity_is_read_for_every_table(desk: Database) -> None:
    """Updates tell a lookup table from a busy one."""
    conn = desk.connect()
    conn.execute("update public.people set id = id where id <= 40")
    conn.execute("select pg_stat_force_next_flush()")
    conn.close()

    with db.connect(desk.url) as ours:
        activity = pg.gather_evidence(ours, []).activity

    assert activity["public.people"].updated == 40
    assert activity["public.notes"].inserted == 1000


def test_keys_of_created_organizations_are_what_the_database_computes(desk: Database) -> None:
    """Python and SQL agree on the id of an organization, for plain and for odd keys."""
    with db.connect(desk.url) as conn:
        for key in ("founding", "quarantine", "user:7", "domain:ünï.test", "a'b"):
            row = conn.execute("select md5('ringfence:organization:' || %s)::uuid as id", (key,)).fetchone()
            assert row == {"id": uuid.UUID(organization_key(key))}
