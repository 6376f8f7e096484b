"""How an endpoint is served, what was seen of it, and the error of an endpoint that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeAlias, TypeVar

from ringfence.errors import RingfenceError

NAME_CHARS_MAX = 200
ENDPOINTS_MAX = 1000
MODES = ("legacy", "shadow", "tenant_share", "tenant")

A_co = TypeVar("A_co", covariant=True)


class InvalidEndpoint(RingfenceError):
    """An endpoint's name, mode or bound is none."""

    code = "RF960"
    exit_code = 2


class EndpointsNotInstalled(RingfenceError):
    """The database has no place for the modes of endpoints."""

    code = "RF961"
    exit_code = 2


# --- modes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Legacy:
    """The side without tenants answers; the other one is not asked."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """The legacy side answers; reads are also made on the tenant side, and the answers compared."""


@dataclass(frozen=True, slots=True)
class TenantShare:
    """The tenant side answers so many percent of the users, always the same ones."""

    percent: Decimal
    """0 to 100, in hundredths."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """The tenant side answers everybody."""


Mode: TypeAlias = Legacy | Shadow | TenantShare | Tenant


class Side(Enum):
    """Who is asked for one answer."""

    LEGACY = "legacy"
    TENANT = "tenant"
    BOTH = "both"
    """Both; the legacy side's answer is served."""


class Kind(Enum):
    """Whether answering twice does no harm."""

    READ = "read"
    WRITE = "write"


# --- endpoints -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """When an endpoint falls back; shares are 0 to 1."""

    error_share_max: float = 0.01
    difference_share_max: float = 0.001
    observed_min: int = 50
    """Fewer runs than this say nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What all workers together saw of an endpoint in the last minute, under its present setting."""

    tenant_runs: int = 0
    tenant_errors: int = 0
    compared: int = 0
    differed: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint as the database has it."""

    name: str
    mode: Mode = field(default_factory=Legacy)
    bounds: Bounds = field(default_factory=Bounds)
    falls_back: bool = True
    revision: int = 0
    """Another one after every change; 0 for an endpoint that the database does not know."""
    seen: Seen = field(default_factory=Seen)


@dataclass(frozen=True, slots=True)
class Setting:
    """What an operator changes of an endpoint; None keeps what is."""

    mode: str | None = None
    """One of MODES."""
    percent: Decimal | None = None
    """With tenant_share only."""
    error_share_max: float | None = None
    difference_share_max: float | None = None
    observed_min: int | None = None
    falls_back: bool | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What one worker saw of an endpoint since it last told."""

    legacy_answers: int = 0
    tenant_answers: int = 0
    tenant_runs: int = 0
    tenant_errors: int = 0
    compared: int = 0
    differed: int = 0
    skipped: int = 0


# --- what came of asking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered(Generic[A_co]):
    """A side gave an answer."""

    value: A_co


@dataclass(frozen=True, slots=True)
class Declined:
    """A side said no on purpose: not found, forbidden, not a member. That is an answer too."""

    status: int
    error: BaseException = field(compare=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """A side made a mistake, or could not."""

    error: BaseException = field(compare=False)


Outcome: TypeAlias = Answered[A_co] | Declined | Failed


class Comparison(Enum):
    """What came of comparing two answers."""

    SAME = "same"
    DIFFERENT = "different"
    MOVED = "moved"
    """The data changed meanwhile, so nothing can be said."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two answers that differ, for the application to look at; it holds what users own, so it is never logged here."""

    endpoint: str
    legacy: Outcome[Any] = field(repr=False)
    tenant: Outcome[Any] = field(repr=False)


OnDifference: TypeAlias = Callable[[Difference], None]
