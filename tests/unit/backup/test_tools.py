"""Calls of pg_dump and pg_restore as values, and what they write."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.backup.dump import failure_hint
from ringfence.backup.tools import (
    NICENESS,
    OutOfTime,
    Running,
    dump_arguments,
    log_tail,
    restore_arguments,
    restore_errors,
    schema_pattern,
    tool_environment,
)

LOG = """pg_restore: error: could not execute query: ERROR:  role "owner_x" does not exist
Command was: ALTER TABLE public.t OWNER TO owner_x;

pg_restore: error: COPY failed for table "u": ERROR:  duplicate key value violates unique constraint "u_pkey"
DETAIL:  Key (email)=(a.person@example.org) already exists.
CONTEXT:  COPY u, line 1
pg_restore: warning: errors ignored on restore: 2
"""


def test_each_error_of_a_restore_is_named_and_no_row_is_shown() -> None:
    first, second = restore_errors(LOG)

    assert first.what == "ALTER TABLE public.t OWNER TO owner_x;"
    assert first.detail == 'ERROR:  role "owner_x" does not exist'
    assert "u_pkey" in second.detail
    assert "example.org" not in f"{first}{second}"


@given(st.text())
def test_any_log_can_be_read(text: str) -> None:
    assert len(restore_errors(text)) <= 50


def test_nothing_secret_is_on_a_command_line() -> None:
    dump = dump_arguments(Path("/bin/pg_dump"), Path("/b/dump"), snapshot="0-1", jobs=3, excluded_schemas=["My.*"])
    restore = restore_arguments(Path("/bin/pg_restore"), Path("/b/dump"), jobs=3)

    assert "--no-password" in dump
    assert "--no-password" in restore
    assert not any("password=" in argument or "://" in argument for argument in (*dump, *restore))
    assert '--exclude-schema="My.*"' in dump


@given(st.text(min_size=1))
def test_a_schema_pattern_has_no_free_wildcard(name: str) -> None:
    pattern = schema_pattern(name)

    assert pattern[0] == pattern[-1] == '"'
    assert pattern[1:-1].replace('""', "").count('"') == 0


def test_our_own_settings_of_libpq_do_not_reach_the_program() -> None:
    environment = tool_environment({"PGHOST": "there"}, {"PGHOST": "here", "PGSSLMODE": "disable", "PATH": "/bin"})

    assert environment == {"PGHOST": "there", "PATH": "/bin", "LC_ALL": "C"}


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    sleeper = [sys.executable, "-c", "import time; print('working', flush=True); time.sleep(60)"]

    def wait() -> None:
        with Running(sleeper, dict(os.environ), tmp_path / "log", 1.0) as running:
            while running.ended() is None:
                time.sleep(0.05)

    with pytest.raises(OutOfTime):
        wait()

    assert time.monotonic() - began < 20
    assert log_tail(tmp_path / "log") == "working"


def test_a_program_and_what_it_starts_step_back_for_others(tmp_path: Path) -> None:
    """The priority is given right after the start: a child that comes later has it."""
    script = (
        "import os, sys, time\n"
        "while os.getpriority(os.PRIO_PROCESS, 0) != int(sys.argv[1]): time.sleep(0.01)\n"
        "if os.fork() == 0: print(os.getpriority(os.PRIO_PROCESS, 0), flush=True)\n"
        "else: os.wait()\n"
    )
    arguments = [sys.executable, "-c", script, str(NICENESS)]

    with Running(arguments, dict(os.environ), tmp_path / "log", 30.0) as running:
        while running.ended() is None:
            time.sleep(0.02)

    assert log_tail(tmp_path / "log") == str(NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, 0) < NICENESS


def test_leaving_early_ends_the_program(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    script = f"import os, time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    def interrupted() -> None:
        with Running([sys.executable, "-c", script], dict(os.environ), tmp_path / "log", 60):
            while not (marker.exists() and marker.read_text()):
                time.sleep(0.05)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


def test_the_hint_fits_what_pg_dump_said() -> None:
    assert "BYPASSRLS" in failure_hint("pg_dump: error: query would be affected by row-level security policy")
    assert "newer" in failure_hint("pg_dump: error: aborting because of server version mismatch")
    assert "own words" in failure_hint("something new")
