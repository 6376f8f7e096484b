"""Sessions in the way, crashes in the middle: the application hardly notices, and the next run goes on.

Nothing here waits for a time to pass where it can wait for something to be seen.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from ringfence import verbs
from ringfence.errors import RingfenceError
from ringfence.execute import perform, watch
from ringfence.execute.attempt import LockNotObtained, StatementFailed
from ringfence.observe import BatchDone, LockWaited, Note, Observation, StepFinished, StepStarted, Throttled
from ringfence.plan.model import Backfill
from support.cases import ACCEPT, Case
from support.databases import Database
from support.live import (
    COLUMN,
    ROWS,
    Applying,
    apply,
    assert_complete,
    both,
    client,
    events,
    notes,
    own_server,
    wait_until,
)

STALL_S_MAX = 1.0
"""Far below a reader's stay and generous for a busy machine; an unbounded wait for the lock would take all of it."""
STAY_S = 2.5

TENANT_INDEX = "backfill/public.notes/index/notes_client_id_id_idx"
VALIDATION = "backfill/public.notes/validate/notes_client_id_present"
PLAIN_INDEX = "backfill/public.notes/index/notes_client_id_owner_id_idx"


EAGER_AUTOVACUUM = {"autovacuum_naptime": "1s", "autovacuum": "on"}


class Traffic:
    """The application: reads and writes notes without a pause and remembers how long the slowest took."""

    def __init__(self, database: Database) -> None:
        self.slowest_s = 0.0
        self.statements = 0
        self.error: psycopg.Error | None = None
        self._over = threading.Event()
        self._conn = client(database, "shop")
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            while not self._over.wait(0.005):
                for statement in (
                    "select count(body) from public.notes where id < 50",
                    "insert into public.notes (owner_id, body) select id, 'new' from auth.users limit 1",
                ):
                    began = time.monotonic()
                    self._conn.execute(statement.encode())
                    self.slowest_s = max(self.slowest_s, time.monotonic() - began)
                    self.statements += 1
        except psycopg.Error as error:
            self.error = error

    def stop(self) -> None:
        """Stop; raises what a statement of the application failed with."""
        self._over.set()
        self._thread.join(30)
        if self.error is not None:
            raise self.error


def lock_waits(applying: Applying, step: str) -> list[LockWaited]:
    """What was observed of waits for locks in one step."""
    return [o for o in list(applying.seen) if isinstance(o, LockWaited) and o.step == step]


# --- locks -----------------------------------------------------------------------------------------------------------


def test_a_long_reader_delays_us_and_nobody_else(database: Database, tmp_path: Path) -> None:
    """While ADD COLUMN waits for a report to end, reads and inserts of the same table go on; then it gets through."""
    case = notes(database, tmp_path)
    reader = client(database, "nightly report", autocommit=False)
    reader.execute("select count(*) from public.notes")
    began = time.monotonic()
    traffic = Traffic(database)
    applying = Applying(case)
    applying.wait_for(lambda o: isinstance(o, LockWaited) and o.step == COLUMN and o.attempt >= 4, "four attempts")
    wait_until(lambda: time.monotonic() - began > STAY_S, "the end of the report")
    assert applying.alive
    reader.commit()

    assert applying.report().outcome == "finished"

    traffic.stop()
    assert traffic.slowest_s < STALL_S_MAX
    assert traffic.statements > 50
    waits = lock_waits(applying, COLUMN)
    assert all("nightly report" in " ".join(w.holders) for w in waits[:-1])
    assert all(w.table == '"public"."notes"' for w in waits)
    assert_complete(case)


def test_attempts_come_to_an_end_and_the_holder_is_named(database: Database, tmp_path: Path) -> None:
    """After the allowed attempts the run stops with nothing half done; when the holder is gone apply goes on."""
    case = notes(database, tmp_path, lock_attempts_max=3, lock_attempt_ms=20)
    reader = client(database, "nightly report", autocommit=False)
    reader.execute("select count(*) from public.notes")

    with pytest.raises(LockNotObtained) as caught:
        apply(case)

    assert caught.value.code == "RF601"
    assert caught.value.exit_code == 6
    assert "nightly report" in caught.value.detail
    assert "ringfence apply" in caught.value.hint
    (failed,) = events(database, "StepFailed")
    assert failed["step"] == COLUMN
    assert "RF601" in failed["error"]
    table = next(t for t in case.catalog().tables if t.name.name == "notes")
    assert table == next(t for t in case.catalog_at_start.tables if t.name.name == "notes")
    reader.rollback()
    assert apply(case).outcome == "finished"
    assert_complete(case)


def test_an_autovacuum_at_work_is_asked_to_step_aside(tmp_path: Path) -> None:
    """Short attempts alone never cancel an autovacuum (H2); the gentle lock before them does, within seconds."""
    with own_server(EAGER_AUTOVACUUM) as (embedded, database):
        case = notes(database, tmp_path, rows=40_000)
        with database.connect() as conn:
            conn.execute(
                "alter table public.notes set (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,"
                " autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0)"
            )
            case.again()
            conn.execute("update public.notes set body = body || 'y' where id % 2 = 0")
            wait_until(
                lambda: conn.execute(
                    "select 1 from pg_stat_progress_vacuum where relid = 'public.notes'::regclass"
                ).fetchone(),
                "an autovacuum of public.notes",
            )
            traffic = Traffic(database)
            began = time.monotonic()
            applying = Applying(case)
            applying.wait_for(lambda o: isinstance(o, StepFinished) and o.step == COLUMN, "the column")
            seconds = time.monotonic() - began
            traffic.stop()
            assert seconds < 15.0
            assert traffic.slowest_s < STALL_S_MAX
            cancelled = embedded.log_tail(200)
            # the next one, as slow as the first, would be waited for by the fill: vacuum at work is a signal to pause
            conn.execute("alter table public.notes set (autovacuum_enabled = off)")
            assert applying.report().outcome == "finished"
        assert "canceling autovacuum task" in cancelled


TAKE_NUMBERS = """
do $$ begin
  for i in 1..110000 loop perform pg_catalog.pg_current_xact_id(); commit; end loop;
end $$
"""


def test_a_vacuum_against_wraparound_is_let_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives way to nobody (H3): we stay out of the table's lock queue until it is done, and say so."""
    monkeypatch.setattr(perform, "POSTPONE_S", 0.1)
    with own_server(EAGER_AUTOVACUUM) as (_, database):
        case = notes(database, tmp_path)
        with database.connect() as conn:
            conn.execute(TAKE_NUMBERS.encode())
            conn.execute(
                "alter table public.notes set (autovacuum_freeze_max_age = 100000, autovacuum_freeze_table_age = 0,"
                " autovacuum_freeze_min_age = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
            )
            case.again()
            wait_until(
                lambda: conn.execute(
                    "select 1 from pg_stat_progress_vacuum v join pg_stat_activity a using (pid)"
                    " where v.relid = 'public.notes'::regclass and a.query like '%to prevent wraparound%'"
                ).fetchone(),
                "a vacuum against wraparound",
            )
        traffic = Traffic(database)
        applying = Applying(case)
        applying.wait_for(lambda o: isinstance(o, Throttled) and o.signal == "wraparound vacuum", "the postponement")

        assert applying.report().outcome == "finished"

        traffic.stop()
        assert traffic.slowest_s < STALL_S_MAX
        assert lock_waits(applying, COLUMN) == []
        assert_complete(case)


# --- concurrent builds -----------------------------------------------------------------------------------------------


def test_an_invalid_leftover_of_our_name_is_dropped_and_rebuilt(database: Database, tmp_path: Path) -> None:
    """IF NOT EXISTS would take the debris of a failed build for a success (H4)."""
    case = notes(database, tmp_path)

    def spoil(observation: Observation) -> None:
        match observation:
            case StepStarted(step=step) if step == TENANT_INDEX:
                with database.connect() as conn:
                    # as if an earlier build had died: only a superuser can make such debris without a race
                    conn.execute("create index notes_client_id_id_idx on public.notes (client_id, id)")
                    conn.execute(
                        "update pg_index set indisvalid = false, indisready = false"
                        " where indexrelid = 'public.notes_client_id_id_idx'::regclass"
                    )
            case _:
                pass

    seen: list[Observation] = []

    report = apply(case, both(seen.append, spoil))

    assert report.outcome == "finished"
    assert any(isinstance(o, Note) and TENANT_INDEX in o.text and "dropped" in o.text for o in seen)
    assert_complete(case)


def test_a_build_that_waits_for_a_snapshot_says_for_whom(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A REPEATABLE READ snapshot holds up a concurrent build (H5); the watcher names its owner until it ends."""
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.1)
    case = notes(database, tmp_path)
    snapshot = client(database, "export", autocommit=False)
    snapshot.execute("set transaction isolation level repeatable read")
    snapshot.execute("select count(*) from auth.users")  # another table is as bad
    traffic_case = Traffic(database)
    applying = Applying(case)
    applying.wait_for(lambda o: isinstance(o, LockWaited) and "export" in " ".join(o.holders), "the export, named")
    assert applying.alive
    snapshot.rollback()

    assert applying.report().outcome == "finished"

    traffic_case.stop()
    assert traffic_case.slowest_s < STALL_S_MAX
    waits = lock_waits(applying, TENANT_INDEX)
    assert waits
    assert "waiting" in waits[0].table
    assert_complete(case)


@pytest.mark.parametrize("step", [ROWS, VALIDATION, PLAIN_INDEX])
def test_maintenance_by_somebody_else_is_waited_for_and_named(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """ANALYZE, VALIDATE and builds exclude a VACUUM by hand (H8): it is named, the application goes on, and so do we."""
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.1)
    case = notes(database, tmp_path)
    vacuum = client(database, "maintenance", autocommit=False)

    def maintain(observation: Observation) -> None:
        match observation:
            case StepStarted(step=begun) if begun == step:
                vacuum.execute("lock table public.notes in share update exclusive mode")  # what VACUUM takes
            case _:
                pass

    traffic = Traffic(database)
    applying = Applying(case, maintain)
    applying.wait_for(
        lambda o: isinstance(o, LockWaited) and o.step == step and "maintenance" in " ".join(o.holders), "its name"
    )
    assert applying.alive
    vacuum.rollback()

    assert applying.report().outcome == "finished"

    traffic.stop()
    assert traffic.slowest_s < STALL_S_MAX
    assert_complete(case)


# --- the backfill ----------------------------------------------------------------------------------------------------


def test_locked_rows_are_skipped_and_met_by_a_sweep(database: Database, tmp_path: Path) -> None:
    """A batch never queues behind a row somebody holds; a sweep fills it after its release."""
    case = notes(database, tmp_path, rows=2000)
    holder: list[psycopg.Connection[tuple[object, ...]]] = []

    def hold(observation: Observation) -> None:
        match observation:
            case StepStarted(step=step) if step == ROWS and not holder:
                holder.append(client(database, "editor", autocommit=False))
                holder[0].execute("update public.notes set body = 'edited' where id % 40 < 4")
            case Note(text=text) if text.startswith(ROWS) and "sweep 1 " in text:
                holder[0].commit()
            case _:
                pass

    seen: list[Observation] = []
    report = apply(case, both(seen.append, hold))

    assert report.outcome == "finished"
    assert any(isinstance(o, Note) and "rows left, sweep 1 of" in o.text for o in seen)
    with database.connect() as conn:
        edited = conn.execute("select count(*) from public.notes where body = 'edited'").fetchone()
    assert edited == (200,)
    (done,) = [e for e in events(database, "StepDone") if e["step"] == ROWS]
    assert done["result"]["sweeps"] >= 2
    assert_complete(case)


def test_stale_statistics_do_not_make_a_batch_read_the_table(database: Database, tmp_path: Path) -> None:
    """A batch reads its pages and no more, whatever the planner believes (H27); and ANALYZE comes before the first."""
    case = notes(database, tmp_path, rows=20_000)
    assert verbs.apply(case.url, case.config, through=1, accept=ACCEPT).outcome == "finished"
    stale = (
        "update pg_class set reltuples = 3, relpages = 1 where oid = 'public.notes'::regclass;"
        " delete from pg_statistic where starelid = 'public.notes'::regclass"
    )
    database.execute(stale)
    _, step = verbs.plan(case.url, case.config).steps_by_id[ROWS]
    assert isinstance(step.action, Backfill)
    bounds = {"lo": "(16,0)", "hi": "(24,0)", "passes": 8, "stripe": 1}
    with database.connect() as conn:
        explained = conn.execute(f"explain {step.action.batch_sql}".encode(), bounds).fetchall()
    told: list[float] = []

    def look(observation: Observation) -> None:
        match observation:
            case BatchDone(step=at) if at == ROWS and not told:
                with database.connect() as other:
                    row = other.execute(
                        "select reltuples from pg_class where oid = 'public.notes'::regclass"
                    ).fetchone()
                    told.extend(row or ())
            case _:
                pass

    assert apply(case, look).outcome == "finished"

    lines = [line for (line,) in explained]
    assert any("Tid Range Scan on notes" in line for line in lines), lines
    assert not any("Seq Scan on notes" in line for line in lines), lines
    assert told[0] > 19_000
    assert_complete(case)


def pages_of_batches(database: Database) -> list[int]:
    """The page of every recorded cursor of the backfill, in order."""
    return [int(e["cursor"]["page"]) for e in events(database, "BatchCommitted") if e["step"] == ROWS]


def test_a_pause_in_the_middle_is_resumed_from_the_cursor(database: Database, tmp_path: Path) -> None:
    """A paused backfill stops between two batches, and goes on where it stopped instead of at the first page."""
    case = notes(database, tmp_path, rows=20_000, chunk_pages=8, batch_nice_ratio=3)
    batches = 0

    def pause(observation: Observation) -> None:
        nonlocal batches
        match observation:
            case BatchDone(step=step) if step == ROWS:
                batches += 1
                if batches == 40:
                    verbs.pause(case.url, "lunch")
            case _:
                pass

    assert apply(case, pause).outcome == "paused"
    before = pages_of_batches(database)
    assert before[-1] > 0
    assert events(database, "StepFailed") == []
    verbs.resume(case.url)
    first: list[BatchDone] = []

    report = apply(case, lambda o: first.append(o) if isinstance(o, BatchDone) and o.step == ROWS else None)

    assert report.outcome == "finished"
    after = pages_of_batches(database)[len(before) :]
    assert after[0] >= before[-1]
    assert first[0].rows_done >= sum(e["rows"] for e in events(database, "BatchCommitted")[: len(before)])
    assert_complete(case)


# --- a migrator that dies --------------------------------------------------------------------------------------------

PROGRAM = """
import os, pathlib, sys
from ringfence import verbs
accept = {"RFG-BACKUP": "a test", "RFG-OLD-CLIENTS": "a test"}
verbs.apply(os.environ["DATABASE_URL"], pathlib.Path(sys.argv[1]), accept=accept)
"""


def start(case: Case) -> subprocess.Popen[bytes]:
    """Apply in a process of its own, to be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(case.config)],
        env={**os.environ, "DATABASE_URL": case.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill without a last word."""
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL, "it was over before it could be killed"


def journal_has(database: Database, *kinds: str) -> list[dict[str, object]]:
    """Events of these kinds, none while there is no journal yet."""
    try:
        return [dict(e) for e in events(database, *kinds)]
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []


def backends(database: Database) -> list[str]:
    """Backends of a run that are still there."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        return [
            f"{pid} {state}"
            for pid, state in conn.execute(
                "select pid, state from pg_stat_activity where application_name = 'ringfence run'"
                " and datname = current_database()"
            )
        ]


def test_a_killed_backfill_is_taken_up_by_the_next_run(database: Database, tmp_path: Path) -> None:
    """After SIGKILL the dead run is closed, the fill goes on from its cursor, and nothing differs at the end."""
    case = notes(database, tmp_path, rows=20_000, chunk_pages=8, batch_nice_ratio=3)
    process = start(case)
    wait_until(
        lambda: len(journal_has(database, "BatchCommitted")) > 30 or process.poll() is not None, "thirty batches"
    )
    kill(process)
    wait_until(lambda: not backends(database), "the end of the killed run's backend")
    before = pages_of_batches(database)
    rows = journal_has(database, "BatchCommitted")

    report = apply(case)

    assert report.outcome == "finished"
    assert before[-1] > 0
    assert pages_of_batches(database)[len(before)] >= before[-1]
    ended = events(database, "RunEnded")
    assert [e["outcome"] for e in ended] == ["interrupted", "finished"]
    assert journal_has(database, "BatchCommitted")[: len(rows)] == rows
    assert_complete(case)


def test_a_killed_build_ends_on_the_server_too(database: Database, tmp_path: Path) -> None:
    """Without client_connection_check_interval the server would go on and finish alone (H28)."""
    case = notes(database, tmp_path)
    snapshot = client(database, "export", autocommit=False)
    snapshot.execute("set transaction isolation level repeatable read")
    snapshot.execute("select count(*) from auth.users")
    process = start(case)
    with database.connect() as conn:
        wait_until(
            lambda: (
                conn.execute("select 1 from pg_stat_progress_create_index where phase ~ 'waiting'").fetchone()
                or process.poll() is not None
            ),
            "a build that waits",
        )
        kill(process)

        wait_until(lambda: not backends(database), "the end of the killed run's backend")  # the snapshot is still there

        left = conn.execute("select indexrelid::regclass::text from pg_index where not indisvalid").fetchall()
    assert left == [("notes_client_id_id_idx",)]
    snapshot.rollback()
    assert apply(case).outcome == "finished"
    assert_complete(case)


# --- a server that dies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [COLUMN, ROWS, "a batch", TENANT_INDEX, "backfill/public.notes/validate"])
def test_a_server_that_crashes_in_the_middle_is_reconnected(tmp_path: Path, moment: str) -> None:
    """The run reads the journal on a new connection and goes on; what was not committed is done again."""
    with own_server() as (embedded, database):
        case = notes(database, tmp_path, rows=4000, chunk_pages=8)
        crashes = 0

        def crash(observation: Observation) -> None:
            nonlocal crashes
            match observation:
                case BatchDone(rows_done=rows) if moment == "a batch" and rows > 500 and not crashes:
                    pass
                case StepStarted(step=step) if step.startswith(moment) and not crashes:
                    pass
                case _:
                    return
            crashes += 1
            embedded.kill()
            embedded.restart()

        seen: list[Observation] = []
        report = apply(case, both(seen.append, crash))

        assert crashes == 1
        assert report.outcome == "finished"
        assert any(isinstance(o, Note) and "Reconnecting" in o.text for o in seen)
        assert_complete(case)


def test_a_server_that_stays_away_leaves_a_run_to_go_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When reconnecting does not help, the error is coded and resumable; after the restart apply goes on."""
    monkeypatch.setattr(verbs, "RECONNECT_WAIT_S", 0.05)
    with own_server() as (embedded, database):
        case = notes(database, tmp_path, rows=4000, chunk_pages=8)

        def crash(observation: Observation) -> None:
            match observation:
                case BatchDone(rows_done=rows) if rows > 500:
                    embedded.kill()
                case _:
                    pass

        with pytest.raises(RingfenceError) as caught:
            apply(case, crash)

        assert caught.value.exit_code in (6, 7)
        assert caught.value.hint
        embedded.restart()
        assert apply(case).outcome == "finished"
        assert [e["outcome"] for e in events(database, "RunEnded")] == ["interrupted", "finished"]
        assert_complete(case)


@pytest.mark.parametrize("session", ["ringfence run", "ringfence run lock"])
def test_a_session_of_ours_that_is_terminated_is_replaced(database: Database, tmp_path: Path, session: str) -> None:
    """Without its lock a run must not go on, without its connection it cannot: both are taken anew."""
    case = notes(database, tmp_path, rows=2000)
    ended: list[object] = []

    def terminate(observation: Observation) -> None:
        match observation:
            case StepStarted(step=step) if step == ROWS and not ended:
                with database.connect() as conn:
                    ended.extend(
                        conn.execute(
                            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                            " where application_name = %s and datname = current_database()",
                            (session,),
                        ).fetchall()
                    )
            case _:
                pass

    seen: list[Observation] = []

    assert apply(case, both(seen.append, terminate)).outcome == "finished"

    assert ended == [(True,)]
    assert any(isinstance(o, Note) and "Reconnecting" in o.text for o in seen)
    assert_complete(case)


# --- row security ----------------------------------------------------------------------------------------------------


def bound_by_force(case: Case) -> None:
    """Let a role own the notes whom FORCE would bind, and who migrates from now on."""
    role = case.database.create_role("rf_bound", "login nosuperuser nobypassrls")
    case.database.execute(
        f"grant create on database {case.database.name} to {role}; grant all on schema public to {role};"
        f" alter table public.notes owner to {role}; grant usage on schema auth to {role};"
        f" grant all on auth.users to {role}; alter table public.notes enable row level security;"
        " create policy own on public.notes using (owner_id::text = current_setting('app.user', true))"
    )
    case.user = role
    case.again()


def test_forced_row_security_is_refused_before_anything_is_changed(database: Database, tmp_path: Path) -> None:
    """An owner bound by FORCE would see no row and fill none (H17): said with a code and a way out, before phase 1."""
    case = notes(database, tmp_path)
    bound_by_force(case)
    database.execute("alter table public.notes force row level security")
    case.again()

    with pytest.raises(RingfenceError) as caught:
        apply(case)

    assert caught.value.code != "RF000"
    assert "row security" in str(caught.value)
    assert "public.notes" in str(caught.value)
    assert caught.value.hint
    assert case.catalog_differences() == ""


def test_row_security_forced_meanwhile_fails_the_fill_instead_of_emptying_it(
    database: Database, tmp_path: Path
) -> None:
    """Forced by somebody in the middle: a coded error, recorded, and no row filled; apply goes on when it is undone."""
    case = notes(database, tmp_path)
    bound_by_force(case)

    def force(observation: Observation) -> None:
        match observation:
            case StepStarted(step=step) if step == ROWS:
                database.execute("alter table public.notes force row level security")
            case _:
                pass

    with pytest.raises(StatementFailed) as caught:
        apply(case, force)

    assert caught.value.code == "RF602"
    assert "row-level security" in caught.value.message
    assert caught.value.hint
    (failed,) = events(database, "StepFailed")
    assert failed["step"] == ROWS
    database.execute("alter table public.notes no force row level security")
    assert apply(case).outcome == "finished"
    assert_complete(case)
