"""What a token has said, once it is believed: a frozen value that the rest of the runtime works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The claims of a token whose signature, issuer, audience and times hold.

    Nothing here says that the user still is a member of the organization: only the database knows that, at the moment
    it is asked (`sessions.py`). Times are seconds since 1970.
    """

    user: str
    role: str
    session: str | None = None
    organization: str | None = None
    """The tenant as a canonical UUID, or None: the token knows no tenant."""
    org_role: str | None = None
    token_version: int | None = None
    membership_epoch: int | None = None
    legacy: bool = False
    """Signed by the old shared secret (HS256); counted apart from a missing tenant."""
    issued_at: int | None = None
    expires_at: int | None = None
    claims: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """Everything the token says, unchangeable."""
