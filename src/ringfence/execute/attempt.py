"""What one try at the database gave, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from ringfence.errors import RingfenceError


class FailureKind(Enum):
    """Why a try failed, as far as it matters for what comes next."""

    BUSY = "busy"
    """A lock was not to be had in time, or a deadlock was resolved against us: try again."""
    TIMEOUT = "timeout"
    """The statement's own time ran out: try again, smaller where that is possible."""
    CONNECTION = "connection"
    """The connection is gone: what happened to the transaction is read from the journal."""
    ERROR = "error"
    """Trying again will not help."""


@dataclass(frozen=True, slots=True)
class AttemptOk:
    """The try succeeded."""

    milliseconds: float


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """The try failed and left nothing behind (except debris of a concurrent build)."""

    kind: FailureKind
    text: str
    statement: str
    milliseconds: float


Attempt: TypeAlias = AttemptOk | AttemptFailed


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What one batch changed."""

    rows: int
    intact: bool
    milliseconds: float
    """The whole transaction, until its commit was answered."""
    statement_ms: float
    """The one statement that changes the rows: what the server worked on, without the ways there and back between."""


@dataclass(frozen=True, slots=True)
class SessionInTheWay:
    """A session whose open transaction holds a lock on one of our tables."""

    pid: int
    login: str
    application: str
    state: str
    seconds: float
    """Age of its transaction."""
    blocks: tuple[str, ...]
    """The tables it holds."""
    query: str
    """The beginning of its statement, literals cut out."""


class LockNotObtained(RingfenceError):
    """A lock could not be had within the allowed number of short attempts."""

    code = "RF601"
    exit_code = 6


class StatementFailed(RingfenceError):
    """A statement of the plan failed."""

    code = "RF602"


class ConnectionLost(RingfenceError):
    """The connection to the server was lost in the middle of a step."""

    code = "RF603"
    exit_code = 6


class BatchNotIntact(RingfenceError):
    """A batch changed more than the tenant column and was rolled back."""

    code = "RF604"


class RowsRemain(RingfenceError):
    """Rows still differ from their derived tenant after every allowed sweep."""

    code = "RF605"
    exit_code = 4


class RowsNeedDecision(RingfenceError):
    """Rows have no tenant by any rule, and the spec says to stop."""

    code = "RF606"
    exit_code = 4


class Throttled(RingfenceError):
    """The database's health asked for a pause longer than allowed."""

    code = "RF607"
    exit_code = 6


class PauseAsked(RingfenceError):
    """A pause was asked for; the work stopped at a safe point."""

    code = "RF608"
    exit_code = 6


class ConflictingRows(RingfenceError):
    """Rows written since make the old catalog impossible; nothing was changed."""

    code = "RF609"
    exit_code = 4
