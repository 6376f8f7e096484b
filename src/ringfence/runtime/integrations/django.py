"""Django: middleware that gives every request its tenant context, under WSGI and under ASGI.

MIDDLEWARE = [.., "ringfence.runtime.integrations.django.TenantMiddleware"]
RINGFENCE_AUTHENTICATOR = "shop.tenants.authenticator"   # a function that makes one, called once
RINGFENCE_OPEN_PATHS = ["/healthz"]
RINGFENCE_OPTIONAL = False
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import TimeoutError as TookTooLong
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.module_loading import import_string

from ringfence.runtime.context import TenantContext
from ringfence.runtime.integrations.authenticate import (
    REFUSALS,
    Admission,
    Authenticator,
    Headers,
    admit,
    body_of,
    brings_token,
    refusal_of,
)
from ringfence.runtime.refused import CannotJudge, Refused, TokenRefused

T = TypeVar("T")
AUTHENTICATE_S_MAX = 10.0


def tenant_context(request: HttpRequest) -> TenantContext:
    """The context of a request; raises TokenRefused where an anonymous one was let in."""
    context = getattr(request, "tenant_context", None)
    if not isinstance(context, TenantContext):
        raise TokenRefused("absent")
    return context


class TenantMiddleware:
    """Sets `request.tenant_context`, and turns requests away with 401, 403 or 503."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._authenticator: Authenticator = import_string(settings.RINGFENCE_AUTHENTICATOR)()
        self._open_paths = frozenset(getattr(settings, "RINGFENCE_OPEN_PATHS", ()))
        self._optional = bool(getattr(settings, "RINGFENCE_OPTIONAL", False))
        self._loop = _Loop()
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        if iscoroutinefunction(self._get_response):
            return self._answer_async(request)
        try:
            admission = self._loop.run(self._admit(request), AUTHENTICATE_S_MAX)
        except REFUSALS as error:
            return _refuse(error)
        _let_in(request, admission)
        return _saying(self._get_response(request), admission)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        try:
            admission = await self._admit(request)
        except REFUSALS as error:
            return _refuse(error)
        _let_in(request, admission)
        return _saying(await self._get_response(request), admission)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A refusal that a view raised, as an answer; Django's own hook."""
        del request
        refused = refusal_of(error)
        return None if refused is None else _response(refused)

    async def _admit(self, request: HttpRequest) -> Admission | None:
        headers: Headers = [(name.lower(), value) for name, value in request.headers.items()]
        if request.path in self._open_paths or (self._optional and not brings_token(headers)):
            return None
        return await admit(self._authenticator, headers)


def _let_in(request: HttpRequest, admission: Admission | None) -> None:
    request.tenant_context = None if admission is None else admission.context


def _saying(answer: HttpResponseBase, admission: Admission | None) -> HttpResponseBase:
    if admission is not None:
        for name, value in admission.headers.items():
            answer.headers[name] = value
    return answer


def _refuse(error: Exception) -> HttpResponseBase:
    refused = refusal_of(error)
    if refused is None:
        raise error
    return _response(refused)


def _response(refused: Refused) -> HttpResponseBase:
    return JsonResponse(
        body_of(refused), status=refused.status, headers={"Cache-Control": "no-store", **refused.headers}
    )


class _Loop:
    """One event loop in a thread of its own, for all of a process's synchronous requests.

    Not a new loop for each request: key sets and connection pools belong to the loop they were opened in.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def run(self, work: Coroutine[Any, Any, T], s_max: float) -> T:
        """The result of a coroutine; raises CannotJudge when it takes too long, and what it raises."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result(s_max)
        except TookTooLong:
            future.cancel()
            raise CannotJudge("timeout") from None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # a thread does not go along when a server forks its workers
            if self._loop is None or self._process != os.getpid():
                self._process = os.getpid()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="ringfence", daemon=True).start()
            return self._loop
