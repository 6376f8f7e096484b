"""Attacks are carried out: one transaction for each target, never committed, with tiny bounds on locks and time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from ringfence import sqltext
from ringfence.db import Connection
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.runtime.seal import SealKey
from ringfence.verify.judge import judge
from ringfence.verify.model import Actor, Attack, CannotVerify, Outcome, Tried, Verdict
from ringfence.verify.pgtap import Ground, Try

PACKAGE = "ringfence.verify"
SEEN_CHARS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much an attack may take of a server that people use."""

    lock_timeout_ms: int = 100
    statement_timeout_ms: int = 2000
    transaction_s_max: float = 20.0
    rows_fetched_max: int = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """What the verifying role may do here."""

    role: str
    superuser: bool
    sees_all: bool
    replica_role: bool
    create_schema: bool
    login: str
    seals: bool
    may_become: frozenset[str]


def standing(conn: Connection, roles: Sequence[str]) -> Standing:
    """Ask what the connected role may do; raises CannotVerify when that is too little to attack with."""
    row = conn.execute(sqltext.load(PACKAGE, "standing").encode(), {"roles": list(roles)}).fetchone()
    assert row is not None
    found = Standing(
        row["role"],
        row["superuser"],
        row["sees_all"],
        row["replica_role"],
        row["create_schema"],
        row["session_login"],
        row["seals"],
        frozenset(row["may_become"]),
    )
    if not found.sees_all or not found.create_schema:
        raise CannotVerify(
            f"role {found.role} cannot make up the rows that an attack needs",
            detail="it must bypass row security (or be a superuser) and hold CREATE on the database",
            hint="verify with the role that administers the database; on Supabase that is postgres",
        )
    return found


def enum_labels(conn: Connection) -> Mapping[str, str]:
    """The first label of every enum type."""
    rows = conn.execute(sqltext.load(PACKAGE, "enum_labels").encode()).fetchall()
    return {row["type"]: row["label"] for row in rows}


def buckets(conn: Connection, buckets_max: int) -> Sequence[tuple[str, bool]]:
    """Buckets of Supabase Storage by id, and whether they are public."""
    rows = conn.execute(sqltext.load(PACKAGE, "buckets").encode(), {"buckets_max": buckets_max}).fetchall()
    return [(row["id"], row["public"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Mask:
    """How an actor appears to the database: the claims it brings, and whether they are what was sealed."""

    claims: str | None
    sealed_claims: str | None
    """What the seal was made over; another text than `claims` is a forgery."""


@dataclass
class Arena:
    """One transaction in which rows stand and attacks are tried; leaving it rolls everything back."""

    conn: Connection
    may: Standing
    bounds: Bounds
    brake: QualifiedName
    gateways: tuple[str, ...]
    key: SealKey = field(default_factory=lambda: SealKey.generate(32767))
    grounds: list[Ground] = field(default_factory=list)
    """What was made up and tried, transaction by transaction."""
    _notices: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def open(self) -> Iterator[Arena]:
        """Begin, bound, prepare the brake; at the end always roll back."""
        self.grounds.append(Ground())
        self.conn.add_notice_handler(self._hear)
        try:
            with contextlib.suppress(_Over), self.conn.transaction():
                if self.may.superuser:
                    # made-up rows and a key that is never used are nothing that a log should keep
                    self._run("set local log_min_duration_statement = -1")
                    self._run("set local log_parameter_max_length_on_error = 0")
                    self._run("set local log_parameter_max_length = 0")
                    self._run("set local log_min_error_statement = panic")
                self._run(f"set local lock_timeout = {self.bounds.lock_timeout_ms}")
                self._run(f"set local statement_timeout = {self.bounds.statement_timeout_ms}")
                self._run("set local idle_in_transaction_session_timeout = '30s'")
                self._run(f"create schema {quote_ident(self.brake.schema)}")
                self._run(f"grant usage on schema {quote_ident(self.brake.schema)} to public")
                self._run(sqltext.fill(sqltext.load(PACKAGE, "brake"), brake=self.brake.sql))
                if self._seals():
                    inner, outer = self.key.pads()
                    values = {"id": self.key.id, "inner_pad": inner, "outer_pad": outer}
                    self.conn.execute(sqltext.load(PACKAGE, "store_key").encode(), values)
                yield self
                raise _Over
        finally:
            self.conn.remove_notice_handler(self._hear)
            self.conn.execute("deallocate all")

    def _seals(self) -> bool:
        return self.may.seals and self.may.login not in self.gateways

    def _hear(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self._notices.append(diagnostic.message_primary or "")

    def _run(self, sql: str) -> None:
        self.conn.execute(sql.encode())

    def insert(self, statements: Sequence[str]) -> str | None:
        """Put the made-up rows in, past triggers and keys where the role may; the reason when it cannot be done."""
        try:
            with self.conn.transaction():
                if self.may.replica_role:
                    self._run("set local session_replication_role = replica")
                for sql in statements:
                    self._run(sql)
                if self.may.replica_role:
                    self._run("set local session_replication_role = origin")
        except psycopg.Error as error:
            return f"no row can be made up: {error.sqlstate} {error.diag.message_primary or ''}".strip()
        self._note(*statements)
        return None

    def _note(self, *statements: str) -> None:
        quiet = ("set local session_replication_role = replica",), ("set local session_replication_role = origin",)
        before, after = quiet if self.may.replica_role else ((), ())
        self.grounds[-1].setup += [*before, *statements, *after]

    def traces(self, owned: Mapping[QualifiedName, str]) -> Mapping[QualifiedName, tuple[int, str]]:
        """Count and checksum of the rows `t` for which a condition holds, by table: what must not change."""
        found: dict[QualifiedName, tuple[int, str]] = {}
        for table, condition in owned.items():
            row = self.conn.execute(
                (
                    "select count(*) as rows, coalesce(sum(pg_catalog.hashtextextended(t::text, 0)), 0)::text as sum"
                    f" from {table.sql} t where {condition}"
                ).encode()
            ).fetchone()
            assert row is not None
            found[table] = (row["rows"], row["sum"])
        return found

    def attempt(
        self,
        attack: Attack,
        statements: Sequence[str],
        other_first: str,
        role: str,
        masks: Mapping[Actor, Mask],
        other_mask: Mask,
        marks: Sequence[str],
        owned: Mapping[QualifiedName, str],
        target: str,
        *,
        copy_query: str = "",
        now_s: Callable[[], float] = time.time,
    ) -> Verdict:
        """Try one attack as one role and take everything back, whatever it did.

        `copy_query` gives the line of data for a COPY FROM among the statements.
        """
        before = self.traces(owned)
        copied = self._copied(copy_query) if any(_loads(sql) for sql in statements) else b""
        tried: list[Tried] = []
        untouched = True
        why = "it could not be begun"
        with contextlib.suppress(_Over), self.conn.transaction():
            if other_first:
                self._become(role, Mask(None, None) if attack.other_keeps else other_mask, now_s())
                begun = self._try(other_first)
                if not begun.ok:
                    why = f"the other tenant's own statement fails here ({begun.sqlstate})"
                    raise _Over
                self._return(forget=not attack.other_keeps)
            self._become(role, masks[attack.actor], now_s())
            alone = attack.expect.name == "SAME"
            for number, sql in enumerate(statements):
                tried.append(self._try(sql, copied, own_savepoint=alone))
                if not tried[-1].ok and not alone and number < len(statements) - 1:
                    break
            if all(t.ok for t in tried):
                self._return()
                untouched = self.traces(owned) == before
            raise _Over
        self.conn.execute("deallocate all")
        if not tried:
            return Verdict(attack.id, target, role, Outcome.SKIPPED, why)
        outcome, detail = judge(attack, tried, marks, untouched)
        if outcome is not Outcome.SKIPPED:
            mask = masks[attack.actor]
            self.grounds[-1].tries.append(
                Try(attack, role, mask.claims, mask.sealed_claims, tuple(statements), tuple(marks), owned, target)
            )
        return Verdict(attack.id, target, role, outcome, detail)

    def _become(self, role: str, mask: Mask, now_s: float) -> None:
        self._wear(mask, now_s)
        self._run(f"set local role {quote_ident(role)}")

    def _wear(self, mask: Mask, now_s: float) -> None:
        self._run("set local row_security = on")
        self._run("set local search_path to default")
        self._run("select pg_catalog.set_config('ringfence.met', '0', true)")
        if mask.claims is not None:
            self._run(f"select pg_catalog.set_config('request.jwt.claims', {quote_literal(mask.claims)}, true)")
        if self._seals() and mask.sealed_claims is not None:
            seal = self.key.seal(mask.sealed_claims, now_s)
            self.conn.execute("select pg_catalog.set_config('ringfence.seal', %s, true)", (seal,))

    def _return(self, *, forget: bool = True) -> None:
        self._run("reset role")
        self._run("set local search_path = ''")
        self._run("set local row_security = off")
        if forget:
            self._run(
                "select pg_catalog.set_config('request.jwt.claims', '', true),"
                " pg_catalog.set_config('ringfence.seal', '', true)"
            )

    def forged_seals(self, claims: str, now_s: float) -> Mapping[str, str]:
        """Seals over these claims that must not be believed, by why; none where contexts are not sealed."""
        if not self._seals():
            return {}
        return {
            "expired": self.key.seal(claims, now_s - 120),
            "from_tomorrow": self.key.seal(claims, now_s + 3600),
            "of_unknown_key": SealKey.generate(self.key.id).seal(claims, now_s),
        }

    def shows(self, query: str, mask: Mask, now_s: Callable[[], float] = time.time) -> bool:
        """Whether something of the other tenant can be seen there at all: by its own user, with every right.

        Where it cannot (a join that the made-up rows do not meet, a function that only counts), an attack that sees
        nothing has shown nothing.
        """
        tried: list[Tried] = []
        with contextlib.suppress(_Over), self.conn.transaction():
            self._wear(mask, now_s())
            tried.append(self._try(query))
            raise _Over
        return any(t.ok and t.rows > 0 for t in tried)

    def turn(self, table: QualifiedName, condition: str, matches: str, changes: Sequence[str], *, wanted: bool) -> bool:
        """Make a condition true (or not) of a made-up row `t`, by the first change that does; says whether it is so."""
        asked = f"select ({condition}) is true as holds from {table.sql} t where {matches}"
        for change in ("", *changes):
            try:
                with self.conn.transaction():
                    if change:
                        if self.may.replica_role:
                            self._run("set local session_replication_role = replica")
                        self._run(f"update {table.sql} t set {change} where {matches}")
                    row = self.conn.execute(asked.encode()).fetchone()
                    if row is not None and row["holds"] is wanted:
                        if change:
                            self._note(f"update {table.sql} t set {change} where {matches}")
                        if self.may.replica_role:
                            self._run("set local session_replication_role = origin")
                        return True
                    raise _Over
            except (_Over, psycopg.Error):
                continue  # the change is refused by a check of the table, or is not the right one: another may do
        return False

    def _try(self, sql: str, copied: bytes = b"", *, own_savepoint: bool = False) -> Tried:
        self._notices.clear()
        try:
            if own_savepoint:
                with self.conn.transaction():
                    done = self._execute(sql, copied)
                    raise _Undone(done)
            return self._execute(sql, copied)
        except _Undone as undone:
            return undone.tried
        except psycopg.Error as error:
            said = "\n".join(
                [
                    *self._notices,
                    error.diag.message_primary or "",
                    error.diag.message_detail or "",
                    error.diag.context or "",
                ]
            )
            return Tried(False, error.sqlstate or "XX000", seen=said, statement=sql)

    def _copied(self, query: str) -> bytes:
        with self.conn.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout".encode()) as copy:
            return b"".join(bytes(part) for part in copy)

    def _execute(self, sql: str, copied: bytes) -> Tried:
        with self.conn.cursor() as cursor:
            if sql.lower().startswith("copy"):
                with cursor.copy(sql.encode()) as copy:
                    if not _loads(sql):
                        seen = b"".join(bytes(part) for part in copy).decode(errors="replace")
                        return Tried(True, rows=seen.count("\n"), seen=seen, statement=sql)
                    copy.write(copied)
                return Tried(True, rows=cursor.rowcount, statement=sql)
            cursor.execute(sql.encode())
            rows: list[Any] = cursor.fetchmany(self.bounds.rows_fetched_max) if cursor.description else []
            seen = "\n".join([*self._notices, *(str(v) for row in rows for v in row.values())])[:SEEN_CHARS_MAX]
            last = str(next(iter(rows[-1].values()))) if rows else None
            rows_done = cursor.rowcount if cursor.rowcount > 0 else len(rows)
            return Tried(True, rows=rows_done, seen=seen, last_value=last, statement=sql)


class _Over(Exception):
    """The transaction has served its purpose and is rolled back."""


class _Undone(Exception):
    """A statement was tried and taken back."""

    def __init__(self, tried: Tried) -> None:
        self.tried = tried


def _loads(sql: str) -> bool:
    return sql.lower().startswith("copy") and sql.lower().endswith("from stdin")
