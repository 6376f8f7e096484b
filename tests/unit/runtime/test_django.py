"""Django: every request has its context, under WSGI and under ASGI."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.conf import settings

from ringfence.runtime import ContextForged, NotAMember
from ringfence.runtime.integrations.django import TenantMiddleware, tenant_context
from ringfence.runtime.refused import TokenRefused
from support.callers import CONTEXT, BlockingKnown, Known

GOOD = {"Authorization": "Bearer good"}
REFUSALS = [
    ({}, 401, "WWW-Authenticate", "Bearer"),
    ({"Authorization": "Bearer forged"}, 401, "WWW-Authenticate", 'Bearer error="invalid_token"'),
    ({"Authorization": "Bearer good,Bearer good"}, 401, "WWW-Authenticate", 'Bearer error="invalid_token"'),
    ({"Authorization": "Bearer out"}, 403, "Cache-Control", "no-store"),
    ({"Authorization": "Bearer later"}, 503, "Retry-After", "3"),
]
ERRORS = {"member": NotAMember, "forged": ContextForged}


def whose(request: Any) -> Any:
    """Says whose request it is."""
    from django.http import HttpResponse

    return HttpResponse(str(tenant_context(request).organization))


async def whose_async(request: Any) -> Any:
    """The same, as a coroutine."""
    return whose(request)


def fails(request: Any, how: str) -> Any:
    """Fails as the path says."""
    raise ERRORS[how]


class Loops(Known):
    """Knows in which event loop it is asked."""

    loops: set[int] = set()  # noqa: RUF012

    async def authenticate(self, headers: Any) -> Any:
        self.loops.add(id(asyncio.get_running_loop()))
        return await super().authenticate(headers)


class Threads(BlockingKnown):
    """Knows in which thread it is asked."""

    threads: set[str] = set()  # noqa: RUF012

    def authenticate(self, headers: Any) -> Any:
        self.threads.add(threading.current_thread().name)
        return super().authenticate(headers)


class Now:
    """What the settings name makes one of these."""

    kind: type = Loops


def authenticator() -> Any:
    """What the settings name."""
    return Now.kind()


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    """Django knows its settings once per process; this module is its URL configuration."""
    from django.urls import path

    module = sys.modules[__name__]
    sys.modules["rf_django_urls"] = module
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("whose", whose),
        path("whose-async", whose_async),
        path("healthz", lambda request: whose(request) if request.tenant_context else _ok()),
        path("fails/<how>", fails),
    ]
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF="rf_django_urls",
            MIDDLEWARE=["ringfence.runtime.integrations.django.TenantMiddleware"],
            RINGFENCE_AUTHENTICATOR="rf_django_urls.authenticator",
            RINGFENCE_OPEN_PATHS=["/healthz"],
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="of tests",
            LOGGING_CONFIG=None,
        )
        django.setup()
    yield
    settings.RINGFENCE_OPTIONAL = False
    Now.kind = Loops


def _ok() -> Any:
    from django.http import HttpResponse

    return HttpResponse("ok")


@pytest.fixture(params=[("wsgi", Loops), ("asgi", Loops), ("wsgi", Threads), ("asgi", Threads)])
def get(request: pytest.FixtureRequest) -> Any:
    """A request under either server interface, and an authenticator of either kind."""
    from django.test import AsyncClient, Client

    interface, Now.kind = request.param

    def ask(path: str, headers: dict[str, str] | None = None) -> Any:
        if interface == "wsgi":
            return Client(raise_request_exception=False).get(path, headers=headers)
        return asyncio.run(AsyncClient(raise_request_exception=False).get(path, headers=headers))

    return ask


@pytest.mark.parametrize("path", ["/whose", "/whose-async"])
def test_who_has_a_context_gets_in(get: Any, path: str) -> None:
    answer = get(path, GOOD)

    assert (answer.status_code, answer.content.decode()) == (200, str(CONTEXT.organization))


@pytest.mark.parametrize(("headers", "status", "name", "value"), REFUSALS)
def test_who_has_none_is_turned_away(get: Any, headers: dict[str, str], status: int, name: str, value: str) -> None:
    answer = get("/whose", headers)

    assert (answer.status_code, answer.headers[name]) == (status, value)
    assert set(answer.json()) == {"error", "message"}


def test_the_databases_no_is_403_and_its_other_refusals_are_our_mistakes(get: Any) -> None:
    assert get("/fails/member", GOOD).status_code == 403
    assert get("/fails/forged", GOOD).status_code == 500


def test_open_paths_are_exact(get: Any) -> None:
    assert get("/healthz").content == b"ok"
    assert get("/healthz/").status_code == 401


def test_an_anonymous_request_is_let_in_where_that_is_wanted_but_has_no_context(get: Any) -> None:
    settings.RINGFENCE_OPTIONAL = True

    assert get("/whose").status_code == 401
    assert get("/whose", {"Authorization": "Bearer forged"}).status_code == 401
    assert get("/whose", GOOD).status_code == 200


def test_a_request_without_a_context_cannot_be_taken_for_one() -> None:
    class Request:
        tenant_context = None

    with pytest.raises(TokenRefused):
        tenant_context(Request())


def test_synchronous_requests_share_one_loop() -> None:
    """Key sets and pools belong to the loop they were opened in."""
    from django.test import Client

    Loops.loops.clear()
    client = Client()
    for _ in range(5):
        assert client.get("/whose", headers=GOOD).status_code == 200

    assert len(Loops.loops) == 1


def test_a_blocking_authenticator_is_asked_in_the_thread_of_the_request_and_never_in_an_event_loops() -> None:
    from django.test import AsyncClient, Client

    Now.kind = Threads
    Threads.threads.clear()
    here = threading.current_thread().name

    assert Client().get("/whose", headers=GOOD).status_code == 200
    assert Threads.threads == {here}
    Threads.threads.clear()
    assert asyncio.run(AsyncClient().get("/whose", headers=GOOD)).status_code == 200
    assert here not in Threads.threads


def test_an_authenticator_that_takes_too_long_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.http import HttpRequest

    class Slow:
        async def authenticate(self, headers: Any) -> Any:
            await asyncio.Event().wait()

    monkeypatch.setattr("ringfence.runtime.integrations.django.AUTHENTICATE_S_MAX", 0.05)
    Now.kind = Slow

    answer: Any = TenantMiddleware(whose)(HttpRequest())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
