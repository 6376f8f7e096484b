"""A COMMIT whose answer is lost: the journal tells afterwards what happened."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ringfence import db
from ringfence.journal import pg
from ringfence.journal.fold import fold
from ringfence.journal.model import GatePassed, PlanAdopted, RunStarted, Started, StepDone, StepStarted
from support.databases import Database

EVENTS = (PlanAdopted("p", None, ((0, ("a",)),), ((0, "entry", "in"),)), RunStarted("r1", "forward", 0, "0"))


class Wire:
    """A socket between client and server that can lose a COMMIT before the server sees it, or its answer after."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.lose: str | None = None
        """'request' or 'answer'."""
        self.committing = False

    def pump(self) -> None:
        """Carry bytes until one side is gone or the wire is cut."""
        up = threading.Thread(target=self._up, daemon=True)
        up.start()
        while (data := _receive(self.server)) and not self.committing:
            self.client.sendall(data)
        self._cut()
        up.join(10)

    def _up(self) -> None:
        while data := _receive(self.client):
            if self.lose is not None and b"COMMIT" in data:
                if self.lose == "request":
                    break
                self.committing = True
            self.server.sendall(data)
        self._cut()

    def _cut(self) -> None:
        for side in (self.client, self.server):
            with suppress(OSError):  # the other direction may have been first
                side.shutdown(socket.SHUT_RDWR)


def _receive(side: socket.socket) -> bytes:
    try:
        return side.recv(65536)
    except OSError:
        return b""  # the wire was cut by the other direction


@contextmanager
def wire_to(database: Database) -> Iterator[tuple[str, list[Wire]]]:
    """A URL that leads to the database through a wire we can cut."""
    parts = conninfo_to_dict(database.url)
    host, port = str(parts.get("host") or "localhost"), int(str(parts.get("port") or 5432))
    wires: list[Wire] = []
    with tempfile.TemporaryDirectory(prefix="rfw") as directory:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(Path(directory) / ".s.PGSQL.5432"))
        os.chmod(directory, 0o755)
        listener.listen()

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                if host.startswith("/"):
                    upstream = socket.socket(socket.AF_UNIX)
                    upstream.connect(f"{host}/.s.PGSQL.{port}")
                else:
                    upstream = socket.create_connection((host, port))
                wires.append(Wire(client, upstream))
                threading.Thread(target=wires[-1].pump, daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield make_conninfo(database.url, host=directory, port=5432), wires
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        for wire in wires:
            wire.client.close()
            wire.server.close()


@pytest.mark.parametrize(("lose", "committed"), [("request", False), ("answer", True)])
def test_the_journal_tells_whether_the_commit_happened(database: Database, lose: str, committed: bool) -> None:
    """The client sees the same error either way; reading the journal decides, and row and entry always agree."""
    database.execute("create table public.t (n int)")
    with wire_to(database) as (url, wires), db.connect(database.url) as sound:
        pg.install(sound)
        conn = db.connect(url)
        for event in EVENTS:
            pg.append(conn, event)
        pg.work_for(conn, "r1")
        pg.append(conn, GatePassed("in"))
        pg.append(conn, StepStarted("a"))
        pid = conn.info.backend_pid

        def step() -> None:
            with conn.transaction():
                conn.execute("insert into public.t values (1)")
                pg.append(conn, StepDone("a"))
                wires[0].lose = lose

        with pytest.raises(psycopg.OperationalError):
            step()
        assert conn.closed

        # Another appender waits for whatever the lost session still does, so what is read after it is final.
        sound.execute("select pg_terminate_backend(%s, 5000)", (pid,))
        progress = fold(pg.read(sound))
        rows = sound.execute("select n from public.t").fetchall()
        assert rows == ([{"n": 1}] if committed else [])
        assert list(progress.done) == (["a"] if committed else [])
        assert progress.open == (None if committed else Started("a"))
