"""What is sent before the first statement of a tenant transaction, in the same round trip. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ringfence.runtime.context import NoTenantContext, TenantContext
from ringfence.runtime.seal import SealKey


class Isolation(Enum):
    """How a transaction sees others, in PostgreSQL's words."""

    READ_COMMITTED = "read committed"
    REPEATABLE_READ = "repeatable read"
    SERIALIZABLE = "serializable"


@functools.cache
def begin(isolation: Isolation, read_only: bool) -> bytes:
    """BEGIN with everything said, since a session's defaults may have been changed by whoever had it before."""
    access = "read only" if read_only else "read write"
    return f"begin isolation level {isolation.value}, {access}, not deferrable".encode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a transaction shows the database: a role, claims, and a fresh seal over them whenever one is needed."""

    role: str
    claims: str = field(repr=False)
    seal: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes credentials of contexts; without a key they are claims alone, which only a gateway's word carries."""

    key: SealKey | None
    tenant_claim: Sequence[str]
    clock: Callable[[], float]

    def credentials(self, context: TenantContext) -> Credentials:
        """The credentials of one transaction; raises NoTenantContext for whatever is no context, before any SQL."""
        if not isinstance(context, TenantContext):
            raise NoTenantContext(
                "a tenant transaction was asked for without a tenant context",
                hint="pass the TenantContext of the request; there is no default on purpose",
            )
        claims = context.claims_json(self.tenant_claim)
        key, clock = self.key, self.clock
        return Credentials(context.role, claims, lambda: key.seal(claims, clock()) if key is not None else "")


ENTER = b"call ringfence.enter_v1($1, $2, $3, $4)"
ENTER_TYPES = (25, 25, 25, 16)
"""Role, claims, seal (text), whether statements of ours have names in this session (boolean); never a named statement.

A name could be taken over by SQL that an earlier tenant's transaction was made to run, and what is called here decides
whose transaction this is. The other names are safe behind it: it refuses a session in which anybody prepared by SQL.
"""

SHOW = (
    b"select pg_catalog.concat(pg_catalog.set_config('request.jwt.claims', $1, true),"
    b" pg_catalog.set_config('ringfence.seal', $2, true), pg_catalog.set_config('role', $3, true)) is null"
)
"""What takes the place of ENTER in a session that was cleaned behind its last transaction; it repeats none of it."""
SHOW_TYPES = (25, 25, 25)
"""Claims, seal, role (text). This may be a named statement: no SQL has run since names were looked at."""

LEAVE = b"call ringfence.enter_v1(null, null, null, true)"
"""Behind COMMIT: clean the session for whoever comes next. Never a named statement, for the same reason as ENTER."""

RESET_ROLE = b"reset role"
"""Goes before ENTER when a role was left behind, which may not even see it; behind a pooler always."""
NOT_ALLOWED = "42501"
"""What such a role is told (PostgreSQL docs, "PostgreSQL Error Codes": insufficient_privilege)."""

UNCLEAN = "RF907"
UNLISTEN = b"unlisten *"
"""What makes a pooler's session clean again; a connection of our own is closed instead.
"""

RENEW = b"select pg_catalog.set_config('ringfence.seal', $1, true)"
"""A fresh seal for a transaction that has lasted a while."""
