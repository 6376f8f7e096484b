"""What a user gets who hands in something wrong: a code, a way out, and a database that nothing was begun in.

A pg_dump that is older than the server is tests/pg/backup/test_backup.py's; drift and a second run at the same time are
in test_promises.py; every single mistake in a file in tests/unit/spec and tests/unit/tenancy.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence import db, verbs
from ringfence.errors import RingfenceError
from ringfence.plan.model import PlanRefused
from support.between import pooler
from support.cases import ACCEPT, Case
from support.databases import Database
from support.live import apply, assert_complete, notes

SECRET = "s3cr3t-w0rd"
CASES = Path(__file__).parents[2] / "cases"

READS: dict[str, Callable[[str, Path], Any]] = {
    "init": lambda url, _: verbs.init(url, None),
    "assess": verbs.assess,
    "plan": verbs.plan,
    "status": lambda url, _: verbs.status(url),
    "journal": lambda url, _: verbs.journal(url),
}
WRITES: dict[str, Callable[[str, Path], Any]] = {
    "apply": lambda url, config: verbs.apply(url, config, accept=ACCEPT),
    "revert": verbs.revert,
    "pause": lambda url, _: verbs.pause(url),
    "resume": lambda url, _: verbs.resume(url),
}


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Case:
    """Notes of users of four companies."""
    return notes(database, tmp_path)


def refused(work: Callable[[], object]) -> RingfenceError:
    """What it was refused with; every refusal has a code, an exit code of its own, and a way out."""
    with pytest.raises(RingfenceError) as caught:
        work()
    error = caught.value
    assert error.code != "RF000"
    assert error.exit_code != 1, "1 is for what nobody foresaw"
    assert error.hint
    return error


def nothing_begun(case: Case) -> None:
    """Neither our schema nor anything else of ours is there."""
    with psycopg.connect(case.database.url, autocommit=True) as conn:
        assert conn.execute("select pg_catalog.to_regnamespace('ringfence')").fetchone() == (None,)
    assert case.catalog_differences() == ""


# --- the server ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [*READS, *WRITES])
def test_a_wrong_url_is_said_without_the_password(desk: Case, verb: str) -> None:
    """Each verb ends with exit code 7 and shows where it tried to connect, never the password."""
    url = f"postgresql://someone:{SECRET}@127.0.0.1:1/nothing"

    error = refused(lambda: (READS | WRITES)[verb](url, desk.config))

    assert (error.code, error.exit_code) == ("RF201", 7)
    assert "127.0.0.1:1/nothing" in error.message
    assert SECRET not in f"{error} {error!r} {error.to_json()}"
    assert error.__cause__ is None
    nothing_begun(desk)


@pytest.mark.parametrize("bound", ["VERSION_MIN", "VERSION_NEXT"])
def test_a_server_outside_the_supported_versions_is_refused(
    desk: Case, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """A server that is too old or too new is refused with exit code 7 before anything is asked of it."""
    version = desk.database.server.major * 10_000
    with monkeypatch.context() as patched:
        patched.setattr(db, bound, version + 10_000 if bound == "VERSION_MIN" else version)
        error = refused(lambda: apply(desk))

    assert (error.code, error.exit_code) == ("RF202", 7)
    assert str(desk.database.server.major) in error.message
    nothing_begun(desk)


@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_transaction_pooler_in_between_is_refused(desk: Case, tmp_path: Path, verb: str) -> None:
    """Session settings and locks do not hold through it, so nothing is begun."""
    folder = tmp_path / "pooler"
    folder.mkdir()
    with pooler(desk.database, folder, "transaction") as url:
        error = refused(lambda: (READS | WRITES)[verb](url, desk.config))

    assert (error.code, error.exit_code) == ("RF204", 7)
    assert "session mode" in error.hint
    nothing_begun(desk)


@pytest.mark.parametrize("verb", ["apply", "revert"])
def test_a_read_only_server_is_refused(desk: Case, verb: str) -> None:
    """Where every transaction is read-only no run begins; looking and planning go on."""
    role = desk.database.create_role("rf_reader", "login superuser")
    desk.database.execute(f'alter role "{role}" set default_transaction_read_only = on')
    url = desk.database.url_as(role)

    error = refused(lambda: WRITES[verb](url, desk.config))

    assert (error.code, error.exit_code) == ("RF203", 7)
    assert verbs.plan(url, desk.config).hash
    nothing_begun(desk)


@pytest.mark.parametrize("verb", ["revert", "pause", "resume", "journal"])
def test_nothing_was_ever_applied(desk: Case, verb: str) -> None:
    """What needs a migration says that there is none, and how to begin one."""
    error = refused(lambda: (READS | WRITES)[verb](desk.url, desk.config))

    assert (error.code, error.exit_code) == ("RF412", 2)
    assert "ringfence apply" in error.hint
    assert verbs.status(desk.url).state == "not started"
    nothing_begun(desk)


def test_a_database_that_is_not_there(desk: Case) -> None:
    """The database is named."""
    url = make_conninfo(desk.url, dbname="rf_no_such_database")

    error = refused(lambda: verbs.apply(url, desk.config))

    assert error.exit_code == 7
    assert "rf_no_such_database" in str(error)


# --- the file --------------------------------------------------------------------------------------------------------

NOTES = '[tables."public.notes"]'
FAULTS: list[tuple[str, str, str, str, int, str]] = [
    # what it is, a piece of the file, what stands there instead, the code, the exit code, a word of the line to blame
    ("unknown key", "[limits]", "[limits]\nlock_atempt_ms = 50", "RF113", 2, "lock_atempt_ms"),
    ("unknown section", "[limits]", "[limit]", "RF113", 2, "[limit]"),
    ("out of bounds", "[limits]", "[limits]\nlock_attempt_ms = 60000", "RF114", 2, "lock_attempt_ms"),
    ("no TOML", NOTES, '[tables."public.notes"', "RF112", 2, '[tables."public.notes"'),
    ("unknown table", NOTES, '[tables."public.note"]', "RF301", 2, "public.note"),
    ("unknown column", "owner_id ->", "owner ->", "RF302", 2, "derive"),
    ("types clash", "owner_id ->", "body ->", "RF306", 2, "derive"),
    ("column taken", "[tenant]", '[tenant]\ncolumn = "body"', "RF311", 2, NOTES),
    ("derives from itself", "owner_id -> auth.users", "id -> public.notes", "RF310", 2, "derive"),
    ("no user table", '"auth.users"\nassign', '"auth.people"\nassign', "RF301", 2, "users ="),
]


@pytest.mark.parametrize(
    ("old", "new", "code", "exit_code", "at"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_fault_of_the_file_is_named_with_its_line(
    desk: Case, verb: str, old: str, new: str, code: str, exit_code: int, at: str
) -> None:
    """Code, file and line, a way out; the database is not touched."""
    text = desk.config.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new)
    desk.config.write_text(text, encoding="utf-8")
    line = next(number for number, said in enumerate(text.splitlines(), 1) if at in said)

    error = refused(lambda: (READS | WRITES)[verb](desk.url, desk.config))

    assert (error.code, error.exit_code) == (code, exit_code)
    assert f"ringfence.toml:{line}" in str(error)
    nothing_begun(desk)


def test_a_file_that_is_not_there(desk: Case) -> None:
    """It is named, with the verb that writes a first one."""
    desk.config.unlink()

    error = refused(lambda: apply(desk))

    assert (error.code, error.exit_code) == ("RF111", 2)
    assert "ringfence.toml" in str(error)
    nothing_begun(desk)


def test_tables_in_a_circle(desk: Case) -> None:
    """Two tables that derive from one another never get a tenant: the whole circle is named."""
    desk.database.execute(
        "create table public.a (id int primary key, b_id int); create table public.b (id int primary key,"
        " a_id int references public.a); alter table public.a add foreign key (b_id) references public.b"
    )
    desk.again()
    rules = '[tables."public.a"]\nderive = "b_id -> public.b"\n[tables."public.b"]\nderive = "a_id -> public.a"\n'
    desk.config.write_text(desk.config.read_text(encoding="utf-8") + rules, encoding="utf-8")

    error = refused(lambda: apply(desk))

    assert (error.code, error.exit_code) == ("RF309", 2)
    assert "public.a" in str(error)
    assert "public.b" in str(error)
    nothing_begun(desk)


def test_a_table_nobody_decided_on(desk: Case) -> None:
    """Whose rows it holds is not guessed: the plan is refused with exit code 3."""
    desk.database.execute("create table public.forgotten (id int primary key)")
    desk.again()

    error = refused(lambda: apply(desk))

    assert isinstance(error, PlanRefused)
    assert (error.code, error.exit_code) == ("RF401", 3)
    assert "public.forgotten" in error.subject
    nothing_begun(desk)


def test_a_column_of_that_name_and_another_type(desk: Case) -> None:
    """A table that has a client_id with another meaning is not overwritten."""
    desk.database.execute("alter table public.notes add column client_id text")
    desk.again()

    error = refused(lambda: apply(desk))

    assert (error.code, error.exit_code) == ("RF311", 2)
    assert "client_id" in str(error)
    nothing_begun(desk)


def test_a_schema_of_our_name_that_is_somebody_elses(desk: Case) -> None:
    """A schema called ringfence with other things in it is left alone."""
    desk.database.execute("create schema ringfence; create table ringfence.journal (id int)")
    desk.config.write_text(
        desk.config.read_text(encoding="utf-8") + '[tables."ringfence.journal"]\nscope = "excluded"\n', encoding="utf-8"
    )

    refused(lambda: apply(desk))

    with desk.database.connect() as conn:
        tables = conn.execute("select relname from pg_class where relnamespace = 'ringfence'::regnamespace").fetchall()
    assert tables == [("journal",)]


@pytest.mark.parametrize("phase", [-1, 9])
def test_a_phase_that_is_not_in_the_plan(desk: Case, phase: int) -> None:
    """The phases of the plan are listed; whatever was noted, the next apply goes its way."""
    error = refused(lambda: verbs.apply(desk.url, desk.config, through=phase, accept=ACCEPT))

    assert "0, 1, 2" in error.hint
    assert apply(desk).outcome == "finished"
    assert_complete(desk)


def test_a_file_broken_in_the_middle_of_a_migration(database: Database, tmp_path: Path) -> None:
    """Phase 1 stands; a fault in the file stops apply before it begins a run, and its repair lets it go on."""
    desk = notes(database, tmp_path)
    assert verbs.apply(desk.url, desk.config, through=1, accept=ACCEPT).outcome == "finished"
    good = desk.config.read_text(encoding="utf-8")
    entries = verbs.journal(desk.url).entries
    desk.config.write_text(good.replace("owner_id ->", "owner ->"), encoding="utf-8")

    refused(lambda: verbs.apply(desk.url, desk.config, amend=True, accept=ACCEPT))

    assert verbs.journal(desk.url).entries == entries
    desk.config.write_text(good, encoding="utf-8")
    assert apply(desk).outcome == "finished"
    assert_complete(desk)
