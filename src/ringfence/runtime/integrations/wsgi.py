"""Middleware for any WSGI application, such as Flask's: no request gets in without a tenant context.

Written against PEP 3333 alone. Its authenticator is a blocking one and is asked in the request's own thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus
from typing import Any, TypeAlias

from ringfence.runtime.context import TenantContext
from ringfence.runtime.integrations.authenticate import (
    REFUSALS,
    Admission,
    BlockingAuthenticator,
    Headers,
    admit_blocking,
    body_of,
    brings_token,
    refusal_of,
)
from ringfence.runtime.refused import Refused, TokenRefused

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]
App: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

CONTEXT = "ringfence.context"
"""Where in the environment the context is."""


def context_of(environ: Environ) -> TenantContext:
    """The tenant context of a request; raises TokenRefused when it came without one."""
    context = environ.get(CONTEXT)
    if not isinstance(context, TenantContext):
        raise TokenRefused("absent")
    return context


class TenantMiddleware:
    """Lets requests in that have a tenant context, and puts it into their environment.

        application = TenantMiddleware(application, BlockingBearerAuthenticator(verifier, sessions))

    A request is turned away with 401 and `WWW-Authenticate`, with 403, or with 503 and `Retry-After`; so are errors of
    that kind which the application raises before its answer has begun. An answer that has begun is not cut, however
    long it is: a stream has to look at the `exp` of its context's claims itself.

    Args:
        app: What is behind it.
        authenticator: Tells whose request it is.
        open_paths: Paths, whole and with the prefix the application is served under, that nobody is asked at.
        optional: Let requests without any token in, without a context; `context_of` refuses them where one is needed.
    """

    def __init__(
        self,
        app: App,
        authenticator: BlockingAuthenticator,
        *,
        open_paths: Collection[str] = (),
        optional: bool = False,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._open_paths = frozenset(open_paths)
        self._optional = optional

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        # of a layer outside, or of somebody who found a way to set it: only what is decided here counts
        environ[CONTEXT] = None
        begun = False
        said: list[tuple[str, str]] = []

        def begin(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            nonlocal begun
            begun = True
            return start_response(status, [*headers, *said], *failed)

        try:
            admission = self._admit(environ)
            if admission is not None:
                environ[CONTEXT] = admission.context
                said += admission.headers.items()
            return self._app(environ, begin)
        except REFUSALS as error:
            refused = refusal_of(error)
            if refused is None or begun:
                raise
            return _answer(start_response, refused)

    def _admit(self, environ: Environ) -> Admission | None:
        headers = _headers(environ)
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path in self._open_paths or (self._optional and not brings_token(headers)):
            return None
        return admit_blocking(self._authenticator, headers)


def _headers(environ: Environ) -> Headers:
    """Names and values; servers put repeated ones into one value, which then is no token."""
    return [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    ]


def _answer(start_response: StartResponse, refused: Refused) -> Iterable[bytes]:
    body = json.dumps(body_of(refused)).encode()
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        **refused.headers,
    }
    start_response(f"{refused.status} {HTTPStatus(refused.status).phrase}", list(headers.items()))
    return [body]
