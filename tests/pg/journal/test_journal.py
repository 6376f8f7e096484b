"""The journal in a real database: installed, appended to, read, protected."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from ringfence import db
from ringfence.journal import pg
from ringfence.journal.fold import fold
from ringfence.journal.model import (
    BatchCommitted,
    DocumentMissing,
    Event,
    GatePassed,
    IllegalTransition,
    JournalDamaged,
    JournalDenied,
    JournalMissing,
    PauseRequested,
    PlanAdopted,
    Progress,
    ResumeRequested,
    RunEnded,
    RunStarted,
    RunSuperseded,
    SchemaTaken,
    StepDone,
    StepStarted,
    WrongIsolation,
)
from ringfence.plan.model import Plan
from support.databases import Database
from support.small_world import Kind, plan_of_kinds

PLAN = PlanAdopted("plan", None, ((0, ('Größe "x"', "b")),), ((0, "entry", "in"), (0, "exit", "out")))
RUN = RunStarted("r1", "forward", 0, "0")
STEP = 'Größe "x"'


@pytest.fixture
def conn(database: Database) -> Iterator[db.Connection]:
    with db.connect(database.url) as made:
        pg.install(made)
        yield made


@pytest.fixture
def other(database: Database, conn: db.Connection) -> Iterator[db.Connection]:
    with db.connect(database.url) as made:
        yield made


def begin(conn: db.Connection, *more: Event) -> None:
    """A plan, an open run that this session works for, and some entries."""
    pg.work_for(conn, "r1")
    for event in (PLAN, RUN, GatePassed("in"), StepStarted(STEP), *more):
        pg.append(conn, event)


def owner_of(database: Database, *, schema: bool = False) -> str:
    """An ordinary role that may install: as owner of the database's schemas, or given an empty schema."""
    role = database.create_role()
    grant = (
        f"create schema ringfence authorization {role}"
        if schema
        else f"grant create on database {database.name} to {role}"
    )
    database.execute(grant)
    return role


# --- installing --------------------------------------------------------------------------------------------------


def test_installing_twice_changes_nothing(database: Database) -> None:
    """Install is safe to run at any time; the journal that is there stays as it is."""
    with db.connect(database.url) as conn:
        assert not pg.exists(conn)
        pg.install(conn)
        pg.append(conn, PLAN)
        before = pg.read(conn)
        pg.install(conn)

        assert pg.exists(conn)
        assert before == pg.read(conn)


def test_two_installers_at_once(database: Database) -> None:
    """The second waits for the first and finds everything in place."""
    with db.connect(database.url) as one, db.connect(database.url) as two:
        failures: list[Exception] = []

        def second() -> None:
            try:
                pg.install(two)
            except Exception as error:  # noqa: BLE001  # handed to the assertion below
                failures.append(error)

        with one.transaction():
            pg.install(one)
            thread = threading.Thread(target=second)
            thread.start()
            wait_until_blocked(database, two)
        thread.join(10)

        assert failures == []
        assert pg.read(two) == ()


def wait_until_blocked(database: Database, conn: db.Connection) -> None:
    """Return when the session waits for a lock."""
    watcher = database.connect()
    for _ in range(200):
        row = watcher.execute(
            "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s", (conn.info.backend_pid,)
        ).fetchone()
        if row == (True,):
            return
        time.sleep(0.02)
    raise AssertionError("the session never waited")


@pytest.mark.parametrize("schema", [False, True], ids=["may create schemas", "was given an empty schema"])
def test_an_ordinary_role_installs_and_appends(database: Database, schema: bool) -> None:
    """No superuser is needed: not to install, not to append, not for the protection."""
    role = owner_of(database, schema=schema)
    with db.connect(database.url_as(role)) as conn:
        pg.install(conn)
        begin(conn)

        assert len(pg.read(conn)) == 4
        with pytest.raises(psycopg.DatabaseError, match="refused"):
            conn.execute("delete from ringfence.journal")


def test_hosted_supabase_takes_the_journal(supabase_database: Database) -> None:
    """The rights of hosted Supabase's postgres suffice."""
    with db.connect(supabase_database.url_as("postgres")) as conn:
        pg.install(conn)
        begin(conn)

        assert fold(pg.read(conn)).open is not None


def test_nobody_else_may_look(database: Database) -> None:
    """Default privileges that hand everything out to everybody do not reach the journal."""
    reader = database.create_role()
    database.execute(
        f"alter default privileges grant all on tables to {reader}, public;"
        f"alter default privileges grant execute on functions to {reader};"
        f"alter default privileges grant usage on schemas to {reader}"
    )
    with db.connect(database.url) as conn:
        pg.install(conn)
        pg.append(conn, PLAN)
    with db.connect(database.url_as(reader)) as conn:
        assert pg.exists(conn)
        with pytest.raises(JournalDenied):
            pg.read(conn)
        with pytest.raises(JournalDenied):
            pg.append(conn, PauseRequested())
        with pytest.raises(JournalDenied):
            pg.load_plan(conn, "x", Plan)


def test_a_database_without_journal_says_so(database: Database) -> None:
    """Reading or appending before install is a coded error."""
    with db.connect(database.url) as conn:
        with pytest.raises(JournalMissing):
            pg.read(conn)
        with pytest.raises(JournalMissing):
            pg.append(conn, PLAN)


def test_a_schema_of_the_application_is_left_alone(database: Database) -> None:
    """A schema that bears our name and holds other things is refused before anything is written."""
    database.execute("create schema ringfence; create table ringfence.rings (id int)")
    with db.connect(database.url) as conn:
        with pytest.raises(SchemaTaken, match="somebody else's"):
            pg.install(conn)
        database.execute("alter table ringfence.rings rename to journal")
        with pytest.raises(SchemaTaken, match="not a journal this version"):
            pg.exists(conn)


def test_a_role_without_rights_is_told_what_to_grant(database: Database) -> None:
    """The error holds the statement that helps, and nothing was created."""
    role = database.create_role()
    with db.connect(database.url_as(role)) as conn:
        with pytest.raises(SchemaTaken) as caught:
            pg.install(conn)
        assert f'create schema ringfence authorization "{role}"' in caught.value.hint
        assert not pg.exists(conn)


# --- appending and reading ---------------------------------------------------------------------------------------


def test_what_is_appended_is_read_and_the_chain_holds(conn: db.Connection) -> None:
    """Entries come back as they were written, in order, with non-ASCII names; the server's hash is ours."""
    begin(conn, BatchCommitted(STEP, 7, {"page": 3, "ключ": "ü\"'\\\n"}), StepDone(STEP, {"seconds": 0.1}))
    entries = pg.read(conn)

    assert [*range(1, 7)] == [entry.seq for entry in entries]
    assert BatchCommitted(STEP, 7, {"page": 3, "ключ": "ü\"'\\\n"}) == entries[4].event
    assert entries[3:] == pg.read_since(conn, 3)
    assert pg.read_since(conn, 6) == ()
    assert pg.append(conn, PauseRequested()) == pg.read(conn)[-1]


def test_people_can_query_it(conn: db.Connection) -> None:
    """The entries are JSON with their kind beside them."""
    begin(conn)
    row = conn.execute("select event ->> 'step' as step from ringfence.journal where kind = 'StepStarted'").fetchone()

    assert row == {"step": STEP}


def test_a_session_in_another_time_zone_reads_the_same(conn: db.Connection, other: db.Connection) -> None:
    """The chain does not depend on settings of the session that appends or reads."""
    other.execute("set timezone = 'Asia/Kolkata'")
    pg.append(other, PLAN)
    pg.append(conn, PauseRequested())

    assert pg.read(conn) == pg.read(other)


def test_an_entry_and_its_work_are_there_together_or_not_at_all(conn: db.Connection) -> None:
    """A transaction that is rolled back leaves neither its rows nor its entry, and no gap in the journal."""
    conn.execute("create table public.t (n int)")
    begin(conn)
    with conn.transaction(force_rollback=True):
        conn.execute("insert into public.t values (1)")
        pg.append(conn, StepDone(STEP))
    assert conn.execute("select * from public.t").fetchall() == []

    with conn.transaction():
        conn.execute("insert into public.t values (1)")
        pg.append(conn, StepDone(STEP))
    assert fold(pg.read(conn)).seq == 5


def test_many_at_once_make_one_chain(database: Database, conn: db.Connection) -> None:
    """People and runs append from many sessions at the same time; nothing is lost and nobody fails."""
    errors: list[Exception] = []

    def append() -> None:
        try:
            with db.connect(database.url) as mine:
                for number in range(25):
                    pg.append(mine, PauseRequested(str(number)) if number % 2 else ResumeRequested())
        except Exception as error:  # noqa: BLE001  # handed to the assertion below
            errors.append(error)

    threads = [threading.Thread(target=append) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert errors == []
    assert [*range(1, 151)] == [entry.seq for entry in pg.read(conn)]


def test_an_appender_waits_for_the_other_transaction_within_its_lock_timeout(
    conn: db.Connection, other: db.Connection
) -> None:
    """The lock is held to the end of a transaction; a DDL transaction waits for it no longer than for a table."""
    with conn.transaction():
        pg.append(conn, PLAN)
        other.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            pg.append(other, PauseRequested())
    pg.append(other, PauseRequested())

    assert fold(pg.read(conn)).paused


def test_isolation_levels_with_an_old_snapshot_are_refused(conn: db.Connection) -> None:
    """Under REPEATABLE READ the end of the journal could not be seen."""
    conn.execute("set default_transaction_isolation = 'repeatable read'")
    with pytest.raises(WrongIsolation):
        pg.append(conn, PLAN)


def test_record_refuses_what_cannot_follow_before_it_is_written(conn: db.Connection) -> None:
    """An illegal entry never enters the journal, where it would stay for ever."""
    with pytest.raises(IllegalTransition):
        pg.record(conn, Progress(), RUN)
    assert pg.read(conn) == ()


def test_record_takes_in_what_others_wrote(conn: db.Connection, other: db.Connection) -> None:
    """A pause that came in between is part of the progress that comes back."""
    progress = pg.record(conn, Progress(), PLAN)
    pg.append(other, PauseRequested("lunch"))
    progress = pg.record(conn, progress, RUN)

    assert progress.seq == 3
    assert progress.paused
    assert progress == fold(pg.read(conn))


# --- protection --------------------------------------------------------------------------------------------------

CHANGES = [
    "update ringfence.journal set at = at",
    "delete from ringfence.journal",
    "delete from ringfence.journal where false",
    "truncate ringfence.journal",
    "insert into ringfence.journal values (1, now(), '{}', default, '', '') on conflict (seq) do update set at = now()",
    "update ringfence.plans set document = '{}'",
    "delete from ringfence.plans",
    "truncate ringfence.plans",
]


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize("change", CHANGES)
def test_entries_are_never_changed_or_removed(conn: db.Connection, change: str, role: str) -> None:
    """Not even by their owner, and not under the replica role that backfills use."""
    begin(conn)
    before = pg.read(conn)
    conn.execute(f"set session_replication_role = {role}".encode())
    with pytest.raises(psycopg.DatabaseError) as caught:
        conn.execute(change.encode())

    assert caught.value.sqlstate == "RF510"
    assert before == pg.read(conn)


def forge(conn: db.Connection, sql: str) -> None:
    """What only somebody who owns the journal and means to do it can do."""
    conn.execute("alter table ringfence.journal disable trigger refuse_change")
    conn.execute(sql.encode())
    conn.execute("alter table ringfence.journal enable always trigger refuse_change")


@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ('update ringfence.journal set event = \'{"$":"ResumeRequested"}\' where seq = 3', 3),
        ("update ringfence.journal set at = at + interval '1 second' where seq = 2", 2),
        ("delete from ringfence.journal where seq = 2", 2),
        ("delete from ringfence.journal where seq = 1", 1),
        ("update ringfence.journal set seq = 9 where seq = 4", 4),
    ],
)
def test_forgery_is_found_when_reading(conn: db.Connection, sql: str, seq: int) -> None:
    """An owner can switch the protection off; the chain shows what was done meanwhile."""
    begin(conn)
    forge(conn, sql)
    with pytest.raises(JournalDamaged, match=f"entry {seq} is damaged"):
        pg.read(conn)


@pytest.mark.parametrize(
    "sql",
    [
        'update ringfence.journal set event = \'{"$":"ResumeRequested"}\' where seq = 4',
        "update ringfence.journal set at = at - interval '1 second' where seq = 4",
        "update ringfence.journal set hash = repeat('a', 64) where seq = 4",
        "delete from ringfence.journal where seq = 3",
        "insert into ringfence.journal values (9, now(), '{\"$\":\"ResumeRequested\"}', default, 'a', 'b')",
    ],
)
def test_nothing_is_appended_to_a_damaged_end(conn: db.Connection, sql: str) -> None:
    """An honest entry after a forged one would cover it."""
    begin(conn)
    forge(conn, sql)
    with pytest.raises(JournalDamaged):
        pg.append(conn, PauseRequested())


# --- runs that were superseded -----------------------------------------------------------------------------------


def test_a_superseded_run_is_refused_and_its_transaction_with_it(conn: db.Connection, other: db.Connection) -> None:
    """A process taken for dead that comes to life again in the middle of a step changes nothing any more."""
    conn.execute("create table public.t (n int)")
    begin(conn)

    def late_step() -> None:
        with conn.transaction():
            conn.execute("insert into public.t values (1)")
            pg.append(other, RunEnded("r1", "interrupted"))
            pg.append(other, RunStarted("r2", "forward", 0, "0"))
            pg.append(conn, StepDone(STEP))

    with pytest.raises(RunSuperseded):
        late_step()
    assert conn.execute("select * from public.t").fetchall() == []

    pg.work_for(other, "r2")
    pg.append(other, StepDone(STEP))
    assert list(fold(pg.read(conn)).done) == [STEP]


def test_a_step_that_commits_just_before_the_next_run_is_seen_by_it(
    database: Database, conn: db.Connection, other: db.Connection
) -> None:
    """The next run's first entry waits for a commit under way, so what it reads then is the truth."""
    begin(conn)
    pg.append(other, PauseRequested())
    with conn.transaction():
        pg.append(conn, StepDone(STEP))
        thread = threading.Thread(target=lambda: pg.append(other, RunEnded("r1", "interrupted")))
        thread.start()
        wait_until_blocked(database, other)
    thread.join(10)

    assert list(fold(pg.read(other)).done) == [STEP]


@pytest.mark.parametrize("run_id", [None, "", "r2"])
def test_only_the_run_at_work_writes_about_steps(other: db.Connection, conn: db.Connection, run_id: str | None) -> None:
    """A session that works for no run, or for another, cannot write about steps and gates."""
    begin(conn)
    if run_id is not None:
        pg.work_for(other, run_id)
    with pytest.raises(RunSuperseded):
        pg.append(other, StepDone(STEP))


@pytest.mark.parametrize(
    ("run_open", "event", "why"),
    [
        (True, RunStarted("r2", "back", 0, "0"), "run r1 has not ended"),
        (True, PlanAdopted("other", "plan", ()), "run r1 has not ended"),
        (True, RunEnded("r2", "failed"), "the open run is r1"),
        (False, RunEnded("r1", "failed"), r"the open run is \(none\)"),
    ],
)
def test_two_who_asked_the_fold_at_the_same_moment_cannot_both_begin(
    conn: db.Connection, run_open: bool, event: Event, why: str
) -> None:
    """The server itself sees that runs follow one another, so that a race cannot spoil the journal for ever."""
    begin(conn)
    if not run_open:
        pg.append(conn, RunEnded("r1", "failed"))
    before = pg.read(conn)
    with pytest.raises(IllegalTransition, match=why):
        pg.append(conn, event)
    assert before == pg.read(conn)


def test_nobody_writes_about_steps_after_the_run_has_ended(conn: db.Connection) -> None:
    """The end of a run is its end, for its own session too."""
    begin(conn)
    pg.append(conn, RunEnded("r1", "failed"))
    with pytest.raises(RunSuperseded):
        pg.append(conn, StepDone(STEP))


# --- documents ---------------------------------------------------------------------------------------------------


def test_plans_and_snapshots_come_back(conn: db.Connection) -> None:
    """A plan is proved by its hash; a snapshot of the same name takes the place of the former."""
    plan = plan_of_kinds((Kind.TRANSACTION, Kind.BACKFILL), (Kind.REPEAT,))
    pg.store_plan(conn, plan)
    pg.store_plan(conn, plan)
    assert plan == pg.load_plan(conn, plan.hash, Plan)

    pg.store_snapshot(conn, "counts", PauseRequested("Größe"))
    pg.store_snapshot(conn, "counts", PauseRequested("größer"))
    assert PauseRequested("größer") == pg.load_snapshot(conn, "counts", PauseRequested)


def test_a_missing_document_is_named(conn: db.Connection) -> None:
    """What is not stored is an error of its own, not None."""
    with pytest.raises(DocumentMissing, match="0123456789ab"):
        pg.load_plan(conn, "0123456789abcdef", Plan)
    with pytest.raises(DocumentMissing, match="counts"):
        pg.load_snapshot(conn, "counts", PauseRequested)


def test_a_forged_plan_is_found(conn: db.Connection) -> None:
    """What would run is what was adopted, or nothing runs."""
    plan = plan_of_kinds((Kind.TRANSACTION,))
    pg.store_plan(conn, plan)
    conn.execute("alter table ringfence.plans disable trigger refuse_change")
    conn.execute("update ringfence.plans set document = replace(document::text, 'select 1', 'drop 1')::json")
    with pytest.raises(JournalDamaged, match="plan"):
        pg.load_plan(conn, plan.hash, Plan)
