"""Sessions: which organization a token acts for, how old ones are upgraded, and what is left of them."""

from __future__ import annotations

from ringfence.runtime.sessions.announce import Announcement
from ringfence.runtime.sessions.blocking import BlockingSessions
from ringfence.runtime.sessions.model import InvalidAnnouncement, InvalidRefreshKey, Issued
from ringfence.runtime.sessions.refreshtoken import RefreshKey, RefreshKeys
from ringfence.runtime.sessions.service import Sessions

__all__ = [
    "Announcement",
    "BlockingSessions",
    "InvalidAnnouncement",
    "InvalidRefreshKey",
    "Issued",
    "RefreshKey",
    "RefreshKeys",
    "Sessions",
]
