"""Middleware for any ASGI application: no request gets in without a tenant context, and no stream outlives its token.

Written against the ASGI specification alone (HTTP and WebSocket message format 2.4), so it fits Starlette, FastAPI,
Litestar, Quart and whatever else speaks it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from ringfence.runtime.context import TenantContext
from ringfence.runtime.integrations.authenticate import (
    REFUSALS,
    Admission,
    Authenticator,
    Headers,
    admit,
    body_of,
    brings_token,
    ends_at,
    refusal_of,
)
from ringfence.runtime.refused import Refused, TokenRefused

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTEXT = "ringfence.context"
"""Where in the scope the context is."""
SUBPROTOCOL = "ringfence.bearer."
"""A WebSocket subprotocol that carries the token behind it, since browsers send no header of their choice."""

CLOSE_REFUSED = 1008
"""Policy violation (RFC 6455, 7.4.1): a socket that was never let in."""
CLOSE_EXPIRED = 4401
"""A code of ours (RFC 6455, 7.4.2): refresh the token and connect again."""
CLOSE_FORBIDDEN = 4403
"""The user is no member any more."""

STREAM_S_MAX = 3600.0
GRACE_S = 5.0
_LOOK_AT_CLOCK_S = 30.0
_log = logging.getLogger(__name__)


class StreamOver(OSError):
    """The token of this stream has expired. An OSError, as ASGI wants it of a send to somebody who is gone."""


def context_of(scope: Scope) -> TenantContext:
    """The tenant context of a request; raises TokenRefused when it came without one."""
    context = scope.get(CONTEXT)
    if not isinstance(context, TenantContext):
        raise TokenRefused("absent")
    return context


class TenantMiddleware:
    """Lets requests in that have a tenant context, and puts it into their scope.

        app = TenantMiddleware(app, authenticator)

    A request is turned away with 401 and `WWW-Authenticate`, with 403, or with 503 and `Retry-After`; so are errors of
    that kind which the application raises before its answer has begun. A WebSocket is closed when its token expires,
    an event stream (`text/event-stream`) ends; both may be opened again with a fresh one.

    Args:
        app: What is behind it.
        authenticator: Tells whose request it is.
        open_paths: Paths, exactly as in the scope, that nobody is asked at: health probes, log-in.
        optional: Let requests without any token in, without a context; `context_of` refuses them where one is needed.
        stream_s_max: No stream lasts longer, whatever its token says: old tokens may never expire.
        grace_s: How long the application may take to end after its stream has.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        app: App,
        authenticator: Authenticator,
        *,
        open_paths: Collection[str] = (),
        optional: bool = False,
        stream_s_max: float = STREAM_S_MAX,
        grace_s: float = GRACE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._open_paths = frozenset(open_paths)
        self._optional = optional
        self._stream_s_max = stream_s_max
        self._grace_s = grace_s
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        # of a layer outside, or of somebody who found a way to set it: only what is decided here counts
        scope = {**scope, CONTEXT: None}
        if scope["path"] in self._open_paths:
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        admission: Admission | None = None
        if brings_token(headers) or not self._optional:
            try:
                admission = await admit(self._authenticator, headers)
            except REFUSALS as error:
                refused = refusal_of(error)
                if refused is None:
                    raise
                await _turn_away(scope, receive, send, refused)
                return
        if admission is not None:
            scope[CONTEXT] = admission.context
        at = ends_at(admission, self._clock(), self._stream_s_max)
        connection = _Socket(scope, receive, send) if scope["type"] == "websocket" else _Http(scope, receive, send)
        if admission is not None:
            connection.said = [(k.lower().encode(), v.encode("latin-1")) for k, v in admission.headers.items()]
        await self._serve(connection, _Deadline(at, self._clock, self._grace_s, connection.end))

    async def _serve(self, connection: _Connection, deadline: _Deadline) -> None:
        connection.deadline = deadline
        if connection.always_ends:
            deadline.start()
        try:
            await self._app(connection.scope, connection.receive, connection.send)
        except asyncio.CancelledError:
            if not deadline.was_ours():
                raise
        except Exception as error:
            if deadline.over.is_set():
                # whatever an application raises whose stream was ended under its hands
                _log.info("%s at the end of a stream whose token expired", type(error).__name__)
                return
            refused = refusal_of(error)
            if refused is None or not await connection.refuse(refused):
                raise
        finally:
            await deadline.stop()


class _Deadline:
    """Ends a stream at a time, and the application a little later."""

    def __init__(
        self, at: float, clock: Callable[[], float], grace_s: float, end: Callable[[], Awaitable[None]]
    ) -> None:
        self.over = asyncio.Event()
        self._cuts = 0
        self._at = at
        self._clock = clock
        self._grace_s = grace_s
        self._end = end
        self._serving = asyncio.current_task()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    def was_ours(self) -> bool:
        """Whether a cancellation came from here and from nobody else, such as a server that stops."""
        others = 0
        for _ in range(self._cuts):
            others = self._serving.uncancel() if self._serving is not None else 0
        return self._cuts > 0 and others == 0

    async def _run(self) -> None:
        # a wall clock may be set meanwhile, and no event tells of that
        while (left_s := self._at - self._clock()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left_s, _LOOK_AT_CLOCK_S))
        self.over.set()
        with suppress(OSError):  # whoever listened is gone already
            await self._end()
        # Several times: before Python 3.12 wait_for, which drivers use, may swallow a cancellation (gh-86296)
        while self._serving is not None:
            await asyncio.sleep(self._grace_s)
            self._cuts += 1
            self._serving.cancel()


class _Connection(ABC):
    """One request, between server and application; what a protocol does in its own way cannot be forgotten."""

    always_ends = False
    deadline: _Deadline
    said: Sequence[tuple[bytes, bytes]] = ()
    """Headers that the answer carries beside the application's own."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self._begun = False
        self._done = False

    async def receive(self) -> Message:
        return await self._receive()

    @abstractmethod
    async def send(self, message: Message) -> None:
        """Hand on what the application says; raises StreamOver when the stream has ended under its hands."""

    @abstractmethod
    async def end(self) -> None:
        """End the stream, because its token has."""

    @abstractmethod
    async def refuse(self, refused: Refused) -> bool:
        """Answer with a refusal; False when an answer has begun already."""

    def _with_said(self, start: Message) -> Message:
        return {**start, "headers": [*start.get("headers", ()), *self.said]} if self.said else start


class _Http(_Connection):
    """An HTTP request; only an event stream among its answers has an end that its token decides."""

    async def send(self, message: Message) -> None:
        if self.deadline.over.is_set():
            raise StreamOver
        if message["type"] == "http.response.start":
            self._begun = True
            if _is_event_stream(message):
                self.deadline.start()
            message = self._with_said(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self._done = True
        await self._send(message)

    async def end(self) -> None:
        if not self._done:
            self._done = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def refuse(self, refused: Refused) -> bool:
        if self._begun:
            return False
        await _answer(self._send, refused, "http.response")
        return True


class _Socket(_Connection):
    """A WebSocket, which ends when its token does."""

    always_ends = True

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        offered = [name for name in scope.get("subprotocols", ()) if not name.startswith(SUBPROTOCOL)]
        # the application must not choose the token as its protocol: it would be sent back in the answer
        super().__init__({**scope, "subprotocols": offered}, receive, send)
        self._connected = False

    async def receive(self) -> Message:
        over = self.deadline.over
        if over.is_set():
            return _gone()
        getting = asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(over.wait())
        try:
            await asyncio.wait((getting, ending), return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                return _gone()
            message = getting.result()
        finally:
            ending.cancel()
            getting.cancel()
        self._connected = self._connected or message["type"] == "websocket.connect"
        self._done = self._done or message["type"] == "websocket.disconnect"
        return message

    async def send(self, message: Message) -> None:
        if self.deadline.over.is_set():
            raise StreamOver
        if message["type"] == "websocket.accept":
            self._begun = True
            message = self._with_said(message)
        self._done = self._done or message["type"] == "websocket.close"
        await self._send(message)

    async def end(self) -> None:
        await self._close(CLOSE_EXPIRED if self._begun else CLOSE_REFUSED, "the token has expired")

    async def refuse(self, refused: Refused) -> bool:
        if not self._begun and not self._done:
            await _turn_away(self.scope, self._receive, self._send, refused, connected=self._connected)
        else:
            await self._close(CLOSE_FORBIDDEN if refused.status == 403 else CLOSE_REFUSED, refused.public)
        return True

    async def _close(self, code: int, reason: str) -> None:
        if not self._done:
            self._done = True
            await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _gone() -> Message:
    return {"type": "websocket.disconnect", "code": CLOSE_EXPIRED, "reason": "the token has expired"}


def _headers(scope: Scope) -> Headers:
    """Names and values as text; a token in a subprotocol becomes the header it stands for."""
    found = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    if scope["type"] == "websocket":
        carried = [name for name in scope.get("subprotocols", ()) if name.startswith(SUBPROTOCOL)]
        found += [("authorization", f"Bearer {name.removeprefix(SUBPROTOCOL)}") for name in carried]
    return found


def _is_event_stream(start: Message) -> bool:
    for name, value in start.get("headers", ()):
        if bytes(name).lower() == b"content-type":
            return bool(bytes(value).split(b";")[0].strip().lower() == b"text/event-stream")
    return False


async def _turn_away(scope: Scope, receive: Receive, send: Send, refused: Refused, *, connected: bool = False) -> None:
    """Answer a request that is not let in."""
    if scope["type"] == "http":
        await _answer(send, refused, "http.response")
        return
    if not connected and (await receive())["type"] != "websocket.connect":
        return
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await _answer(send, refused, "websocket.http.response")
    else:
        await send({"type": "websocket.close", "code": CLOSE_REFUSED, "reason": refused.public})


async def _answer(send: Send, refused: Refused, kind: str) -> None:
    body = json.dumps(body_of(refused)).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **refused.headers,
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": f"{kind}.start", "status": refused.status, "headers": raw})
    await send({"type": f"{kind}.body", "body": body, "more_body": False})
