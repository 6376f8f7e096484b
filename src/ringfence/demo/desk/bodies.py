"""What clients send: JSON bodies with a bound on every text."""

from __future__ import annotations

from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

# PostgreSQL stores no NUL in a text
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Prose: TypeAlias = Annotated[str, StringConstraints(max_length=100_000, pattern=r"^[^\x00]*$")]
Email: TypeAlias = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
Password: TypeAlias = Annotated[str, StringConstraints(min_length=8, max_length=200)]


class Body(BaseModel):
    """Frozen; a field nobody knows is a mistake and is said to be one."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SignUp(Body):
    """A new user."""

    email: Email
    password: Password
    name: Name


class LogIn(Body):
    """Somebody known."""

    email: Email
    password: Password


class Refresh(Body):
    """A refresh token, to be used up."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ProfileEdit(Body):
    """Another name."""

    display_name: Name


class FolderCreate(Body):
    """A new folder, at the top or in another."""

    name: Name
    parent_id: UUID | None = None


class FolderEdit(Body):
    """What changes; `parent_id: null` moves to the top."""

    name: Name | None = None
    parent_id: UUID | None = None


class DocumentCreate(Body):
    """A new document; its slug is its address."""

    title: Name
    slug: Name
    body: Prose = ""
    folder_id: UUID | None = None


class DocumentEdit(Body):
    """What changes; `folder_id: null` takes it out of its folder."""

    title: Name | None = None
    body: Prose | None = None
    folder_id: UUID | None = None


class UserReference(Body):
    """Somebody else."""

    user_id: UUID


class CommentCreate(Body):
    """A remark."""

    body: Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]+$")]


class CommentMove(Body):
    """The document a comment belongs on."""

    document_id: UUID
