"""Notes of an organization over FastAPI: every request brings its tenant, every statement runs in its name.

`build` takes what differs between a test and production: the database, and who verifies tokens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, StringConstraints

from ringfence.runtime import TenantContext, TenantDatabase
from ringfence.runtime.integrations.asgi import TenantMiddleware
from ringfence.runtime.integrations.authenticate import Authenticator
from ringfence.runtime.integrations.fastapi import RESPONSES, TenantBearer

Context = Annotated[TenantContext, Depends(TenantBearer())]
NoteId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class NewNote(BaseModel):
    """What a note says; PostgreSQL's text cannot hold a NUL."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]


def build(
    database: TenantDatabase, authenticator: Authenticator, *resources: AbstractAsyncContextManager[object]
) -> FastAPI:
    """The application, ready to be served; `resources`, such as Sessions, are open as long as it is."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for resource in (database, *resources):
                await stack.enter_async_context(resource)
            yield

    app = FastAPI(title="Notes", lifespan=lifespan, responses=RESPONSES)
    app.add_middleware(TenantMiddleware, authenticator=authenticator, open_paths=["/healthz", "/openapi.json"])

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.get("/notes")
    async def list_notes(context: Context) -> list[dict[str, Any]]:
        answer = await database.execute(context, "select id, body from notes order by id desc limit 100")
        return answer.dicts()

    @app.post("/notes", status_code=201)
    async def add_note(context: Context, note: NewNote) -> dict[str, Any]:
        answer = await database.execute(context, "insert into notes (body) values (%s) returning id, body", [note.body])
        return answer.dicts()[0]

    @app.get("/notes/{note}", responses={404: {"description": "There is no such note"}})
    async def show_note(context: Context, note: NoteId) -> dict[str, Any]:
        answer = await database.execute(context, "select id, body from notes where id = %s", [note])
        if not answer.rows:
            raise HTTPException(404, "there is no such note")
        return answer.dicts()[0]

    @app.websocket("/notes/count")
    async def count(context: Context, socket: WebSocket) -> None:
        """Says how many notes there are whenever it is asked, until the token expires."""
        await socket.accept()
        try:
            while True:
                await socket.receive_text()
                answer = await database.execute(context, "select count(*) from notes")
                await socket.send_text(str(answer.value()))
        except WebSocketDisconnect:
            return

    return app
