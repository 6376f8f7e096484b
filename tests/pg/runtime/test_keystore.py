"""Signing keys in a database: who reads them, who moves them, and a rotation that nobody notices."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psycopg
import pytest

from ringfence import db
from ringfence.cli.app import run
from ringfence.errors import RingfenceError
from ringfence.names import quote_ident
from ringfence.plan.keys import key_objects
from ringfence.runtime import signing
from ringfence.runtime.claims import FixedKeys, TokenProfile, Verifier
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.keystore import pg as keystore
from ringfence.runtime.signing import KeyMoveRefused, KeyState
from support.databases import Database

SECRET = KeysSecret.generate(1)
SESSIONS = 1000


@pytest.fixture
def issuing(database: Database) -> tuple[Database, str]:
    """A database with the tables of signing keys, and the login of an issuer."""
    issuer = database.create_role("issuer")
    database.execute(";".join(["create schema ringfence", *key_objects([issuer]).do]))
    return database, issuer


def now() -> datetime:
    return datetime.now(UTC)


def made(conn: db.Connection) -> str:
    """A fresh key on standby."""
    before = {key.kid for key in keystore.read(conn)}
    keys = keystore.change(conn, lambda keys: signing.create(keys, SECRET, now()))
    return next(key.kid for key in keys if key.kid not in before)


def test_keys_make_all_moves_and_each_is_recorded(issuing: tuple[Database, str]) -> None:
    database, _ = issuing
    with db.connect(database.url) as conn:
        first, second = made(conn), None
        keystore.change(conn, lambda keys: signing.rotate(keys, now()))
        second = made(conn)
        with pytest.raises(KeyMoveRefused):
            keystore.change(conn, lambda keys: signing.rotate(keys, now()))
        keystore.change(conn, lambda keys: signing.rotate(keys, now(), young_accepted=True))
        keystore.change(conn, lambda keys: signing.revoke(keys, first))
        keystore.change(conn, lambda keys: signing.restore(keys, first))
        after = keystore.change(conn, lambda keys: signing.rotate(keys, now(), kid=first))

        assert [(key.kid, key.state) for key in after] == [
            (first, KeyState.IN_USE),
            (second, KeyState.PREVIOUSLY_USED),
        ]
        moves = conn.execute("select kid, state_before, state from ringfence.signing_key_moves order by id").fetchall()
        assert [(row["kid"] == first, row["state_before"], row["state"]) for row in moves] == [
            (True, None, "standby"),
            (True, "standby", "in_use"),
            (False, None, "standby"),
            (True, "in_use", "previously_used"),
            (False, "standby", "in_use"),
            (True, "previously_used", "revoked"),
            (True, "revoked", "previously_used"),
            (False, "in_use", "previously_used"),
            (True, "previously_used", "in_use"),
        ]


def test_an_issuer_reads_and_changes_nothing(issuing: tuple[Database, str]) -> None:
    database, issuer = issuing
    with db.connect(database.url) as conn:
        kid = made(conn)

    assert [key.kid for key in keystore.read_at(database.url_as(issuer))] == [kid]
    with database.connect(user=issuer) as login:
        for statement in (
            "update ringfence.signing_keys set state = 'in_use'",
            "delete from ringfence.signing_keys",
            "insert into ringfence.signing_key_moves (kid, state) values ('x', 'revoked')",
            "select * from ringfence.signing_key_moves",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement.encode())


def test_nobody_else_reads_them(issuing: tuple[Database, str]) -> None:
    database, _ = issuing
    stranger, reader = database.create_role("stranger"), database.create_role("reader")
    database.execute(f"grant pg_read_all_data to {quote_ident(reader)}")
    with db.connect(database.url) as conn:
        made(conn)

    with pytest.raises(keystore.NoKeyTables):
        keystore.read_at(database.url_as(stranger))
    assert keystore.read_at(database.url_as(reader)) == ()


def test_a_copy_of_the_database_holds_no_private_key(issuing: tuple[Database, str]) -> None:
    """Nothing in the row opens without the secret: neither the private number nor a PKCS #8 frame is in it."""
    database, _ = issuing
    with db.connect(database.url) as conn:
        kid = made(conn)
        key = keystore.read(conn)[0]
        row = conn.execute("select to_jsonb(k)::text as text from ringfence.signing_keys k").fetchone()

    private = SECRET.unwrap(key.envelope, kid, key.alg)
    assert row is not None
    for piece in (private, private[-40:], private[36:68]):
        assert piece not in key.envelope
        assert piece.hex() not in row["text"]
        assert base64.b64encode(piece).decode() not in row["text"]
    assert '"d"' not in row["text"].replace("\\", "")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'in_use'",
        "state = 'signing'",
        "alg = 'none'",
        """public_jwk = '{"kty":"EC","d":"x"}'""",
        "envelope = ''",
    ],
)
def test_the_table_refuses_what_no_move_makes(issuing: tuple[Database, str], change: str) -> None:
    database, _ = issuing
    with db.connect(database.url) as conn:
        made(conn)
        made(conn)

        with pytest.raises(psycopg.IntegrityError):
            conn.execute(f"update ringfence.signing_keys set {change}".encode())


def test_two_who_rotate_at_once_do_it_one_after_the_other(issuing: tuple[Database, str]) -> None:
    database, _ = issuing
    with db.connect(database.url) as conn:
        kids = [made(conn) for _ in range(2)]
    failures: list[RingfenceError] = []
    start = threading.Barrier(2)

    def rotate(kid: str) -> None:
        with db.connect(database.url) as conn:
            start.wait(10)
            try:
                keystore.change(conn, lambda keys: signing.rotate(keys, now(), kid=kid, young_accepted=True))
            except RingfenceError as error:
                failures.append(error)

    threads = [threading.Thread(target=rotate, args=(kid,)) for kid in kids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    states = sorted(key.state.value for key in keystore.read_at(database.url))
    assert (states, failures) == (["in_use", "previously_used"], [])


def test_a_database_without_the_tables_says_so(database: Database) -> None:
    with pytest.raises(keystore.NoKeyTables):
        keystore.read_at(database.url)


def test_a_database_that_is_not_there_says_so_without_the_password() -> None:
    with pytest.raises(keystore.KeysUnread) as caught:
        keystore.read_at("postgresql://postgres:geheim@127.0.0.1:1/nothing")
    assert "geheim" not in str(caught.value)


def test_the_way_back_keeps_a_key_and_what_it_has_signed(issuing: tuple[Database, str]) -> None:
    database, issuer = issuing
    objects = key_objects([issuer])
    with db.connect(database.url) as conn:
        kid = made(conn)
        _run(conn, objects.undo)
        assert [key.kid for key in keystore.read_at(database.url_as(issuer))] == [kid]
        _run(conn, objects.do)  # found again
        assert [key.kid for key in keystore.read_at(database.url_as(issuer))] == [kid]
        assert conn.execute(objects.done_when.encode()).fetchone() == {"?column?": True}


def test_the_way_back_leaves_nothing_where_no_key_was_made(issuing: tuple[Database, str]) -> None:
    database, issuer = issuing
    with db.connect(database.url) as conn:
        _run(conn, key_objects([issuer]).undo)

        assert conn.execute(key_objects([issuer]).done_when.encode()).fetchone() == {"?column?": False}
        with pytest.raises(keystore.NoKeyTables):
            keystore.read(conn)


def _run(conn: db.Connection, statements: Sequence[str]) -> None:
    with conn.transaction():
        for statement in statements:
            conn.execute(statement.encode())


@contextmanager
def workers(url: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Two processes of the application on sockets of their own; the second verifies by the first one's key set."""
    ports = [_free_port(), _free_port()]
    environment = {
        **os.environ,
        "WORKER_DATABASE_URL": url,
        "WORKER_JWKS_URL": f"http://127.0.0.1:{ports[0]}/jwks.json",
        "RINGFENCE_KEYS_SECRET": SECRET.to_text(),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    running = []
    try:
        for number, port in enumerate(ports):
            with (folder / f"worker-{number}.log").open("wb") as log:
                command = [sys.executable, "-m", "uvicorn", "support.token_worker:app", "--port", str(port)]
                running.append(
                    subprocess.Popen(
                        [*command, "--log-level", "warning", "--lifespan", "off", "--no-access-log"],
                        env=environment,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address in addresses:
            _until_up(address, folder)
        yield addresses[0], addresses[1]
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(20)


def _until_up(address: str, folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/jwks.json").status_code == 200:
                return
        for log in folder.glob("worker-*.log"):
            assert "Error" not in log.read_text(), log.read_text()
        time.sleep(0.05)
    raise AssertionError("the worker does not come up")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _kid(token: str) -> str:
    head = token.split(".", maxsplit=1)[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=="))["kid"])


@pytest.mark.slow
def test_a_rotation_under_a_thousand_sessions_fails_nobody(issuing: tuple[Database, str], tmp_path: Path) -> None:
    """Two workers, a thousand sessions at once, a key rotated in the middle: every request is answered with 200."""
    database, issuer = issuing
    with db.connect(database.url) as conn:
        first = made(conn)
        keystore.change(conn, lambda keys: signing.rotate(keys, now()))
        second = made(conn)
    answers: dict[int, int] = {}

    async def scene(left: str, right: str) -> tuple[list[str], list[str]]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as client:
            half, rotated, old = asyncio.Event(), asyncio.Event(), 0

            async def ask(method: str, url: str, token: str = "") -> str:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                async with client.request(method, url, headers=headers) as answer:
                    answers[answer.status] = answers.get(answer.status, 0) + 1
                    return await answer.text()

            async def session(number: int) -> tuple[str, str]:
                nonlocal old
                mine, other = (left, right) if number % 2 else (right, left)
                before = await ask("POST", f"{mine}/login/s-{number}")
                await ask("GET", f"{other}/me", before)
                old += 1
                if old == SESSIONS // 2:
                    half.set()
                await rotated.wait()
                # the token of before, on both workers, and a refresh
                await ask("GET", f"{mine}/me", before)
                after = await ask("POST", f"{other}/login/s-{number}")
                said = await ask("GET", f"{mine}/me", after)
                assert json.loads(said) == {"session": f"s-{number}"}
                return before, after

            async def rotation() -> None:
                await half.wait()  # half of them have logged in, half are about to
                await asyncio.to_thread(_rotate, database.url, second)
                for _ in range(
                    10_000
                ):  # until a worker signs with it; each look is a request that must not fail either
                    if _kid(await ask("POST", f"{left}/login/x")) == second:
                        break
                rotated.set()

            async with asyncio.TaskGroup() as group:
                turning = group.create_task(rotation())
                sessions = [group.create_task(session(number)) for number in range(SESSIONS)]
            assert turning.done()
            pairs = [task.result() for task in sessions]
            return [_kid(before) for before, _ in pairs], [_kid(after) for _, after in pairs]

    with workers(database.url_as(issuer), tmp_path) as (left, right):
        before, after = asyncio.run(asyncio.wait_for(scene(left, right), 240))

    assert set(answers) == {200}
    assert answers[200] >= SESSIONS * 5
    assert first in before  # both keys were at work
    assert set(after) <= {first, second}
    assert second in after


def _rotate(url: str, kid: str) -> None:
    with db.connect(url) as conn:
        keystore.change(conn, partial(_decide, kid))


def _decide(kid: str, keys: Any) -> Any:
    return signing.rotate(keys, now(), kid=kid, young_accepted=True)


def test_the_command_makes_every_move(
    issuing: tuple[Database, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database, _ = issuing
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)
    monkeypatch.setenv("RINGFENCE_KEYS_SECRET", SECRET.to_text())

    def asked(*words: str, code: int = 0) -> list[tuple[str, str]]:
        assert run(["keys", *words, "--json"]) == code
        said = capsys.readouterr()
        assert SECRET.to_text()[2:] not in said.out + said.err
        return [(key["kid"], key["state"]) for key in json.loads(said.out).get("keys", [])]

    assert asked("list") == []
    ((first, _),) = asked("create")
    assert asked("rotate") == [(first, "in_use")]
    second = asked("create", "--alg", "EdDSA")[1][0]
    assert asked("rotate", code=3) == []  # too young
    assert asked("rotate", "--now") == [(first, "previously_used"), (second, "in_use")]
    assert asked("revoke", second, code=3) == []  # it signs
    assert asked("rotate", first[:8]) == [(first, "in_use"), (second, "previously_used")]
    assert asked("revoke", second[:8]) == [(first, "in_use"), (second, "revoked")]
    assert asked("restore", second[:8]) == [(first, "in_use"), (second, "previously_used")]
    assert asked("revoke", first, "--in-use") == [(first, "revoked"), (second, "previously_used")]

    assert run(["keys", "list"]) == 0
    shown = capsys.readouterr().out
    assert f"{first:<26} ES256  revoked" in shown
    assert f"{second:<26} EdDSA  previously used" in shown
    assert "envelope" not in shown

    monkeypatch.delenv("RINGFENCE_KEYS_SECRET")
    assert asked("create", code=2) == []


def test_the_example_of_the_page_issues_what_a_verifier_believes(
    issuing: tuple[Database, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third block of docs/tokens.md, as it stands."""
    database, issuer = issuing
    monkeypatch.setenv("RINGFENCE_KEYS_SECRET", SECRET.to_text())
    with db.connect(database.url) as conn:
        made(conn)
        keystore.change(conn, lambda keys: signing.rotate(keys, now()))
    page = (Path(__file__).parents[3] / "docs" / "tokens.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[2], names)

    async def scene() -> str | None:
        issuing_now = names["issuer_of"](database.url_as(issuer))
        token = await names["log_in"](issuing_now, "u-1", "s-1")
        keys = FixedKeys(parse_key_set(await issuing_now.key_set()))
        return (await Verifier(TokenProfile("https://app.example.com", "authenticated"), keys).verify(token)).session

    assert asyncio.run(scene()) == "s-1"


def test_the_command_says_that_the_tables_are_missing(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)

    assert run(["keys", "list"]) == 7
    assert "RF939" in capsys.readouterr().err
