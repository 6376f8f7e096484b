"""The desk in phase 3: tokens of before work on, new ones name the organization, and there is a way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ringfence import verbs
from ringfence.demo.seed import PASSWORD
from support.desk import Authenticated, DeskProcess, Person, claims_of, header_of


@dataclass(frozen=True)
class World:
    """A desk in phase 3: version 1 with the tokens of before, version 2 with its own, and a share of nobody."""

    url: str
    before: DeskProcess
    after: DeskProcess
    missing: frozenset[str]
    """What the exit gate lacked."""


@pytest.fixture(scope="module")
def desks(authenticated: Authenticated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both at once."""
    url = authenticated.url
    storage = str(tmp_path_factory.mktemp("files"))
    with (
        DeskProcess("before", url, storage) as before,
        DeskProcess("after", url, storage, tokens="tenant") as after,
    ):
        yield World(url, before, after, authenticated.missing)


@pytest.fixture
def world(desks: World) -> Iterator[World]:
    """The same, and no session upgraded before the test says so."""
    verbs.sessions(desks.url, share=0.0)
    yield desks
    verbs.sessions(desks.url, share=0.0)


def refreshed(person: Person, http: httpx.Client, status: int = 200) -> Any:
    """What a person's refresh token is answered with."""
    answer = http.post("/auth/refresh", json={"refresh_token": person.tokens["refresh_token"]})
    assert answer.status_code == status, answer.text
    return answer.json()


def mobile(person: Person, http: httpx.Client) -> Person:
    """The same person with the old mobile client."""
    answer = http.post("/auth/mobile", json={"email": person.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Person(person.user, person.email, answer.json(), http)


def page(world: World, person: Person) -> str:
    """A cookie of the first web pages."""
    with httpx.Client(base_url=world.before.base_url) as browser:
        answer = browser.post("/auth/page", json={"email": person.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        assert "httponly" in answer.headers["set-cookie"].lower()
        return browser.cookies["desk_session"]


def home_of(world: World, person: Person) -> str:
    """The organization a user is at home in, as the database has it."""
    with psycopg.connect(world.url) as conn:
        row = conn.execute(
            "select organization_id from user_organizations where user_id = %s and is_home", (person.user,)
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_the_exit_gate_names_all_it_measures(world: World) -> None:
    assert world.missing == {
        "RFG-TENANT-CONTEXT",
        "RFG-LEGACY-SIGNATURE",
        "RFG-LEGACY-TENANT",
        "RFG-LEGACY-SESSIONS",
        "RFG-ENDPOINTS",
    }


def test_a_token_of_before_works_at_both_and_acts_for_its_users_home(world: World) -> None:
    anna = world.before.sign_up()
    for person in (anna, mobile(anna, world.before.http)):
        assert header_of(person.tokens["access_token"])["alg"] == "HS256"
        made = person.document()
        there = person.at(world.after.http)

        assert there.get(f"/documents/{made['id']}")["organization_id"] == home_of(world, anna)
        assert there.get("/me")["id"] == anna.user


def test_a_cookie_of_before_works_at_both_and_acts_for_its_users_home(world: World) -> None:
    anna = world.before.sign_up()
    headers = {"Cookie": f"desk_session={page(world, anna)}"}
    made = world.before.http.get("/me", headers=headers)

    there = world.after.http.get("/me", headers=headers)

    assert made.json()["id"] == there.json()["id"] == anna.user
    assert there.json()["organization_id"] == home_of(world, anna)
    unknown = world.after.http.get("/me", headers={"Cookie": "desk_session=another"})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "invalid_session")


def test_nothing_changes_for_a_session_outside_the_share(world: World) -> None:
    anna = world.after.sign_up()

    assert header_of(anna.tokens["access_token"])["alg"] == "HS256"
    assert not anna.tokens["refresh_token"].startswith("rf1.")
    tokens = refreshed(anna, world.after.http)
    assert header_of(tokens["access_token"])["alg"] == "HS256"
    assert anna.at(world.before.http).get("/me")["id"] == anna.user


def test_a_refresh_upgrades_a_session_of_before(world: World) -> None:
    """Its session stays what it was; the new token names the organization, and the old one works to its end."""
    anna = world.before.sign_up()
    old = claims_of(anna.tokens["access_token"])
    verbs.sessions(world.url, share=1.0)

    tokens = refreshed(anna, world.after.http)
    new = claims_of(tokens["access_token"])

    assert header_of(tokens["access_token"])["alg"] == "ES256"
    assert (new["sub"], new["sid"]) == (anna.user, old["sid"])
    assert new["org_id"] == new["app_metadata"]["org_id"] == home_of(world, anna) == tokens["organization_id"]
    upgraded = Person(anna.user, anna.email, tokens, world.after.http)
    assert upgraded.document()["organization_id"] == new["org_id"]
    assert anna.at(world.after.http).get("/me")["id"] == anna.user


def test_log_in_and_sign_up_name_the_organization_at_once(world: World) -> None:
    verbs.sessions(world.url, share=1.0)
    anna = world.after.sign_up()
    body = {"email": anna.email, "password": PASSWORD}

    for tokens in (anna.tokens, world.after.http.post("/auth/log-in", json=body).json()):
        assert claims_of(tokens["access_token"])["org_id"] == home_of(world, anna)
        assert Person(anna.user, anna.email, tokens, world.after.http).get("/me")["id"] == anna.user


def test_a_share_that_is_taken_back_takes_the_tenant_out_of_the_next_token(world: World) -> None:
    verbs.sessions(world.url, share=1.0)
    anna = world.after.sign_up()
    verbs.sessions(world.url, share=0.0)

    tokens = refreshed(anna, world.after.http)

    assert "org_id" not in claims_of(tokens["access_token"])
    anna = Person(anna.user, anna.email, tokens, world.after.http)
    assert anna.document()["organization_id"] == home_of(world, anna)


def test_a_refresh_token_may_be_used_again_for_ten_seconds_and_then_ends_its_session(world: World) -> None:
    verbs.sessions(world.url, share=1.0)
    anna = world.after.sign_up()
    first = refreshed(anna, world.after.http)
    again = refreshed(anna, world.after.http)
    assert again["refresh_token"] == first["refresh_token"]
    second = refreshed(Person(anna.user, anna.email, first, world.after.http), world.after.http)
    with psycopg.connect(world.url) as conn:
        # the clock that counts is the database's
        conn.execute(
            "update ringfence.sessions set rotated_at = rotated_at - interval '11 seconds' where session_key = %s",
            (claims_of(second["access_token"])["sid"],),
        )

    assert refreshed(anna, world.after.http, 401)["code"] == "invalid_refresh_token"
    assert refreshed(Person(anna.user, anna.email, second, world.after.http), world.after.http, 401)


def test_a_refresh_token_of_before_that_is_used_twice_ends_the_upgraded_session(world: World) -> None:
    anna = world.before.sign_up()
    verbs.sessions(world.url, share=1.0)
    tokens = refreshed(anna, world.after.http)

    assert refreshed(anna, world.after.http, 401)["code"] == "invalid_refresh_token"
    assert refreshed(Person(anna.user, anna.email, tokens, world.after.http), world.after.http, 401)


def test_a_removed_member_is_out_with_either_token(world: World) -> None:
    anna = world.before.sign_up()
    verbs.sessions(world.url, share=1.0)
    ben = Person(anna.user, anna.email, refreshed(anna, world.after.http), world.after.http)
    with psycopg.connect(world.url) as conn:
        conn.execute("delete from user_organizations where user_id = %s", (anna.user,))

    cookie = {"Cookie": f"desk_session={page(world, anna)}"}
    assert world.after.http.get("/documents", headers=cookie).status_code == 403
    for person in (anna.at(world.after.http), ben):
        assert person.send("GET", "/documents", 403)["code"] == "no_member"


@pytest.mark.parametrize("token", ["-", "x", "a.b.c", f"{'a' * 5000}.b.c"])
def test_what_is_no_token_is_refused_with_one_text(world: World, token: str) -> None:
    answer = world.after.http.get("/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_token"


def test_a_token_of_another_secret_is_refused(world: World) -> None:
    anna = world.before.sign_up()
    head, body, _ = anna.tokens["access_token"].split(".")

    answer = world.after.http.get("/me", headers={"Authorization": f"Bearer {head}.{body}.{'A' * 43}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_version_1_comes_back_and_hands_out_tokens_of_before(world: World, tmp_path: Path) -> None:
    """The way back: it believes what phase 3 signed, and after one refresh nobody has such a token any more."""
    verbs.sessions(world.url, share=1.0)
    anna = world.after.sign_up()
    with DeskProcess("before", world.url, str(tmp_path), tokens="returning") as returned:
        there = anna.at(returned.http)
        made = there.document()
        tokens = refreshed(there, returned.http)
        back = Person(anna.user, anna.email, tokens, returned.http)

        assert header_of(tokens["access_token"])["alg"] == "HS256"
        assert back.get(f"/documents/{made['id']}")["id"] == made["id"]
        assert refreshed(there, returned.http, 401)["code"] == "invalid_refresh_token"
    # a session of its own: it is no stranger to the desk of before, nor to phase 3 when that comes again
    assert claims_of(tokens["access_token"])["sid"] != claims_of(anna.tokens["access_token"])["sid"]
    old = refreshed(back, world.before.http)
    again = refreshed(Person(anna.user, anna.email, old, world.after.http), world.after.http)
    assert claims_of(again["access_token"])["org_id"] == home_of(world, anna)


def test_the_desk_needs_its_secrets(world: World, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="DESK_REFRESH_SECRET"):
        DeskProcess("after", world.url, str(tmp_path), tokens="tenant", environment={"DESK_REFRESH_SECRET": ""})


def test_requests_are_counted_by_how_they_got_their_tenant(world: World) -> None:
    anna = world.before.sign_up()
    before = verbs.sessions(world.url)
    for _ in range(3):
        anna.at(world.after.http).get("/me")

    # told every five seconds: wait for it, and for nothing else
    while (seen := verbs.sessions(world.url)).resolved < before.resolved + 3:
        pass
    assert seen.legacy_signature >= before.legacy_signature + 3
