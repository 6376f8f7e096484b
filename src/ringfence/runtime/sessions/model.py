"""What is said about a session: frozen values, and the names the database has for how a question ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ringfence.errors import RingfenceError

SESSION_CHARS_MAX = 200
OPAQUE = "sha256:"
"""How the keys of opaque sessions begin, whose cookies are kept nowhere; no token may name such a session."""


class InvalidRefreshKey(RingfenceError):
    """A key for refresh tokens cannot be used."""

    code = "RF940"


class InvalidAnnouncement(RingfenceError):
    """The end of legacy tokens cannot be announced like that."""

    code = "RF941"


class SessionsNotInstalled(RingfenceError):
    """Phase 3 does not stand in this database: nothing is known of its sessions."""

    code = "RF942"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Left:
    """What was counted in the last hours, and the sessions that are known."""

    upgrade_share: float
    """Share of sessions that get their tenant with their next token, 0 to 1."""
    hours: int
    since: datetime | None
    """When the first of these requests was counted; None: none was."""
    requests: int
    with_tenant: int
    resolved: int
    """Without tenant in the token, and found by membership."""
    several: int
    """Refused: the user belongs to several organizations and has chosen none."""
    none: int
    """Refused: the user belongs to no organization."""
    legacy_signature: int
    with_organization: int
    """Sessions that act for an organization for good."""
    left_behind: int
    """Sessions that came without tenant and have not got one since."""
    last_seen: datetime | None
    """When the last session came without tenant."""


class Outcome(Enum):
    """How a user stands to an organization, in the database's words (`standing_v1`)."""

    MEMBER = "member"
    NO_MEMBER = "no_member"
    """He may not act, or no longer, for the organization of his token or session."""
    NONE = "none"
    """He belongs to no organization."""
    SEVERAL = "several"
    """He belongs to several and has chosen none."""
    SESSION_ENDED = "session_ended"
    OLD_VERSION = "old_version"
    """He signed out everywhere after the token was made."""
    OTHER_ORGANIZATION = "other_organization"
    """His session has moved to another organization since."""
    OLD_EPOCH = "old_epoch"
    """His membership ended and began again since."""


class Turn(Enum):
    """What became of a refresh token (`refresh_v1`, `start_session_v1`)."""

    STARTED = "started"
    ROTATED = "rotated"
    REPEATED = "repeated"
    """The answer before was lost, or several requests came at once: the active token is given again."""
    REUSED = "reused"
    """Two parties know the token: the family has ended."""
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Issued:
    """What the next access token of a session says, and the refresh token that goes with it."""

    session: str
    user: str
    refresh_token: str = field(repr=False)
    organization: str | None = None
    """None: the session is not in the share that is upgraded, or its user has to choose; its requests are resolved."""
    org_role: str | None = None
    token_version: int | None = None
    membership_epoch: int | None = None
    repeated: bool = False
    """The same refresh token as before, because the client may not have got it."""

    @property
    def claims(self) -> dict[str, object]:
        """The tenant's part of the claims, as the token hook writes it; empty without a tenant."""
        if self.organization is None:
            return {}
        role: dict[str, object] = {} if self.org_role is None else {"org_role": self.org_role}
        return {
            "app_metadata": {"org_id": self.organization},
            "org_id": self.organization,
            "tv": self.token_version,
            "mep": self.membership_epoch,
            **role,
        }
