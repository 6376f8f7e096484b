"""How a request is turned away: one error per HTTP status, with a public text that tells an attacker nothing.

What exactly failed is `reason`: for counters and the application's own log, never for the answer. An answer that says
"wrong signature" here and "expired" there is an oracle for whoever forges tokens (RFC 8725).
"""

from __future__ import annotations

import math
from typing import ClassVar

from ringfence.errors import RingfenceError

RETRY_AFTER_S = 5


class Refused(RingfenceError):
    """A request is not served; its answer has the HTTP status `status`."""

    status: ClassVar[int]
    public: ClassVar[str]

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(self.public, hint=hint)
        self.reason = reason
        """A short word for counters, one of a bounded set: `signature`, `expired` .. Never shown to a client."""

    @property
    def headers(self) -> dict[str, str]:
        """What the answer carries beside its status."""
        return {}


class TokenRefused(Refused):
    """The token is missing or not accepted: HTTP 401, with the same text whatever failed."""

    code = "RF930"
    status = 401
    public = "the token is not accepted"

    @property
    def headers(self) -> dict[str, str]:
        """The challenge of RFC 6750, which names no error when no token was sent."""
        return {"WWW-Authenticate": "Bearer" if self.reason == "absent" else 'Bearer error="invalid_token"'}


class CannotJudge(Refused):
    """Nobody can judge the token right now (no keys, no database): HTTP 503, so that no client logs its user out."""

    code = "RF931"
    status = 503
    public = "the token cannot be judged right now"

    def __init__(self, reason: str, *, retry_after_s: float = RETRY_AFTER_S, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """When to come again, in whole seconds (RFC 9110, 10.2.3)."""
        return {"Retry-After": str(max(1, math.ceil(self.retry_after_s)))}


class MembershipRefused(Refused):
    """The token is good, but its user may not act for this organization: HTTP 403."""

    code = "RF932"
    status = 403
    public = "the user may not act for this organization"
