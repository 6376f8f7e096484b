"""Old and new application side by side: the holes of the one, closed in the other, and rows that both wrote."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence import verbs
from ringfence.demo import seed
from ringfence.demo.desk.model import Caller
from ringfence.demo.desk.tokens import Tokens
from support.cases import ACCEPT
from support.databases import Server, unique_name
from support.desk import SECRET, DeskProcess, Person, claims_of, load_desk, migrate, write_config

ROWS = 400


@pytest.fixture
def anna(both: Any) -> Person:
    """Somebody who signed up at the old version, of a company of her own."""
    person: Person = both.before.sign_up(name="Anna")
    return person


@pytest.fixture
def ben(both: Any) -> Person:
    """Somebody of another company, who signed up at the old version too."""
    person: Person = both.before.sign_up(name="Ben")
    return person


def test_the_old_version_shows_everybody_everything(both: Any, anna: Person, ben: Person) -> None:
    """The holes people really leave: read, change and find a document of another company."""
    word = f"w{uuid.uuid4().hex}"
    document = anna.document(title=word)
    path = f"/documents/{document['id']}"

    assert ben.get(path) == document
    assert [row["id"] for row in ben.get(f"/documents/search?q={word}")] == [document["id"]]
    assert ben.patch(path, {"body": "Ben was here"})["body"] == "Ben was here"
    assert anna.get(path)["body"] == "Ben was here"
    assert ben.get(f"{path}/comments") == []
    assert ben.post(f"{path}/comments", {"body": "Hello"})["author_id"] == ben.user


def test_the_new_version_shows_nobody_what_is_not_theirs(both: Any, anna: Person, ben: Person) -> None:
    """Nothing of another company can be read, changed, found, commented or uploaded to; it is as if it were not there."""
    word = f"w{uuid.uuid4().hex}"
    document = anna.document(title=word)
    path = f"/documents/{document['id']}"
    comment = ben.post(f"{path}/comments", {"body": "From the old version"})
    upload = anna.send("POST", f"{path}/uploads?name=a", 201, content=b"x")
    folder = anna.post("/folders", {"name": "F"})["id"]
    own = ben.document()["id"]
    new = ben.at(both.after.http)
    nothing = new.get(f"/documents/{uuid.uuid4()}", 404)

    assert new.get(path, 404) == nothing
    assert new.get(f"/documents/search?q={word}") == []
    assert new.patch(path, {"body": "Ben was here"}, 404) == nothing
    assert new.send("DELETE", path, 404) == nothing
    assert new.get(f"{path}/comments") == []
    assert new.post(f"{path}/comments", {"body": "Hello"}, 404) == nothing
    assert new.get(f"{path}/uploads") == []
    new.get(f"/uploads/{upload['id']}", 404)
    new.send("POST", f"{path}/uploads?name=a", 404, content=b"x")
    new.post(f"{path}/share", {"user_id": ben.user}, 404)
    new.post(f"{path}/public-link", status=404)
    new.post(f"{path}/transfer", {"user_id": ben.user}, 404)
    new.patch(f"/comments/{comment['id']}", {"document_id": own}, 404)
    new.patch(f"/documents/{own}", {"folder_id": folder}, 422)
    new.post("/documents", {"title": "T", "slug": f"s-{uuid.uuid4()}", "folder_id": folder}, 422)
    new.post("/folders", {"name": "F", "parent_id": folder}, 422)
    assert anna.get(path)["body"] == document["body"]


def test_a_token_for_another_organization_is_worth_nothing(both: Any, anna: Person, ben: Person) -> None:
    """The organization in a token counts only while its user is a member."""
    foreign = uuid.UUID(_organization(both.url, anna.user))
    issued = Tokens(SECRET).issue(Caller(uuid.UUID(ben.user), uuid.uuid4(), foreign), int(time.time()))
    forged = Person(ben.user, ben.email, {"access_token": issued}, both.after.http)

    for path in ("/me", "/documents", "/folders", "/activity", "/statistics"):
        assert forged.get(path, 403)["code"] == "no_member"
    forged.post("/folders", {"name": "F"}, 403)


def test_colleagues_work_on_one_anothers_documents(both: Any) -> None:
    """The organization is the border, not the user; but only the owner deletes, shares and hands over."""
    company = f"{uuid.uuid4().hex}.example"
    one, two = (both.after.sign_up(domain=company) for _ in range(2))
    document = one.document(title="Ours")
    path = f"/documents/{document['id']}"

    assert two.get(path) == document
    assert two.patch(path, {"body": "Together"})["body"] == "Together"
    assert (
        two.send("POST", f"{path}/uploads?name=a", 201, content=b"x")["organization_id"] == document["organization_id"]
    )
    assert two.get("/documents") == []
    two.send("DELETE", path, 404)
    two.post(f"{path}/transfer", {"user_id": two.user}, 404)


def test_every_answer_of_the_new_version_names_the_organization(both: Any) -> None:
    """And it is the one that memberships say."""
    someone = both.after.sign_up()
    folder = someone.post("/folders", {"name": "F"})
    document = someone.document(folder_id=folder["id"])
    path = f"/documents/{document['id']}"
    answers = [
        someone.tokens,
        someone.get("/me"),
        someone.patch("/me", {"display_name": "Other"}),
        folder,
        someone.patch(f"/folders/{folder['id']}", {"name": "G"}),
        document,
        someone.get(path),
        someone.patch(path, {"title": "U"}),
        someone.post(f"{path}/comments", {"body": "c"}),
        someone.send("POST", f"{path}/uploads?name=a", 201, content=b"x"),
        someone.get("/statistics"),
        both.after.http.get(f"/public/{someone.post(f'{path}/public-link', status=200)['token']}").json(),
        *someone.get("/documents"),
        *someone.get("/folders"),
        *someone.get(f"{path}/comments"),
        *someone.get(f"{path}/uploads"),
        *someone.get("/activity"),
        both.after.http.post("/auth/log-in", json={"email": someone.email, "password": seed.PASSWORD}).json(),
        both.after.http.post("/auth/refresh", json={"refresh_token": someone.tokens["refresh_token"]}).json(),
    ]
    organization = _organization(both.url, someone.user)

    assert {answer["organization_id"] for answer in answers} == {organization}
    claims = claims_of(someone.tokens["access_token"])
    assert claims["org_id"] == claims["app_metadata"]["org_id"] == organization


def test_each_version_takes_the_others_tokens(both: Any, anna: Person) -> None:
    """An old token's organization follows from membership; refreshing at the new version writes it into the token."""
    new = both.after.sign_up()
    mobile = both.before.http.post("/auth/mobile", json={"email": anna.email, "password": seed.PASSWORD}).json()
    for person in (anna, Person(anna.user, anna.email, mobile, both.before.http)):
        assert person.at(both.after.http).get("/me")["organization_id"] == _organization(both.url, anna.user)
    assert new.at(both.before.http).get("/me")["id"] == new.user

    upgraded = both.after.http.post("/auth/refresh", json={"refresh_token": anna.tokens["refresh_token"]}).json()
    assert claims_of(upgraded["access_token"])["org_id"] == _organization(both.url, anna.user)
    back = both.before.http.post("/auth/refresh", json={"refresh_token": upgraded["refresh_token"]})
    assert back.status_code == 200


def test_whoever_writes_the_row_it_is_in_the_right_organization(both: Any, anna: Person, ben: Person) -> None:
    """The old version names no tenant and the new one does: both end in the same, also after a change of hands."""
    for http in (both.before.http, both.after.http):
        person = anna.at(http)
        folder = person.post("/folders", {"name": "F"})["id"]
        document = person.document(folder_id=folder)["id"]
        path = f"/documents/{document}"
        comment = person.post(f"{path}/comments", {"body": "c"})["id"]
        upload = person.send("POST", f"{path}/uploads?name=a", 201, content=b"x")["id"]
        tenants = _tenants(both.url, folder, document, comment, upload)
        assert set(tenants) == {_organization(both.url, anna.user)}

        person.post(f"{path}/transfer", {"user_id": ben.user}, 204)
        folder_of, *others = _tenants(both.url, folder, document, comment, upload)
        assert folder_of == _organization(both.url, anna.user)
        assert set(others) == {_organization(both.url, ben.user)}

        target = person.document()["id"]
        both.before.http.patch(
            f"/comments/{comment}",
            json={"document_id": target},
            headers={"Authorization": f"Bearer {anna.tokens['access_token']}"},
        ).raise_for_status()
        assert _tenants(both.url, folder, document, comment, upload)[2] == _organization(both.url, anna.user)
    with psycopg.connect(both.url, options=NEW_PATH) as conn:
        rows = conn.execute(
            "select distinct client_id::text from sessions where user_id = %(user)s"
            " union select distinct client_id::text from activity where actor = %(user)s",
            {"user": anna.user},
        ).fetchall()
    assert rows == [(_organization(both.url, anna.user),)]


def test_files_of_either_version_are_read_by_both(both: Any, anna: Person) -> None:
    """The new version stores below its organization and still reads what lies at an old path."""
    path = f"/documents/{anna.document()['id']}/uploads?name=a"
    old = anna.send("POST", path, 201, content=b"old")
    new = anna.at(both.after.http).send("POST", path, 201, content=b"new")

    assert old["path"].startswith("uploads/")
    assert new["path"].startswith(f"{_organization(both.url, anna.user)}/uploads/")
    for http in (both.before.http, both.after.http):
        assert anna.at(http).call("GET", f"/uploads/{old['id']}").content == b"old"
        assert anna.at(http).call("GET", f"/uploads/{new['id']}").content == b"new"


def test_somebody_without_organization_gets_nothing(both: Any, anna: Person) -> None:
    """A member who is removed is out at once, whatever the token says."""
    new = anna.at(both.after.http)
    assert new.get("/documents") == []
    with psycopg.connect(both.url) as conn:
        conn.execute("delete from user_organizations where user_id = %s", (anna.user,))

    assert new.get("/documents", 403)["code"] == "no_member"
    assert (
        both.after.http.post("/auth/refresh", json={"refresh_token": anna.tokens["refresh_token"]}).status_code == 401
    )


def test_the_new_version_works_from_the_end_of_phase_2_and_not_a_moment_before(server: Server, tmp_path: Path) -> None:
    """Until then, and again after a revert, it says what is missing; it needs no restart for either."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    config = write_config(tmp_path)
    storage = str(tmp_path / "files")
    try:
        with DeskProcess("before", url, storage) as before, DeskProcess("after", url, storage) as after:
            anna = before.sign_up()
            new = anna.at(after.http)

            def reason() -> str:
                answer = after.http.get("/healthz")
                assert answer.status_code == 503
                assert answer.json()["code"] == "not_ready"
                said: str = answer.json()["message"]
                return said

            assert "memberships" in reason()
            assert new.get("/documents", 503)["code"] == "not_ready"
            migrate(url, config, through=1)
            assert "phase 2" in reason()
            migrate(url, config)
            assert after.http.get("/healthz").json() == {"version": "after"}
            for _ in range(8):  # often enough that the driver prepares the statement
                assert new.get("/documents") == []
                assert anna.get("/documents") == []
            document = new.document()

            assert verbs.revert(url, config, first=0, accept=ACCEPT).outcome == "finished"
            assert "memberships" in reason()
            assert new.get("/documents", 503)["code"] == "not_ready"
            assert [row["id"] for row in anna.get("/documents")] == [document["id"]]

            migrate(url, config)
            assert [row["id"] for row in new.get("/documents")] == [document["id"]]
    finally:
        server.drop_database(name)


def _organization(url: str, user: str) -> str:
    """A user's home organization, as the memberships say."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "select organization_id::text from user_organizations where user_id = %s and is_home", (user,)
        ).fetchone()
    assert row is not None
    found: str = row[0]
    return found


NEW_PATH = "-csearch_path=next,public"
"""How new code finds all columns of a table that stands behind a view of its old ones."""


def _tenants(url: str, folder: str, document: str, comment: int, upload: str) -> list[str]:
    with psycopg.connect(url, options=NEW_PATH) as conn:
        row = conn.execute(
            "select (select client_id::text from folders where id = %s),"
            " (select client_id::text from documents where id = %s),"
            " (select client_id::text from comments where id = %s),"
            " (select client_id::text from uploads where id = %s)",
            (folder, document, comment, upload),
        ).fetchone()
    assert row is not None
    return list(row)
