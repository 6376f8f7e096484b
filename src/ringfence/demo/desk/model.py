"""The values of the desk, and what its two versions have in common: the same surface, other questions to the database.

`before.py` is the application as it is; `after.py` is the one that knows tenants. Read them side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

Row: TypeAlias = dict[str, Any]
"""One row as the API shows it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the verified token says."""

    user: UUID
    session: UUID | None = None
    """None in tokens of the old mobile client."""
    organization: UUID | None = None
    """None in every token that version `before` issued."""


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in that lasts."""

    id: UUID
    organization: UUID | None


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What a folder shall become; `moves` tells a parent of None (to the top) from one that was not named."""

    name: str | None
    parent: UUID | None
    moves: bool


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What a document shall become; `moves` tells a folder of None (out of all) from one that was not named."""

    title: str | None
    body: str | None
    folder: UUID | None
    moves: bool


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that does not exist yet."""

    title: str
    slug: str
    body: str
    folder: UUID | None


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is in object storage."""

    path: str
    bytes: int
    sha256: str


class Desk(Protocol):
    """What a version of the application can do. Whatever is not there, or not the caller's, raises a 404 DeskError."""

    version: str

    async def not_ready(self) -> str | None:
        """Why this version cannot work on the database as it is; None when it can."""

    async def start_session(self, user: UUID, user_agent: str) -> Session:
        """Remember a log-in."""

    async def resume_session(self, user: UUID, session: UUID) -> Session | None:
        """The session, seen again now; None when it has ended."""

    async def me(self, me: Caller) -> Row:
        """The caller's profile."""

    async def rename_me(self, me: Caller, display_name: str) -> Row:
        """The profile with another name."""

    async def folders(self, me: Caller) -> list[Row]:
        """The caller's folders, oldest first."""

    async def add_folder(self, me: Caller, name: str, parent: UUID | None) -> Row:
        """A new folder."""

    async def change_folder(self, me: Caller, folder: UUID, change: FolderChange) -> Row:
        """The folder, renamed or moved."""

    async def documents(self, me: Caller, folder: UUID | None, limit: int) -> list[Row]:
        """The caller's documents, last changed first; of one folder when it is named."""

    async def search(self, me: Caller, words: str) -> list[Row]:
        """Documents in which all the words are, last changed first."""

    async def add_document(self, me: Caller, new: NewDocument) -> Row:
        """A new document."""

    async def document(self, me: Caller, document: UUID) -> Row:
        """One document."""

    async def change_document(self, me: Caller, document: UUID, change: DocumentChange) -> Row:
        """The document with another title, body or folder."""

    async def delete_document(self, me: Caller, document: UUID) -> None:
        """Remove a document of the caller with its comments and uploads."""

    async def share(self, me: Caller, document: UUID, user: UUID) -> None:
        """Let another user read a document of the caller."""

    async def publish(self, me: Caller, document: UUID, token: str) -> str:
        """The token of the document's public link: the one it has, or else this one."""

    async def public_document(self, token: str) -> Row:
        """What somebody sees who was sent a public link."""

    async def transfer(self, me: Caller, document: UUID, user: UUID) -> None:
        """Make somebody else the owner of a document of the caller."""

    async def upload_folder(self, me: Caller, document: UUID) -> str:
        """Where in object storage files of this document go, once it is clear that the caller may add one."""

    async def add_upload(self, me: Caller, document: UUID, file: KeptFile) -> Row:
        """Note a file that is in object storage already."""

    async def uploads(self, me: Caller, document: UUID) -> list[Row]:
        """The files of a document, oldest first."""

    async def upload(self, me: Caller, upload: UUID) -> Row:
        """One file."""

    async def comment(self, me: Caller, document: UUID, body: str) -> Row:
        """A new comment."""

    async def comments(self, me: Caller, document: UUID) -> list[Row]:
        """The comments on a document, oldest first."""

    async def move_comment(self, me: Caller, comment: int, document: UUID) -> Row:
        """The caller's comment, now on another document."""

    async def activity(self, me: Caller, limit: int) -> list[Row]:
        """What the caller did, last first."""

    async def statistics(self, me: Caller) -> Row:
        """How much the caller wrote, as of the last nightly job."""

    async def nightly(self) -> int:
        """Refresh the statistics and prune old sessions; how many were pruned."""
