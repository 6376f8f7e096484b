"""The desk that knows tenants: the same surface, and every statement names the organization whose rows it means.

It works once the tables have their tenant column and every row its tenant (phases 1 and 2). Colleagues read one
another's documents; somebody of another organization reads what was shared with him, or has a public link. Every
column is named: this version does not notice when a table grows.
"""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from ringfence.demo.desk.errors import DeskError, found, touched
from ringfence.demo.desk.model import (
    Caller,
    DocumentChange,
    FolderChange,
    KeptFile,
    NewDocument,
    Row,
    Session,
)
from ringfence.demo.desk.tenant import Tenants, TenantStatements

LIST_MAX = 200
SESSIONS_PRUNED_MAX = 200

PROFILE = "id, display_name, plan_id, created_at, client_id as organization_id"
FOLDER = "id, parent_id, owner_id, name, created_at, client_id as organization_id"
DOCUMENT = (
    "id, owner_id, folder_id, title, slug, body, shared_with, public_token, created_at, updated_at,"
    " client_id as organization_id"
)
UPLOAD = "u.id, u.document_id, u.path, u.bytes, u.sha256, u.uploaded_by, u.created_at, u.client_id as organization_id"
COMMENT = "c.id, c.document_id, c.author_id, c.body, c.created_at, c.client_id as organization_id"
ACTIVITY = "id, actor, verb, subject_type, subject_id, at, client_id as organization_id"

VISIBLE = "(d.client_id = %(org)s or %(me)s = any (d.shared_with))"
"""Whether a document `d` is the organization's, or somebody else's who shared it with the caller."""

TABLES = ("profiles", "sessions", "folders", "documents", "uploads", "comments", "activity")
NOT_READY = """
select
  to_regclass('user_organizations') is not null as memberships,
  (select coalesce(array_agg(t.name), '{}') from unnest(%(tables)s::text[]) t (name)
    where not exists (select from pg_attribute a
      where a.attrelid = to_regclass(t.name) and a.attname = 'client_id' and not a.attisdropped)) as without_column,
  (select coalesce(array_agg(c.relname::text), '{}') from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and a.attname = 'client_id' and not a.attisdropped and not a.attnotnull) as unfilled
"""


class After:
    """Version 2."""

    version = "after"
    visible: LiteralString = VISIBLE

    def __init__(self, database: Tenants) -> None:
        self._db = database

    async def not_ready(self) -> str | None:
        """What of phases 1 and 2 is missing; None when nothing is."""
        async with self._db.without_tenant() as db:
            row = found(await db.row(NOT_READY, tables=list(TABLES)), "catalog")
        if not row["memberships"]:
            return "phase 1 is not applied: there are no memberships"
        if row["without_column"]:
            return f"phase 1 is not applied: no tenant column in {', '.join(sorted(row['without_column']))}"
        if row["unfilled"]:
            return f"phase 2 is not applied: rows may lack their tenant in {', '.join(sorted(row['unfilled']))}"
        return None

    # --- sessions ----------------------------------------------------------------------------------------------------

    async def start_session(self, user: UUID, user_agent: str) -> Session:
        """Remember a log-in; its organization is the user's home."""
        async with self._db.tenant(Caller(user)) as tx:
            row = found(
                await tx.row(
                    "insert into sessions (user_id, user_agent, client_id) values (%(me)s, %(agent)s, %(org)s)"
                    " returning id",
                    agent=user_agent,
                ),
                "session",
            )
            return Session(row["id"], tx.organization)

    async def resume_session(self, user: UUID, session: UUID) -> Session | None:
        """The session in its organization, seen again now; None when it has ended, or the membership has."""
        async with self._db.without_tenant() as db:
            row = await db.row(
                "update sessions s set last_seen_at = now() from user_organizations m"
                " where s.id = %(session)s and s.user_id = %(user)s"
                " and m.user_id = s.user_id and m.organization_id = s.client_id"
                " returning s.id, s.client_id",
                session=session,
                user=user,
            )
        return Session(row["id"], row["client_id"]) if row else None

    # --- profiles ----------------------------------------------------------------------------------------------------

    async def me(self, me: Caller) -> Row:
        """The caller's profile, which is in the home organization whichever is active."""
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                f"select {PROFILE} from profiles where id = %(me)s"
                " and client_id in (select organization_id from user_organizations where user_id = %(me)s)"
            )
        return found(row, "profile")

    async def rename_me(self, me: Caller, display_name: str) -> Row:
        """The profile with another name."""
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                "update profiles set display_name = %(name)s where id = %(me)s"
                " and client_id in (select organization_id from user_organizations where user_id = %(me)s)"
                f" returning {PROFILE}",
                name=display_name,
            )
            await note(tx, "renamed", "profile", me.user)
        return found(row, "profile")

    # --- folders -----------------------------------------------------------------------------------------------------

    async def folders(self, me: Caller) -> list[Row]:
        """The caller's folders, oldest first."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {FOLDER} from folders where client_id = %(org)s and owner_id = %(me)s"
                " order by created_at, id limit %(limit)s",
                limit=LIST_MAX,
            )

    async def add_folder(self, me: Caller, name: str, parent: UUID | None) -> Row:
        """A new folder."""
        async with self._db.tenant(me) as tx:
            await _check_folder(tx, parent)
            row = found(
                await tx.row(
                    "insert into folders (owner_id, name, parent_id, client_id)"
                    f" values (%(me)s, %(name)s, %(parent)s, %(org)s) returning {FOLDER}",
                    name=name,
                    parent=parent,
                ),
                "folder",
            )
            await note(tx, "created", "folder", row["id"])
        return row

    async def change_folder(self, me: Caller, folder: UUID, change: FolderChange) -> Row:
        """The folder, renamed or moved."""
        async with self._db.tenant(me) as tx:
            await _check_folder(tx, change.parent)
            row = found(
                await tx.row(
                    "update folders set name = coalesce(%(name)s, name),"
                    " parent_id = case when %(moves)s then %(parent)s else parent_id end"
                    " where id = %(folder)s and client_id = %(org)s and owner_id = %(me)s"
                    f" returning {FOLDER}",
                    name=change.name,
                    moves=change.moves,
                    parent=change.parent,
                    folder=folder,
                ),
                "folder",
            )
            await note(tx, "changed", "folder", folder)
        return row

    # --- documents ---------------------------------------------------------------------------------------------------

    async def documents(self, me: Caller, folder: UUID | None, limit: int) -> list[Row]:
        """The caller's documents, last changed first; of one folder when it is named."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {DOCUMENT} from documents where client_id = %(org)s and owner_id = %(me)s"
                " and (%(folder)s::uuid is null or folder_id = %(folder)s)"
                " order by updated_at desc limit %(limit)s",
                folder=folder,
                limit=limit,
            )

    async def search(self, me: Caller, words: str) -> list[Row]:
        """The organization's documents in which all the words are, last changed first."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {DOCUMENT} from documents"
                " where client_id = %(org)s and search @@ plainto_tsquery('simple', %(words)s)"
                " order by updated_at desc limit 20",
                words=words,
            )

    async def add_document(self, me: Caller, new: NewDocument) -> Row:
        """A new document."""
        async with self._db.tenant(me) as tx:
            await _check_folder(tx, new.folder)
            row = found(
                await tx.row(
                    "insert into documents (owner_id, folder_id, title, slug, body, client_id)"
                    f" values (%(me)s, %(folder)s, %(title)s, %(slug)s, %(body)s, %(org)s) returning {DOCUMENT}",
                    folder=new.folder,
                    title=new.title,
                    slug=new.slug,
                    body=new.body,
                ),
                "document",
            )
            await note(tx, "created", "document", row["id"])
        return row

    async def document(self, me: Caller, document: UUID) -> Row:
        """One document of the organization, or one that was shared with the caller."""
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                f"select {DOCUMENT} from documents d where d.id = %(document)s and {self.visible}", document=document
            )
        return found(row, "document")

    async def change_document(self, me: Caller, document: UUID, change: DocumentChange) -> Row:
        """A document of the organization with another title, body or folder."""
        async with self._db.tenant(me) as tx:
            await _check_folder(tx, change.folder)
            row = found(
                await tx.row(
                    "update documents set title = coalesce(%(title)s, title), body = coalesce(%(body)s, body),"
                    " folder_id = case when %(moves)s then %(folder)s else folder_id end"
                    f" where id = %(document)s and client_id = %(org)s returning {DOCUMENT}",
                    title=change.title,
                    body=change.body,
                    moves=change.moves,
                    folder=change.folder,
                    document=document,
                ),
                "document",
            )
            await note(tx, "edited", "document", document)
        return row

    async def delete_document(self, me: Caller, document: UUID) -> None:
        """Remove a document of the caller with its comments and uploads; the files stay in storage, as so often."""
        async with self._db.tenant(me) as tx:
            gone = await tx.count(
                "delete from documents where id = %(document)s and client_id = %(org)s and owner_id = %(me)s",
                document=document,
            )
            touched(gone, "document")
            await note(tx, "deleted", "document", document)

    async def share(self, me: Caller, document: UUID, user: UUID) -> None:
        """Let another user read a document of the caller, whatever organization he is of."""
        async with self._db.tenant(me) as tx:
            await _home(tx, user)
            changed = await tx.count(
                "update documents set shared_with = array_append(array_remove(shared_with, %(user)s), %(user)s)"
                " where id = %(document)s and client_id = %(org)s and owner_id = %(me)s",
                user=user,
                document=document,
            )
            touched(changed, "document")
            await note(tx, "shared", "document", document)

    async def publish(self, me: Caller, document: UUID, token: str) -> str:
        """The token of the document's public link: the one it has, or else this one."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row(
                    "update documents set public_token = coalesce(public_token, %(token)s)"
                    " where id = %(document)s and client_id = %(org)s and owner_id = %(me)s returning public_token",
                    token=token,
                    document=document,
                ),
                "document",
            )
            await note(tx, "published", "document", document)
        return str(row["public_token"])

    async def public_document(self, token: str) -> Row:
        """What somebody sees who was sent a public link: the token alone says which document, of any organization."""
        async with self._db.without_tenant() as db:
            row = await db.row(
                "select id, title, slug, body, updated_at, client_id as organization_id from documents"
                " where public_token = %(token)s",
                token=token,
            )
        return found(row, "document")

    async def transfer(self, me: Caller, document: UUID, user: UUID) -> None:
        """Make somebody else the owner: the document goes to his home organization, and out of its folder here.

        Comments and uploads follow by the keys that hold them to their document.
        """
        async with self._db.tenant(me) as tx:
            home = await _home(tx, user)
            changed = await tx.count(
                "update documents set owner_id = %(user)s, client_id = %(home)s, folder_id = null"
                " where id = %(document)s and client_id = %(org)s and owner_id = %(me)s",
                user=user,
                home=home,
                document=document,
            )
            touched(changed, "document")
            await note(tx, "handed over", "document", document)

    # --- uploads -----------------------------------------------------------------------------------------------------

    async def upload_folder(self, me: Caller, document: UUID) -> str:
        """Where in object storage files of this document go: under their organization."""
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                "select id from documents where id = %(document)s and client_id = %(org)s", document=document
            )
            found(row, "document")
            return f"{tx.organization}/uploads"

    async def add_upload(self, me: Caller, document: UUID, file: KeptFile) -> Row:
        """Note a file that is in object storage already."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row(
                    "insert into uploads as u (document_id, path, bytes, sha256, uploaded_by, client_id)"
                    " select d.id, %(path)s, %(bytes)s, %(sha256)s, %(me)s, d.client_id from documents d"
                    f" where d.id = %(document)s and d.client_id = %(org)s for key share returning {UPLOAD}",
                    document=document,
                    path=file.path,
                    bytes=file.bytes,
                    sha256=file.sha256,
                ),
                "document",
            )
            await note(tx, "uploaded", "document", document)
        return row

    async def uploads(self, me: Caller, document: UUID) -> list[Row]:
        """The files of a document that the caller may see, oldest first."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {UPLOAD} from uploads u join documents d on d.id = u.document_id and d.client_id = u.client_id"
                f" where u.document_id = %(document)s and {self.visible} order by u.created_at, u.id limit %(limit)s",
                document=document,
                limit=LIST_MAX,
            )

    async def upload(self, me: Caller, upload: UUID) -> Row:
        """One file of a document that the caller may see."""
        async with self._db.tenant(me) as tx:
            row = await tx.row(
                f"select {UPLOAD} from uploads u join documents d on d.id = u.document_id and d.client_id = u.client_id"
                f" where u.id = %(upload)s and {self.visible}",
                upload=upload,
            )
        return found(row, "upload")

    # --- comments ----------------------------------------------------------------------------------------------------

    async def comment(self, me: Caller, document: UUID, body: str) -> Row:
        """A new comment on a document that the caller may see; it belongs where the document does."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row(
                    "insert into comments as c (document_id, author_id, body, client_id)"
                    " select d.id, %(me)s, %(body)s, d.client_id from documents d"
                    f" where d.id = %(document)s and {self.visible} for key share returning {COMMENT}",
                    document=document,
                    body=body,
                ),
                "document",
            )
            await note(tx, "commented", "document", document)
        return row

    async def comments(self, me: Caller, document: UUID) -> list[Row]:
        """The comments on a document that the caller may see, oldest first."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {COMMENT} from comments c join documents d on d.id = c.document_id"
                f" and d.client_id = c.client_id where c.document_id = %(document)s and {self.visible}"
                " order by c.created_at, c.id limit %(limit)s",
                document=document,
                limit=LIST_MAX,
            )

    async def move_comment(self, me: Caller, comment: int, document: UUID) -> Row:
        """The caller's comment, now on another document that the caller may see, and where that one belongs."""
        async with self._db.tenant(me) as tx:
            row = found(
                await tx.row(
                    "update comments c set document_id = d.id, client_id = d.client_id from documents d"
                    f" where d.id = %(document)s and {self.visible} and c.id = %(comment)s and c.author_id = %(me)s"
                    " and exists (select from documents o where o.id = c.document_id and o.client_id = c.client_id"
                    "   and (o.client_id = %(org)s or %(me)s = any (o.shared_with)))"
                    f" returning {COMMENT}",
                    document=document,
                    comment=comment,
                ),
                "comment",
            )
            await note(tx, "moved a comment to", "document", document)
        return row

    # --- activity, statistics, the nightly job -----------------------------------------------------------------------

    async def activity(self, me: Caller, limit: int) -> list[Row]:
        """What the caller did in this organization, last first."""
        async with self._db.tenant(me) as tx:
            return await tx.rows(
                f"select {ACTIVITY} from activity where client_id = %(org)s and actor = %(me)s"
                " order by at desc limit %(limit)s",
                limit=limit,
            )

    async def statistics(self, me: Caller) -> Row:
        """How much the caller wrote, as of the last nightly job; the view has no tenant column, so by owner alone."""
        async with self._db.tenant(me) as tx:
            row = await tx.row("select owner_id, documents, last_change from desk_statistics where owner_id = %(me)s")
            counted = row or {"owner_id": me.user, "documents": 0, "last_change": None}
            return {**counted, "organization_id": tx.organization}

    async def nightly(self) -> int:
        """Refresh the statistics and prune old sessions, organization by organization; how many were pruned."""
        pruned = 0
        async with self._db.without_tenant() as db:
            await db.row("select refresh_desk_statistics()")
            for organization in await db.rows("select id from organizations order by id"):
                pruned += await db.count(
                    "delete from sessions where client_id = %(org)s and id in (select id from sessions"
                    " where client_id = %(org)s and last_seen_at < now() - interval '180 days'"
                    " order by last_seen_at limit %(limit)s)",
                    org=organization["id"],
                    limit=SESSIONS_PRUNED_MAX - pruned,
                )
        return pruned


async def note(tx: TenantStatements, verb: str, subject_type: str, subject: UUID) -> None:
    """Write down what the caller did."""
    await tx.count(
        "insert into activity (actor, verb, subject_type, subject_id, client_id)"
        " values (%(me)s, %(verb)s, %(subject_type)s, %(subject)s, %(org)s)",
        verb=verb,
        subject_type=subject_type,
        subject=subject,
    )


async def _check_folder(tx: TenantStatements, folder: UUID | None) -> None:
    """A folder that somebody names must be the organization's; raises a 422 DeskError."""
    if folder is None:
        return
    if await tx.row("select id from folders where id = %(folder)s and client_id = %(org)s", folder=folder) is None:
        raise DeskError(422, "unknown_reference", "there is no such folder")


async def _home(tx: TenantStatements, user: UUID) -> UUID:
    """The home organization of somebody, possibly of elsewhere; raises a 404 DeskError."""
    row = await tx.row(
        "select organization_id from user_organizations where user_id = %(user)s"
        " order by is_home desc, organization_id limit 1",
        user=user,
    )
    home: UUID = found(row, "user")["organization_id"]
    return home
