"""What phase 4 has seen, as values: how often each table and command was compared, and what differed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ringfence.errors import RingfenceError


class LogUnreadable(RingfenceError):
    """A server log in which notes were to be looked for cannot be read."""

    code = "RF641"
    exit_code = 2


class NotShadowing(RingfenceError):
    """Phase 4 does not stand in this database: there is nothing to look at and no share to set."""

    code = "RF640"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Compared:
    """How often one command of one endpoint on one table was compared."""

    table: str
    command: str
    endpoint: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Differing:
    """Statements of one endpoint that came out otherwise as the canary."""

    tables: tuple[str, ...]
    endpoint: str
    command: str
    query_hash: str
    """MD5 of the statement's text; the text itself, which may hold people's data, is kept nowhere."""
    role_name: str
    difference: str
    times: int
    rows_now: int | None
    """Of the last such statement."""
    rows_canary: int | None
    last: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """Statements of one endpoint that met rows of other tenants; what they met they need not have returned."""

    table: str
    command: str
    endpoint: str
    role_name: str
    reason: str
    """'row of another tenant' or 'caller without a tenant'."""
    times: int
    """In the sample."""
    last: datetime
