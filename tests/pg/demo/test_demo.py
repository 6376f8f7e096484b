"""The demo on a real server: its data, its old application, the whole story, and that it sees what goes wrong."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from ringfence import db
from ringfence.backup.digest import digest_targets
from ringfence.backup.pg import digest_tables
from ringfence.catalog.pg import read_catalog
from ringfence.demo import pg
from ringfence.demo.ending import conclude
from ringfence.demo.ledger import Verdict
from ringfence.demo.processes import TrafficProcess
from ringfence.demo.show import Show
from ringfence.demo.story import stage, tell
from ringfence.demo.telling import Options, Stopped, Story
from ringfence.demo.traffic.held import COOKIE, ENDLESS, NEW, NEW_WITHOUT, NONE, OLD
from ringfence.embedded import ServerBinariesMissing, find_binaries
from ringfence.errors import RingfenceError
from support.databases import Database, Server, unique_name

ROWS = 400
STORY_S_MAX = 540
"""Two minutes by itself, four beside other work on the same cores."""
STORY = ("--rows", "1000", "--rate", "40", "--seconds", "16")


@pytest.fixture
def binaries() -> None:
    """The demo brings its own server; without the programs there is none."""
    try:
        find_binaries()
    except ServerBinariesMissing as error:
        pytest.skip(f"no PostgreSQL: {error.hint}")


@pytest.fixture
def desk_url(database: Database) -> str:
    """The desk in a database of the test's server."""
    pg.load(database.url, ROWS)
    return database.url


def test_the_same_number_gives_the_same_rows(desk_url: str, server: Server) -> None:
    """The data follows from the number of documents alone, row by row."""
    other = unique_name("rf_desk")
    server.create_database(other)
    try:
        pg.load(server.url_of(other), ROWS)
        with db.connect(desk_url) as one, db.connect(server.url_of(other)) as two:
            targets = digest_targets(read_catalog(one))
            # profiles are written by the desk's trigger, whose clock runs on
            names = {
                t: [c for c in cs if str(t) != "public.profiles" or c != "created_at"] for t, cs in targets.items()
            }
            assert digest_tables(one, names) == digest_tables(two, names)
    finally:
        server.drop_database(other)


def test_the_data_is_awkward_on_purpose(desk_url: str) -> None:
    """There are orphans, comments across companies, people without mail and people with public mail."""
    with psycopg.connect(desk_url) as conn:
        row = conn.execute(
            "select (select count(*) from public.activity a"
            "   where not exists (select from auth.users u where u.id = a.actor)),"
            " (select count(*) from public.comments c join public.documents d on d.id = c.document_id"
            "   where c.author_id <> d.owner_id),"
            " (select count(*) from auth.users where email ~ '@gm'),"
            " (select count(*) from public.folders f where parent_id is not null)"
        ).fetchone()
    assert row is not None
    assert all(number > 0 for number in row), row


def test_the_old_application_sees_what_becomes_of_its_writes(desk_url: str) -> None:
    """Without anybody's interference nothing is lost; a deleted, a doubled and a misplaced row are each found."""
    with pg.Desk(desk_url) as desk:
        while desk.acknowledged < 60:
            assert not desk.failed, desk.errors
        desk.stop()
    comments = [key for lane in desk.lanes for table, key in lane.ledger.rows if table == "public.comments"]
    assert len(comments) > 1
    with db.connect(desk_url) as conn:
        assert desk.verdict(conn) == Verdict()

        conn.execute("delete from public.comments where id = %s", (comments[0],))
        conn.execute(
            "insert into public.comments (document_id, author_id, body)"
            " select document_id, author_id, body from public.comments where id = %s",
            (comments[1],),
        )
        conn.execute("alter table public.profiles add client_id uuid default gen_random_uuid()")
        found = desk.verdict(conn)

    assert [text for text in found.lost if f"public.comments {comments[0]} is not there" == text]
    assert [text for text in found.duplicated if text.startswith(f"public.comments {comments[1]} ")]
    assert found.wrong_tenant
    assert all(text.startswith("public.profiles") for text in found.wrong_tenant)


@pytest.mark.slow
@pytest.mark.timeout(STORY_S_MAX + 30)
def test_the_whole_story(binaries: None, tmp_path: Path) -> None:
    """Under traffic of every kind: exit 0, nothing failed, nothing lost, plain lines, a report that says so."""
    done = subprocess.run(
        [sys.executable, "-m", "ringfence.demo", *STORY, "--report", str(tmp_path / "report")],
        capture_output=True,
        text=True,
        timeout=STORY_S_MAX,
        env={**os.environ, "PYTHONUTF8": "1"},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["ok"] is True
    assert [(p["phase"], p["name"]) for p in report["phases"]] == [
        (0, "prepare"),
        (1, "expand"),
        (2, "backfill"),
        (3, "authenticate"),
        (4, "shadow"),
        (6, "enforce"),
    ]
    assert report["shadow"]["first"]["times"] > 0
    assert report["shadow"]["second"]["times"] > 0
    assert report["shadow"]["second"]["differences"] == []
    assert 0 < report["shadow"]["accepted"] <= report["shadow"]["checks"] == 28
    assert report["attacks"]["before"]["leaked"] >= 24
    assert report["attacks"]["after"]["run"] >= report["attacks"]["before"]["run"]
    assert report["attacks"]["after"]["leaked"] == 0
    isolated = [second for second in report["timeline"] if second["phase"] == "isolated"]
    assert sum(second["requests"] for second in isolated) > 30
    assert {second["after_share"] for second in isolated} == {1.0}
    assert all(p["steps"] > 0 and p["seconds"] >= 0 for p in report["phases"])
    assert report["revert"]["catalog_equal"] is True
    assert report["revert"]["rows_equal"] is True
    assert [p["phase"] for p in report["revert"]["phases"]] == [2, 6, 4, 3, 2, 1]
    requests, writes = report["requests"], report["writes"]
    assert requests["failed"] == 0, requests["failures"]
    assert requests["total"] > 500
    clients = set(requests["by_client"])
    assert {"old psycopg", "old asyncpg", "old sqlalchemy", "old django", "web, after", "web, before"} <= clients
    assert {"web, moving", "mobile, moving", "web with an old token, isolated", "mobile, isolated"} <= clients
    assert all(line["failed"] == 0 and line["total"] > 0 for line in requests["by_client"].values())
    assert writes["acknowledged"] > 100
    assert [writes[what] for what in ("lost", "duplicated", "wrong_tenant")] == [0, 0, 0]
    looks = [
        "after phase 2",
        "after the second time",
        "after phase 3",
        "as the canary",
        "under enforcement",
        "after the revert",
    ]
    assert [look["when"] for look in writes["judged"]] == looks
    assert report["naive"]["requests"] > 100
    assert report["naive"]["seconds"] > 0
    assert {"before", "during", "authenticating", "enforcing", "after"} == set(report["latency_ms"])
    assert all(line["requests"] > 0 for line in report["latency_ms"].values())
    _tokens_moved_on(report["tokens"])
    _endpoints_moved(report["endpoints"])
    assert (tmp_path / "report" / "report.html").read_text(encoding="utf-8").startswith("<!")
    assert [p.name for p in tmp_path.iterdir()] == ["report"], "nothing is left beside the report"


def _tokens_moved_on(tokens: dict[str, Any]) -> None:
    """Those of before worked to the end, new ones named the company, and refreshes turned the one into the other."""
    assert [part for part in tokens["parts"] if part["failed"]] == []
    used = {part["label"]: part["requests"] for part in tokens["parts"]}
    assert set(used["before"]) <= {COOKIE, ENDLESS, OLD, NONE}
    assert used["isolated"][NEW] > used["isolated"].get(OLD, 0)
    assert used["isolated"][ENDLESS] > 0
    assert used["isolated"][COOKIE] > 0
    assert NEW not in used["100% believe both keys"]
    assert not {NEW, NEW_WITHOUT} & set(used["as it was"])
    assert tokens["upgraded"] > 10
    assert tokens["handed_back"] > 10
    assert tokens["resolved"] > 0
    assert tokens["refused"] == 0


def _endpoints_moved(moves: list[dict[str, str]]) -> None:
    """One was made to fail, one differs by itself; both came back with a reason, and all arrived."""
    fell = {move["endpoint"]: move["reason"] for move in moves if move["kind"] == "fallback"}
    assert set(fell) == {"GET /documents", "GET /documents/search"}
    assert "failed within a minute" in fell["GET /documents"]
    assert "differed within a minute" in fell["GET /documents/search"]
    way = [move["after"] for move in moves if move["endpoint"] == "GET /documents"]
    assert way == ["shadow", "legacy", "shadow", "20 % tenant", "tenant"]
    last = {move["endpoint"]: move["after"] for move in moves}
    assert set(last.values()) == {"tenant"}
    assert len(last) > 15


class Sabotaged(Story):
    """The story with somebody who meddles while nobody looks."""

    def judge(self, users: TrafficProcess, when: str) -> None:
        """Before the first look at the writes."""
        if not self.judged:
            with psycopg.connect(self.url, autocommit=True) as conn:
                conn.execute("create index meddled on public.plans (name)")
                conn.execute("delete from public.comments where body like 'Seen. t%'")
        super().judge(users, when)


@pytest.fixture
def sabotaged(binaries: None, tmp_path: Path) -> Iterator[Sabotaged]:
    """A stage with the saboteur on it."""
    options = Options(rows=ROWS, rate=40.0, seconds=10.0, naive=False)
    with stage(options, tmp_path / "report", Show(Console(file=io.StringIO()))) as plain:
        yield Sabotaged(plain.url, options, plain.report_dir, plain.scratch, plain.show)


@pytest.mark.slow
def test_what_is_not_as_it_was_is_said(sabotaged: Sabotaged) -> None:
    """A meddled schema stops the story where it is found; lost rows make the report say no, and why."""
    with contextlib.suppress(Stopped, RingfenceError):
        tell(sabotaged)
    report = conclude(sabotaged)

    assert not report.ok
    assert report.writes.lost > 0
    assert any("lost" in problem for problem in report.problems)


@pytest.mark.parametrize("rows", ["0", "12", "many", "1e3", "-5"])
def test_a_number_that_cannot_be_is_refused(rows: str) -> None:
    """The usual exit code for wrong usage, before anything is started."""
    done = subprocess.run(
        [sys.executable, "-m", "ringfence.demo", "--rows", rows], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "--rows" in done.stderr
