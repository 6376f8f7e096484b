"""FastAPI: the tenant context as a dependency, with its security scheme and its answers in the OpenAPI document.

tenant = TenantBearer(authenticator)
Context = Annotated[TenantContext, Depends(tenant)]

@app.get("/documents", responses=RESPONSES)
async def documents(context: Context): ..

install(app)
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from ringfence.runtime.context import TenantContext
from ringfence.runtime.integrations.asgi import CONTEXT
from ringfence.runtime.integrations.authenticate import Authenticator
from ringfence.runtime.integrations.starlette import EXCEPTION_HANDLERS
from ringfence.runtime.refused import TokenRefused

_BODY: dict[str, Any] = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["error", "message"],
            "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
        }
    }
}
_TEXT = {"schema": {"type": "string"}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {
        "description": "No token, or one that is not accepted",
        "content": _BODY,
        "headers": {"WWW-Authenticate": _TEXT},
    },
    403: {"description": "The user may not act for this organization", "content": _BODY},
    503: {
        "description": "The token cannot be judged right now",
        "content": _BODY,
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    },
}
"""For `responses=` of a route, a router or the whole application."""


class TenantBearer(SecurityBase):
    """A dependency whose value is the tenant context of the request.

    Behind the middleware it hands on what was found there; without it, it asks the authenticator itself. Raises
    TokenRefused, MembershipRefused and CannotJudge, which `install` makes answers of.
    """

    def __init__(self, authenticator: Authenticator | None = None, *, scheme_name: str = "TenantBearer") -> None:
        self.model = HTTPBearer(
            bearerFormat="JWT",
            description="An access token whose user is a member of the organization it acts for.",
        )
        self.scheme_name = scheme_name
        self._authenticator = authenticator

    async def __call__(self, connection: HTTPConnection) -> TenantContext:
        """The context of one request."""
        found = connection.scope.get(CONTEXT)
        if isinstance(found, TenantContext):
            return found
        if self._authenticator is None:
            raise TokenRefused("absent")
        return await self._authenticator.authenticate(connection.headers.items())


def install(app: FastAPI) -> None:
    """Make refusals answers: 401 with WWW-Authenticate, 403, 503 with Retry-After."""
    for kind, handler in EXCEPTION_HANDLERS.items():
        app.add_exception_handler(kind, handler)
