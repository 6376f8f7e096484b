"""The desk as a process: how it starts and ends, and what it does when its database is slow or away."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ringfence.demo import seed
from support.desk import JOB_KEY, SECRET, DeskProcess, Person, secrets_for

UNTIL_S = 20


def test_requests_in_flight_are_finished_before_it_stops(plain_url: str, tmp_path: Path) -> None:
    """SIGTERM while a write waits for a lock: the write is answered, then the process ends with 0."""
    with DeskProcess("before", plain_url, str(tmp_path)) as desk:
        anna = desk.sign_up()
        answers: list[httpx.Response] = []

        def rename() -> None:
            answers.append(anna.call("PATCH", "/me", json={"display_name": "In flight"}))

        with psycopg.connect(plain_url) as holder:
            holder.execute("select from profiles where id = %s for update", (anna.user,))
            request = threading.Thread(target=rename)
            request.start()
            _until(
                plain_url,
                "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            )
            desk.process.terminate()
            _refused(desk)
        request.join()

        assert [answer.status_code for answer in answers] == [200]
        assert desk.process.wait(UNTIL_S) == 0
        assert desk.stop() == ""


def test_it_ends_with_whoever_started_it(plain_url: str, tmp_path: Path) -> None:
    """The pipe closes when the parent is gone, however it went."""
    with DeskProcess("before", plain_url, str(tmp_path)) as desk:
        desk.hang_up()
        assert desk.process.wait(UNTIL_S) == 0


def test_no_connection_is_left_behind(plain_url: str, tmp_path: Path) -> None:
    """Bounded pools under names of their own while it runs, and nothing afterwards."""
    question = (
        "select count(*), array_agg(distinct usename || ' as ' || application_name) from pg_stat_activity"
        " where datname = current_database() and application_name like 'document-desk%'"
    )
    logins = ["desk_auth as document-desk auth", "desk_before as document-desk 1.0"]
    with psycopg.connect(plain_url, autocommit=True) as conn:
        _until(plain_url, question, lambda row: row[0] == 0)
        with DeskProcess("before", plain_url, str(tmp_path)) as desk:
            anna = desk.sign_up()
            threads = [threading.Thread(target=anna.get, args=("/documents",)) for _ in range(40)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            count, names = _one(conn, question)
            assert sorted(names) == logins
            assert 2 <= count <= 14
        _until(plain_url, question, lambda row: row[0] == 0)


def test_a_lost_connection_heals(plain_url: str, tmp_path: Path) -> None:
    """The requests that were under way say 503; the ones after work, on new connections."""
    with DeskProcess("before", plain_url, str(tmp_path)) as desk:
        anna = desk.sign_up()
        with psycopg.connect(plain_url, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and application_name like 'document-desk%'"
            )
        deadline = time.monotonic() + UNTIL_S
        seen = [anna.call("GET", "/me")]
        while seen[-1].status_code != 200:
            assert seen[-1].status_code == 503
            assert seen[-1].json()["code"] in {"unavailable", "busy"}
            assert time.monotonic() < deadline
            seen.append(anna.call("GET", "/me"))


def test_a_statement_does_not_wait_for_ever(plain_url: str, tmp_path: Path) -> None:
    """Behind a lock the user gets an answer after some seconds, and the pool is free again."""
    with DeskProcess("before", plain_url, str(tmp_path)) as desk:
        anna = desk.sign_up()
        with psycopg.connect(plain_url) as holder:
            holder.execute("lock table profiles in access exclusive mode")
            answer = anna.call("GET", "/me")
            assert (answer.status_code, answer.json()["code"]) == (503, "timeout")
        assert anna.get("/me")["id"] == anna.user


def test_nothing_secret_is_said(plain_url: str, tmp_path: Path) -> None:
    """Neither on the command line nor in the log, whatever went wrong."""
    url = f"{plain_url} password='pg-secret-1'"
    secret = "secret-of-a-user"
    with DeskProcess("before", url, str(tmp_path)) as desk:
        arguments = Path(f"/proc/{desk.process.pid}/cmdline")
        shown = arguments.read_text() if arguments.exists() else " ".join(map(str, desk.process.args))
        email = f"{uuid.uuid4()}@known.example"
        body = {"email": email, "password": secret, "name": "A"}
        tokens = desk.http.post("/auth/sign-up", json=body).json()
        assert desk.http.post("/auth/sign-up", json=body).status_code == 409
        anna = Person(tokens["user_id"], email, tokens, desk.http)
        slug = anna.document()["slug"]
        anna.post("/documents", {"title": "T", "slug": slug}, 409)
        anna.post("/documents", {"title": "T", "slug": "other", "folder_id": str(uuid.uuid4())}, 422)
        said = desk.stop()

    assert "UniqueViolation 23505" in said, "the log says what happened"
    for hidden in (
        SECRET,
        JOB_KEY,
        "pg-secret-1",
        secret,
        email,
        slug,
        tokens["access_token"],
        tokens["refresh_token"],
    ):
        assert hidden not in said
        assert hidden not in shown


@pytest.mark.parametrize(
    ("missing", "storage", "said"),
    [
        ({"DESK_DATABASE_URL": ""}, "files", "DESK_DATABASE_URL"),
        ({"DESK_JWT_SECRET": ""}, "files", "DESK_JWT_SECRET"),
        ({"DESK_JWT_SECRET": "short"}, "files", "32 bytes"),
        ({"DESK_JOB_KEY": ""}, "files", "DESK_JOB_KEY"),
        ({}, "ftp://host/folder", "storage"),
        ({}, "s3://", "s3://bucket"),
    ],
)
def test_it_does_not_start_without_what_it_needs(
    missing: dict[str, str], storage: str, said: str, tmp_path: Path
) -> None:
    """Wrong usage, said in a line, before anything is opened."""
    done = _start({**secrets_for("postgresql://127.0.0.1:9/desk"), **missing}, storage, tmp_path)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_when_the_database_is_away(tmp_path: Path) -> None:
    """Exit 1 and a sentence; the URL with its password is not part of it."""
    url = "postgresql://somebody:pg-secret-2@127.0.0.1:9/desk"
    done = _start(secrets_for(url), "files", tmp_path)

    assert done.returncode == 1
    assert "cannot start" in done.stderr
    assert "pg-secret-2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_password_of_the_seed_is_what_the_page_says() -> None:
    """People who look around log in with it."""
    page = Path(__file__).parents[3] / "docs" / "demo.md"
    assert f"`{seed.PASSWORD}`" in page.read_text(encoding="utf-8")


def _start(environment: dict[str, str], storage: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ringfence.demo.desk", "--version", "before", "--storage", storage],
        env={**os.environ, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _refused(desk: DeskProcess) -> None:
    """Wait until the process takes no new connection."""
    deadline = time.monotonic() + UNTIL_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{desk.base_url}/healthz", timeout=1)
        except httpx.TransportError:
            return
    raise AssertionError("it still takes connections")


def _until(url: str, question: str, holds: Callable[[tuple[Any, ...]], bool] = bool) -> None:
    """Wait until the answer has a row for which it holds."""
    deadline = time.monotonic() + UNTIL_S
    with psycopg.connect(url, autocommit=True) as conn:
        while time.monotonic() < deadline:
            row = conn.execute(question.encode()).fetchone()
            if row is not None and holds(row):
                return
    raise AssertionError(f"never happened: {question}")


def _one(conn: psycopg.Connection[tuple[Any, ...]], question: str) -> tuple[Any, ...]:
    row = conn.execute(question.encode()).fetchone()
    assert row is not None
    return row
