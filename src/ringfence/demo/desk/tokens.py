"""Access tokens of the desk: HS256 with one shared secret, as Supabase projects have had them for years. Pure.

Both versions believe one another's tokens. What differs: `before` knows no organization; the old mobile client's
tokens have neither session nor end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller

ROLE = "authenticated"
SECRET_BYTES_MIN = 32
TOKEN_BYTES_MAX = 4096
LIFETIME_S = 3600


class Tokens:
    """Issues and verifies tokens with one secret of at least SECRET_BYTES_MIN bytes; raises ValueError for less."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < SECRET_BYTES_MIN:
            raise ValueError(f"the secret must have at least {SECRET_BYTES_MIN} bytes")
        self._key = OctKey.import_key(secret)

    def issue(self, caller: Caller, now_s: int) -> str:
        """A token of the web application: `{sub, role, iat, exp, sid}`, and the organization where one is known."""
        claims: dict[str, Any] = {
            "sub": str(caller.user),
            "role": ROLE,
            "iat": now_s,
            "exp": now_s + LIFETIME_S,
            "sid": str(caller.session),
        }
        if caller.organization is not None:
            organization = str(caller.organization)
            claims |= {"app_metadata": {"org_id": organization}, "org_id": organization}
        return self._sign(claims)

    def issue_mobile(self, user: UUID) -> str:
        """A token of the old mobile client: `{sub, role}`, valid for ever."""
        return self._sign({"sub": str(user), "role": ROLE})

    def verify(self, token: str, now_s: int) -> Caller:
        """Who the token speaks for; raises a 401 DeskError, always the same one unless the token has merely ended."""
        invalid = DeskError(401, "invalid_token", "the access token is not valid")
        if len(token) > TOKEN_BYTES_MAX:
            raise invalid
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            raise invalid from None
        user, session, organization = (_uuid(claims.get(name)) for name in ("sub", "sid", "org_id"))
        if user is None or claims.get("role") != ROLE:
            raise invalid
        if any(claims.get(name) is not None and found is None for name, found in _named(session, organization)):
            raise invalid
        ends = claims.get("exp")
        if ends is not None:
            # JSON as Python reads it knows NaN, which ends never, and Infinity
            if isinstance(ends, bool) or not isinstance(ends, int | float) or ends - ends != 0:
                raise invalid
            if ends <= now_s:
                raise DeskError(401, "token_ended", "the access token has ended: refresh it")
        return Caller(user, session, organization)

    def _sign(self, claims: Mapping[str, Any]) -> str:
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, dict(claims), self._key)


def _named(session: UUID | None, organization: UUID | None) -> tuple[tuple[str, UUID | None], ...]:
    return ("sid", session), ("org_id", organization)


def _uuid(value: object) -> UUID | None:
    """A UUID in its one canonical spelling, or None."""
    try:
        found = UUID(str(value))
    except ValueError:
        return None
    return found if str(found) == value else None
