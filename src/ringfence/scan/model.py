"""What an application's source says to the database: statements in its string literals, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.errors import RingfenceError


class SourceNotFound(RingfenceError):
    """A folder that should hold the application's source is not there."""

    code = "RF850"
    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class SourceStatement:
    """One SQL statement in a string literal; what is put in at run time stands as a parameter in it."""

    file: str
    """Relative to the configuration file, with forward slashes."""
    line: int
    text: str

    @property
    def place(self) -> str:
        """`server/app.py:12`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything found, in order of place, and what could not be looked at."""

    statements: tuple[SourceStatement, ...] = ()
    files: int = 0
    """How many files were read."""
    unread: tuple[str, ...] = ()
    """Files with the reason why they were not, and bounds that were reached."""
