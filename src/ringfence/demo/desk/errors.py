"""What the desk answers when it does not do what was asked: a status, a code for programs, a sentence for people."""

from __future__ import annotations

from ringfence.demo.desk.model import Row


class DeskError(Exception):
    """An answer other than success; its text never holds a value that somebody sent."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(f"{status} {code}: {message}")


def not_found(what: str) -> DeskError:
    """There is no such thing, or it is none of the caller's business: both look the same from outside."""
    return DeskError(404, "not_found", f"there is no such {what}")


def found(row: Row | None, what: str) -> Row:
    """The row, which must be there; raises a 404 DeskError."""
    if row is None:
        raise not_found(what)
    return row


def touched(rows: int, what: str) -> None:
    """At least one row must have been; raises a 404 DeskError."""
    if not rows:
        raise not_found(what)
