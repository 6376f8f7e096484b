"""Django: middleware that gives every request its tenant context, under WSGI and under ASGI.

MIDDLEWARE = [.., "ringfence.runtime.integrations.django.TenantMiddleware"]
RINGFENCE_AUTHENTICATOR = "shop.tenants.authenticator"   # a function that makes one, called once; blocking or not
RINGFENCE_OPEN_PATHS = ["/healthz"]
RINGFENCE_OPTIONAL = False
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.module_loading import import_string

from ringfence.runtime.context import TenantContext
from ringfence.runtime.integrations.authenticate import (
    REFUSALS,
    Admission,
    Authenticator,
    BlockingAuthenticator,
    Headers,
    admit,
    admit_blocking,
    body_of,
    brings_token,
    refusal_of,
)
from ringfence.runtime.loopthread import LoopThread
from ringfence.runtime.refused import CannotJudge, Refused, TokenRefused

AUTHENTICATE_S_MAX = 10.0


def tenant_context(request: HttpRequest) -> TenantContext:
    """The context of a request; raises TokenRefused where an anonymous one was let in."""
    context = getattr(request, "tenant_context", None)
    if not isinstance(context, TenantContext):
        raise TokenRefused("absent")
    return context


class TenantMiddleware:
    """Sets `request.tenant_context`, and turns requests away with 401, 403 or 503.

    A blocking authenticator is asked in the thread of the request, and under ASGI in one beside the event loop; an
    asynchronous one in the event loop, and under WSGI in one that all of the process's threads share.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        authenticator: Authenticator | BlockingAuthenticator = import_string(settings.RINGFENCE_AUTHENTICATOR)()
        self._admit_async, self._admit_blocking = _ways(authenticator)
        self._open_paths = frozenset(getattr(settings, "RINGFENCE_OPEN_PATHS", ()))
        self._optional = bool(getattr(settings, "RINGFENCE_OPTIONAL", False))
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer one request."""
        if iscoroutinefunction(self._get_response):
            return self._answer_async(request)
        try:
            headers = self._asked_with(request)
            admission = None if headers is None else self._admit_blocking(headers)
        except REFUSALS as error:
            return _refuse(error)
        _let_in(request, admission)
        return _saying(self._get_response(request), admission)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        try:
            headers = self._asked_with(request)
            admission = None if headers is None else await self._admit_async(headers)
        except REFUSALS as error:
            return _refuse(error)
        _let_in(request, admission)
        return _saying(await self._get_response(request), admission)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A refusal that a view raised, as an answer; Django's own hook."""
        del request
        refused = refusal_of(error)
        return None if refused is None else _response(refused)

    def _asked_with(self, request: HttpRequest) -> Headers | None:
        """The headers that say whose request it is; None for one that nobody is asked about."""
        headers: Headers = [(name.lower(), value) for name, value in request.headers.items()]
        if request.path in self._open_paths or (self._optional and not brings_token(headers)):
            return None
        return headers


def _ways(
    authenticator: Authenticator | BlockingAuthenticator,
) -> tuple[Callable[[Headers], Awaitable[Admission]], Callable[[Headers], Admission]]:
    """How an authenticator is asked, of whichever kind it is, from an event loop and from a thread."""
    if not iscoroutinefunction(authenticator.authenticate):
        blocking: Any = authenticator

        def ask(headers: Headers) -> Admission:
            return admit_blocking(blocking, headers)

        return sync_to_async(ask, thread_sensitive=False), ask
    asynchronous: Any = authenticator
    loop = LoopThread("ringfence")

    async def ask_async(headers: Headers) -> Admission:
        return await admit(asynchronous, headers)

    def ask_in_the_loop(headers: Headers) -> Admission:
        try:
            return loop.run(ask_async(headers), AUTHENTICATE_S_MAX)
        except TimeoutError:
            raise CannotJudge("timeout") from None

    return ask_async, ask_in_the_loop


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
