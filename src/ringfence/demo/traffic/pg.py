"""Old programs that talk to the database directly, as found in the wild, and the questions the judge asks.

Each keeps its connection open the whole time and its statements prepared. None is told of the migration, and none
tries anything again: an error here is an error that somebody's program had.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ringfence import sqltext
from ringfence.demo.ledger import MARKS, Ledger, Verdict, Write
from ringfence.demo.traffic.world import Failed, Person, World
from ringfence.names import parse_qualified, quote_ident

PACKAGE = "ringfence.demo.traffic"
LOGIN = "desk_legacy"
ROLE = "service_role"
STATEMENT_TIMEOUT_MS = 5000
PEOPLE_MAX = 60
DOCUMENTS_MAX = 3000


def _options(application: str) -> dict[str, str]:
    return {"application_name": application, "role": ROLE, "statement_timeout": str(STATEMENT_TIMEOUT_MS)}


class OldClient(ABC):
    """One old program with one connection."""

    name = ""

    def __init__(self, url: str) -> None:
        self._url = url

    @abstractmethod
    async def open(self) -> None:
        """Connect."""

    @abstractmethod
    async def close(self) -> None:
        """Leave."""

    @abstractmethod
    async def work(self, world: World) -> str:
        """One transaction, chosen from what the program does; its name. Raises Failed or the driver's error."""

    def _psycopg_url(self) -> str:
        options = _options(self.name)
        return make_conninfo(
            self._url,
            user=LOGIN,
            application_name=self.name,
            options=f"-c role={options['role']} -c statement_timeout={options['statement_timeout']}",
        )


class PsycopgStar(OldClient):
    """psycopg 3 with `SELECT *`, `RETURNING *` and an upsert, prepared from the first execution on."""

    name = "old psycopg"

    async def open(self) -> None:
        """Connect."""
        self._conn = await psycopg.AsyncConnection.connect(
            self._psycopg_url(), autocommit=True, row_factory=dict_row, prepare_threshold=0
        )

    async def close(self) -> None:
        """Leave."""
        await self._conn.close()

    async def work(self, world: World) -> str:
        """Read a folder or profile, make a folder, keep a profile."""
        me = world.somebody()
        choice = world.source.random()
        if choice < 0.3:
            rows = await self._all("select * from folders where owner_id = %s order by created_at limit 20", me.id)
            _same_shape(rows, FOLDER)
            return "select * from folders"
        if choice < 0.5:
            rows = await self._all("select * from profiles where id = %s", me.id)
            _same_shape(rows, PROFILE)
            return "select * from profiles"
        if choice < 0.65:
            async with self._conn.transaction():
                rows = await self._all("select * from uploads where uploaded_by = %s limit 5 for update", me.id)
            _same_shape(rows, UPLOAD)
            return "select * from uploads for update"
        if choice < 0.85:
            name = f"Folder {world.mark()}"
            rows = await self._all("insert into folders (owner_id, name) values (%s, %s) returning *", me.id, name)
            _keep_folder(world, me, rows, name)
            return "insert into folders returning *"
        key = f"profile {me.id}"
        if key in world.busy:
            return await self._look(me)
        name = f"Called {world.mark()}"
        with world.writing(key):
            rows = await self._all(
                "insert into profiles (id, display_name) values (%s, %s)"
                " on conflict (id) do update set display_name = excluded.display_name returning *",
                me.id,
                name,
            )
            _same_shape(rows, PROFILE)
            world.ledger.take(Write("rename_me", {"user": me.id, "name": name}), me.id)
        return "upsert profiles returning *"

    async def _look(self, me: Person) -> str:
        _same_shape(await self._all("select * from profiles where id = %s", me.id), PROFILE)
        return "select * from profiles"

    async def _all(self, sql: str, *values: Any) -> Sequence[Mapping[str, Any]]:
        cursor = await self._conn.execute(sql.encode(), values)
        return await cursor.fetchall()


class Asyncpg(OldClient):
    """asyncpg, whose statement cache prepares everything, with `SELECT *` and `RETURNING *`."""

    name = "old asyncpg"

    async def open(self) -> None:
        """Connect."""
        parts = conninfo_to_dict(self._url)
        self._conn = await asyncpg.connect(
            host=str(parts["host"]),
            port=int(parts.get("port") or 5432),
            database=str(parts["dbname"]),
            user=LOGIN,
            server_settings=_options(self.name),
            timeout=10,
            command_timeout=10,
        )

    async def close(self) -> None:
        """Leave."""
        await self._conn.close()

    async def work(self, world: World) -> str:
        """Read folders and uploads, make a folder, in and outside of a transaction."""
        me = world.somebody()
        who = uuid.UUID(me.id)
        choice = world.source.random()
        if choice < 0.4:
            rows = await self._conn.fetch("select * from folders where owner_id = $1 order by name limit 20", who)
            _same_shape([dict(row) for row in rows], FOLDER)
            return "select * from folders"
        if choice < 0.7:
            async with self._conn.transaction():
                rows = await self._conn.fetch("select * from uploads where uploaded_by = $1 limit 10", who)
                _same_shape([dict(row) for row in rows], UPLOAD)
            return "select * from uploads in a transaction"
        name = f"Folder {world.mark()}"
        async with self._conn.transaction():
            rows = await self._conn.fetch("insert into folders (owner_id, name) values ($1, $2) returning *", who, name)
        _keep_folder(world, me, [dict(row) for row in rows], name)
        return "insert into folders returning * in a transaction"


COMMENTS = sa.table(
    "comments", sa.column("id"), sa.column("document_id"), sa.column("author_id"), sa.column("body"), schema="public"
)
ACTIVITY = sa.table(
    "activity", sa.column("id"), sa.column("actor"), sa.column("verb"), sa.column("subject_type"), schema="public"
)


class Alchemy(OldClient):
    """SQLAlchemy 2 over psycopg, naming its columns as its table definitions do."""

    name = "old sqlalchemy"

    async def open(self) -> None:
        """Connect."""
        conninfo = self._psycopg_url()
        self._engine: AsyncEngine = create_async_engine(
            "postgresql+psycopg://",
            pool_size=1,
            max_overflow=0,
            async_creator=lambda: psycopg.AsyncConnection.connect(conninfo),
        )
        async with self._engine.connect() as conn:
            await conn.execute(sa.text("select 1"))

    async def close(self) -> None:
        """Leave."""
        await self._engine.dispose()

    async def work(self, world: World) -> str:
        """Read comments, write a comment or a line of activity."""
        me = world.somebody()
        choice = world.source.random()
        async with self._engine.begin() as conn:
            if choice < 0.5:
                await conn.execute(sa.select(COMMENTS).where(COMMENTS.c.author_id == uuid.UUID(me.id)).limit(20))
                return "select comments"
            if choice < 0.75:
                verb = f"opened {world.mark()}"
                statement = (
                    sa.insert(ACTIVITY)
                    .values(actor=uuid.UUID(me.id), verb=verb, subject_type="document")
                    .returning(ACTIVITY.c.id)
                )
                key = (await conn.execute(statement)).scalar_one()
                write = Write("new_activity", {"user": me.id, "verb": verb})
            else:
                document = world.document_of(me)
                if document is None:
                    return "nothing to comment on"
                body = f"Seen. {world.mark()}"
                with world.writing(document):
                    insert = (
                        sa.insert(COMMENTS)
                        .values(document_id=uuid.UUID(document), author_id=uuid.UUID(me.id), body=body)
                        .returning(COMMENTS.c.id)
                    )
                    key = (await conn.execute(insert)).scalar_one()
                write = Write("new_comment", {"document": document, "body": body})
        world.ledger.take(write, str(key))
        return "insert .. returning id"


class DjangoStyle(OldClient):
    """What Django's ORM sends: every column named and quoted, `INSERT .. RETURNING` the key, in a transaction."""

    name = "old django"

    async def open(self) -> None:
        """Connect."""
        self._conn = await psycopg.AsyncConnection.connect(
            self._psycopg_url(), autocommit=True, row_factory=dict_row, prepare_threshold=None
        )

    async def close(self) -> None:
        """Leave."""
        await self._conn.close()

    async def work(self, world: World) -> str:
        """Read documents and folders, write a document and a folder."""
        me = world.somebody()
        choice = world.source.random()
        if choice < 0.35:
            await self._conn.execute(
                'SELECT "documents"."id", "documents"."owner_id", "documents"."title", "documents"."slug"'
                ' FROM "documents" WHERE "documents"."owner_id" = %s ORDER BY "documents"."updated_at" DESC LIMIT 21',
                (me.id,),
            )
            return "select documents"
        if choice < 0.6:
            await self._conn.execute(
                'SELECT "folders"."id", "folders"."parent_id", "folders"."owner_id", "folders"."name",'
                ' "folders"."created_at" FROM "folders" WHERE "folders"."owner_id" = %s LIMIT 21',
                (me.id,),
            )
            return "select folders"
        mark = world.mark()
        async with self._conn.transaction():
            if choice < 0.8:
                cursor = await self._conn.execute(
                    'INSERT INTO "folders" ("parent_id", "owner_id", "name", "created_at")'
                    ' VALUES (NULL, %s, %s, now()) RETURNING "folders"."id"',
                    (me.id, f"Folder {mark}"),
                )
                write = Write("new_folder", {"user": me.id, "name": f"Folder {mark}"})
            else:
                cursor = await self._conn.execute(
                    'INSERT INTO "documents" ("owner_id", "folder_id", "title", "slug", "body", "created_at",'
                    ' "updated_at") VALUES (%s, NULL, %s, %s, %s, now(), now()) RETURNING "documents"."id"',
                    (me.id, f"Note {mark}", f"note-{mark}", "From an old program."),
                )
                write = Write("new_document", {"user": me.id, "slug": f"note-{mark}"})
            row = await cursor.fetchone()
            assert row is not None
        world.ledger.take(write, str(row["id"]))
        return "insert .. returning id"


CLIENTS: tuple[type[OldClient], ...] = (PsycopgStar, Asyncpg, Alchemy, DjangoStyle)

FOLDER = frozenset({"id", "parent_id", "owner_id", "name", "created_at"})
PROFILE = frozenset({"id", "display_name", "plan_id", "created_at"})
UPLOAD = frozenset({"id", "document_id", "path", "bytes", "sha256", "uploaded_by", "created_at"})


def _same_shape(rows: Sequence[Mapping[str, Any]], columns: frozenset[str]) -> None:
    """A program that unpacks its rows breaks when one has another column than it had."""
    for row in rows:
        if frozenset(row) != columns:
            odd = ", ".join(sorted(frozenset(row) ^ columns))
            raise Failed(f"a row has other columns than the program was written for: {odd}")


def _keep_folder(world: World, me: Person, rows: Sequence[Mapping[str, Any]], name: str) -> None:
    (row,) = rows
    key = str(row["id"])
    world.ledger.take(Write("new_folder", {"user": me.id, "name": name}), key)
    world.own_folders.setdefault(me.id, []).append(key)
    _same_shape(rows, FOLDER)


def said(error: Exception) -> str:
    """An error of a driver in one line, without the values it may quote."""
    match error:
        case psycopg.Error():
            return f"{error.sqlstate or 'no answer'} {(error.diag.message_primary or type(error).__name__)}"
        case asyncpg.PostgresError():
            return f"{error.sqlstate} {error.args[0] if error.args else type(error).__name__}"
        case sa.exc.DBAPIError():
            return f"{type(error.orig).__name__}: {str(error.orig).splitlines()[0]}"
        case _:
            return f"{type(error).__name__}: {error}"


DRIVER_ERRORS: tuple[type[Exception], ...] = (
    psycopg.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    sa.exc.SQLAlchemyError,
    OSError,
    TimeoutError,
)


# --- the beginning and the end ---------------------------------------------------------------------------------------


def remember(url: str, source: Any) -> World:
    """What is known at the start: some people with an address, their documents and folders."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        people = conn.execute(sqltext.load(PACKAGE, "people").encode(), {"people_max": PEOPLE_MAX}).fetchall()
        everybody = conn.execute("select id::text as key, email::text as email from auth.users").fetchall()
        keys = {"people": [row["key"] for row in people], "rows_max": DOCUMENTS_MAX}
        documents = conn.execute(sqltext.load(PACKAGE, "documents").encode(), keys).fetchall()
        folders = conn.execute(sqltext.load(PACKAGE, "folders").encode(), keys).fetchall()
    ledger = Ledger(
        people={row["key"]: row["email"] for row in everybody},
        documents={row["key"]: row["owner"] for row in documents},
        folders={row["key"]: row["owner"] for row in folders},
        slugs={row["key"]: row["slug"] for row in documents},
    )
    kinds = ("web", "web", "web with an old token", "mobile", "page")
    world = World(
        ledger,
        source,
        {row["key"]: Person(row["key"], row["email"], kinds[n % len(kinds)]) for n, row in enumerate(people)},
    )
    for row in documents:
        world.own_documents.setdefault(row["owner"], []).append(row["key"])
    for row in folders:
        world.own_folders.setdefault(row["owner"], []).append(row["key"])
    return world


def judge(url: str, world: World) -> tuple[Verdict, int]:
    """Hold what is stored against what was acknowledged, table by table; the verdict and how many rows were checked."""
    verdict = Verdict()
    ledger = world.ledger
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        for table in MARKS:
            rows = [written for written in ledger.rows.values() if written.table == table]
            if not rows:
                continue
            question = sqltext.fill(
                sqltext.load("ringfence.demo", "written_rows"),
                table=_whole(conn, table),
                mark=quote_ident(MARKS[table]),
            )
            bound = {"keys": [row.key for row in rows], "marks": [row.mark for row in rows]}
            found = [(row["key"], row["document"]) for row in conn.execute(question.encode(), bound)]
            verdict += ledger.judge(table, found)
        asked = {
            "keys": [d for d, users in world.shared.items() for _ in users if d not in world.gone],
            "users": [u for d, users in world.shared.items() for u in users if d not in world.gone],
        }
        links = {"tokens": list(world.links), "keys": list(world.links.values())}
        gone = {"keys": list(world.gone)}
        lost = [
            what.format(row["key"])
            for what, question_name, bound_values in (
                ("the share of document {} is gone", "shares_lost", asked),
                ("the public link of document {} is gone", "links_lost", links),
                ("document {} was deleted and is there again", "there_again", gone),
            )
            for row in conn.execute(sqltext.load(PACKAGE, question_name).encode(), bound_values)
        ]
    checked = len(ledger.rows) + len(asked["keys"]) + len(world.links) + len(world.gone)
    return verdict + Verdict(lost=tuple(lost)), checked


def _whole(conn: psycopg.Connection[dict[str, Any]], table: str) -> str:
    """The relation with every column: behind a compatibility view it is the table the view reads."""
    name = parse_qualified(table)
    row = conn.execute(sqltext.load(PACKAGE, "whole_table").encode(), {"name": name.sql}).fetchone()
    return str(row["whole"]) if row else name.sql
