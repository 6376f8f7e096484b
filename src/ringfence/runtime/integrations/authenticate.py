"""From the headers of a request to its tenant context: what the parts for frameworks share, free of any of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from ringfence.runtime.context import ContextRefused, NotAMember, TenantContext
from ringfence.runtime.refused import MembershipRefused, Refused, TokenRefused
from ringfence.runtime.verified import VerifiedToken

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Names in lower case with their values, repeated ones too: which of two tokens counts is not to be guessed."""

TOKEN_CHARS_MAX = 16_384
"""More than any header line that usual servers let through; the verifier has narrower bounds of its own."""
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*\Z")  # b64token of RFC 6750, 2.1


class Authenticator(Protocol):
    """Tells on whose behalf a request comes."""

    async def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a request; raises TokenRefused, MembershipRefused or CannotJudge.

        `exp` among the context's claims, in seconds since 1970, is when streams of the request end.
        """
        ...


class BlockingAuthenticator(Protocol):
    """The same for threads."""

    def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a request; raises TokenRefused, MembershipRefused or CannotJudge."""
        ...


class Verifies(Protocol):
    """What reads tokens, such as `ringfence.runtime.claims.Verifier`."""

    async def verify(self, token: str | bytes) -> VerifiedToken:
        """What a token says; raises TokenRefused or CannotJudge."""
        ...


class Resolves(Protocol):
    """What knows memberships, such as `ringfence.runtime.sessions.Sessions`."""

    async def context_for(self, token: VerifiedToken) -> TenantContext:
        """The tenant a token acts for; raises MembershipRefused or CannotJudge."""
        ...


class BlockingVerifies(Protocol):
    """What reads tokens for threads, such as `ringfence.runtime.threads.BlockingVerifier`."""

    def verify(self, token: str | bytes) -> VerifiedToken:
        """What a token says; raises TokenRefused or CannotJudge."""
        ...


class BlockingResolves(Protocol):
    """What knows memberships for threads, such as `ringfence.runtime.sessions.BlockingSessions`."""

    def context_for(self, token: VerifiedToken) -> TenantContext:
        """The tenant a token acts for; raises MembershipRefused or CannotJudge."""
        ...


@runtime_checkable
class Announces(Protocol):
    """What has something to say to whoever still uses tokens of before: `Sessions` with an announcement."""

    def headers_for(self, token: VerifiedToken) -> Mapping[str, str]:
        """What the answer to a token carries (`Deprecation`, `Sunset`); nothing for others."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """A request that is let in."""

    context: TenantContext
    expires_at: float | None = None
    """When its streams end, in seconds since 1970."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What its answer carries beside the application's own headers."""


class BearerAuthenticator:
    """Reads `Authorization: Bearer`, verifies the token, and asks whose tenant its user acts for."""

    def __init__(self, verifier: Verifies, sessions: Resolves) -> None:
        self._verifier = verifier
        self._sessions = sessions

    async def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a request; raises TokenRefused, MembershipRefused or CannotJudge."""
        return (await self.admit(headers)).context

    async def admit(self, headers: Headers) -> Admission:
        """The same with what its token says of the answer. Raises as `authenticate` does."""
        token = await self._verifier.verify(bearer_token(headers))
        context = await self._sessions.context_for(token)
        said = self._sessions.headers_for(token) if isinstance(self._sessions, Announces) else {}
        return Admission(context, token.expires_at, said)


class BlockingBearerAuthenticator:
    """The same for threads: `BlockingBearerAuthenticator(BlockingVerifier(..), BlockingSessions(..))`."""

    def __init__(self, verifier: BlockingVerifies, sessions: BlockingResolves) -> None:
        self._verifier = verifier
        self._sessions = sessions

    def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a request; raises TokenRefused, MembershipRefused or CannotJudge."""
        return self.admit(headers).context

    def admit(self, headers: Headers) -> Admission:
        """The same with what its token says of the answer. Raises as `authenticate` does."""
        token = self._verifier.verify(bearer_token(headers))
        context = self._sessions.context_for(token)
        said = self._sessions.headers_for(token) if isinstance(self._sessions, Announces) else {}
        return Admission(context, token.expires_at, said)


async def admit(authenticator: Authenticator, headers: Headers) -> Admission:
    """Ask an authenticator; one that has no `admit` says when streams end by `exp` among the context's claims."""
    if isinstance(authenticator, BearerAuthenticator):
        return await authenticator.admit(headers)
    return _admitted(await authenticator.authenticate(headers))


def admit_blocking(authenticator: BlockingAuthenticator, headers: Headers) -> Admission:
    """The same from a thread."""
    if isinstance(authenticator, BlockingBearerAuthenticator):
        return authenticator.admit(headers)
    return _admitted(authenticator.authenticate(headers))


def _admitted(context: TenantContext) -> Admission:
    expires = context.claims.get("exp")
    if isinstance(expires, int | float) and not isinstance(expires, bool) and math.isfinite(expires):
        return Admission(context, expires)
    return Admission(context)


def bearer_token(headers: Headers) -> str:
    """The one token of a request; raises TokenRefused when there is none, several, or something else.

    Only from the header: a token in a URL ends up in logs and in histories (RFC 6750, 5.3).
    """
    found = [value for name, value in headers if name == "authorization"]
    if not found:
        raise TokenRefused("absent")
    if len(found) > 1:
        raise TokenRefused("repeated")
    scheme, _, token = found[0].partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or len(token) > TOKEN_CHARS_MAX or not _TOKEN.match(token):
        raise TokenRefused("malformed")
    return token


def brings_token(headers: Headers) -> bool:
    """Whether a request tries to say who it is; one that does and fails is never taken for an anonymous one."""
    return any(name == "authorization" for name, _ in headers)


def ends_at(admission: Admission | None, now: float, stream_s_max: float) -> float:
    """When a stream of this request ends: with its token, and after so many seconds in any case."""
    latest = now + stream_s_max
    if admission is None or admission.expires_at is None:
        return latest
    return min(admission.expires_at, latest)


def refusal_of(error: BaseException) -> Refused | None:
    """How a request is turned away for an error; None for errors that are the application's own affair.

    The database's no to a user who is no member any more is 403. Its other refusals (a seal that does not hold, clocks
    that differ) are mistakes of ours, not of whoever asks.
    """
    match error:
        case Refused():
            return error
        case NotAMember():
            return MembershipRefused("not_a_member")
        case _:
            return None


REFUSALS = (Refused, ContextRefused)
"""What `refusal_of` may know an answer for."""


def body_of(refused: Refused) -> dict[str, str]:
    """The answer's JSON: a word for programs and a sentence for people, the same whatever failed."""
    return {"error": _WORDS.get(refused.status, "refused"), "message": refused.public}


_WORDS = {401: "invalid_token", 403: "forbidden", 503: "unavailable"}
