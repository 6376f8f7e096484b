"""Signing keys in the database: read, added and moved, with a record of every move.

The tables are those of `plan/sql/keys_v1.sql`. What a private key is, this room does not know: it carries envelopes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ringfence.db import Connection
from ringfence.errors import RingfenceError
from ringfence.runtime.signing import KeyState, Move, SigningKey

LOCK_MS_MAX = 3000
CONNECT_S_MAX = 5
READ_MS_MAX = 5000

_READ = (
    "select kid, alg, state, state_before, public_jwk, envelope, secret_id, created_at, changed_at"
    " from ringfence.signing_keys order by created_at, kid"
)
_ADD = (
    "insert into ringfence.signing_keys (kid, alg, state, public_jwk, envelope, secret_id)"
    " values (%(kid)s, %(alg)s, %(state)s, %(public_jwk)s, %(envelope)s, %(secret_id)s)"
)
_MOVE = (
    "update ringfence.signing_keys set state = %(new)s, state_before = %(old)s,"
    " changed_at = pg_catalog.clock_timestamp() where kid = %(kid)s and state = %(old)s"
)
_RECORD = "insert into ringfence.signing_key_moves (kid, state_before, state) values (%(kid)s, %(old)s, %(new)s)"


class NoKeyTables(RingfenceError):
    """This database has no tables for signing keys, or this login may not read them."""

    code = "RF939"
    exit_code = 7


class KeysUnread(RingfenceError):
    """The database with the signing keys cannot be asked."""

    code = "RF947"
    exit_code = 7


def read(conn: Connection) -> tuple[SigningKey, ...]:
    """Every signing key, the oldest first; raises NoKeyTables."""
    with _spoken():
        return tuple(_key(row) for row in conn.execute(_READ).fetchall())


def read_at(url: str) -> tuple[SigningKey, ...]:
    """The same over a connection of its own, for an issuer; raises NoKeyTables and KeysUnread."""
    try:
        with psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_S_MAX,
            application_name="ringfence issuer",
            prepare_threshold=None,
        ) as conn:
            conn.execute(f"set statement_timeout = {READ_MS_MAX}".encode())
            return read(conn)
    except psycopg.Error as error:
        # the driver's words may hold the whole URL
        raise KeysUnread(detail=error.sqlstate or type(error).__name__) from None


def change(
    conn: Connection, decide: Callable[[Sequence[SigningKey]], SigningKey | Sequence[Move]]
) -> tuple[SigningKey, ...]:
    """Let `decide` look at the keys and add one or move some, alone among all who change keys.

    Returns the keys as they are afterwards.

    Raises NoKeyTables and what `decide` raises, with nothing changed.
    """
    with _spoken(), conn.transaction():
        conn.execute(f"set local lock_timeout = {LOCK_MS_MAX}".encode())
        # readers go on; another who changes keys waits here
        conn.execute("lock table ringfence.signing_keys in share row exclusive mode")
        match decide(tuple(_key(row) for row in conn.execute(_READ).fetchall())):
            case SigningKey() as added:
                values = {
                    "kid": added.kid,
                    "alg": added.alg,
                    "state": added.state.value,
                    "public_jwk": added.public_jwk,
                    "envelope": added.envelope,
                    "secret_id": added.secret_id,
                }
                conn.execute(_ADD, values)
                conn.execute(_RECORD, {"kid": added.kid, "old": None, "new": added.state.value})
            case moves:
                for move in moves:
                    step = {"kid": move.kid, "old": move.old.value, "new": move.new.value}
                    conn.execute(_MOVE, step)
                    conn.execute(_RECORD, step)
        return tuple(_key(row) for row in conn.execute(_READ).fetchall())


def _key(row: dict[str, Any]) -> SigningKey:
    before = row["state_before"]
    return SigningKey(
        kid=row["kid"],
        alg=row["alg"],
        state=KeyState(row["state"]),
        public_jwk=row["public_jwk"],
        envelope=bytes(row["envelope"]),
        secret_id=row["secret_id"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        left=None if before is None else KeyState(before),
    )


@contextmanager
def _spoken() -> Iterator[None]:
    """A missing table and a missing privilege in our own words; other errors stay the driver's."""
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.InsufficientPrivilege):
        raise NoKeyTables(
            hint="ringfence apply --through 3 installs them; an issuer's login is named in the spec"
        ) from None
