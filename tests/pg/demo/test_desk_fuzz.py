"""The desk's token and session endpoints, asked in every shape: none of it makes them fail."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.demo import seed
from support.desk import DeskProcess, Person
from support.fuzz import HEADER_VALUES, statuses_of

EXAMPLES_MAX = 15
SESSION_PATHS = ("/auth/sign-up", "/auth/log-in", "/auth/mobile", "/auth/page", "/auth/refresh", "/me")


def test_no_request_makes_the_session_endpoints_fail(desk: DeskProcess) -> None:
    anna = desk.sign_up(name="Anna")
    found = statuses_of(
        desk.base_url,
        headers=lambda: {"Authorization": f"Bearer {anna.tokens['access_token']}"},
        examples_max=EXAMPLES_MAX,
        paths=SESSION_PATHS,
    )

    assert set(found) == {*(f"POST {path}" for path in SESSION_PATHS[:5]), "GET /me", "PATCH /me"}
    assert 422 in found["POST /auth/refresh"]
    assert 200 in found["GET /me"]


@settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
@given(value=HEADER_VALUES)
def test_whatever_stands_for_a_token_is_refused_and_no_more(desk: DeskProcess, value: str) -> None:
    answer = desk.http.get("/me", headers={"Authorization": value.encode("latin-1")})

    assert answer.status_code == 401, answer.text


@settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_token_that_was_changed_anywhere_is_refused(desk: DeskProcess, data: st.DataObject) -> None:
    person = _somebody(desk)
    token = str(person.tokens["access_token"])
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    changed = token[:at] + other + token[at + 1 :]
    answer = desk.http.get("/me", headers={"Authorization": f"Bearer {changed}"})

    assert answer.status_code == (200 if changed == token else 401), (at, other)


@settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
@given(value=HEADER_VALUES)
def test_whatever_stands_for_a_cookie_is_refused_and_no_more(desk: DeskProcess, value: str) -> None:
    answer = desk.http.get("/me", headers={"Cookie": f"desk_session={value}".encode("latin-1")})

    assert answer.status_code == 401, answer.text


@settings(max_examples=40, database=None, suppress_health_check=list(HealthCheck))
@given(token=st.text(max_size=200))
def test_a_refresh_token_that_is_none_is_refused(desk: DeskProcess, token: str) -> None:
    answer = desk.http.post("/auth/refresh", json={"refresh_token": token})

    assert answer.status_code in (401, 422)


@pytest.mark.parametrize(
    "body", [b'{"refresh_token": "\\ud800"}', b'{"refresh_token": "\\u0000"}', b"\xff", b"[" * 9000]
)
def test_what_is_no_text_is_refused(desk: DeskProcess, body: bytes) -> None:
    answer = desk.http.post("/auth/refresh", content=body, headers={"Content-Type": "application/json"})

    assert 400 <= answer.status_code < 500


def test_a_refresh_token_is_good_once(desk: DeskProcess) -> None:
    person = desk.sign_up()
    once, twice = (
        desk.http.post("/auth/refresh", json={"refresh_token": person.tokens["refresh_token"]}) for _ in range(2)
    )

    assert (once.status_code, twice.status_code) == (200, 401)


_people: dict[str, Person] = {}


def _somebody(desk: DeskProcess) -> Person:
    """One person of each desk, not one of each example."""
    if desk.base_url not in _people:
        _people[desk.base_url] = desk.sign_up(domain=f"{uuid.uuid4().hex}.example", name=seed.PASSWORD[:5])
    return _people[desk.base_url]
