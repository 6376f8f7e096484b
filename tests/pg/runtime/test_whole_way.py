"""From a token over HTTP to a row: the verifier, sessions, the middleware and a tenant transaction, none of them stood in for."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from ringfence.runtime import TenantDatabase
from ringfence.runtime.claims import FixedKeys, LegacyProfile, TokenProfile, Verifier
from ringfence.runtime.integrations.authenticate import BearerAuthenticator
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.sessions import Announcement, Sessions
from support.databases import Database, Server, unique_name
from support.serving import served
from support.sessions import Known, knowing_sessions
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, USER_A, USER_B, two_tenants

EXAMPLE = Path(__file__).parents[3] / "examples" / "notes_fastapi.py"
SECRET = OctKey.import_key(b"an old secret of thirty-two bytes")
ISSUER, KEY = "https://new.example", ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
SESSION = "5e551011-0000-4000-8000-00000000000"


@dataclass(frozen=True)
class Way:
    """The served example, and who may be told apart at it."""

    url: str
    known: Known

    def claims(self, user: object, **said: object) -> dict[str, Any]:
        now = int(time.time())
        role = self.known.world.request_role
        return {"sub": str(user), "role": role, "iat": now, "exp": now + 600, "session_id": SESSION + "1", **said}

    def token(self, user: object, organization: object, *, key: ECKey = KEY, **said: object) -> str:
        """A token of the new issuer, with its tenant."""
        tenant = {"app_metadata": {"org_id": str(organization)}, "org_id": str(organization)}
        issued = {"iss": ISSUER, "aud": "authenticated", **tenant, **said}
        return jwt.encode({"alg": "ES256", "kid": "one"}, self.claims(user, **issued), key)

    def old_token(self, user: object, secret: OctKey = SECRET) -> str:
        """One of before, which knows no tenant."""
        return jwt.encode({"alg": "HS256"}, self.claims(user), secret)

    def ask(self, token: str, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}/notes", headers=headers, timeout=30, **more)


@pytest.fixture(scope="module")
def way(server: Server) -> Iterator[Way]:
    """The example as an application would put it together."""
    spec = importlib.util.spec_from_file_location("notes_fastapi", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    name = unique_name("rf_way")
    server.create_database(name)
    database = Database(server, name)
    known = knowing_sessions(two_tenants(database))
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
    sessions = Sessions(database.url_as(known.login), announcement=Announcement(1_700_000_000))
    authenticator = BearerAuthenticator(Verifier(profile, keys), sessions)
    app = module.build(TenantDatabase(known.world.url, key=known.world.key), authenticator, sessions)
    with served(app) as url:
        yield Way(url, known)
    database.close()


def bodies(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {note["body"] for note in answer.json()}


def test_each_token_sees_its_own_tenant(way: Way) -> None:
    assert bodies(way.ask(way.token(USER_A, ORGANIZATION_A))) == {"A-SECRET"}
    assert bodies(way.ask(way.token(USER_B, ORGANIZATION_B))) == {"B-SECRET"}


def test_a_token_of_before_works_and_its_answer_says_that_it_will_not_for_ever(way: Way) -> None:
    old, new = way.ask(way.old_token(USER_A)), way.ask(way.token(USER_A, ORGANIZATION_A))

    assert bodies(old) == {"A-SECRET"}
    assert old.headers["deprecation"] == "@1700000000"
    assert "deprecation" not in new.headers


@pytest.mark.parametrize(
    "how", ["tenant of others", "other key", "old forged", "over", "other audience", "user_metadata"]
)
def test_whoever_reaches_for_another_tenant_gets_nothing(way: Way, how: str) -> None:
    other = ECKey.generate_key("P-256", {"kid": "one"})
    token, statuses = {
        "tenant of others": (way.token(USER_A, ORGANIZATION_B), {403}),
        "other key": (way.token(USER_A, ORGANIZATION_B, key=other), {401}),
        "old forged": (way.old_token(USER_B, OctKey.import_key(b"x" * 32)), {401}),
        "over": (way.token(USER_A, ORGANIZATION_A, exp=int(time.time()) - 60, iat=int(time.time()) - 600), {401}),
        "other audience": (way.token(USER_A, ORGANIZATION_A, aud="other"), {401}),
        "user_metadata": (
            way.token(USER_A, ORGANIZATION_A, user_metadata={"org_id": str(ORGANIZATION_B)}),
            {200},
        ),
    }[how]

    answer = way.ask(token)

    assert answer.status_code in statuses
    assert "B-SECRET" not in answer.text
    assert (answer.status_code == 401) == ("www-authenticate" in answer.headers)


def test_a_member_who_is_removed_is_out_whatever_his_token_says(way: Way) -> None:
    token, old = way.token(USER_B, ORGANIZATION_B), way.old_token(USER_B)
    way.known.execute(f"delete from user_organizations where user_id = '{USER_B}'")
    try:
        assert [way.ask(t).status_code for t in (token, old)] == [403, 403]
    finally:
        way.known.execute(f"insert into user_organizations values ('{USER_B}', '{ORGANIZATION_B}')")
