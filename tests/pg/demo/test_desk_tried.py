"""The desk in phase 4: comparisons say what enforcement would break, and version 2.1 lives under it as the canary."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ringfence import verbs
from ringfence.demo.pg import CANARY, forget_comparisons
from ringfence.reports import ShadowReport
from support.databases import Server, unique_name
from support.desk import DeskProcess, Person, load_desk, try_out, write_config

ROWS = 400
CROSSING = {
    "GET /documents/{document}": "fewer rows",
    "GET /public/{token}": "fewer rows",
    "POST /documents/{document}/comments": "fewer rows",
    "POST /documents/{document}/transfer": "fails under enforcement: 42501",
}
"""What version 2.0 does across companies by itself."""


@pytest.fixture(scope="module")
def tried_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The desk's database with phases 1 to 4, old programs' views included."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    try_out(server, url, write_config(tmp_path_factory.mktemp("tried")))
    yield url
    server.drop_database(name)


def used(desk: DeskProcess) -> None:
    """Everything that an ordinary day has, and everything that crosses companies; every answer as it should be."""
    anna, ben = desk.sign_up(name="Anna"), desk.sign_up(name="Ben")
    shared, other = anna.document()["id"], anna.document()["id"]
    path = f"/documents/{shared}"
    anna.post("/folders", {"name": "F"})
    for listed in ("/folders", "/documents", "/me", path, "/activity", "/statistics", "/documents/search?q=title"):
        anna.get(listed)
    anna.patch("/me", {"display_name": "A"})
    anna.patch(path, {"body": "B"})
    anna.send("POST", f"{path}/uploads?name=a", 201, content=b"x")
    anna.post(f"{path}/comments", {"body": "Ours"})
    anna.post(f"{path}/share", {"user_id": ben.user}, 204)
    shares(ben, path)
    token = anna.post(f"{path}/public-link", status=200)["token"]
    assert desk.http.get(f"/public/{token}").status_code == 200
    anna.post(f"{path}/transfer", {"user_id": ben.user}, 204)
    anna.send("DELETE", f"/documents/{other}", 204)
    refreshed = desk.http.post("/auth/refresh", json={"refresh_token": anna.tokens["refresh_token"]})
    assert refreshed.status_code == 200
    anna.get(f"/documents/{uuid.uuid4()}", 404)


def shares(ben: Person, path: str) -> None:
    """Somebody of another company with whom it was shared."""
    ben.get(path)
    assert len(ben.get(f"{path}/uploads")) == 1
    assert len(ben.get(f"{path}/comments")) == 1
    ben.post(f"{path}/comments", {"body": "Thanks"})


def compared(url: str, version: str, storage: Path, *more: str) -> tuple[ShadowReport, str]:
    """What comparisons of every statement found, and what the process wrote to its log."""
    forget_comparisons(url)
    with DeskProcess(version, url, str(storage), arguments=("--compare", "1", *more)) as desk:
        used(desk)
    return verbs.shadow(url), desk.stop()


def test_comparisons_name_what_crosses_companies(tried_url: str, tmp_path: Path) -> None:
    """Version 2.0 asks for rows of others where the application wants it; those endpoints and no others differ."""
    found, log = compared(tried_url, "after", tmp_path)

    differing = {one.endpoint: one.difference for one in found.differing}
    assert CROSSING.items() <= differing.items()
    assert {one.tables for one in found.differing if "42501" in one.difference} <= {
        ('"public"."documents"',),
        ('"public"."user_organizations"',),
        ('"public"."profiles__all"', '"public"."user_organizations"'),
        ('"public"."sessions"', '"public"."user_organizations"'),
    }, "beside what crosses companies, version 2.0 reads the memberships, which end users may not"
    same = {one.endpoint for one in found.compared} - set(differing)
    assert {"GET /documents", "GET /folders", "POST /documents", "PATCH /documents/{document}"} <= same
    assert "not compared" not in log


def test_the_next_version_lives_under_enforcement_already(tried_url: str, tmp_path: Path) -> None:
    """As the canary it does all that version 2.0 does, and nothing of it differs."""
    found, log = compared(tried_url, "isolated", tmp_path, "--role", CANARY)

    assert found.differing == ()
    tables = {one.table.replace('"', "").removeprefix("public.").removesuffix("__all") for one in found.compared}
    assert tables == {"profiles", "sessions", "folders", "documents", "uploads", "comments", "activity"}
    assert "not compared" not in log


def test_the_canary_is_bound(tried_url: str, tmp_path: Path) -> None:
    """Not the application keeps companies apart: the database does, which tells a canary without context nothing."""
    with DeskProcess("isolated", tried_url, str(tmp_path), arguments=("--role", CANARY)) as desk:
        anna, ben = desk.sign_up(name="Anna"), desk.sign_up(name="Ben")
        document = anna.document()["id"]
        for way in (f"/documents/{document}", f"/documents/{document}/comments"):
            anna.get(way)
        ben.get(f"/documents/{document}", 404)
        assert ben.get(f"/documents/{document}/comments") == []
        ben.patch(f"/documents/{document}", {"body": "Ben was here"}, 404)
    with psycopg.connect(tried_url) as conn:
        conn.execute(f"set local role {CANARY}".encode())
        with pytest.raises(psycopg.DatabaseError, match="no tenant context"):
            conn.execute("select count(*) from public.documents")


def test_what_becomes_of_a_comparison_is_nobodys_business(migrated_url: str, tmp_path: Path) -> None:
    """Without phase 4 there is nothing to compare with: the log says so, and every answer is as it was."""
    with DeskProcess("after", migrated_url, str(tmp_path), arguments=("--compare", "1")) as desk:
        used(desk)
    assert "not compared" in desk.stop()


@pytest.mark.parametrize("share", ["1.5", "-1", "many", "nan"])
def test_a_share_that_is_none_is_refused(migrated_url: str, tmp_path: Path, share: str) -> None:
    """Before anything is opened."""
    with pytest.raises(AssertionError, match="--compare"):
        DeskProcess("after", migrated_url, str(tmp_path), arguments=("--compare", share))
