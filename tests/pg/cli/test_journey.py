"""Every verb on a real database, as a new user types it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringfence.cli.app import run
from support.databases import Database

SCHEMA = """
create schema auth;
create table auth.users (id uuid primary key default gen_random_uuid(), email text);
create table public.documents (
  id bigint generated always as identity primary key,
  owner_id uuid not null references auth.users(id), title text);
create index on public.documents (owner_id);
create table public.comments (
  id bigint generated always as identity primary key,
  document_id bigint not null references public.documents(id) on delete cascade, body text);
create table public.plans (id int primary key, name text);
insert into auth.users (email) select 'u' || i || '@c' || i % 3 || '.example' from generate_series(1, 30) i;
insert into public.documents (owner_id, title) select id, 't' from auth.users, generate_series(1, 20);
insert into public.comments (document_id, body) select id, 'b' from public.documents;
insert into public.plans values (1, 'free');
analyze;
"""
CONFIG = """\
[tenant]
users = "auth.users"
assign = { rule = "email_domain", public_domains = [] }

[backup]
mode = "none"

[tables."public.documents"]
derive = "owner_id -> auth.users"

[tables."public.comments"]
derive = "document_id -> public.documents"

[tables."public.plans"]
scope = "shared"
"""
ACCEPT = ("--accept", "RFG-BACKUP", "--reason", "a test")


@dataclass
class Told:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, object]:
        """The JSON document on stdout."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed


Ask = Callable[..., Told]


@pytest.fixture
def desk(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a database behind it."""
    database.execute(SCHEMA)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)
    (tmp_path / "ringfence.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def ask(desk: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Type a command."""

    def typed(*words: str) -> Told:
        code = run(words)
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return typed


def test_from_init_to_revert(ask: Ask, desk: Path) -> None:
    """The newcomer's hour: every verb works in the order of the tutorial, and each says what comes next."""
    assert ask("status").out.rstrip().endswith("Next: ringfence init, ringfence assess, ringfence plan")

    first = ask("init", "--out", "first.toml")
    assert (first.code, "wrote first.toml" in first.out) == (0, True), first
    assert '[tables."public.documents"]' in (desk / "first.toml").read_text()
    again = ask("init", "--out", "first.toml")
    assert (again.code, "RF190" in again.err) == (2, True)
    assert ask("init", "--out", "-").out.startswith("#")

    assessed = ask("assess")
    assert assessed.code == 0, assessed
    assert ask("assess", "--json").document["blockers"] == 0

    plan = ask("plan")
    assert plan.code == 0, plan
    assert "PHASE 2  backfill" in plan.out
    assert ask("plan", "--format", "sql", "--out", "plan.sql").code == 0
    assert (desk / "plan.sql").read_text().startswith("-- ====")
    assert len(str(ask("plan", "--json").document["hash"])) == 64
    assert "UNDO OF PHASE 1" in ask("plan", "--undo", "1").out

    through = ask("apply", "--through", "1", "--yes", *ACCEPT)
    assert through.code == 0, through
    assert "Next: ringfence apply --through 2" in through.out
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:]+Z phase 1 expand begins", through.err, re.MULTILINE)
    status = ask("status")
    assert re.search(r"1 expand +done", status.out)
    assert re.search(r"2 backfill +pending", status.out)

    rest = ask("apply", "--yes", "--json")
    assert (rest.code, rest.document["outcome"]) == (0, "finished"), rest
    assert ask("status", "--json").document["state"] == "finished"

    listed = ask("journal", "list", "-n", "5")
    assert "RunEnded" in listed.out
    verified = ask("journal", "verify", "--json").document
    assert verified["ok"] is True

    reverted = ask("revert", "--from", "1", "--yes")
    assert (reverted.code, "finished in" in reverted.out) == (0, True), reverted
    assert ask("revert", "--from", "0", "--yes").code == 0
    assert ask("status").out.splitlines()[0].endswith("reverted")


def test_a_pause_is_seen_and_kept(ask: Ask) -> None:
    """A paused migration does not start: exit code 6, and the words that take it back."""
    assert ask("apply", "--through", "0", "--yes", *ACCEPT).code == 0

    paused = ask("pause", "--reason", "sale at noon")
    assert "pause asked for: sale at noon" in paused.out
    stopped = ask("apply", "--yes")
    assert stopped.code == 6, stopped
    assert "ringfence resume" in stopped.out + stopped.err
    assert ask("resume", "--json").document["paused"] is None
    assert ask("apply", "--yes").code == 0


@pytest.mark.parametrize("words", [("pause",), ("resume",), ("revert", "--from", "0", "--yes"), ("journal", "list")])
def test_before_anything_was_applied(ask: Ask, words: tuple[str, ...]) -> None:
    """What needs a migration says that there is none."""
    told = ask(*words)

    assert (told.code, "RF412" in told.err) == (2, True), told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tenant]\nusers = "auth.users"\ncolour = "red"\n', "colour"),
        ('[tenant]\nusers = "auth.users"\n[tables."public.nothing"]\nscope = "shared"\n', "nothing"),
        ("[tenant\n", "ringfence.toml"),
    ],
)
def test_a_config_that_cannot_be_used(ask: Ask, desk: Path, text: str, said: str) -> None:
    """Unknown keys and tables, and text that is no TOML: exit code 2, and where the trouble is."""
    (desk / "ringfence.toml").write_text(text)

    for words in (("plan",), ("apply", "--yes")):
        told = ask(*words)
        assert told.code == 2, told
        assert said in told.err


def test_without_a_config_the_way_to_one_is_said(ask: Ask, desk: Path) -> None:
    """Assess goes on without one; plan cannot."""
    (desk / "ringfence.toml").unlink()

    assert "ringfence init" in ask("assess").err
    told = ask("plan")
    assert told.code == 2, told
    assert "ringfence init" in told.err


def test_the_schema_changed_since(ask: Ask, database: Database) -> None:
    """Drift is a conflict with a hint; amended, the migration goes on."""
    assert ask("apply", "--through", "1", "--yes", *ACCEPT).code == 0
    database.execute("alter table public.documents add column note text")

    told = ask("apply", "--yes")
    assert told.code == 5, told
    assert "note" in told.err
    assert "--amend" in told.err
    assert "note" in ask("plan", "--amend", "--verbose").out
    assert ask("apply", "--amend", "--yes").code == 0


def test_two_runs_at_once(ask: Ask, database: Database) -> None:
    """The second one is refused while the first holds the run lock."""
    assert ask("apply", "--through", "0", "--yes", *ACCEPT).code == 0
    from ringfence import db
    from ringfence.journal import pg as journal_pg

    with db.connect(database.url, application="ringfence run lock") as conn, journal_pg.run_lock(conn):
        told = ask("apply", "--yes")

    assert told.code == 5, told


# --- on a terminal -----------------------------------------------------------------------------------------------


@dataclass
class Typist:
    """A process on a terminal of its own, and everything it has shown so far."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = ""

    def wait_for(self, pattern: str, seconds: float = 60.0) -> None:
        """Read until the screen has shown this."""
        until = time.monotonic() + seconds
        while not re.search(pattern, self.shown):
            if time.monotonic() > until:
                pytest.fail(f"{pattern} was not shown:\n{self.shown}")
            self._read(0.2)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if not ready:
            return True
        try:
            chunk = os.read(self.terminal, 65536)
        except OSError:  # the process has gone and taken its terminal along
            return False
        self.shown += chunk.decode(errors="replace")
        return bool(chunk)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.terminal, text.encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read(1.0) and self.process.poll() is None:
            pass
        code = self.process.wait(60)
        while self._read(0.1):
            if not select.select([self.terminal], [], [], 0.1)[0]:
                break
        return code


@pytest.fixture
def at_terminal(desk: Path) -> Iterator[Callable[..., Typist]]:
    """Start a command on a terminal."""
    started: list[Typist] = []

    def start(*words: str) -> Typist:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", "from ringfence.cli import main; main()", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "110", "LINES": "40"},
            cwd=desk,
            start_new_session=True,
        )
        os.close(theirs)
        typist = Typist(process, ours)
        started.append(typist)
        return typist

    yield start
    for typist in started:
        if typist.process.poll() is None:
            typist.process.kill()
            typist.process.wait(10)
        os.close(typist.terminal)


def test_apply_asks_first(at_terminal: Callable[..., Typist], database: Database) -> None:
    """A no changes nothing at all; a yes runs, live."""
    no = at_terminal("apply")
    no.wait_for(r"\[y/N\]")
    assert "is about to change" in no.shown
    no.type("n\n")
    assert no.end() == 2
    with database.connect() as conn:
        row = conn.execute("select to_regnamespace('ringfence') is null").fetchone()
        assert row == (True,)

    yes = at_terminal("apply", *ACCEPT)
    yes.wait_for(r"\[y/N\]")
    yes.type("y\n")
    assert yes.end() == 0, yes.shown
    assert "finished" in yes.shown
    assert "\x1b[?25h" in yes.shown, "the cursor is there again"


def test_ctrl_c_while_it_waits_for_a_lock(at_terminal: Callable[..., Typist], ask: Ask, database: Database) -> None:
    """The screen names who holds the lock; Ctrl-C ends with 6, leaves nothing running, and the run can go on."""
    assert ask("apply", "--through", "0", "--yes", *ACCEPT).code == 0
    reader = database.connect(autocommit=False)
    reader.execute("set application_name = 'nightly report'")
    reader.execute("select count(*) from public.documents")

    waiting = at_terminal("apply", "--yes")
    waiting.wait_for(r"waits .* for the lock on")
    waiting.wait_for(r"nightly")
    waiting.process.send_signal(signal.SIGINT)
    assert waiting.end() == 6, waiting.shown

    assert "RF004" in waiting.shown
    reader.rollback()
    assert ask("apply", "--yes").code == 0


def test_status_watches_until_ctrl_c(at_terminal: Callable[..., Typist]) -> None:
    """It redraws in place and ends with 0: nothing was interrupted."""
    watching = at_terminal("status", "--watch", "--interval", "0.2")
    watching.wait_for("not started(?s:.*)not started")
    watching.process.send_signal(signal.SIGINT)

    assert watching.end() == 0, watching.shown
    assert "\x1b[H" in watching.shown


def test_a_closed_pipe_ends_no_run(desk: Path, ask: Ask) -> None:
    """Progress and report have no reader; the migration is finished all the same."""
    command = (
        f"'{sys.executable}' -c 'from ringfence.cli import main; main()' apply --yes --verbose {' '.join(ACCEPT[:3])}"
    )
    done = subprocess.run(
        ["sh", "-c", f"{command} test 2>&1 | head -3"], capture_output=True, text=True, timeout=120, cwd=desk
    )

    assert done.stdout.count("\n") == 3
    deadline = time.monotonic() + 60
    while ask("status", "--json").document["state"] != "finished":
        assert time.monotonic() < deadline
        time.sleep(0.2)
