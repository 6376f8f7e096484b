"""The ASGI middleware, spoken to in ASGI's own messages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ringfence.runtime import ContextForged, NotAMember, TenantContext
from ringfence.runtime.integrations.asgi import CONTEXT as PLACE
from ringfence.runtime.integrations.asgi import SUBPROTOCOL, TenantMiddleware, _Connection, _Http, context_of
from ringfence.runtime.integrations.authenticate import BearerAuthenticator
from ringfence.runtime.refused import MembershipRefused, TokenRefused
from ringfence.runtime.verified import VerifiedToken
from support.callers import CONTEXT, Known

NOW = 1_000_000.0
WAIT_S_MAX = 10


class Client:
    """A server's place: hands messages in, keeps what comes out."""

    def __init__(self, kind: str, *headers: tuple[str, str], path: str = "/x", **more: Any) -> None:
        self.scope: dict[str, Any] = {
            "type": kind,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            **more,
        }
        self.sent: list[dict[str, Any]] = []
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.changed = asyncio.Event()
        self.inbox.put_nowait({"type": "http.request"} if kind == "http" else {"type": "websocket.connect"})

    async def receive(self) -> dict[str, Any]:
        return await self.inbox.get()

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))
        self.changed.set()

    async def until(self, kind: str) -> dict[str, Any]:
        """Wait for a message of a kind."""
        async with asyncio.timeout(WAIT_S_MAX):
            while True:
                for message in self.sent:
                    if message["type"] == kind:
                        return message
                self.changed.clear()
                await self.changed.wait()

    async def call(self, app: Callable[..., Awaitable[None]]) -> None:
        async with asyncio.timeout(WAIT_S_MAX):
            await app(self.scope, self.receive, self.send)

    @property
    def answer(self) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of an answer."""
        start, body = self.sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert headers["content-length"] == str(len(body["body"]))
        return start["status"], headers, json.loads(body["body"])


def bearer(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


async def greets(scope: Any, receive: Any, send: Any) -> None:
    """An application that says whose request it is."""
    text = str(context_of(scope).organization).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})


def raising(error: Exception, *, begun: bool = False) -> Any:
    """An application that fails, maybe in the middle of its answer."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


# --- HTTP ------------------------------------------------------------------------------------------------------------


def test_a_request_with_a_context_gets_in_and_the_context_with_it() -> None:
    client = Client("http", bearer("good"))

    asyncio.run(client.call(TenantMiddleware(greets, Known())))

    assert client.sent[1]["body"] == str(CONTEXT.organization).encode()
    assert PLACE not in client.scope


@pytest.mark.parametrize(
    ("headers", "status", "header"),
    [
        ([], 401, ("www-authenticate", "Bearer")),
        ([bearer("forged")], 401, ("www-authenticate", 'Bearer error="invalid_token"')),
        ([bearer("expired")], 401, ("www-authenticate", 'Bearer error="invalid_token"')),
        ([("authorization", "Basic dTpw")], 401, ("www-authenticate", 'Bearer error="invalid_token"')),
        ([bearer("good"), bearer("good")], 401, ("www-authenticate", 'Bearer error="invalid_token"')),
        ([bearer("out")], 403, ("cache-control", "no-store")),
        ([bearer("later")], 503, ("retry-after", "3")),
    ],
)
def test_who_has_none_is_turned_away(headers: list[tuple[str, str]], status: int, header: tuple[str, str]) -> None:
    client = Client("http", *headers)

    asyncio.run(client.call(TenantMiddleware(raising(AssertionError("must not be asked")), Known())))

    assert client.answer[0] == status
    assert header in client.answer[1].items()
    assert ("www-authenticate" in client.answer[1]) == (status == 401)


def test_nobody_learns_what_of_a_token_failed() -> None:
    answers = []
    for token in ("forged", "expired", "never-heard-of"):
        client = Client("http", bearer(token))
        asyncio.run(client.call(TenantMiddleware(greets, Known())))
        answers.append(client.answer)

    assert answers[0] == answers[1] == answers[2]


def test_a_context_that_came_with_the_scope_does_not_count() -> None:
    for app in (TenantMiddleware(greets, Known(), optional=True), TenantMiddleware(greets, Known(), open_paths=["/x"])):
        client = Client("http", **{PLACE: CONTEXT})
        if app._optional:
            asyncio.run(client.call(app))
            assert client.answer[0] == 401
        else:
            with pytest.raises(TokenRefused):
                asyncio.run(client.call(app))


def test_open_paths_are_exact_and_optional_means_no_token_not_a_bad_one() -> None:
    async def counts(scope: Any, receive: Any, send: Any) -> None:
        served.append(scope["path"])

    served: list[str] = []
    app = TenantMiddleware(counts, Known(), open_paths=["/healthz"])
    for path in ("/healthz", "/healthz/", "/healthz/../x", "/HEALTHZ", "//healthz"):
        asyncio.run(Client("http", path=path).call(app))
    optional = TenantMiddleware(counts, Known(), optional=True)
    asyncio.run(Client("http", path="/anonymous").call(optional))
    asyncio.run(Client("http", bearer("forged"), path="/bad").call(optional))

    assert served == ["/healthz", "/anonymous"]


def test_a_refusal_that_the_application_raises_is_an_answer_until_its_own_has_begun() -> None:
    for error, status in ((NotAMember(), 403), (MembershipRefused("suspended"), 403), (TokenRefused("absent"), 401)):
        client = Client("http", bearer("good"))
        asyncio.run(client.call(TenantMiddleware(raising(error), Known())))
        assert client.answer[0] == status

        with pytest.raises(type(error)):
            asyncio.run(Client("http", bearer("good")).call(TenantMiddleware(raising(error, begun=True), Known())))


@pytest.mark.parametrize("error", [ValueError("mistake"), ContextForged()])
def test_mistakes_stay_the_applications_own(error: Exception) -> None:
    client = Client("http", bearer("good"))

    with pytest.raises(type(error)):
        asyncio.run(client.call(TenantMiddleware(raising(error), Known())))
    assert client.sent == []


def test_an_authenticator_that_fails_lets_nobody_in() -> None:
    class Broken:
        async def authenticate(self, headers: Any) -> Any:
            raise ValueError("mistake")

    client = Client("http", bearer("good"))
    with pytest.raises(ValueError, match="mistake"):
        asyncio.run(client.call(TenantMiddleware(greets, Broken(), optional=True)))
    assert client.sent == []


def test_what_is_neither_http_nor_socket_goes_through() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(TenantMiddleware(app, Known())({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


# --- streams ---------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


EXPIRING = Known({"good": replace(CONTEXT, claims={"exp": NOW + 0.2})})
"""A token with a fifth of a second left, by a clock that stands still until a test sets it."""


async def events(scope: Any, receive: Any, send: Any) -> None:
    """An endless event stream."""
    kind = b"text/plain" if scope["path"] == "/plain" else b"Text/Event-Stream; charset=utf-8"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", kind)]})
    while True:
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.sleep(0.01)


def test_an_event_stream_ends_with_its_token_and_well() -> None:
    clock = Clock()

    async def scene() -> Client:
        client = Client("http", bearer("good"))
        serving = asyncio.create_task(client.call(TenantMiddleware(events, EXPIRING, clock=clock)))
        await client.until("http.response.body")
        clock.now += 1
        await serving
        return client

    client = asyncio.run(scene())
    assert client.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert client.sent[-2]["body"] == b"data: 1\n\n"


def test_an_event_stream_that_only_waits_is_ended_all_the_same() -> None:
    clock = Clock()

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await asyncio.Event().wait()

    async def scene() -> Client:
        client = Client("http", bearer("good"))
        serving = asyncio.create_task(client.call(TenantMiddleware(waits, EXPIRING, clock=clock, grace_s=0.05)))
        await client.until("http.response.start")
        clock.now += 1
        await serving
        assert not serving.cancelled()
        return client

    assert asyncio.run(scene()).sent[-1]["more_body"] is False


def test_a_download_is_not_cut() -> None:
    """It was allowed when it began, and half a file helps nobody."""
    clock = Clock()

    async def scene() -> list[Any]:
        client = Client("http", bearer("good"), path="/plain")
        serving = asyncio.create_task(client.call(TenantMiddleware(events, EXPIRING, clock=clock, grace_s=0.01)))
        await client.until("http.response.body")
        clock.now += 1000
        for _ in range(50):
            client.sent.clear()
            await client.until("http.response.body")
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        return client.sent

    assert all(message.get("more_body", True) for message in asyncio.run(scene()))


async def echoes(scope: Any, receive: Any, send: Any) -> None:
    """A socket that says what it hears, until it is closed."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    heard: list[Any] = scope.setdefault("state", [])
    while (message := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": message["text"]})
    heard.append(message["code"])


def test_a_socket_is_closed_when_its_token_expires_and_the_application_hears_it() -> None:
    clock, state = Clock(), list[Any]()

    async def scene() -> Client:
        client = Client("websocket", bearer("good"), subprotocols=[], state=state)
        serving = asyncio.create_task(client.call(TenantMiddleware(echoes, EXPIRING, clock=clock)))
        client.inbox.put_nowait({"type": "websocket.receive", "text": "hello"})
        assert (await client.until("websocket.send"))["text"] == "hello"
        clock.now += 1
        await serving
        return client

    client = asyncio.run(scene())
    assert client.sent[-1] == {"type": "websocket.close", "code": 4401, "reason": "the token has expired"}
    assert state == [4401]


def test_a_socket_that_goes_on_talking_is_stopped() -> None:
    clock = Clock()
    after: list[str] = []

    async def talks(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while True:
                await send({"type": "websocket.send", "text": "B-SECRET"})
                await asyncio.sleep(0.01)
        except OSError:
            after.append("told")
            await asyncio.Event().wait()  # and does not go

    async def scene() -> Client:
        client = Client("websocket", bearer("good"))
        app = TenantMiddleware(talks, EXPIRING, clock=clock, grace_s=0.05)
        serving = asyncio.create_task(client.call(app))
        await client.until("websocket.send")
        clock.now += 1
        await serving
        return client

    assert asyncio.run(scene()).sent[-1]["code"] == 4401
    assert after == ["told"]


def test_a_socket_whose_token_never_expires_ends_in_time() -> None:
    async def scene() -> Client:
        client = Client("websocket", bearer("good"), subprotocols=[])
        await client.call(TenantMiddleware(echoes, Known(), stream_s_max=0.05))
        return client

    assert asyncio.run(scene()).sent[-1]["code"] == 4401


@pytest.mark.parametrize("extension", [True, False])
def test_a_socket_without_a_context_is_not_let_in(extension: bool) -> None:
    extensions = {"websocket.http.response": {}} if extension else {}
    client = Client("websocket", bearer("forged"), extensions=extensions)

    asyncio.run(client.call(TenantMiddleware(raising(AssertionError("must not be asked")), Known())))

    if extension:
        assert [m["type"] for m in client.sent] == ["websocket.http.response.start", "websocket.http.response.body"]
        assert client.answer[0] == 401
    else:
        assert client.sent == [{"type": "websocket.close", "code": 1008, "reason": "the token is not accepted"}]


def test_a_member_who_is_removed_loses_the_socket() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        raise NotAMember

    client = Client("websocket", bearer("good"))
    asyncio.run(client.call(TenantMiddleware(app, Known())))

    assert client.sent[-1]["code"] == 4403


def test_a_browser_brings_its_token_as_a_subprotocol_which_is_never_sent_back() -> None:
    state: list[Any] = []

    async def scene(*offered: str) -> Client:
        client = Client("websocket", subprotocols=list(offered), state=state)
        client.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await client.call(TenantMiddleware(echoes, Known()))
        return client

    assert asyncio.run(scene(SUBPROTOCOL + "good", "chat.v1")).sent == [
        {"type": "websocket.accept", "subprotocol": "chat.v1"}
    ]
    assert asyncio.run(scene(SUBPROTOCOL + "good", SUBPROTOCOL + "good")).sent[0]["code"] == 1008
    assert asyncio.run(scene("chat.v1")).sent[0]["code"] == 1008


def test_answers_and_sockets_carry_what_is_said_of_an_old_token() -> None:
    class Verifier:
        async def verify(self, token: str | bytes) -> VerifiedToken:
            return VerifiedToken("a", "authenticated", legacy=True)

    class Sessions:
        async def context_for(self, token: VerifiedToken) -> TenantContext:
            return CONTEXT

        def headers_for(self, token: VerifiedToken) -> dict[str, str]:
            return {"Deprecation": "@1700000000"}

    app = BearerAuthenticator(Verifier(), Sessions())
    http = Client("http", bearer("old"))
    socket = Client("websocket", bearer("old"), subprotocols=[])
    socket.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
    asyncio.run(http.call(TenantMiddleware(greets, app)))
    asyncio.run(socket.call(TenantMiddleware(echoes, app)))

    assert http.sent[0]["headers"] == socket.sent[0]["headers"] == [(b"deprecation", b"@1700000000")]


@pytest.mark.parametrize("forgotten", ["send", "end", "refuse"])
def test_a_connection_that_forgets_what_its_protocol_does_cannot_be_made(forgotten: str) -> None:
    """And not only at the end of the first stream, when nobody looks on."""
    written = [name for name in ("send", "end", "refuse") if name != forgotten]
    kind = type("Forgetful", (_Connection,), {name: getattr(_Http, name) for name in written})

    with pytest.raises(TypeError, match=forgotten):
        kind({}, None, None)
