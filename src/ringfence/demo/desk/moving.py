"""Both versions of the desk in one: endpoints move from the one that knows no tenants to the one that does.

Which side answers which endpoint is kept in the database and changed with `ringfence endpoints`; an endpoint whose new
side fails or differs goes back by itself. Names of endpoints are those of `routes.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from ringfence.demo.desk.model import (
    Caller,
    Desk,
    DocumentChange,
    FolderChange,
    KeptFile,
    NewDocument,
    Row,
    Session,
)
from ringfence.runtime.rollout import Rollout

A = TypeVar("A")


class Fault(Exception):
    """A mistake that the demo makes on purpose."""


class Moving:
    """Version 1 and version 2 behind one surface."""

    version = "moving"

    def __init__(self, before: Desk, after: Desk, rollout: Rollout) -> None:
        self._before = before
        self._after = after
        self._rollout = rollout
        self.faults: set[str] = set()
        """Endpoints whose new side fails, to show how one falls back."""

    async def _read(self, endpoint: str, user: UUID | None, ask: Callable[[Desk], Awaitable[A]]) -> A:
        return await self._rollout.read(
            endpoint,
            user,
            legacy=lambda: ask(self._before),
            tenant=lambda: self._ask_after(endpoint, ask),
            compared_as=without_organization,
        )

    async def _write(self, endpoint: str, user: UUID | None, ask: Callable[[Desk], Awaitable[A]]) -> A:
        return await self._rollout.write(
            endpoint, user, legacy=lambda: ask(self._before), tenant=lambda: self._ask_after(endpoint, ask)
        )

    async def _ask_after(self, endpoint: str, ask: Callable[[Desk], Awaitable[A]]) -> A:
        if endpoint in self.faults:
            raise Fault(endpoint)
        return await ask(self._after)

    # --- sessions, profiles ------------------------------------------------------------------------------------------

    async def not_ready(self) -> str | None:
        """What either side misses."""
        return await self._before.not_ready() or await self._after.not_ready()

    async def start_session(self, user: UUID, user_agent: str) -> Session:
        """Remember a log-in; its token names an organization once log-in has moved."""
        return await self._write("POST /auth/log-in", user, lambda desk: desk.start_session(user, user_agent))

    async def resume_session(self, user: UUID, session: UUID) -> Session | None:
        """The session, seen again now."""
        return await self._write("POST /auth/refresh", user, lambda desk: desk.resume_session(user, session))

    async def me(self, me: Caller) -> Row:
        """The caller's profile."""
        return await self._read("GET /me", me.user, lambda desk: desk.me(me))

    async def rename_me(self, me: Caller, display_name: str) -> Row:
        """The profile with another name."""
        return await self._write("PATCH /me", me.user, lambda desk: desk.rename_me(me, display_name))

    # --- folders -----------------------------------------------------------------------------------------------------

    async def folders(self, me: Caller) -> list[Row]:
        """The caller's folders."""
        return await self._read("GET /folders", me.user, lambda desk: desk.folders(me))

    async def add_folder(self, me: Caller, name: str, parent: UUID | None) -> Row:
        """A new folder."""
        return await self._write("POST /folders", me.user, lambda desk: desk.add_folder(me, name, parent))

    async def change_folder(self, me: Caller, folder: UUID, change: FolderChange) -> Row:
        """The folder, renamed or moved."""
        return await self._write(
            "PATCH /folders/{folder}", me.user, lambda desk: desk.change_folder(me, folder, change)
        )

    # --- documents ---------------------------------------------------------------------------------------------------

    async def documents(self, me: Caller, folder: UUID | None, limit: int) -> list[Row]:
        """The caller's documents."""
        return await self._read("GET /documents", me.user, lambda desk: desk.documents(me, folder, limit))

    async def search(self, me: Caller, words: str) -> list[Row]:
        """Documents in which all the words are; the old side looks in everybody's."""
        return await self._read("GET /documents/search", me.user, lambda desk: desk.search(me, words))

    async def add_document(self, me: Caller, new: NewDocument) -> Row:
        """A new document."""
        return await self._write("POST /documents", me.user, lambda desk: desk.add_document(me, new))

    async def document(self, me: Caller, document: UUID) -> Row:
        """One document; the old side shows everybody's."""
        return await self._read("GET /documents/{document}", me.user, lambda desk: desk.document(me, document))

    async def change_document(self, me: Caller, document: UUID, change: DocumentChange) -> Row:
        """The document with another title, body or folder."""
        return await self._write(
            "PATCH /documents/{document}", me.user, lambda desk: desk.change_document(me, document, change)
        )

    async def delete_document(self, me: Caller, document: UUID) -> None:
        """Remove a document."""
        await self._write("DELETE /documents/{document}", me.user, lambda desk: desk.delete_document(me, document))

    async def share(self, me: Caller, document: UUID, user: UUID) -> None:
        """Let another user read a document."""
        await self._write("POST /documents/{document}/share", me.user, lambda desk: desk.share(me, document, user))

    async def publish(self, me: Caller, document: UUID, token: str) -> str:
        """The token of the document's public link."""
        return await self._write(
            "POST /documents/{document}/public-link", me.user, lambda desk: desk.publish(me, document, token)
        )

    async def public_document(self, token: str) -> Row:
        """What a public link shows; asked by nobody in particular."""
        return await self._read("GET /public/{token}", None, lambda desk: desk.public_document(token))

    async def transfer(self, me: Caller, document: UUID, user: UUID) -> None:
        """Make somebody else the owner."""
        await self._write(
            "POST /documents/{document}/transfer", me.user, lambda desk: desk.transfer(me, document, user)
        )

    # --- uploads, comments -------------------------------------------------------------------------------------------

    async def upload_folder(self, me: Caller, document: UUID) -> str:
        """Where files of this document go. Moves with `add_upload`: path and row belong together."""
        return await self._write(UPLOAD, me.user, lambda desk: desk.upload_folder(me, document))

    async def add_upload(self, me: Caller, document: UUID, file: KeptFile) -> Row:
        """Note a file that is in object storage already."""
        return await self._write(UPLOAD, me.user, lambda desk: desk.add_upload(me, document, file))

    async def uploads(self, me: Caller, document: UUID) -> list[Row]:
        """The files of a document."""
        return await self._read("GET /documents/{document}/uploads", me.user, lambda desk: desk.uploads(me, document))

    async def upload(self, me: Caller, upload: UUID) -> Row:
        """One file."""
        return await self._read("GET /uploads/{upload}", me.user, lambda desk: desk.upload(me, upload))

    async def comment(self, me: Caller, document: UUID, body: str) -> Row:
        """A new comment."""
        return await self._write(
            "POST /documents/{document}/comments", me.user, lambda desk: desk.comment(me, document, body)
        )

    async def comments(self, me: Caller, document: UUID) -> list[Row]:
        """The comments on a document."""
        return await self._read("GET /documents/{document}/comments", me.user, lambda desk: desk.comments(me, document))

    async def move_comment(self, me: Caller, comment: int, document: UUID) -> Row:
        """The caller's comment, now on another document."""
        return await self._write(
            "PATCH /comments/{comment}", me.user, lambda desk: desk.move_comment(me, comment, document)
        )

    # --- activity, statistics, the nightly job -----------------------------------------------------------------------

    async def activity(self, me: Caller, limit: int) -> list[Row]:
        """What the caller did."""
        return await self._read("GET /activity", me.user, lambda desk: desk.activity(me, limit))

    async def statistics(self, me: Caller) -> Row:
        """How much the caller wrote."""
        return await self._read("GET /statistics", me.user, lambda desk: desk.statistics(me))

    async def nightly(self) -> int:
        """Refresh the statistics and prune old sessions."""
        return await self._write("POST /jobs/nightly", None, lambda desk: desk.nightly())


UPLOAD = "POST /documents/{document}/uploads"


def without_organization(answer: Any) -> object:
    """An answer as both sides give it: only the new one says whose organization it is."""
    match answer:
        case list():
            return [without_organization(row) for row in answer]
        case dict():
            # the old side says `*` and so shows the tenant column, under its own name, as soon as there is one
            return {k: v for k, v in answer.items() if k not in ("organization_id", "client_id")}
        case _:
            return answer
