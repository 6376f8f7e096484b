"""Programs as they are found connected to a database, each with what it prepared once and sends for ever.

None of them reconnects: that a session survives is what is looked at. `turn` sends everything once more and returns the
columns that the program got to see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import asyncpg
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

SELECT = "select * from documents where id = 1"
LOCK = "select * from documents where id = 1 for update"
INSERT = "insert into documents (owner_id, title) values (1, 'new') returning *"
UPSERT = "insert into documents (id, owner_id, title) overriding system value values (1, 1, 'again') on conflict (id) do update set title = excluded.title returning *"
UPDATE = "update documents set title = 'changed' where id = 1 returning *"
JOIN = "select d.*, c.* from documents d join comments c on c.document_id = d.id where d.id = 1 limit 1"
DJANGO = 'insert into "documents" ("owner_id", "title") values (1, \'form\') returning "documents"."id"'
STARS = (SELECT, LOCK, INSERT, UPSERT, UPDATE, JOIN)


class Program(Protocol):
    """One connected client."""

    def turn(self) -> tuple[str, ...]:
        """Send every statement once more; raises when one fails. Gives the columns of SELECT *."""
        ...

    def close(self) -> None:
        """Disconnect."""
        ...


class Psycopg:
    """psycopg 3 with server-side prepared statements, from the first execution on."""

    def __init__(self, url: str, application: str, path: str, *, autocommit: bool) -> None:
        self.conn = psycopg.connect(
            url,
            autocommit=autocommit,
            prepare_threshold=0,
            row_factory=dict_row,
            application_name=application,
            options=f"-c search_path={path}",
        )

    def turn(self) -> tuple[str, ...]:
        """Every statement, in one transaction unless the connection is in autocommit mode."""
        seen: tuple[str, ...] = ()
        for statement in (*STARS, DJANGO):
            cursor = self.conn.execute(statement.encode())
            rows = cursor.fetchall()
            assert rows
            if statement == SELECT:
                seen = tuple(rows[0])
        self.conn.commit()
        return seen

    def close(self) -> None:
        """Disconnect."""
        self.conn.close()


class Asyncpg:
    """asyncpg, whose statement cache prepares everything; each turn in a transaction, where it does not recover."""

    def __init__(self, url: str, application: str, path: str) -> None:
        parts = conninfo_to_dict(url)
        self.runner = asyncio.Runner()
        self.conn: Any = self.runner.run(
            asyncpg.connect(
                host=str(parts["host"]),
                port=int(parts.get("port") or 5432),
                user=str(parts["user"]),
                database=str(parts["dbname"]),
                server_settings={"search_path": path, "application_name": application},
            )
        )

    def turn(self) -> tuple[str, ...]:
        """Every statement in one transaction."""
        return self.runner.run(self._turn())

    async def _turn(self) -> tuple[str, ...]:
        seen: tuple[str, ...] = ()
        async with self.conn.transaction():
            for statement in (*STARS, DJANGO):
                rows = await self.conn.fetch(statement)
                assert rows
                if statement == SELECT:
                    seen = tuple(rows[0].keys())
        return seen

    def close(self) -> None:
        """Disconnect; a second time does nothing, as with the others."""
        if not self.conn.is_closed():
            self.runner.run(self.conn.close())
            self.runner.close()


class Alchemy:
    """SQLAlchemy 2 over psycopg, one connection kept in its pool."""

    def __init__(self, url: str, application: str, path: str) -> None:
        def connect() -> psycopg.Connection[Any]:
            return psycopg.connect(
                url, prepare_threshold=0, application_name=application, options=f"-c search_path={path}"
            )

        self.engine: Engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=StaticPool)

    def turn(self) -> tuple[str, ...]:
        """Every statement in one transaction of the engine."""
        seen: tuple[str, ...] = ()
        with self.engine.begin() as conn:
            for statement in (*STARS, DJANGO):
                result = conn.execute(text(statement))
                if statement == SELECT:
                    seen = tuple(result.keys())
                assert result.fetchall()
        return seen

    def close(self) -> None:
        """Disconnect."""
        self.engine.dispose()


KINDS: dict[str, Callable[[str, str, str], Program]] = {
    "psycopg": lambda url, name, path: Psycopg(url, name, path, autocommit=True),
    "psycopg in transactions": lambda url, name, path: Psycopg(url, name, path, autocommit=False),
    "asyncpg": Asyncpg,
    "sqlalchemy": Alchemy,
}


@contextmanager
def programs(url: str, application: str, path: str = "public") -> Iterator[dict[str, Program]]:
    """One program of each kind, connected and warm: every statement was prepared before the caller sees it."""
    made: dict[str, Program] = {}
    try:
        for kind, connect in KINDS.items():
            made[kind] = connect(url, f"{application} {kind}", path)
            made[kind].turn()
        yield made
    finally:
        for program in made.values():
            program.close()
