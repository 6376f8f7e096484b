"""The demo's two sides of the database: loading the desk, and the old application that goes on writing to it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import psycopg
from psycopg.conninfo import make_conninfo

from ringfence import db, sqltext
from ringfence.demo import seed
from ringfence.demo.ledger import MARKS, Ledger, Verdict, Write
from ringfence.demo.writes import next_writes
from ringfence.names import parse_qualified, quote_ident
from ringfence.runtime.seal import SealKey

PACKAGE = "ringfence.demo"
APPLICATION = "document-desk 1.0"
CANARY = "ringfence_canary_authenticated"
"""Has what end users have, and lives under enforcement from phase 4 on."""
LANES = 2
DOCUMENTS_MAX = 200
"""Documents and folders of the seed that the writers pick from."""
PAUSE_S = (0.02, 0.25)
"""Shortest and longest pause between two transactions of one writer: together about a dozen a second."""
THINK_S = 0.03
"""How long a transaction of several statements dawdles between them, holding its locks."""
STATEMENT_TIMEOUT_MS = 5000
"""What a web application gives a statement; waiting longer counts as a failed write."""


# --- the desk --------------------------------------------------------------------------------------------------------


def load(url: str, documents: int) -> None:
    """Create the application as it was before, with its data."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sqltext.load(PACKAGE, "before").encode())
        conn.execute(sqltext.load(PACKAGE, "version2").encode())
        conn.execute(seed.script(documents).encode())


def create_database(url: str, name: str) -> None:
    """Create an empty database on the demo's own server."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {quote_ident(name)}".encode())


def url_of(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return make_conninfo(url, dbname=database)


def url_as(url: str, login: str) -> str:
    """The URL of the same database for another login."""
    return make_conninfo(url, user=login)


def believe(url: str, key: SealKey) -> None:
    """Let the database believe contexts that this key has sealed, and desk_app reach the helpers."""
    inner, outer = key.pads()
    with psycopg.connect(url) as conn:
        conn.execute("grant usage on schema ringfence to desk_app")
        conn.execute(
            "insert into ringfence.context_keys (id, inner_pad, outer_pad) values (%s, %s, %s)", (key.id, inner, outer)
        )


def let_endpoints_move(url: str) -> None:
    """Let desk_rollout ask for the modes of endpoints and tell what was seen, as docs/reference/endpoints.md has it."""
    with psycopg.connect(url) as conn:
        conn.execute("grant usage on schema ringfence to desk_rollout")
        conn.execute("grant execute on function ringfence.exchange_endpoints_v1(jsonb) to desk_rollout")
        conn.execute("grant execute on function ringfence.fall_back_v1(text, bigint, text) to desk_rollout")


def try_out(url: str) -> None:
    """Let version 2.1 become the canary."""
    with psycopg.connect(url) as conn:
        conn.execute(f"grant {quote_ident(CANARY)} to desk_app".encode())


def forget_comparisons(url: str) -> None:
    """What was compared belongs to a version that serves nobody any more."""
    with psycopg.connect(url) as conn:
        conn.execute("delete from ringfence.shadow_observations")


def rows_per_organization(conn: db.Connection) -> list[db.Row]:
    """Name, number of organizations of that name, and their rows per table, the largest first."""
    with conn.transaction():
        conn.execute("set local search_path = next, public")
        return conn.execute(sqltext.load(PACKAGE, "rows_per_organization").encode()).fetchall()


def count_people(conn: db.Connection) -> int:
    """How many users there are."""
    return len(conn.execute(sqltext.load(PACKAGE, "people").encode()).fetchall())


# --- the old application ---------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """The old application at work: a few writers, each with a ledger of what it was told is stored."""

    url: str
    seed: int = 1
    lanes: list[Lane] = field(default_factory=list)

    def __enter__(self) -> Self:
        for number in range(LANES):
            lane = Lane(self.url, _ledger(self.url, number), random.Random(f"{self.seed}-{number}"), f"w{number}")
            self.lanes.append(lane)
            lane.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every writer end its transaction and go; raises what one stumbled over that was no database error."""
        for lane in self.lanes:
            lane.leave.set()
        for lane in self.lanes:
            lane.join()
        for lane in self.lanes:
            if lane.trouble is not None:
                raise lane.trouble

    @property
    def acknowledged(self) -> int:
        """Writes the database has confirmed."""
        return sum(lane.ledger.acknowledged for lane in self.lanes)

    @property
    def failed(self) -> int:
        """Writes that ended in an error."""
        return sum(lane.ledger.failed for lane in self.lanes)

    @property
    def errors(self) -> list[str]:
        """The first errors, in the server's words."""
        return [error for lane in self.lanes for error in lane.ledger.errors]

    def verdict(self, conn: db.Connection) -> Verdict:
        """Look every acknowledged write up; tenants are judged where the tables have the column."""
        found = Verdict()
        for lane in self.lanes:
            for table in MARKS:
                found += lane.ledger.judge(table, _written(conn, table, lane.ledger))
        return found


class Lane(threading.Thread):
    """One writer of the old application, with plain connections as its libraries would make them."""

    def __init__(self, url: str, ledger: Ledger, source: random.Random, name: str) -> None:
        super().__init__(name=f"document-desk-{name}", daemon=True)
        self.ledger = ledger
        self.leave = threading.Event()
        self.trouble: BaseException | None = None
        self._url = url
        self._source = source
        self._label = name

    def run(self) -> None:
        """Write until told to leave; an error of the database counts as failed, and the connection is made anew."""
        number = 0
        try:
            while not self.leave.is_set():
                try:
                    with _as(self._url, "supabase_auth_admin") as auth, _as(self._url, "service_role") as service:
                        while not self.leave.wait(self._source.uniform(*PAUSE_S)):
                            number += 1
                            self._transaction(auth, service, f"{self._label}-{number}")
                except psycopg.OperationalError:
                    # already counted; a server that is away is asked again a moment later, as a pool does
                    self.leave.wait(PAUSE_S[1])
        except BaseException as error:  # noqa: BLE001 - a thread's error would vanish; `Desk.stop` raises it
            self.trouble = error

    def _transaction(self, auth: db.Connection, service: db.Connection, mark: str) -> None:
        writes = next_writes(self.ledger, self._source, mark)
        conn = auth if writes[0].by_auth else service
        try:
            keys = _execute(conn, writes)
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).splitlines()[0]
            self.ledger.refuse(writes, f"{said} ({error.sqlstate or 'no answer'})")
            if conn.closed:
                raise psycopg.OperationalError(said) from error
            return
        for write, key in zip(writes, keys, strict=True):
            self.ledger.take(write, key)


def _execute(conn: db.Connection, writes: Sequence[Write]) -> list[str]:
    keys: list[str] = []
    with conn.transaction():
        for write in writes:
            if keys:
                time.sleep(THINK_S)
            row = conn.execute(sqltext.load(PACKAGE, f"app/{write.statement}").encode(), write.values).fetchone()
            assert row is not None, f"{write.statement} found no row"
            keys.append(str(row["key"]))
    return keys


def _as(url: str, role: str) -> db.Connection:
    """A connection as the old application has it: the auth server's login, or the gateway's turned into a role."""
    login = role if role.endswith("_admin") else "authenticator"
    return psycopg.connect(
        make_conninfo(url, user=login),
        autocommit=True,
        row_factory=psycopg.rows.dict_row,
        application_name=APPLICATION,
        options=f"-c role={role} -c statement_timeout={STATEMENT_TIMEOUT_MS}",
    )


def _ledger(url: str, lane: int) -> Ledger:
    """What a writer knows at the start: everybody, and its own share of the documents and folders."""
    with psycopg.connect(url, autocommit=True, row_factory=psycopg.rows.dict_row) as conn:
        people = conn.execute(sqltext.load(PACKAGE, "people").encode()).fetchall()
        bound = {"rows_max": DOCUMENTS_MAX}
        documents = conn.execute(sqltext.load(PACKAGE, "some_documents").encode(), bound).fetchall()[lane::LANES]
        folders = conn.execute(sqltext.load(PACKAGE, "some_folders").encode(), bound).fetchall()[lane::LANES]
    return Ledger(
        people={row["key"]: row["email"] for row in people},
        documents={row["key"]: row["owner"] for row in documents},
        folders={row["key"]: row["owner"] for row in folders},
        slugs={row["key"]: row["slug"] for row in documents},
    )


def _written(conn: db.Connection, table: str, ledger: Ledger) -> Iterable[tuple[str, Mapping[str, Any]]]:
    rows = [written for written in ledger.rows.values() if written.table == table]
    question = sqltext.fill(
        sqltext.load(PACKAGE, "written_rows"), table=parse_qualified(table).sql, mark=quote_ident(MARKS[table])
    )
    bound = {"keys": [row.key for row in rows], "marks": [row.mark for row in rows]}
    return [(row["key"], row["document"]) for row in conn.execute(question.encode(), bound)]
