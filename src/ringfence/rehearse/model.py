"""What a rehearsal shows: the plan ran forward and back on a copy of the schema, and what was not as foreseen."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.catalog.compare import Difference
from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName


class CloneFailed(RingfenceError):
    """The schema could not be copied into the scratch server."""

    code = "RF731"
    exit_code = 7


class CloneIncomplete(RingfenceError):
    """A table that the rehearsal needs could not be made on the scratch server."""

    code = "RF732"
    exit_code = 3


class ScratchTooOld(RingfenceError):
    """The scratch server is older than the database that is to be rehearsed."""

    code = "RF733"
    exit_code = 7


class NothingToRehearse(RingfenceError):
    """The database is not in the state the plan was made for, so its schema cannot be rehearsed from the beginning."""

    code = "RF734"
    exit_code = 5


class RehearsalStopped(RingfenceError):
    """The rehearsal did not get to its end, and neither would the real run."""

    code = "RF735"
    exit_code = 4


@dataclass(frozen=True, slots=True)
class StandIn:
    """Statements that put something with the same name in the place of a part of an extension that is not there."""

    extension: str
    name: QualifiedName | None
    """The routine or type that appears; None for languages and foreign data wrappers."""
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clone:
    """A database on the scratch server with the schema of another one and without any row."""

    url: str
    """For the same role the source was read as, so that missing privileges show."""
    admin_url: str
    database: str
    source_version: int
    server_version: int
    differences: tuple[Difference, ...] = ()
    """What is not the same as in the source; nothing of it concerns a table the rehearsal needs."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The verdict: what the catalog had that the plan did not foresee, and what the way back left behind."""

    plan_hash: str
    source_version: int
    server_version: int
    steps: int
    unforeseen: tuple[Difference, ...]
    """From the simulated catalog to the one found after all phases."""
    left_behind: tuple[Difference, ...]
    """From the catalog before to the one found after the revert."""
    clone_seconds: float
    forward_seconds: float
    back_seconds: float
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all was as foreseen, and as before in the end."""
        return not (self.unforeseen or self.left_behind)
