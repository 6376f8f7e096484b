"""Every error Ringfence raises on purpose: what happened, to which object, and what to do next.

An error has PostgreSQL's own shape (message, detail, hint, code), so one renderer serves terminal, JSON and docs.
Stages declare their own subclasses beside the code that raises them; the registry below only guarantees that a code
is used once and that every class has a sentence to show.

Code ranges: RF1xx spec, RF2xx connection and catalog, RF3xx tenancy, RF4xx plan, RF5xx journal, RF6xx execute,
RF7xx backup, rehearsal and embedded server, RF8xx verify and assess, RF9xx runtime.
"""

from __future__ import annotations

from typing import ClassVar

REGISTRY: dict[str, type[RingfenceError]] = {}


class RingfenceError(Exception):
    """Something Ringfence refuses or cannot do, said so that a person can act on it."""

    code: ClassVar[str] = "RF000"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", *, detail: str = "", hint: str = "", subject: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.detail = detail
        self.hint = hint
        self.subject = subject
        super().__init__(self.message)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        code = cls.__dict__.get("code")
        if code is None:
            return  # an intermediate class shares its parent's code on purpose
        if not (cls.__doc__ or "").strip():
            raise TypeError(f"{cls.__name__} needs a docstring: its first sentence is the default message")
        known = REGISTRY.get(code)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"error code {code} is used by {known.__name__} and {cls.__name__}")
        REGISTRY[code] = cls

    def __str__(self) -> str:
        parts = [f"{self.code} {self.message}"]
        if self.subject:
            parts.append(f"  object: {self.subject}")
        if self.detail:
            parts.append("  detail: " + self.detail.replace("\n", "\n          "))
        if self.hint:
            parts.append("  hint:   " + self.hint.replace("\n", "\n          "))
        return "\n".join(parts)

    def to_json(self) -> dict[str, str]:
        """The error as one flat JSON object, the same keys as PostgreSQL uses in its own error fields."""
        return {
            "code": self.code,
            "message": self.message,
            "subject": self.subject,
            "detail": self.detail,
            "hint": self.hint,
        }
