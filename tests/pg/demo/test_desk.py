"""Every endpoint of each version over real HTTP: what they answer is the same, with tenant columns beneath and without."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ringfence.demo import seed
from ringfence.demo.desk.files import UPLOAD_BYTES_MAX
from ringfence.demo.desk.model import Caller
from ringfence.demo.desk.routes import JSON_BYTES_MAX
from ringfence.demo.desk.tokens import LIFETIME_S, Tokens
from support.desk import JOB_KEY, SECRET, DeskProcess, Person, claims_of

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def anna(desk: DeskProcess) -> Person:
    """Somebody of a company of her own."""
    return desk.sign_up(name="Anna")


@pytest.fixture
def ben(desk: DeskProcess) -> Person:
    """Somebody of another company."""
    return desk.sign_up(name="Ben")


# --- who people are --------------------------------------------------------------------------------------------------


def test_a_user_signs_up_and_has_a_profile_at_once(desk: DeskProcess, anna: Person) -> None:
    """The trigger writes the profile in the sign-up's own transaction; the token has the shape of its time."""
    profile = anna.get("/me")
    claims = claims_of(anna.tokens["access_token"])

    assert profile["id"] == anna.user
    assert profile["display_name"] == "Anna"
    assert anna.tokens["expires_in"] == LIFETIME_S
    assert claims["sub"] == anna.user
    assert claims["role"] == "authenticated"
    assert claims["exp"] - claims["iat"] == LIFETIME_S
    assert abs(claims["iat"] - time.time()) < 60
    uuid.UUID(claims["sid"])
    extra = {"app_metadata", "org_id"} if desk.version != "before" else set()
    assert set(claims) == {"sub", "role", "iat", "exp", "sid"} | extra


def test_an_address_signs_up_once(desk: DeskProcess, anna: Person) -> None:
    """The second time it is a conflict, and says so without repeating the address."""
    again = desk.http.post("/auth/sign-up", json={"email": anna.email, "password": "another one", "name": "X"})

    assert again.status_code == 409
    assert again.json()["code"] == "conflict"
    assert anna.email not in again.text


def test_a_wrong_password_and_an_unknown_address_look_the_same(desk: DeskProcess, anna: Person) -> None:
    """Nobody learns from a log-in who is a user."""
    wrong, unknown = (
        desk.http.post(path, json={"email": email, "password": "not this one"})
        for path, email in (("/auth/log-in", anna.email), ("/auth/log-in", "nobody@nowhere.example"))
    )
    mobile = desk.http.post("/auth/mobile", json={"email": anna.email, "password": "not this one"})

    assert wrong.status_code == unknown.status_code == mobile.status_code == 401
    assert wrong.json() == unknown.json() == mobile.json()


def test_a_seeded_user_logs_in_with_the_demo_password(desk: DeskProcess) -> None:
    """The traffic speaks for people who were there before."""
    body = {"email": "user1@harbor.example", "password": seed.PASSWORD}
    agent = f"a browser {uuid.uuid4()}"
    answer = desk.http.post("/auth/log-in", json=body, headers={"User-Agent": agent})

    assert answer.status_code == 200
    with psycopg.connect(desk.url) as conn:
        row = conn.execute("select user_id::text, id::text from sessions where user_agent = %s", (agent,)).fetchall()
    assert row == [(answer.json()["user_id"], claims_of(answer.json()["access_token"])["sid"])]


def test_the_mobile_clients_token_has_neither_session_nor_end(desk: DeskProcess, anna: Person) -> None:
    """It is `{sub, role}` and works like any other."""
    answer = desk.http.post("/auth/mobile", json={"email": anna.email, "password": seed.PASSWORD}).json()

    assert set(answer) == {"access_token"}
    assert claims_of(answer["access_token"]) == {"sub": anna.user, "role": "authenticated"}
    assert Person(anna.user, anna.email, answer, desk.http).get("/me")["id"] == anna.user


def test_a_refresh_token_is_used_up(desk: DeskProcess, anna: Person) -> None:
    """It rotates; whoever uses an old one ends every token of the session, the thief's and the owner's."""
    first = anna.tokens["refresh_token"]
    second = desk.http.post("/auth/refresh", json={"refresh_token": first})
    assert second.status_code == 200
    assert claims_of(second.json()["access_token"])["sid"] == claims_of(anna.tokens["access_token"])["sid"]
    third = desk.http.post("/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
    assert third.status_code == 200

    reused = desk.http.post("/auth/refresh", json={"refresh_token": first})
    afterwards = desk.http.post("/auth/refresh", json={"refresh_token": third.json()["refresh_token"]})

    assert reused.status_code == afterwards.status_code == 401
    assert reused.json()["code"] == "invalid_refresh_token"
    unknown = desk.http.post("/auth/refresh", json={"refresh_token": "never issued"})
    assert unknown.json() == reused.json()


def test_a_refresh_token_ends_with_its_session(desk: DeskProcess, anna: Person) -> None:
    """A session that was pruned is not brought back."""
    with psycopg.connect(desk.url) as conn:
        conn.execute("delete from sessions where user_id = %s", (anna.user,))
    answer = desk.http.post("/auth/refresh", json={"refresh_token": anna.tokens["refresh_token"]})

    assert answer.status_code == 401
    assert answer.json()["code"] == "session_ended"


def test_the_secrets_of_users_are_not_in_the_database(desk: DeskProcess, anna: Person) -> None:
    """Passwords and refresh tokens are kept as hashes."""
    with psycopg.connect(desk.url) as conn:
        found = conn.execute(
            "select (select encrypted_password from auth.users where id = %(user)s),"
            " (select string_agg(token_hash, ' ') from auth.refresh_tokens where user_id = %(user)s)",
            {"user": anna.user},
        ).fetchone()
    assert found is not None
    assert found[0].startswith("pbkdf2_sha256$")
    assert seed.PASSWORD not in found[0]
    assert found[1] == hashlib.sha256(anna.tokens["refresh_token"].encode()).hexdigest()


@pytest.mark.parametrize(
    "kind", ["none", "garbage", "unsigned", "other-secret", "ended", "no-role", "odd-sub", "basic"]
)
def test_a_token_that_is_not_right_opens_nothing(desk: DeskProcess, anna: Person, kind: str) -> None:
    """401 and a code, whatever is wrong with it."""
    good = anna.tokens["access_token"]
    payload = good.split(".")[1]
    ours = Tokens(SECRET)
    headers = {
        "none": {},
        "garbage": {"Authorization": "Bearer abc.def.ghi"},
        "unsigned": {"Authorization": f"Bearer {_part({'alg': 'none', 'typ': 'JWT'})}.{payload}."},
        "other-secret": {"Authorization": f"Bearer {Tokens('x' * 40).issue(_caller(anna), int(time.time()))}"},
        "ended": {"Authorization": f"Bearer {ours.issue(_caller(anna), int(time.time()) - LIFETIME_S - 60)}"},
        "no-role": {"Authorization": f"Bearer {ours._sign({'sub': anna.user})}"},
        "odd-sub": {"Authorization": f"Bearer {ours._sign({'sub': anna.user.upper(), 'role': 'authenticated'})}"},
        "basic": {"Authorization": f"Basic {good}"},
    }[kind]
    answer = desk.http.get("/me", headers=headers)

    assert answer.status_code == 401, kind
    assert answer.json()["code"] in {"no_token", "invalid_token", "token_ended"}


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _caller(person: Person) -> Caller:
    return Caller(uuid.UUID(person.user), uuid.UUID(claims_of(person.tokens["access_token"])["sid"]))


def test_a_profile_is_renamed(anna: Person) -> None:
    """The whole row comes back."""
    renamed = anna.patch("/me", {"display_name": "Anna B."})

    assert renamed["display_name"] == "Anna B."
    assert renamed == anna.get("/me")


# --- folders and documents -------------------------------------------------------------------------------------------


def test_folders_are_made_renamed_and_moved(anna: Person, ben: Person) -> None:
    """Only by their owner; a parent of null is the top, one that is not named stays."""
    top = anna.post("/folders", {"name": "Top"})
    inner = anna.post("/folders", {"name": "Inner", "parent_id": top["id"]})
    assert inner["parent_id"] == top["id"]
    assert inner["owner_id"] == anna.user
    renamed = anna.patch(f"/folders/{inner['id']}", {"name": "Renamed"})
    assert (renamed["name"], renamed["parent_id"]) == ("Renamed", top["id"])
    moved = anna.patch(f"/folders/{inner['id']}", {"parent_id": None})
    assert (moved["name"], moved["parent_id"]) == ("Renamed", None)

    assert [folder["id"] for folder in anna.get("/folders")] == [top["id"], inner["id"]]
    assert ben.get("/folders") == []
    ben.patch(f"/folders/{top['id']}", {"name": "Mine"}, 404)
    anna.post("/folders", {"name": "Lost", "parent_id": NOBODY}, 422)


def test_documents_are_made_read_changed_and_deleted(anna: Person, ben: Person) -> None:
    """The answer holds the whole row; a folder of null takes it out, one that is not named stays."""
    folder = anna.post("/folders", {"name": "Folder"})["id"]
    slug = f"slug-{uuid.uuid4()}"
    made = anna.post("/documents", {"title": "T", "slug": slug, "body": "B", "folder_id": folder})
    assert {k: made[k] for k in ("title", "slug", "body", "folder_id", "owner_id", "shared_with", "public_token")} == {
        "title": "T",
        "slug": slug,
        "body": "B",
        "folder_id": folder,
        "owner_id": anna.user,
        "shared_with": [],
        "public_token": None,
    }
    path = f"/documents/{made['id']}"
    assert anna.get(path) == made

    changed = anna.patch(path, {"body": "B2"})
    assert (changed["title"], changed["body"], changed["folder_id"]) == ("T", "B2", folder)
    assert changed["updated_at"] > made["updated_at"]
    assert anna.get(f"/documents?folder_id={folder}") == [changed]
    assert anna.patch(path, {"folder_id": None, "title": "T2"})["folder_id"] is None
    assert anna.get(f"/documents?folder_id={folder}") == []
    anna.patch(path, {"folder_id": NOBODY}, 422)
    anna.post("/documents", {"title": "T", "slug": slug}, 409)
    assert [row["id"] for row in anna.get("/documents")] == [made["id"]]
    assert ben.get("/documents") == []

    ben.send("DELETE", path, 404)
    assert anna.send("DELETE", path, 204) is None
    anna.get(path, 404)
    anna.send("DELETE", path, 404)


def test_a_list_is_as_long_as_asked_for(anna: Person) -> None:
    """The last changed come first; a limit out of bounds is refused."""
    made = [anna.document()["id"] for _ in range(3)]

    assert [row["id"] for row in anna.get("/documents?limit=2")] == [made[2], made[1]]
    for limit in ("0", "201", "many"):
        anna.get(f"/documents?limit={limit}", 422)


def test_documents_are_found_by_their_words(anna: Person) -> None:
    """All words must be there, wherever in title and body."""
    word = f"w{uuid.uuid4().hex}"
    made = anna.document(title=f"About {word}", body="something else")

    assert anna.get(f"/documents/search?q={word}%20something") == [made]
    assert anna.get(f"/documents/search?q={word}%20nothing") == []
    anna.get("/documents/search", 422)


# --- sharing ---------------------------------------------------------------------------------------------------------


def test_a_document_is_shared_across_companies(anna: Person, ben: Person) -> None:
    """By its owner, any number of times; whoever it is shared with reads it, its comments and its files."""
    document = anna.document(title="For Ben")
    path = f"/documents/{document['id']}"
    upload = anna.send("POST", f"{path}/uploads?name=a.txt", 201, content=b"for Ben")
    ben.get(f"/uploads/{upload['id']}", 404)
    for _ in range(2):
        assert anna.post(f"{path}/share", {"user_id": ben.user}, 204) is None

    seen = ben.get(path)
    assert seen["title"] == "For Ben"
    assert seen["shared_with"] == [ben.user]
    assert ben.get(f"{path}/uploads") == [upload]
    assert ben.call("GET", f"/uploads/{upload['id']}").content == b"for Ben"
    assert ben.post(f"{path}/comments", {"body": "Thanks"}) in anna.get(f"{path}/comments")
    ben.post(f"{path}/share", {"user_id": ben.user}, 404)
    anna.post(f"{path}/share", {"user_id": NOBODY}, 404)


def test_a_public_link_needs_no_log_in(desk: DeskProcess, anna: Person, ben: Person) -> None:
    """It shows what the document says and not whose it is; it stays the same when asked for again."""
    document = anna.document(title="For all", body="Read me")
    path = f"/documents/{document['id']}/public-link"
    token = anna.post(path, status=200)["token"]

    shown = desk.http.get(f"/public/{token}")
    assert shown.status_code == 200
    assert (shown.json()["id"], shown.json()["title"], shown.json()["body"]) == (document["id"], "For all", "Read me")
    assert "owner_id" not in shown.json()
    assert anna.post(path, status=200)["token"] == token
    ben.post(path, status=404)
    assert desk.http.get("/public/nothing").status_code == 404
    assert desk.http.get("/public/%00").status_code == 422


def test_a_document_changes_hands(anna: Person, ben: Person) -> None:
    """With all that hangs on it; the old owner has no say any more."""
    document = anna.document()
    path = f"/documents/{document['id']}"
    upload = anna.send("POST", f"{path}/uploads?name=a.txt", 201, content=b"content")
    anna.post(f"{path}/comments", {"body": "Take it"})
    assert anna.post(f"{path}/transfer", {"user_id": ben.user}, 204) is None

    assert ben.get(path)["owner_id"] == ben.user
    assert [row["id"] for row in ben.get("/documents")] == [document["id"]]
    assert [row["body"] for row in ben.get(f"{path}/comments")] == ["Take it"]
    assert [row["id"] for row in ben.get(f"{path}/uploads")] == [upload["id"]]
    assert ben.call("GET", f"/uploads/{upload['id']}").content == b"content"
    assert anna.get("/documents") == []
    anna.post(f"{path}/transfer", {"user_id": anna.user}, 404)
    nobody = ben.call("POST", f"{path}/transfer", json={"user_id": NOBODY})
    assert nobody.status_code in {404, 422}


# --- uploads ---------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_as_it_went_in(desk: DeskProcess, anna: Person) -> None:
    """Empty, small, and larger than what is held in memory; the row says its size and its checksum."""
    document = anna.document()["id"]
    for content in (b"", b"small", bytes(range(256)) * 12_000):
        sha256 = hashlib.sha256(content).hexdigest()
        row = anna.send(
            "POST",
            f"/documents/{document}/uploads?name=a.bin",
            201,
            content=content,
            headers={"X-Content-SHA256": sha256},
        )
        answer = anna.call("GET", f"/uploads/{row['id']}")

        assert (row["bytes"], row["sha256"], row["document_id"]) == (len(content), sha256, document)
        assert row["path"].endswith("/a.bin")
        assert answer.content == content
        assert answer.headers["x-content-sha256"] == sha256
        assert (Path(desk.storage) / row["path"]).read_bytes() == content
        assert row in anna.get(f"/documents/{document}/uploads")


def test_nothing_is_kept_of_a_file_that_is_refused(desk: DeskProcess, anna: Person, ben: Person) -> None:
    """Too large, not what its checksum says, under a name that is none, or to somebody else's document."""
    before = sorted(path for path in Path(desk.storage).rglob("*") if path.is_file())
    path = f"/documents/{anna.document()['id']}/uploads"
    anna.send("POST", f"{path}?name=a", 413, content=bytes(UPLOAD_BYTES_MAX + 1))
    anna.send("POST", f"{path}?name=a", 422, content=b"x", headers={"X-Content-SHA256": "0" * 64})
    for name in ("../a", ".hidden", "a/b", "", "x" * 201):
        anna.send("POST", f"{path}?name={name}", 422, content=b"x")
    ben.send("POST", f"{path}?name=a", 404, content=b"x")

    assert anna.get(path) == []
    assert sorted(path for path in Path(desk.storage).rglob("*") if path.is_file()) == before


def test_an_upload_that_breaks_off_leaves_nothing(desk: DeskProcess, anna: Person) -> None:
    """Neither a row nor a file."""
    before = sorted(path for path in Path(desk.storage).rglob("*") if path.is_file())
    path = f"/documents/{anna.document()['id']}/uploads"

    def half() -> Any:
        yield b"the first half"
        raise OSError("the client is gone")

    with pytest.raises(OSError, match="gone"):
        anna.call("POST", f"{path}?name=a", content=half())

    assert anna.get(path) == []
    assert sorted(path for path in Path(desk.storage).rglob("*") if path.is_file()) == before


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_damaged_file_never_arrives_whole(desk: DeskProcess, anna: Person, size: int) -> None:
    """Whoever downloads it sees the connection break; a file that is gone is a clear answer."""
    document = anna.document()["id"]
    row = anna.send("POST", f"/documents/{document}/uploads?name=a", 201, content=bytes(size))
    stored = Path(desk.storage) / row["path"]
    stored.write_bytes(bytes(size - 1) + b"!")
    with pytest.raises(httpx.RemoteProtocolError):
        anna.call("GET", f"/uploads/{row['id']}")

    stored.unlink()
    assert anna.get(f"/uploads/{row['id']}", 404)["code"] == "file_gone"


def test_a_seeded_upload_says_that_its_file_is_not_there(desk: DeskProcess) -> None:
    """The seed makes rows, not files."""
    with psycopg.connect(desk.url) as conn:
        row = conn.execute(
            "select u.id::text, o.id::text, o.email from uploads u join documents d on d.id = u.document_id"
            " join auth.users o on o.id = d.owner_id where u.sha256 is null and o.email is not null limit 1"
        ).fetchone()
    assert row is not None
    tokens = desk.http.post("/auth/log-in", json={"email": row[2], "password": seed.PASSWORD}).json()

    assert Person(row[1], row[2], tokens, desk.http).get(f"/uploads/{row[0]}", 404)["code"] == "file_gone"


# --- comments --------------------------------------------------------------------------------------------------------


def test_comments_are_made_and_moved(anna: Person, ben: Person) -> None:
    """By their author, to another document."""
    one, two = anna.document()["id"], anna.document()["id"]
    comment = anna.post(f"/documents/{one}/comments", {"body": "Wrong place"})
    assert (comment["author_id"], comment["document_id"], comment["body"]) == (anna.user, one, "Wrong place")
    assert anna.get(f"/documents/{one}/comments") == [comment]
    ben.patch(f"/comments/{comment['id']}", {"document_id": two}, 404)

    moved = anna.patch(f"/comments/{comment['id']}", {"document_id": two})
    assert moved == {**comment, "document_id": two}
    assert anna.get(f"/documents/{one}/comments") == []
    assert anna.get(f"/documents/{two}/comments") == [moved]
    for nothing in (0, 2**63, 2**62):
        anna.patch(f"/comments/{nothing}", {"document_id": two}, 404)
    assert anna.call("POST", f"/documents/{NOBODY}/comments", json={"body": "x"}).status_code in {404, 422}


# --- activity, statistics, jobs --------------------------------------------------------------------------------------


def test_every_write_leaves_a_line(anna: Person) -> None:
    """In the same transaction: what was refused leaves none."""
    folder = anna.post("/folders", {"name": "F"})["id"]
    document = anna.document()["id"]
    anna.patch(f"/documents/{document}", {"body": "x"})
    anna.patch(f"/documents/{document}", {"folder_id": NOBODY}, 422)
    lines = anna.get("/activity")

    assert [(line["verb"], line["subject_type"], line["subject_id"]) for line in lines] == [
        ("edited", "document", document),
        ("created", "document", document),
        ("created", "folder", folder),
    ]
    assert {line["actor"] for line in lines} == {anna.user}
    assert len(anna.get("/activity?limit=1")) == 1


def test_the_nightly_job_refreshes_and_prunes(desk: DeskProcess, anna: Person) -> None:
    """Statistics are as of the last run; old sessions go, a bounded number each time, and young ones stay."""
    anna.document()
    assert anna.get("/statistics")["documents"] == 0
    assert desk.http.post("/jobs/nightly").status_code == 401
    assert desk.http.post("/jobs/nightly", headers={"X-Job-Key": "guessed"}).status_code == 401
    with psycopg.connect(desk.url, autocommit=True) as conn:
        old = "insert into sessions (user_id, last_seen_at) select %s, '2020-01-01' from generate_series(1, 150)"
        conn.execute(old, (anna.user,))
        first, second = (desk.http.post("/jobs/nightly", headers={"X-Job-Key": JOB_KEY}).json() for _ in range(2))
        left = conn.execute(
            "select count(*) filter (where last_seen_at < now() - interval '180 days'),"
            " count(*) filter (where user_id = %s) from sessions",
            (anna.user,),
        ).fetchone()

    assert first["refreshed"] is True
    assert 150 <= first["pruned"] <= 200
    assert second["pruned"] < 200
    assert left == (0, 1)
    assert anna.get("/statistics")["documents"] == 1


def test_it_says_which_version_it_is(desk: DeskProcess) -> None:
    """Health is told without a token."""
    answer = desk.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"version": desk.version})


# --- errors ----------------------------------------------------------------------------------------------------------


def test_every_error_is_json_with_a_code(desk: DeskProcess, anna: Person) -> None:
    """Also those the framework makes, and none repeats what was sent."""
    secret = "x" * 7
    answers = [
        (404, desk.http.get("/nowhere")),
        (405, desk.http.put("/me")),
        (422, desk.http.post("/auth/sign-up", json={"email": "a@b.example", "password": secret, "name": "A"})),
        (422, desk.http.post("/auth/log-in", json={"email": "no address", "password": secret, "more": secret})),
        (422, anna.call("POST", "/documents", json={"title": "a\x00b", "slug": "s"})),
        (422, anna.call("POST", "/documents", content=b'{"title": "\\ud800", "slug": "s"}')),
        (422, anna.call("GET", "/documents/no-uuid")),
        (413, anna.call("POST", "/documents", json={"title": "a", "slug": "s", "body": "x" * JSON_BYTES_MAX})),
        (411, anna.call("POST", "/documents", content=iter([b"{}"]), headers={"Content-Type": "application/json"})),
    ]
    for status, answer in answers:
        assert answer.status_code == status, (answer.request.url, answer.text)
        assert set(answer.json()) == {"code", "message"}
        assert secret not in answer.text
