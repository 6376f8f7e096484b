"""The example for threads over real HTTP: verifier, sessions, rollout and tenant transactions, none of them stood in for."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from ringfence.runtime import BlockingTenantDatabase
from ringfence.runtime.claims import FixedKeys, LegacyProfile, TokenProfile, Verifier
from ringfence.runtime.integrations.authenticate import BlockingBearerAuthenticator
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.rollout import BlockingRollout
from ringfence.runtime.sessions import Announcement, BlockingSessions
from ringfence.runtime.threads import BlockingVerifier
from support.databases import Database, Server, unique_name
from support.fuzz import HEADER_VALUES
from support.rollout import Operated, operated
from support.serving import served_wsgi
from support.sessions import Known, knowing_sessions
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, USER_A, USER_B, two_tenants

EXAMPLE = Path(__file__).parents[3] / "examples" / "notes_wsgi.py"
SECRET = OctKey.import_key(b"an old secret of thirty-two bytes")
ISSUER, KEY = "https://new.example", ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
ENDPOINT = "GET /notes"
WAIT_S_MAX = 20.0
PEOPLE = ((USER_A, ORGANIZATION_A, "A-SECRET"), (USER_B, ORGANIZATION_B, "B-SECRET"))


@dataclass(frozen=True)
class Served:
    """The example, and what is below it."""

    url: str
    known: Known
    kept: Operated

    def _claims(self, user: object, **said: object) -> dict[str, Any]:
        now = int(time.time())
        session = f"5e551011-0000-4000-8000-{str(user)[-12:]}"
        role = self.known.world.request_role
        return {"sub": str(user), "role": role, "iat": now, "exp": now + 600, "session_id": session, **said}

    def token(self, user: object, organization: object) -> str:
        """A token of the new issuer, with its tenant."""
        tenant = {"app_metadata": {"org_id": str(organization)}, "org_id": str(organization)}
        claims = self._claims(user, iss=ISSUER, aud="authenticated", **tenant)
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims, KEY)

    def old_token(self, user: object) -> str:
        """One of before, which knows no tenant."""
        return jwt.encode({"alg": "HS256"}, self._claims(user), SECRET)

    def ask(self, token: str | None, method: str = "GET", path: str = "/notes", **more: Any) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.request(method, self.url + path, headers=headers, timeout=30, **more)

    def bodies(self, token: str) -> set[str]:
        """The notes that a token shows."""
        answer = self.ask(token)
        assert answer.status_code == 200, answer.text
        return {note["body"] for note in answer.json()}

    def serve(self, mode: str) -> None:
        """Move the endpoint, and wait until the application knows."""
        self.kept.set(ENDPOINT, mode)
        began = time.monotonic()
        side = "OF BEFORE" if mode in ("legacy", "shadow") else "A-SECRET"
        while side not in self.bodies(self.token(USER_A, ORGANIZATION_A)):
            assert time.monotonic() - began < WAIT_S_MAX, f"never {mode}"


@pytest.fixture(scope="module")
def served(server: Server) -> Iterator[Served]:
    """The example as a worker would put it together."""
    spec = importlib.util.spec_from_file_location("notes_wsgi", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    name = unique_name("rf_wsgi")
    server.create_database(name)
    database = Database(server, name)
    known = knowing_sessions(two_tenants(database))
    kept = operated(database)
    database.execute(
        f"insert into notes (client_id, body) values ('{ORGANIZATION_A}', 'A-SECRET'), ('{ORGANIZATION_B}', 'B-SECRET')"
    )
    profile = TokenProfile(
        issuer=ISSUER,
        audience="authenticated",
        roles=frozenset({known.world.request_role}),
        legacy=LegacyProfile(b"an old secret of thirty-two bytes", None, None, lifetime_days=30),
    )
    keys = FixedKeys(parse_key_set(json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()))
    with ExitStack() as stack:
        verifier = stack.enter_context(BlockingVerifier(Verifier(profile, keys)))
        sessions = BlockingSessions(database.url_as(known.login), announcement=Announcement(1_700_000_000))
        rollout = BlockingRollout(kept.url)
        tenants = BlockingTenantDatabase(known.world.url, key=known.world.key)
        for resource in (sessions, rollout, tenants):
            stack.enter_context(resource)  # type: ignore[arg-type]  # each is a context manager of its own
        app = module.build(
            tenants,
            BlockingBearerAuthenticator(verifier, sessions),
            rollout,
            lambda user: [{"id": 0, "body": "OF BEFORE"}, {"id": 0, "body": f"of {user}"}],
        )
        with served_wsgi(app) as url:
            yield Served(url, known, kept)
    database.close()


def test_many_threads_see_each_its_own_tenant_whatever_their_token(served: Served) -> None:
    served.serve("tenant")

    def looks(number: int) -> bool:
        user, organization, secret = PEOPLE[number % 2]
        token = served.old_token(user) if number % 3 else served.token(user, organization)
        return served.bodies(token) & {"A-SECRET", "B-SECRET"} == {secret}

    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(looks, range(120)))


def test_an_answer_to_an_old_token_says_that_it_ends(served: Served) -> None:
    old, new = served.ask(served.old_token(USER_A)), served.ask(served.token(USER_A, ORGANIZATION_A))

    assert old.headers["deprecation"] == "@1700000000"
    assert "deprecation" not in new.headers


def test_the_endpoint_moves_and_comes_back(served: Served) -> None:
    token = served.token(USER_A, ORGANIZATION_A)
    for mode in ("tenant", "shadow", "tenant", "legacy"):
        served.serve(mode)
    assert served.bodies(token) == {"OF BEFORE", f"of {USER_A}"}


@pytest.mark.parametrize(
    ("token", "status", "header"),
    [(None, 401, "www-authenticate"), ("forged", 401, "www-authenticate"), ("other", 403, "cache-control")],
)
def test_refusals_are_answers(served: Served, token: str | None, status: int, header: str) -> None:
    served.serve("tenant")
    answer = served.ask(served.token(USER_A, ORGANIZATION_B) if token == "other" else token)

    assert (answer.status_code, set(answer.json())) == (status, {"error", "message"})
    assert header in answer.headers
    assert "SECRET" not in answer.text


def test_a_write_is_the_tenants_and_a_probe_needs_no_token(served: Served) -> None:
    served.serve("tenant")
    made = served.ask(served.token(USER_A, ORGANIZATION_A), "POST", json={"body": "of A"})

    assert (made.status_code, made.json()["body"]) == (201, "of A")
    assert "of A" not in served.bodies(served.token(USER_B, ORGANIZATION_B))
    assert served.ask(None, path="/healthz").status_code == 200
    assert served.ask(None, path="/healthz/").status_code == 401


def test_two_tokens_in_one_request_are_none(served: Served) -> None:
    token = served.token(USER_A, ORGANIZATION_A)
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]

    assert httpx.get(served.url + "/notes", headers=twice, timeout=30).status_code == 401


@given(HEADER_VALUES)
@settings(max_examples=60, database=None)
def test_whatever_stands_for_a_token_is_refused_and_no_more(served: Served, value: str) -> None:
    answer = httpx.get(served.url + "/notes", headers={"Authorization": value.encode("latin-1")}, timeout=30)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


texts = st.text(st.characters(), max_size=30)  # half characters and NULs among them
documents = st.fixed_dictionaries({"body": texts | st.none() | st.integers() | st.lists(texts, max_size=2)}) | texts


@given(st.binary(max_size=200) | documents.map(json.dumps))
@settings(max_examples=60, database=None)
def test_whatever_is_written_it_does_not_fail(served: Served, body: bytes | str) -> None:
    answer = served.ask(served.token(USER_A, ORGANIZATION_A), "POST", content=body)

    assert answer.status_code in (201, 422)
