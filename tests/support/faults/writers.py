"""An old application that goes on writing, and remembers every write it was told is stored.

It works on tests/cases/documents: sign-ups, folders, documents, comments, edits, transfers to people of other
companies, comments that move, deletions. Each writer touches only what it made itself, so that what must be stored is
known without asking; whose a row is follows from e-mail addresses and ownership alone.
"""

from __future__ import annotations

import hashlib
import random
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from support.databases import Database

WRITERS = 3
PAUSE_S = 0.004
STATEMENT_TIMEOUT_MS = 5000
"""What a web application gives a statement; one that waits longer is a failed write."""
DOMAINS = ("c0.com", "c3.com", "Newcomer.example", "gmail.com")
PUBLIC = {"gmail.com"}
KEPT_MIN = 4
"""Documents that a writer keeps for later changes."""
MARKS = {
    "auth.users": "email",
    "public.profiles": "name",
    "public.folders": "name",
    "public.documents": "slug",
    "public.comments": "body",
}
"""Tables, and the column whose value no other row has."""


def organization_of(user: str, email: str) -> str:
    """The organization of a user: one per mail domain, one each for public mail."""
    domain = email.rpartition("@")[2].lower()
    text = f"user:{user}" if domain in PUBLIC else f"domain:{domain}"
    digest = hashlib.md5(f"ringfence:organization:{text}".encode(), usedforsecurity=False)
    return str(uuid.UUID(digest.hexdigest()))


@dataclass
class Ledger:
    """What must be stored, by table and key."""

    rows: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    acknowledged: int = 0
    failed: list[str] = field(default_factory=list)

    def keys(self, table: str) -> list[str]:
        """The keys of a table's rows."""
        return [key for of, key in self.rows if of == table]

    def owner(self, table: str, key: str) -> str | None:
        """Whose a row is; nobody's in the users table, which knows no tenant."""
        row = self.rows[table, key]
        match table:
            case "auth.users":
                return None
            case "public.profiles":
                return key
            case "public.comments":
                return self.owner("public.documents", row["document_id"])
            case _:
                return row["owner_id"]


@dataclass(frozen=True)
class Judgement:
    """What is not as it was acknowledged, a line each."""

    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    """There more than once, or there again after it was deleted."""
    wrong_tenant: tuple[str, ...]


class Writer(threading.Thread):
    """One connection of the old application."""

    def __init__(self, url: str, name: str, seed: str) -> None:
        super().__init__(name=f"writer-{name}", daemon=True)
        self.ledger = Ledger()
        self.over = threading.Event()
        self._chance = random.Random(seed)
        self._label = name
        self._number = 0
        self._conn: psycopg.Connection[dict[str, Any]] = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            application_name="documents 1.0",
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
        )

    def run(self) -> None:
        """Write until told to stop; every error of the database is a failed write."""
        with self._conn:
            for _ in range(2):
                self._attempt(self._sign_up)
            while not self.over.wait(PAUSE_S):
                (write,) = self._chance.choices(
                    (
                        self._document,
                        self._comment,
                        self._folder,
                        self._edit,
                        self._transfer,
                        self._move,
                        self._remove,
                        self._sign_up,
                    ),
                    weights=(20, 20, 5, 10, 8, 8, 4, 3),
                )
                self._attempt(write)

    def _attempt(self, write: Callable[[], None]) -> None:
        self._number += 1
        try:
            write()
            self.ledger.acknowledged += 1
        except psycopg.Error as error:
            self.ledger.failed.append(f"{write.__name__}: {error.sqlstate} {error}")

    @property
    def _mark(self) -> str:
        return f"{self._label}-{self._number}"

    def _one(self, statement: str, **values: object) -> str:
        row = self._conn.execute(statement.encode(), values).fetchone()
        assert row is not None, f"{statement} found no row"
        return str(row["key"])

    def _any(self, table: str) -> str:
        return self._chance.choice(self.ledger.keys(table))

    def _sign_up(self) -> None:
        email = f"{self._mark}@{self._chance.choice(DOMAINS)}"
        key = self._one("insert into auth.users (email) values (%(email)s) returning id as key", email=email)
        self.ledger.rows["auth.users", key] = {"email": email}
        self.ledger.rows["public.profiles", key] = {"name": email.partition("@")[0]}

    def _folder(self) -> None:
        owner = self._any("auth.users")
        key = self._one(
            "insert into public.folders (owner_id, name) values (%(owner)s, %(name)s) returning id as key",
            owner=owner,
            name=self._mark,
        )
        self.ledger.rows["public.folders", key] = {"name": self._mark, "owner_id": owner}

    def _document(self) -> None:
        owner = self._any("auth.users")
        key = self._one(
            "insert into public.documents (owner_id, title, slug) values (%(owner)s, 'new', %(slug)s)"
            " on conflict do nothing returning id as key",
            owner=owner,
            slug=self._mark,
        )
        self.ledger.rows["public.documents", key] = {"slug": self._mark, "owner_id": owner, "title": "new"}

    def _comment(self) -> None:
        if not (documents := self.ledger.keys("public.documents")):
            return self._document()
        document = self._chance.choice(documents)
        with self._conn.transaction():
            key = self._one(
                "insert into public.comments (document_id, author_id, body)"
                " values (%(document)s, %(author)s, %(body)s) returning id as key",
                document=document,
                author=self._any("auth.users"),
                body=self._mark,
            )
            self._conn.execute(b"update public.documents set title = title where id = %s", (document,))
        self.ledger.rows["public.comments", key] = {"body": self._mark, "document_id": document}
        return None

    def _change(self, column: str, value: str) -> None:
        if not self.ledger.keys("public.documents"):
            return self._document()
        key = self._any("public.documents")
        self._one(
            f"update public.documents set {column} = %(value)s where id = %(key)s returning id as key",
            value=value,
            key=key,
        )
        self.ledger.rows["public.documents", key][column] = value
        return None

    def _edit(self) -> None:
        self._change("title", f"edited {self._mark}")

    def _transfer(self) -> None:
        self._change("owner_id", self._any("auth.users"))

    def _move(self) -> None:
        if not self.ledger.keys("public.comments"):
            return self._comment()
        key, document = self._any("public.comments"), self._any("public.documents")
        self._one(
            "update public.comments set document_id = %(document)s where id = %(key)s returning id as key",
            document=document,
            key=key,
        )
        self.ledger.rows["public.comments", key]["document_id"] = document
        return None

    def _remove(self) -> None:
        if len(self.ledger.keys("public.documents")) < KEPT_MIN:
            return self._document()
        key = self._any("public.documents")
        self._one("delete from public.documents where id = %(key)s returning id as key", key=key)
        with_it = [c for c in self.ledger.keys("public.comments") if self._of(c) == key]
        for row in (("public.documents", key), *(("public.comments", c) for c in with_it)):
            del self.ledger.rows[row]
            self.ledger.gone.add(row)
        return None

    def _of(self, comment: str) -> str:
        return self.ledger.rows["public.comments", comment]["document_id"]


class Traffic:
    """Some writers at work, for as long as the block lasts."""

    def __init__(self, database: Database, seed: int = 1) -> None:
        self._database = database
        self.writers = [Writer(database.url, f"w{number}", f"{seed}-{number}") for number in range(WRITERS)]

    def __enter__(self) -> Self:
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Let every writer finish what it does."""
        for writer in self.writers:
            writer.over.set()
        for writer in self.writers:
            writer.join(STATEMENT_TIMEOUT_MS / 1000 + 10)
            assert not writer.is_alive(), f"{writer.name} does not end"

    @property
    def acknowledged(self) -> int:
        """Writes that the database confirmed."""
        return sum(writer.ledger.acknowledged for writer in self.writers)

    @property
    def failed(self) -> list[str]:
        """Writes that ended in an error."""
        return [line for writer in self.writers for line in writer.ledger.failed]

    def judge(self) -> Judgement:
        """Hold what is stored against what was acknowledged."""
        whole = Ledger()
        for writer in self.writers:
            whole.rows.update(writer.ledger.rows)
            whole.gone.update(writer.ledger.gone)
        return judge(whole, {table: stored(self._database, table) for table in MARKS})


def stored(database: Database, table: str) -> list[dict[str, str | None]]:
    """Every row of a table as text, with its tenant where the table has the column."""
    with psycopg.connect(database.url, autocommit=True, row_factory=dict_row) as conn:
        rows = conn.execute(f"select to_jsonb(t) as document from {table} t".encode()).fetchall()
    return [{name: None if value is None else str(value) for name, value in row["document"].items()} for row in rows]


def judge(ledger: Ledger, tables: Mapping[str, list[dict[str, str | None]]]) -> Judgement:
    """Hold rows against a ledger; needs nothing of the database."""
    lost: list[str] = []
    duplicated: list[str] = []
    wrong: list[str] = []
    for table, rows in tables.items():
        mark = MARKS[table]
        by_key = {str(row["id"]): row for row in rows}
        marks: dict[str | None, int] = {}
        for row in rows:
            marks[row[mark]] = marks.get(row[mark], 0) + 1
        duplicated += [f"{table} {name} is back" for of, name in ledger.gone if of == table and name in by_key]
        for name in ledger.keys(table):
            wanted, found = ledger.rows[table, name], by_key.get(name)
            if found is None:
                lost.append(f"{table} {name} is not there")
                continue
            lost += [f"{table} {name}: {c} is {found[c]!r}, not {v!r}" for c, v in wanted.items() if found[c] != v]
            if marks[wanted[mark]] > 1:
                duplicated.append(f"{table} {name} is there {marks[wanted[mark]]} times")
            owner = ledger.owner(table, name)
            if owner is not None and "client_id" in found:
                tenant = organization_of(owner, ledger.rows["auth.users", owner]["email"])
                if found["client_id"] != tenant:
                    wrong.append(f"{table} {name} is in {found['client_id']}, not in {tenant}")
    return Judgement(tuple(lost), tuple(duplicated), tuple(wrong))
