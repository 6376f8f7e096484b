"""The desk as it is: one pool that acts as `service_role`, past all row security, and queries that know users only.

It looks like what people build in an afternoon and sell for years. Most of it asks for the user's own rows. Three
endpoints forgot to: `document`, `change_document` and `search` work on everybody's documents, and nothing behind them
objects. Comments are open to whoever knows a document's id. A few statements say `*`, so they see every new column.
"""

from __future__ import annotations

from uuid import UUID

from ringfence.demo.desk.errors import found, touched
from ringfence.demo.desk.model import (
    Caller,
    DocumentChange,
    FolderChange,
    KeptFile,
    NewDocument,
    Row,
    Session,
)
from ringfence.demo.desk.pg import Database, Login, Statements

LOGIN = Login("desk_before", "document-desk 1.0", connections_max=10, role="service_role")
LIST_MAX = 200
SESSIONS_PRUNED_MAX = 200

DOCUMENT = "id, owner_id, folder_id, title, slug, body, shared_with, public_token, created_at, updated_at"


class Before:
    """Version 1."""

    version = "before"

    def __init__(self, database: Database) -> None:
        self._db = database

    async def not_ready(self) -> str | None:
        """Never, as long as the database answers."""
        async with self._db.connection() as db:
            await db.row("select 1 as one")
        return None

    # --- sessions ----------------------------------------------------------------------------------------------------

    async def start_session(self, user: UUID, user_agent: str) -> Session:
        """Remember a log-in."""
        async with self._db.connection() as db:
            row = await db.row(
                "insert into sessions (user_id, user_agent) values (%(user)s, %(agent)s) returning id",
                user=user,
                agent=user_agent,
            )
        assert row is not None
        return Session(row["id"], None)

    async def resume_session(self, user: UUID, session: UUID) -> Session | None:
        """The session, seen again now; None when it has ended."""
        async with self._db.connection() as db:
            row = await db.row(
                "update sessions set last_seen_at = now() where id = %(session)s and user_id = %(user)s returning id",
                session=session,
                user=user,
            )
        return Session(row["id"], None) if row else None

    # --- profiles ----------------------------------------------------------------------------------------------------

    async def me(self, me: Caller) -> Row:
        """The caller's profile."""
        async with self._db.connection() as db:
            return found(await db.row("select * from profiles where id = %(me)s", me=me.user), "profile")

    async def rename_me(self, me: Caller, display_name: str) -> Row:
        """The profile with another name."""
        async with self._db.transaction() as tx:
            row = await tx.row(
                "update profiles set display_name = %(name)s where id = %(me)s returning *",
                name=display_name,
                me=me.user,
            )
            await _note(tx, me, "renamed", "profile", me.user)
        return found(row, "profile")

    # --- folders -----------------------------------------------------------------------------------------------------

    async def folders(self, me: Caller) -> list[Row]:
        """The caller's folders, oldest first."""
        async with self._db.connection() as db:
            return await db.rows(
                "select * from folders where owner_id = %(me)s order by created_at, id limit %(limit)s",
                me=me.user,
                limit=LIST_MAX,
            )

    async def add_folder(self, me: Caller, name: str, parent: UUID | None) -> Row:
        """A new folder."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "insert into folders (owner_id, name, parent_id) values (%(me)s, %(name)s, %(parent)s) returning *",
                    me=me.user,
                    name=name,
                    parent=parent,
                ),
                "folder",
            )
            await _note(tx, me, "created", "folder", row["id"])
        return row

    async def change_folder(self, me: Caller, folder: UUID, change: FolderChange) -> Row:
        """The folder, renamed or moved."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "update folders set name = coalesce(%(name)s, name),"
                    " parent_id = case when %(moves)s then %(parent)s else parent_id end"
                    " where id = %(folder)s and owner_id = %(me)s returning *",
                    name=change.name,
                    moves=change.moves,
                    parent=change.parent,
                    folder=folder,
                    me=me.user,
                ),
                "folder",
            )
            await _note(tx, me, "changed", "folder", folder)
        return row

    # --- documents ---------------------------------------------------------------------------------------------------

    async def documents(self, me: Caller, folder: UUID | None, limit: int) -> list[Row]:
        """The caller's documents, last changed first; of one folder when it is named."""
        async with self._db.connection() as db:
            return await db.rows(
                f"select {DOCUMENT} from documents"
                " where owner_id = %(me)s and (%(folder)s::uuid is null or folder_id = %(folder)s)"
                " order by updated_at desc limit %(limit)s",
                me=me.user,
                folder=folder,
                limit=limit,
            )

    async def search(self, me: Caller, words: str) -> list[Row]:
        """Documents in which all the words are, last changed first. Whose? Nobody asked."""
        del me
        async with self._db.connection() as db:
            return await db.rows(
                f"select {DOCUMENT} from documents where search @@ plainto_tsquery('simple', %(words)s)"
                " order by updated_at desc limit 20",
                words=words,
            )

    async def add_document(self, me: Caller, new: NewDocument) -> Row:
        """A new document."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "insert into documents (owner_id, folder_id, title, slug, body)"
                    f" values (%(me)s, %(folder)s, %(title)s, %(slug)s, %(body)s) returning {DOCUMENT}",
                    me=me.user,
                    folder=new.folder,
                    title=new.title,
                    slug=new.slug,
                    body=new.body,
                ),
                "document",
            )
            await _note(tx, me, "created", "document", row["id"])
        return row

    async def document(self, me: Caller, document: UUID) -> Row:
        """One document: anybody's, if its id is known."""
        del me
        async with self._db.connection() as db:
            row = await db.row(f"select {DOCUMENT} from documents where id = %(document)s", document=document)
        return found(row, "document")

    async def change_document(self, me: Caller, document: UUID, change: DocumentChange) -> Row:
        """The document with another title, body or folder: anybody's, if its id is known."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "update documents set title = coalesce(%(title)s, title), body = coalesce(%(body)s, body),"
                    " folder_id = case when %(moves)s then %(folder)s else folder_id end"
                    f" where id = %(document)s returning {DOCUMENT}",
                    title=change.title,
                    body=change.body,
                    moves=change.moves,
                    folder=change.folder,
                    document=document,
                ),
                "document",
            )
            await _note(tx, me, "edited", "document", document)
        return row

    async def delete_document(self, me: Caller, document: UUID) -> None:
        """Remove a document of the caller with its comments and uploads; the files stay in storage, as so often."""
        async with self._db.transaction() as tx:
            gone = await tx.count(
                "delete from documents where id = %(document)s and owner_id = %(me)s", document=document, me=me.user
            )
            touched(gone, "document")
            await _note(tx, me, "deleted", "document", document)

    async def share(self, me: Caller, document: UUID, user: UUID) -> None:
        """Let another user read a document of the caller."""
        async with self._db.transaction() as tx:
            found(await tx.row("select id from profiles where id = %(user)s", user=user), "user")
            changed = await tx.count(
                "update documents set shared_with = array_append(array_remove(shared_with, %(user)s), %(user)s)"
                " where id = %(document)s and owner_id = %(me)s",
                user=user,
                document=document,
                me=me.user,
            )
            touched(changed, "document")
            await _note(tx, me, "shared", "document", document)

    async def publish(self, me: Caller, document: UUID, token: str) -> str:
        """The token of the document's public link: the one it has, or else this one."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "update documents set public_token = coalesce(public_token, %(token)s)"
                    " where id = %(document)s and owner_id = %(me)s returning public_token",
                    token=token,
                    document=document,
                    me=me.user,
                ),
                "document",
            )
            await _note(tx, me, "published", "document", document)
        return str(row["public_token"])

    async def public_document(self, token: str) -> Row:
        """What somebody sees who was sent a public link."""
        async with self._db.connection() as db:
            row = await db.row(
                "select id, title, slug, body, updated_at from documents where public_token = %(token)s", token=token
            )
        return found(row, "document")

    async def transfer(self, me: Caller, document: UUID, user: UUID) -> None:
        """Make somebody else the owner of a document of the caller; it stays in the old owner's folder."""
        async with self._db.transaction() as tx:
            changed = await tx.count(
                "update documents set owner_id = %(user)s where id = %(document)s and owner_id = %(me)s",
                user=user,
                document=document,
                me=me.user,
            )
            touched(changed, "document")
            await _note(tx, me, "handed over", "document", document)

    # --- uploads -----------------------------------------------------------------------------------------------------

    async def upload_folder(self, me: Caller, document: UUID) -> str:
        """Where in object storage files of this document go, once it is clear that the caller may add one."""
        async with self._db.connection() as db:
            row = await db.row(
                "select id from documents where id = %(document)s and owner_id = %(me)s", document=document, me=me.user
            )
        found(row, "document")
        return "uploads"

    async def add_upload(self, me: Caller, document: UUID, file: KeptFile) -> Row:
        """Note a file that is in object storage already."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "insert into uploads (document_id, path, bytes, sha256, uploaded_by)"
                    " values (%(document)s, %(path)s, %(bytes)s, %(sha256)s, %(me)s) returning *",
                    document=document,
                    path=file.path,
                    bytes=file.bytes,
                    sha256=file.sha256,
                    me=me.user,
                ),
                "document",
            )
            await _note(tx, me, "uploaded", "document", document)
        return row

    async def uploads(self, me: Caller, document: UUID) -> list[Row]:
        """The files of a document that the caller owns or was shown, oldest first."""
        async with self._db.connection() as db:
            return await db.rows(
                "select u.* from uploads u join documents d on d.id = u.document_id"
                " where u.document_id = %(document)s and (d.owner_id = %(me)s or %(me)s = any (d.shared_with))"
                " order by u.created_at, u.id limit %(limit)s",
                document=document,
                me=me.user,
                limit=LIST_MAX,
            )

    async def upload(self, me: Caller, upload: UUID) -> Row:
        """One file of a document that the caller owns or was shown."""
        async with self._db.connection() as db:
            row = await db.row(
                "select u.* from uploads u join documents d on d.id = u.document_id"
                " where u.id = %(upload)s and (d.owner_id = %(me)s or %(me)s = any (d.shared_with))",
                upload=upload,
                me=me.user,
            )
        return found(row, "upload")

    # --- comments ----------------------------------------------------------------------------------------------------

    async def comment(self, me: Caller, document: UUID, body: str) -> Row:
        """A new comment."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "insert into comments (document_id, author_id, body) values (%(document)s, %(me)s, %(body)s)"
                    " returning id, document_id, author_id, body, created_at",
                    document=document,
                    me=me.user,
                    body=body,
                ),
                "document",
            )
            await _note(tx, me, "commented", "document", document)
        return row

    async def comments(self, me: Caller, document: UUID) -> list[Row]:
        """The comments on a document, oldest first."""
        del me
        async with self._db.connection() as db:
            return await db.rows(
                "select id, document_id, author_id, body, created_at from comments where document_id = %(document)s"
                " order by created_at, id limit %(limit)s",
                document=document,
                limit=LIST_MAX,
            )

    async def move_comment(self, me: Caller, comment: int, document: UUID) -> Row:
        """The caller's comment, now on another document."""
        async with self._db.transaction() as tx:
            row = found(
                await tx.row(
                    "update comments set document_id = %(document)s where id = %(comment)s and author_id = %(me)s"
                    " returning id, document_id, author_id, body, created_at",
                    document=document,
                    comment=comment,
                    me=me.user,
                ),
                "comment",
            )
            await _note(tx, me, "moved a comment to", "document", document)
        return row

    # --- activity, statistics, the nightly job -----------------------------------------------------------------------

    async def activity(self, me: Caller, limit: int) -> list[Row]:
        """What the caller did, last first."""
        async with self._db.connection() as db:
            return await db.rows(
                "select id, actor, verb, subject_type, subject_id, at from activity where actor = %(me)s"
                " order by at desc limit %(limit)s",
                me=me.user,
                limit=limit,
            )

    async def statistics(self, me: Caller) -> Row:
        """How much the caller wrote, as of the last nightly job."""
        async with self._db.connection() as db:
            row = await db.row(
                "select owner_id, documents, last_change from desk_statistics where owner_id = %(me)s", me=me.user
            )
        return row or {"owner_id": me.user, "documents": 0, "last_change": None}

    async def nightly(self) -> int:
        """Refresh the statistics and prune old sessions, a bounded number each time; how many were pruned."""
        async with self._db.connection() as db:
            await db.row("select refresh_desk_statistics()")
            return await db.count(
                "delete from sessions where id in (select id from sessions"
                " where last_seen_at < now() - interval '180 days' order by last_seen_at limit %(limit)s)",
                limit=SESSIONS_PRUNED_MAX,
            )


async def _note(tx: Statements, me: Caller, verb: str, subject_type: str, subject: UUID) -> None:
    await tx.count(
        "insert into activity (actor, verb, subject_type, subject_id)"
        " values (%(me)s, %(verb)s, %(subject_type)s, %(subject)s)",
        me=me.user,
        verb=verb,
        subject_type=subject_type,
        subject=subject,
    )
