"""The WSGI middleware, called as PEP 3333 says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringfence.runtime import ContextForged, NotAMember
from ringfence.runtime.integrations.authenticate import Admission, BlockingBearerAuthenticator
from ringfence.runtime.integrations.wsgi import CONTEXT as PLACE
from ringfence.runtime.integrations.wsgi import TenantMiddleware, context_of
from ringfence.runtime.refused import TokenRefused
from ringfence.runtime.verified import VerifiedToken
from support.callers import CONTEXT, BlockingKnown

GOOD = "Bearer good"
REFUSALS = [
    (None, 401, "WWW-Authenticate", "Bearer"),
    ("Bearer forged", 401, "WWW-Authenticate", 'Bearer error="invalid_token"'),
    ("Bearer good,Bearer good", 401, "WWW-Authenticate", 'Bearer error="invalid_token"'),
    ("Bearer out", 403, "Cache-Control", "no-store"),
    ("Bearer later", 503, "Retry-After", "3"),
]


def whose(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Says whose request it is."""
    organization = str(context_of(environ).organization)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [organization.encode()]


def call(app: Any, authorization: str | None = GOOD, **more: Any) -> tuple[int, dict[str, str], bytes]:
    """One request."""
    heard: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/whose", **more}
    if authorization is not None:
        environ["HTTP_AUTHORIZATION"] = authorization
    body = b"".join(app(environ, lambda *answer: heard.append(answer)))
    ((status, headers),) = heard
    return int(status.split(" ")[0]), dict(headers), body


def test_who_has_a_context_gets_in() -> None:
    status, _, body = call(TenantMiddleware(whose, BlockingKnown()))

    assert (status, body.decode()) == (200, str(CONTEXT.organization))


@pytest.mark.parametrize(("authorization", "status", "name", "value"), REFUSALS)
def test_who_has_none_is_turned_away(authorization: str | None, status: int, name: str, value: str) -> None:
    found, headers, body = call(TenantMiddleware(whose, BlockingKnown()), authorization)

    assert (found, headers[name]) == (status, value)
    assert set(json.loads(body)) == {"error", "message"}
    assert headers["Content-Length"] == str(len(body))


def test_a_context_that_came_with_the_environment_does_not_count() -> None:
    app = TenantMiddleware(whose, BlockingKnown(), optional=True)

    assert call(app, None, **{PLACE: CONTEXT})[0] == 401
    assert call(app, "Bearer forged", **{PLACE: CONTEXT})[0] == 401
    assert call(app, GOOD, **{PLACE: None})[0] == 200


def test_open_paths_are_whole_and_with_their_prefix() -> None:
    def open_to_all(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [str(environ[PLACE]).encode()]

    app = TenantMiddleware(open_to_all, BlockingKnown(), open_paths=["/app/healthz"])

    assert call(app, None, SCRIPT_NAME="/app", PATH_INFO="/healthz")[2] == b"None"
    for prefix, path in (("", "/healthz"), ("/app", "/healthz/"), ("/app", "//healthz")):
        assert call(app, None, SCRIPT_NAME=prefix, PATH_INFO=path)[0] == 401


def test_the_databases_no_is_403_and_its_other_refusals_are_our_mistakes() -> None:
    def fails(error: Exception, *, begun: bool) -> Any:
        def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            if begun:
                start_response("200 OK", [])
            raise error

        return TenantMiddleware(app, BlockingKnown())

    assert call(fails(NotAMember(), begun=False))[0] == 403
    with pytest.raises(ContextForged):
        call(fails(ContextForged(), begun=False))
    with pytest.raises(NotAMember):  # an answer that has begun cannot become another
        call(fails(NotAMember(), begun=True))


def test_what_is_announced_to_old_tokens_stands_on_their_answers() -> None:
    class Reads:
        def verify(self, token: str | bytes) -> VerifiedToken:
            return VerifiedToken("u", "authenticated", legacy=token == "old")

    class Announces:
        def context_for(self, token: VerifiedToken) -> Any:
            return CONTEXT

        def headers_for(self, token: VerifiedToken) -> dict[str, str]:
            return {"Deprecation": "@1"} if token.legacy else {}

    authenticator = BlockingBearerAuthenticator(Reads(), Announces())
    app = TenantMiddleware(whose, authenticator)

    assert call(app, "Bearer old")[1]["Deprecation"] == "@1"
    assert "Deprecation" not in call(app, "Bearer new")[1]
    assert authenticator.admit([("authorization", "Bearer new")]) == Admission(CONTEXT)


def test_a_request_without_a_context_cannot_be_taken_for_one() -> None:
    with pytest.raises(TokenRefused):
        context_of({})
