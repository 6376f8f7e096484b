"""Legacy tokens are announced to end: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) on the answers to them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate

from ringfence.runtime.sessions.model import InvalidAnnouncement

_LINK = re.compile(r"https://[!#-;=?-Z_a-z~\[\]]+\Z")
"""No space, quote or angle bracket, and nothing that could begin another header."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Since when legacy tokens are deprecated, and when they end; times are whole seconds since 1970.

    Raises InvalidAnnouncement.
    """

    deprecated_at: int
    sunset_at: int | None = None
    """None while the end is open: it depends on what is measured."""
    link: str | None = None
    """A page that says what to do, https."""

    def __post_init__(self) -> None:
        if self.deprecated_at < 0:
            raise InvalidAnnouncement("deprecated_at is before 1970")
        if self.sunset_at is not None and self.sunset_at < self.deprecated_at:
            raise InvalidAnnouncement(
                "legacy tokens would end before they are deprecated",
                detail="RFC 9745, section 4",
                hint="set sunset_at to a later moment than deprecated_at",
            )
        if self.link is not None and _LINK.match(self.link) is None:
            raise InvalidAnnouncement("the link is no https address", detail=repr(self.link)[:200])

    @property
    def headers(self) -> dict[str, str]:
        """The header fields of an answer to a legacy token."""
        found = {"Deprecation": f"@{self.deprecated_at}"}
        if self.sunset_at is not None:
            found["Sunset"] = formatdate(self.sunset_at, usegmt=True)
        if self.link is not None:
            found["Link"] = f'<{self.link}>; rel="deprecation"; type="text/html"'
        return found
