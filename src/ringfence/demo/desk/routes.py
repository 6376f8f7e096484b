"""The desk's HTTP surface, the same for both versions: what is asked, who asks, and what is answered."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from ringfence.demo.desk import bodies
from ringfence.demo.desk.auth import Auth
from ringfence.demo.desk.compared import endpoint
from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.files import Files
from ringfence.demo.desk.model import Caller, Desk, DocumentChange, FolderChange, KeptFile, NewDocument, Row

JSON_BYTES_MAX = 256 * 1024
USER_AGENT_CHARACTERS_MAX = 300
COOKIE = "desk_session"
COOKIE_CHARACTERS_MAX = 200
COMMENT_ID_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Parts:
    """What the endpoints work with."""

    desk: Desk
    auth: Auth
    files: Files
    job_key: str


class Bounded(APIRoute):
    """An endpoint that takes no JSON body larger than JSON_BYTES_MAX, and none whose size is not known before."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, behind the bound."""
        handle = super().get_route_handler()

        async def handle_bounded(request: Request) -> Response:
            endpoint.set(f"{request.method} {self.path_format}")
            if self.body_field is not None:
                if "transfer-encoding" in request.headers:
                    raise DeskError(411, "length_required", "send the body with its Content-Length")
                if int(request.headers.get("content-length", "0")) > JSON_BYTES_MAX:
                    raise DeskError(413, "too_large", f"a body has at most {JSON_BYTES_MAX} bytes")
            return await handle(request)

        return handle_bounded


router = APIRouter(route_class=Bounded)


# Coroutines, though they wait for nothing: FastAPI sends a plain function to a thread.
async def _parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


The: TypeAlias = Annotated[Parts, Depends(_parts)]


async def _caller(request: Request, the: The) -> Caller:
    cookie = request.cookies.get(COOKIE)
    if cookie and "authorization" not in request.headers:
        return await the.auth.visitor(cookie[:COOKIE_CHARACTERS_MAX])
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DeskError(401, "no_token", "send Authorization: Bearer and an access token")
    return await the.auth.caller(token.strip())


async def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")[:USER_AGENT_CHARACTERS_MAX]


Me: TypeAlias = Annotated[Caller, Depends(_caller)]
Agent: TypeAlias = Annotated[str, Depends(_agent)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=200)]
FileName: TypeAlias = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$")]
Words: TypeAlias = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


# --- who people are --------------------------------------------------------------------------------------------------


@router.post("/auth/sign-up", status_code=201)
async def sign_up(the: The, agent: Agent, body: bodies.SignUp) -> Row:
    """A new user, signed in."""
    return await the.auth.sign_up(body.email, body.password, body.name, agent)


@router.post("/auth/log-in")
async def log_in(the: The, agent: Agent, body: bodies.LogIn) -> Row:
    """Tokens for somebody known."""
    return await the.auth.log_in(body.email, body.password, agent)


@router.post("/auth/mobile")
async def log_in_mobile(the: The, body: bodies.LogIn) -> Row:
    """The old mobile client's token, which never ends."""
    return await the.auth.log_in_mobile(body.email, body.password)


@router.post("/auth/page")
async def log_in_page(the: The, response: Response, body: bodies.LogIn) -> Row:
    """The first web pages' cookie; no page of another site sends it along."""
    user, cookie = await the.auth.log_in_page(body.email, body.password)
    response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict")
    return {"user_id": user}


@router.post("/auth/refresh")
async def refresh(the: The, agent: Agent, body: bodies.Refresh) -> Row:
    """Fresh tokens; the refresh token is used up."""
    return await the.auth.refresh(body.refresh_token, agent)


@router.get("/me")
async def show_me(the: The, me: Me) -> Row:
    """The caller's profile."""
    return await the.desk.me(me)


@router.patch("/me")
async def rename_me(the: The, me: Me, body: bodies.ProfileEdit) -> Row:
    """Another display name."""
    return await the.desk.rename_me(me, body.display_name)


# --- folders ---------------------------------------------------------------------------------------------------------


@router.get("/folders")
async def list_folders(the: The, me: Me) -> list[Row]:
    """The caller's folders."""
    return await the.desk.folders(me)


@router.post("/folders", status_code=201)
async def create_folder(the: The, me: Me, body: bodies.FolderCreate) -> Row:
    """A new folder."""
    return await the.desk.add_folder(me, body.name, body.parent_id)


@router.patch("/folders/{folder}")
async def edit_folder(the: The, me: Me, folder: UUID, body: bodies.FolderEdit) -> Row:
    """Rename or move a folder."""
    change = FolderChange(body.name, body.parent_id, "parent_id" in body.model_fields_set)
    return await the.desk.change_folder(me, folder, change)


# --- documents -------------------------------------------------------------------------------------------------------


@router.get("/documents")
async def list_documents(the: The, me: Me, folder_id: UUID | None = None, limit: Limit = 50) -> list[Row]:
    """The caller's documents."""
    return await the.desk.documents(me, folder_id, limit)


@router.get("/documents/search")
async def search_documents(the: The, me: Me, q: Words) -> list[Row]:
    """Full-text search."""
    return await the.desk.search(me, q)


@router.post("/documents", status_code=201)
async def create_document(the: The, me: Me, body: bodies.DocumentCreate) -> Row:
    """A new document; 409 when its slug is taken."""
    return await the.desk.add_document(me, NewDocument(body.title, body.slug, body.body, body.folder_id))


@router.get("/documents/{document}")
async def show_document(the: The, me: Me, document: UUID) -> Row:
    """One document."""
    return await the.desk.document(me, document)


@router.patch("/documents/{document}")
async def edit_document(the: The, me: Me, document: UUID, body: bodies.DocumentEdit) -> Row:
    """Another title, body or folder."""
    change = DocumentChange(body.title, body.body, body.folder_id, "folder_id" in body.model_fields_set)
    return await the.desk.change_document(me, document, change)


@router.delete("/documents/{document}", status_code=204)
async def delete_document(the: The, me: Me, document: UUID) -> None:
    """Remove a document, its comments and the rows of its uploads."""
    await the.desk.delete_document(me, document)


@router.post("/documents/{document}/share", status_code=204)
async def share_document(the: The, me: Me, document: UUID, body: bodies.UserReference) -> None:
    """Let somebody else read it, whatever company they are of."""
    await the.desk.share(me, document, body.user_id)


@router.post("/documents/{document}/public-link")
async def publish_document(the: The, me: Me, document: UUID) -> Row:
    """A link that needs no log-in."""
    return {"token": await the.desk.publish(me, document, secrets.token_urlsafe(24))}


@router.post("/documents/{document}/transfer", status_code=204)
async def transfer_document(the: The, me: Me, document: UUID, body: bodies.UserReference) -> None:
    """Make somebody else the owner."""
    await the.desk.transfer(me, document, body.user_id)


@router.get("/public/{token}")
async def show_public_document(the: The, token: str) -> Row:
    """What a public link shows."""
    return await the.desk.public_document(token)


# --- uploads ---------------------------------------------------------------------------------------------------------


@router.post("/documents/{document}/uploads", status_code=201)
async def add_upload(the: The, me: Me, document: UUID, name: FileName, request: Request) -> Row:
    """Attach the raw body as a file: first into storage, then its row, so that no row ever speaks of a missing file."""
    folder = await the.desk.upload_folder(me, document)
    path = f"{folder}/{uuid4()}/{name}"
    file = await the.files.keep(path, request.stream(), request.headers.get("x-content-sha256"))
    try:
        return await the.desk.add_upload(me, document, file)
    except DeskError as error:
        # when the answer got lost, the row may be there
        if error.status < 500:
            await the.files.forget(path)
        raise


@router.get("/documents/{document}/uploads")
async def list_uploads(the: The, me: Me, document: UUID) -> list[Row]:
    """The files of a document."""
    return await the.desk.uploads(me, document)


@router.get("/uploads/{upload}")
async def download(the: The, me: Me, upload: UUID) -> Response:
    """The file itself."""
    row = await the.desk.upload(me, upload)
    if row["sha256"] is None:
        raise DeskError(404, "file_gone", "the file was never in this storage")
    file = KeptFile(row["path"], row["bytes"], row["sha256"])
    headers = {"Content-Length": str(file.bytes), "X-Content-SHA256": file.sha256}
    return StreamingResponse(await the.files.open(file), media_type="application/octet-stream", headers=headers)


# --- comments --------------------------------------------------------------------------------------------------------


@router.post("/documents/{document}/comments", status_code=201)
async def create_comment(the: The, me: Me, document: UUID, body: bodies.CommentCreate) -> Row:
    """A new comment."""
    return await the.desk.comment(me, document, body.body)


@router.get("/documents/{document}/comments")
async def list_comments(the: The, me: Me, document: UUID) -> list[Row]:
    """The comments on a document."""
    return await the.desk.comments(me, document)


@router.patch("/comments/{comment}")
async def move_comment(the: The, me: Me, comment: int, body: bodies.CommentMove) -> Row:
    """Put the caller's comment on another document."""
    if not 0 < comment <= COMMENT_ID_MAX:
        raise DeskError(404, "not_found", "there is no such comment")
    return await the.desk.move_comment(me, comment, body.document_id)


# --- activity, statistics, jobs --------------------------------------------------------------------------------------


@router.get("/activity")
async def list_activity(the: The, me: Me, limit: Limit = 50) -> list[Row]:
    """What the caller did."""
    return await the.desk.activity(me, limit)


@router.get("/statistics")
async def show_statistics(the: The, me: Me) -> Row:
    """How much the caller wrote, as of the last nightly job."""
    return await the.desk.statistics(me)


@router.post("/jobs/nightly")
async def nightly(the: The, request: Request) -> Row:
    """What the scheduler calls every night."""
    if not hmac.compare_digest(request.headers.get("x-job-key", "").encode(), the.job_key.encode()):
        raise DeskError(401, "no_job_key", "send the job key as X-Job-Key")
    return {"refreshed": True, "pruned": await the.desk.nightly()}


@router.get("/healthz")
async def healthz(the: The) -> Row:
    """Whether this version can serve; 503 with the reason when it cannot."""
    reason = await the.desk.not_ready()
    if reason is not None:
        raise DeskError(503, "not_ready", reason)
    return {"version": the.desk.version}
