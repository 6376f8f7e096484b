"""Starlette and FastAPI: the context as a value, refusals as answers, and an OpenAPI document that says so."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ringfence.runtime import ContextForged, NotAMember, TenantContext
from ringfence.runtime.integrations.fastapi import RESPONSES, TenantBearer, install
from ringfence.runtime.integrations.starlette import EXCEPTION_HANDLERS, TenantMiddleware, tenant_context
from support.callers import CONTEXT, Known

with warnings.catch_warnings():
    # newer releases of Starlette would rather have httpx2
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient, WebSocketDenialResponse

GOOD = {"Authorization": "Bearer good"}
REFUSALS = [
    ({}, 401, "WWW-Authenticate", "Bearer"),
    ({"Authorization": "Bearer forged"}, 401, "WWW-Authenticate", 'Bearer error="invalid_token"'),
    ({"Authorization": "Bearer out"}, 403, "Cache-Control", "no-store"),
    ({"Authorization": "Bearer later"}, 503, "Retry-After", "3"),
]


async def whose(request: Request) -> JSONResponse:
    """Says whose request it is."""
    return JSONResponse(str(tenant_context(request).organization))


async def fails(request: Request) -> PlainTextResponse:
    """Fails as the path says."""
    raise {"member": NotAMember(), "forged": ContextForged()}[request.path_params["how"]]


async def talks(socket: WebSocket) -> None:
    """A socket that says whose it is and then listens."""
    context = tenant_context(socket)
    await socket.accept()
    await socket.send_text(str(context.organization))
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


ROUTES = [Route("/whose", whose), Route("/fails/{how}", fails), WebSocketRoute("/talks", talks)]


def starlette(**more: Any) -> TestClient:
    """Starlette behind the middleware."""
    known = Known({"good": CONTEXT, "short": replace(CONTEXT, claims={"exp": 1})})
    middleware = [Middleware(TenantMiddleware, authenticator=known, **more)]
    return TestClient(Starlette(routes=ROUTES, middleware=middleware), raise_server_exceptions=False)


def fastapi(**more: Any) -> FastAPI:
    """FastAPI with the dependency alone."""
    app = FastAPI(responses=RESPONSES)
    install(app)
    bearer = Depends(TenantBearer(Known(), **more))

    @app.get("/whose")
    async def _whose(context: TenantContext = bearer) -> str:
        return str(context.organization)

    @app.get("/fails/{how}")
    async def _fails(how: str, context: TenantContext = bearer) -> None:
        raise {"member": NotAMember(), "forged": ContextForged()}[how]

    @app.websocket("/talks")
    async def _talks(socket: WebSocket, context: TenantContext = bearer) -> None:
        await socket.accept()
        await socket.send_text(str(context.organization))

    return app


@pytest.fixture(params=["middleware", "dependency", "handlers"])
def client(request: pytest.FixtureRequest) -> TestClient:
    """Each way to have a context."""
    match request.param:
        case "middleware":
            return starlette()
        case "dependency":
            return TestClient(fastapi(), raise_server_exceptions=False)
        case _:
            app = Starlette(routes=ROUTES, exception_handlers=dict(EXCEPTION_HANDLERS))
            return TestClient(TenantOnly(app), raise_server_exceptions=False)


class TenantOnly:
    """The middleware outside an application that answers refusals by itself."""

    def __init__(self, app: Any) -> None:
        self._app = TenantMiddleware(app, Known())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


def test_who_has_a_context_gets_in(client: TestClient) -> None:
    assert client.get("/whose", headers=GOOD).json() == str(CONTEXT.organization)


@pytest.mark.parametrize(("headers", "status", "name", "value"), REFUSALS)
def test_who_has_none_is_turned_away(
    client: TestClient, headers: dict[str, str], status: int, name: str, value: str
) -> None:
    answer = client.get("/whose", headers=headers)

    assert answer.status_code == status
    assert answer.headers[name] == value
    assert set(answer.json()) == {"error", "message"}


def test_the_databases_no_is_403_and_its_other_refusals_are_our_mistakes(client: TestClient) -> None:
    assert client.get("/fails/member", headers=GOOD).status_code == 403
    assert client.get("/fails/forged", headers=GOOD).status_code == 500


def test_a_socket_with_a_context_is_let_in_and_one_without_is_not(client: TestClient) -> None:
    with client.websocket_connect("/talks", headers=GOOD) as socket:
        assert socket.receive_text() == str(CONTEXT.organization)
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        client.websocket_connect("/talks", headers={"Authorization": "Bearer forged"}),
    ):
        pass


def test_starlettes_own_socket_hears_that_its_token_expired() -> None:
    at_once = {"authenticator": Known(), "stream_s_max": 0.05}
    app = Starlette(routes=ROUTES, middleware=[Middleware(TenantMiddleware, **at_once)])
    with TestClient(app).websocket_connect("/talks", headers=GOOD) as socket:
        assert socket.receive_text() == str(CONTEXT.organization)
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == 4401


def test_an_anonymous_request_is_let_in_where_that_is_wanted_but_has_no_context() -> None:
    optional = starlette(optional=True)

    assert optional.get("/whose").status_code == 401
    assert optional.get("/whose", headers={"Authorization": "Bearer forged"}).status_code == 401


def test_the_openapi_document_names_the_scheme_and_the_refusals() -> None:
    document = fastapi(scheme_name="Tenant").openapi()
    operation = document["paths"]["/whose"]["get"]

    scheme = document["components"]["securitySchemes"]["Tenant"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert operation["security"] == [{"Tenant": []}]
    assert {"401", "403", "503"} <= set(operation["responses"])
    assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
    assert "Retry-After" in operation["responses"]["503"]["headers"]


def test_a_dependency_without_anybody_to_ask_lets_nobody_in() -> None:
    app = FastAPI()
    install(app)
    bearer = Depends(TenantBearer())

    @app.get("/whose")
    async def _whose(context: TenantContext = bearer) -> str:
        return str(context.organization)

    assert TestClient(app).get("/whose", headers=GOOD).status_code == 401


def test_behind_the_middleware_nobody_is_asked_twice() -> None:
    asked = 0

    class Counting(Known):
        async def authenticate(self, headers: Any) -> TenantContext:
            nonlocal asked
            asked += 1
            return await super().authenticate(headers)

    app = FastAPI()
    app.add_middleware(TenantMiddleware, authenticator=Counting())
    bearer = Depends(TenantBearer(Counting()))

    @app.get("/whose")
    async def _whose(context: TenantContext = bearer) -> str:
        await asyncio.sleep(0)
        return str(context.organization)

    assert TestClient(app).get("/whose", headers=GOOD).status_code == 200
    assert asked == 1
