"""What the desk answers when it does not do what was asked: a status, a code for programs, a sentence for people."""

from __future__ import annotations


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
