"""Starlette: the tenant context of a request, and refusals as answers.

app = Starlette(routes=.., middleware=[Middleware(TenantMiddleware, authenticator=authenticator)])

async def documents(request):
context = tenant_context(request)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket

from ringfence.runtime.context import ContextRefused, TenantContext
from ringfence.runtime.integrations.asgi import CLOSE_REFUSED, TenantMiddleware, context_of
from ringfence.runtime.integrations.authenticate import body_of, refusal_of
from ringfence.runtime.refused import Refused

__all__ = ["EXCEPTION_HANDLERS", "TenantMiddleware", "tenant_context"]


def tenant_context(connection: HTTPConnection) -> TenantContext:
    """The context that the middleware found; raises TokenRefused where it let an anonymous request in."""
    return context_of(connection.scope)


async def _refuse(connection: HTTPConnection, error: Exception) -> Response | None:
    refused = refusal_of(error)
    if refused is None:
        raise error
    if isinstance(connection, WebSocket):
        await connection.close(CLOSE_REFUSED, refused.public)
        return None
    assert isinstance(connection, Request)
    return JSONResponse(body_of(refused), refused.status, {"Cache-Control": "no-store", **refused.headers})


EXCEPTION_HANDLERS: Mapping[Any, Any] = {Refused: _refuse, ContextRefused: _refuse}
"""For an application without the middleware: `Starlette(.., exception_handlers=EXCEPTION_HANDLERS)`."""
