"""Version 2 once isolation is enforced: its statements are the same, and what crosses companies goes through functions.

The database lets nobody see or change rows of another organization, so sharing, public links, handing over and the
nightly job have functions (`sql/version2.sql`), each with its reason in `ringfence.toml`. This file calls them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString
from uuid import UUID

from ringfence.demo.desk.after import PROFILE, SESSIONS_PRUNED_MAX, After, note
from ringfence.demo.desk.errors import DeskError, found, touched
from ringfence.demo.desk.model import Caller, Row, Session

NOT_FOUND = 404


class Isolated(After):
    """Version 2.1."""

    version = "isolated"
    visible: LiteralString = "d.client_id = %(org)s"  # what was shared comes from the functions

    async def resume_session(self, user: UUID, session: UUID) -> Session | None:
        """The session in its organization, seen again now; None when it has ended, or the membership has."""
        async with self._db.without_tenant() as db:
            row = await db.row(
                "select id, client_id from desk_resume_session(%(user)s, %(session)s)", user=user, session=session
            )
        return Session(row["id"], row["client_id"]) if row else None

    async def me(self, me: Caller) -> Row:
        """The caller's profile, which is in the home organization whichever is active."""
        async with self._db.tenant(replace(me, organization=None)) as tx:
            row = await tx.row(f"select {PROFILE} from profiles where id = %(me)s")
        return found(row, "profile")

    async def rename_me(self, me: Caller, display_name: str) -> Row:
        """The profile with another name; at home, where the profile and the log of its user are."""
        async with self._db.tenant(replace(me, organization=None)) as tx:
            row = await tx.row(
                f"update profiles set display_name = %(name)s where id = %(me)s returning {PROFILE}", name=display_name
            )
            await note(tx, "renamed", "profile", me.user)
        return found(row, "profile")

    async def document(self, me: Caller, document: UUID) -> Row:
        """One document of the organization, or one that was shared with the caller."""
        try:
            return await super().document(me, document)
        except DeskError as missing:
            return await self._shared(me, "select * from desk_shared_document(%(document)s)", document, missing)

    async def share(self, me: Caller, document: UUID, user: UUID) -> None:
        """Let another user read a document of the caller, whatever organization he is of."""
        async with self._db.tenant(me) as tx:
            known = found(await tx.row("select desk_is_user(%(user)s) as known", user=user), "user")
            found(known if known["known"] else None, "user")
            changed = await tx.count(
                "update documents set shared_with = array_append(array_remove(shared_with, %(user)s), %(user)s)"
                " where id = %(document)s and owner_id = %(me)s",
                user=user,
                document=document,
            )
            touched(changed, "document")
            await note(tx, "shared", "document", document)

    async def public_document(self, token: str) -> Row:
        """What somebody sees who was sent a public link: the token alone says which document, of any organization."""
        async with self._db.without_tenant() as db:
            row = await db.row("select * from desk_public_document(%(token)s)", token=token)
        return found(row, "document")

    async def transfer(self, me: Caller, document: UUID, user: UUID) -> None:
        """Make somebody else the owner: the document goes to his home organization, and out of its folder here."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row("select desk_hand_over(%(document)s, %(user)s) as n", document=document, user=user), "user"
            )
            touched(row["n"], "document")
            await note(tx, "handed over", "document", document)

    async def uploads(self, me: Caller, document: UUID) -> list[Row]:
        """The files of a document that the caller may see, oldest first."""
        rows = await super().uploads(me, document)
        if rows:
            return rows
        async with self._db.tenant(me) as tx:
            return await tx.rows("select * from desk_shared_uploads(%(document)s, null)", document=document)

    async def upload(self, me: Caller, upload: UUID) -> Row:
        """One file of a document that the caller may see."""
        try:
            return await super().upload(me, upload)
        except DeskError as missing:
            return await self._shared(me, "select * from desk_shared_uploads(null, %(document)s)", upload, missing)

    async def comment(self, me: Caller, document: UUID, body: str) -> Row:
        """A new comment on a document that the caller may see; it belongs where the document does."""
        try:
            return await super().comment(me, document, body)
        except DeskError as missing:
            if missing.status != NOT_FOUND:
                raise
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                "select * from desk_comment_on_shared(%(document)s, %(body)s)", document=document, body=body
            )
            await note(tx, "commented", "document", document)
        return found(row, "document")

    async def comments(self, me: Caller, document: UUID) -> list[Row]:
        """The comments on a document that the caller may see, oldest first."""
        rows = await super().comments(me, document)
        if rows:
            return rows
        async with self._db.tenant(me) as tx:
            return await tx.rows("select * from desk_shared_comments(%(document)s)", document=document)

    async def move_comment(self, me: Caller, comment: int, document: UUID) -> Row:
        """The caller's comment, now on another document that the caller may see, and where that one belongs."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row(
                    "select * from desk_move_comment(%(comment)s, %(document)s)", comment=comment, document=document
                ),
                "comment",
            )
            await note(tx, "moved a comment to", "document", document)
        return row

    async def statistics(self, me: Caller) -> Row:
        """How much the caller wrote, as of the last nightly job."""
        async with self._db.tenant(me) as tx:
            row = await tx.row("select * from desk_my_statistics()")
            counted = row or {"owner_id": me.user, "documents": 0, "last_change": None}
            return {**counted, "organization_id": tx.organization}

    async def nightly(self) -> int:
        """Refresh the statistics and prune old sessions; how many were pruned."""
        async with self._db.without_tenant() as db:
            row = found(await db.row("select desk_nightly(%(most)s) as pruned", most=SESSIONS_PRUNED_MAX), "job")
        return int(row["pruned"])

    async def _shared(self, me: Caller, sql: str, which: UUID, missing: DeskError) -> Row:
        if missing.status != NOT_FOUND:
            raise missing
        async with self._db.tenant(me) as tx:
            row = await tx.row(sql, document=which)
        return found(row, "document")
