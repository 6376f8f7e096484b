"""A small live application for tests of what happens while Ringfence works: one table to fill, sessions in the way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence import verbs
from ringfence.embedded import MAJOR_PREFERRED, EmbeddedServer, ServerBinariesMissing
from ringfence.observe import Observation
from ringfence.reports import RunReport
from support.cases import ACCEPT, Case
from support.databases import Database, Server

BEFORE = """
create schema auth;
create table auth.users (id uuid primary key default gen_random_uuid(), email text);
create table public.notes (id bigint generated always as identity primary key,
  owner_id uuid references auth.users (id), body text);
create index notes_owner on public.notes (owner_id);
insert into auth.users (email) select 'u' || i || '@c' || i % 4 || '.com' from generate_series(1, 40) i;
insert into public.notes (owner_id, body)
  select u.id, repeat('x', 60) from generate_series(1, {rows} / 40), auth.users u;
"""
CONFIG = """
[tenant]
users = "auth.users"
assign = {{ rule = "email_domain", public_domains = [] }}
[backup]
mode = "none"
[limits]
{limits}
[tables."public.notes"]
scope = "tenant"
derive = ["owner_id -> auth.users"]
"""
WAIT_S = 30.0

COLUMN = "expand/public.notes/column"
ROWS = "backfill/public.notes/rows"


@contextmanager
def own_server(settings: Mapping[str, str] | None = None) -> Iterator[tuple[EmbeddedServer, Database]]:
    """A server that may be killed, with a database; sessions end with the test."""
    if os.environ.get("RINGFENCE_TEST_URL"):
        pytest.skip("only a server of our own is set up and killed like that")
    major = int(os.environ.get("RINGFENCE_TEST_PG", MAJOR_PREFERRED))
    try:
        embedded = EmbeddedServer.start(major=major, settings=settings)
    except ServerBinariesMissing as error:
        pytest.skip(f"no PostgreSQL {major}: {error.hint}")
    with embedded:
        server = Server(embedded.url(), embedded.major)
        server.create_database("live")
        database = Database(server, "live")
        yield embedded, database
        database.close()


def notes(database: Database, scratch: Path, *, rows: int = 400, **limits: float) -> Case:
    """An application with users of four companies and a table of their notes; `limits` as in ringfence.toml."""
    folder = scratch / "case"
    folder.mkdir()
    (folder / "before.sql").write_text(BEFORE.format(rows=rows), encoding="utf-8")
    lines = "\n".join(f"{name} = {value}" for name, value in limits.items())
    (folder / "ringfence.toml").write_text(CONFIG.format(limits=lines), encoding="utf-8")
    return Case.load(folder, database, scratch)


def wait_until(true: Callable[[], Any], what: str) -> None:
    """Wait for a condition within a bound; the error says what never came."""
    deadline = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


class Applying:
    """`apply` in a thread of its own, with everything it lets be observed."""

    def __init__(self, case: Case, also: Callable[[Observation], None] = lambda _: None) -> None:
        self.seen: list[Observation] = []
        self._also = also
        self._case = case
        self._report: RunReport | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._apply, daemon=True)
        self._thread.start()

    def _see(self, observation: Observation) -> None:
        self.seen.append(observation)
        self._also(observation)

    def _apply(self) -> None:
        try:
            self._report = verbs.apply(self._case.url, self._case.config, accept=ACCEPT, observer=self._see)
        except BaseException as error:  # noqa: BLE001  # raised again by whoever waits for the report
            self._error = error

    @property
    def alive(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def wait_for(self, found: Callable[[Observation], object], what: str) -> None:
        """Wait until something was observed, or fail at once when the run is over without it."""
        wait_until(lambda: any(map(found, list(self.seen))) or not self.alive, what)
        if self._error is not None:
            raise self._error
        assert any(map(found, self.seen)), f"the run is over without: {what}"

    def report(self) -> RunReport:
        """The report once it ends; raises what it raised."""
        self._thread.join(WAIT_S * 2)
        assert not self.alive, "apply does not end"
        if self._error is not None:
            raise self._error
        assert self._report is not None
        return self._report


def apply(case: Case, see: Callable[[Observation], None] = lambda _: None) -> RunReport:
    """Apply in this thread."""
    return verbs.apply(case.url, case.config, accept=ACCEPT, observer=see)


def both(
    first: Callable[[Observation], object], second: Callable[[Observation], object]
) -> Callable[[Observation], None]:
    """One observer out of two."""

    def see(observation: Observation) -> None:
        first(observation)
        second(observation)

    return see


def client(database: Database, application: str, *, autocommit: bool = True) -> psycopg.Connection[tuple[Any, ...]]:
    """A session of the application under a name that can be recognised."""
    conn = database.connect(autocommit=True)
    conn.execute("select set_config('application_name', %s, false)", (application,))
    conn.autocommit = autocommit
    return conn


def events(database: Database, *kinds: str) -> list[Mapping[str, Any]]:
    """The journal's events of some kinds, in order, read without Ringfence."""
    with psycopg.connect(database.url, autocommit=True) as conn:
        rows = conn.execute("select event::jsonb from ringfence.journal order by seq").fetchall()
    return [event for (event,) in rows if event["$"] in kinds]


def assert_complete(case: Case) -> None:
    """Every note has the organization of its owner, by a road of its own, and what is there is what was planned."""
    with psycopg.connect(case.database.url, autocommit=True) as conn:
        wrong = conn.execute(
            "select count(*) from public.notes n join auth.users u on u.id = n.owner_id"
            " left join public.organizations o on o.id = n.client_id"
            " where o.name is distinct from split_part(u.email, '@', 2)"
        ).fetchone()
    assert wrong == (0,)
    plan = verbs.plan(case.url, case.config)
    assert case.differences_from_simulation(plan) == ""
    assert case.inconsistencies(plan) == []
