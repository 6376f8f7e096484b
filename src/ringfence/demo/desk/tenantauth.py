"""The desk's auth server in phase 3: its tokens name the organization, and those of before work to their end.

Which sessions get such a token is the database's to say (`ringfence sessions --share`); whoever is not among them gets
what he always got, from `auth.py`, and notices nothing. `Returning` is the way back, for the time before phase 3 is
taken back: it believes every token, and gives out those of before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from ringfence.demo.desk.auth import Auth, answer, invalid_refresh_token, session_ended
from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Desk, Row, Session
from ringfence.demo.desk.pg import Database
from ringfence.demo.desk.tokens import ROLE, Tokens
from ringfence.runtime.claims import LegacyProfile, TokenProfile, Verifier
from ringfence.runtime.issuer import Issuer
from ringfence.runtime.refused import Refused, TokenRefused
from ringfence.runtime.sessions import Sessions
from ringfence.runtime.sessions.model import Issued
from ringfence.runtime.verified import VerifiedToken

ISSUER = "https://desk.example/auth"
AUDIENCE = "document-desk"
SESSION_CLAIM = "sid"
"""As the tokens of before name it, so that version 1 finds it where it was."""
LEGACY_LIFETIME_DAYS = 1
"""Far beyond the hour that a token of the web application lives; those of the old mobile client end with the window."""
OURS = "rf1."
"""How refresh tokens of `Sessions` begin; the desk's own are random."""


def profile(secret: str, window_closes_at: int) -> TokenProfile:
    """The desk's tokens, new and old: HS256 without issuer and audience, and some without session and end.

    `window_closes_at`, in seconds since 1970, is the end of every old token, also of those that name none.
    """
    return TokenProfile(
        issuer=ISSUER,
        audience=AUDIENCE,
        session_claim=SESSION_CLAIM,
        roles=frozenset({ROLE}),
        legacy=LegacyProfile(
            secret=secret.encode(),
            issuer=None,
            audience=None,
            lifetime_days=LEGACY_LIFETIME_DAYS,
            lacks=frozenset({"iat", "exp", "session_id"}),
            closes_at=window_closes_at,
        ),
    )


@dataclass(frozen=True, slots=True)
class TokenParts:
    """What phase 3 brings to the desk: who believes tokens, who signs them, and who knows the sessions."""

    verifier: Verifier
    issuer: Issuer
    sessions: Sessions


class TenantAuth(Auth):
    """Tokens that name the organization, for the share of sessions that the database says."""

    def __init__(self, database: Database, desk: Desk, tokens: Tokens, parts: TokenParts) -> None:
        super().__init__(database, desk, tokens)
        self._verifier = parts.verifier
        self._issuer = parts.issuer
        self._sessions = parts.sessions

    async def caller(self, token: str) -> Caller:
        """Who an access token speaks for, and in which organization: what it names, or else what membership says.

        Raises a 401, 403 or 503 DeskError.
        """
        with translated():
            found = await self._verifier.verify(token)
            context = await self._sessions.context_for(found)
            return replace(_caller(found), organization=UUID(str(context.organization)))

    async def visitor(self, cookie: str) -> Caller:
        """Whose session a cookie of the first web pages is, and for which organization, by membership.

        Raises a 401, 403 or 503 DeskError.
        """
        user = await self._visitor(cookie)
        with translated():
            context = await self._sessions.context_for_opaque(cookie, str(user))
        return Caller(user, None, UUID(str(context.organization)))

    async def refresh(self, refresh_token: str, user_agent: str) -> Row:
        """Fresh tokens for a refresh token of either kind; raises a 401 or 503 DeskError.

        One of ours may be used again for ten seconds, since an answer may be lost and requests may come in twos; later
        its session ends.
        """
        if not refresh_token.startswith(OURS):
            return await super().refresh(refresh_token, user_agent)
        issued = await self._turned(refresh_token)
        if await self._desk.resume_session(UUID(issued.user), UUID(issued.session)) is None:
            raise session_ended()
        return await self._signed(issued)

    async def _end_family(self, refresh_token: str) -> UUID | None:
        """End the session whatever kind of tokens it has by now: an old one that is used twice was copied."""
        session = await super()._end_family(refresh_token)
        if session is not None:
            with translated():
                await self._sessions.end(str(session), "a refresh token of before was used twice")
        return session

    async def _answer(self, user: UUID, session: Session, refresh_token: str) -> Row:
        with translated():
            issued = await self._sessions.start(str(session.id), str(user))
        if issued.organization is None:
            return await super()._answer(user, session, refresh_token)
        await self._withdraw(refresh_token)
        return await self._signed(issued)

    async def _turned(self, refresh_token: str) -> Issued:
        """The next tokens of a session whose refresh token is one of ours."""
        with translated():
            try:
                return await self._sessions.refresh(refresh_token)
            except TokenRefused:
                raise invalid_refresh_token() from None

    async def _signed(self, issued: Issued) -> Row:
        claims = {"sub": issued.user, "role": ROLE, SESSION_CLAIM: issued.session, **issued.claims}
        organization = None if issued.organization is None else UUID(issued.organization)
        with translated():
            access_token = await self._issuer.issue(claims)
        return answer(UUID(issued.user), access_token, issued.refresh_token, organization)


class Returning(TenantAuth):
    """Believes every token and gives out those of before, so that nobody is left with one that phase 3 takes along.

    It never asks for an organization, and so works on while phase 3 is taken back and after it.
    """

    async def caller(self, token: str) -> Caller:
        """Who an access token speaks for; raises a 401 or 503 DeskError."""
        with translated():
            return _caller(await self._verifier.verify(token))

    async def visitor(self, cookie: str) -> Caller:
        """Whose session a cookie of the first web pages is; raises a 401 DeskError."""
        return await Auth.visitor(self, cookie)

    async def refresh(self, refresh_token: str, user_agent: str) -> Row:
        """Tokens of before for a refresh token of either kind; raises a 401 or 503 DeskError.

        For one of ours the user is given another session: his own would be found in phase 3's tables when it comes
        back, with refresh tokens that he has no more.
        """
        if not refresh_token.startswith(OURS):
            return await Auth.refresh(self, refresh_token, user_agent)
        issued = await self._turned(refresh_token)
        with translated():
            await self._sessions.end(issued.session, "handed back to the desk")
        return await self._start(UUID(issued.user), user_agent)

    async def _end_family(self, refresh_token: str) -> UUID | None:
        return await Auth._end_family(self, refresh_token)

    async def _answer(self, user: UUID, session: Session, refresh_token: str) -> Row:
        return await Auth._answer(self, user, session, refresh_token)


@contextmanager
def translated() -> Iterator[None]:
    """Refusals of the runtime as the desk answers them; what was wrong with a token is never said."""
    try:
        yield
    except Refused as refused:
        code = {401: "invalid_token", 403: "no_member"}.get(refused.status, "unavailable")
        raise DeskError(refused.status, code, refused.message) from None


def _caller(found: VerifiedToken) -> Caller:
    """The caller of a believed token; raises TokenRefused for keys that no user and no session of the desk has."""
    try:
        user, session, organization = (
            None if key is None else UUID(key) for key in (found.user, found.session, found.organization)
        )
    except ValueError:
        raise TokenRefused("user") from None
    assert user is not None, "a verified token has a user"
    return Caller(user, session, organization)
