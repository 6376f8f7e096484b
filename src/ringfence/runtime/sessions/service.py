"""The face of sessions: from a verified token to a tenant transaction's context, from a refresh token to the next.

A token that names its tenant is believed without a question, because the tenant transaction itself asks whether its
user is a member at that moment. Any other token is resolved here, by membership, and counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Self, assert_never

from ringfence.runtime.context import MIRROR_CLAIM, TENANT_CLAIM, InvalidContext, TenantContext, parse_uuid
from ringfence.runtime.refused import CannotJudge, MembershipRefused, TokenRefused
from ringfence.runtime.sessions.announce import Announcement
from ringfence.runtime.sessions.counting import Tally
from ringfence.runtime.sessions.model import OPAQUE, SESSION_CHARS_MAX, Issued, Outcome, Turn
from ringfence.runtime.sessions.pg import Asking, Store
from ringfence.runtime.sessions.refreshtoken import RefreshKeys
from ringfence.runtime.verified import VerifiedToken

FLUSH_S = 5.0
GRACE_S = 10
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
_UUID_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_OURS = frozenset({"sub", "role", MIRROR_CLAIM})
_log = logging.getLogger(__name__)


class Sessions:
    """Which organization a token acts for.

        async with Sessions(url) as sessions:
            context = await sessions.context_for(await verifier.verify(text))
            async with database.tenant(context) as tx: ...

    Args:
        url: Of a login that `[authenticate] verifiers` names, and `issuers` where refresh tokens are used. Not the
            login of the tenant transactions: SQL slipped into one of those could choose organizations.
        strict: Ask for every token, also those with a tenant: its session must be there and be in that organization,
            and neither its version nor its epoch be over. A round trip a request.
        refresh_keys: Make and read refresh tokens; None where somebody else issues them.
        announcement: What answers to legacy tokens say of their end.
        connections_max: Connections at most.
        wait_s_max: How long a question waits for a connection before it is CannotJudge.
        application: Shown in pg_stat_activity.
    """

    def __init__(
        self,
        url: str,
        *,
        strict: bool = False,
        refresh_keys: RefreshKeys | None = None,
        announcement: Announcement | None = None,
        connections_max: int = 4,
        wait_s_max: float = 5.0,
        application: str = "ringfence sessions",
    ) -> None:
        self._store = Store(url, application, connections_max, wait_s_max)
        self._strict = strict
        self._keys = refresh_keys
        self._announcement = announcement
        self._tally = Tally()
        self._flushing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and begin to tell what is counted."""
        await self._store.open()
        self._flushing = asyncio.create_task(self._flush_on())

    async def close(self) -> None:
        """Tell the last counts and close every connection."""
        flushing, self._flushing = self._flushing, None
        if flushing is not None:
            flushing.cancel()
            with suppress(asyncio.CancelledError):
                await flushing
        with suppress(CannotJudge):
            await self.flush()
        await self._store.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- requests ----------------------------------------------------------------------------------------------------

    async def context_for(self, token: VerifiedToken) -> TenantContext:
        """The context in which the token's request runs.

        Raises TokenRefused (its session or version is over), MembershipRefused, and CannotJudge.
        """
        if token.session is not None and token.session.startswith(OPAQUE):
            raise TokenRefused("session")
        return await self._context(token)

    async def context_for_opaque(self, cookie: str, user: str, role: str = "authenticated") -> TenantContext:
        """The context of a session of before, whose cookie the application has looked up in its own store.

        Resolved and counted as a legacy token is. Kept is a hash of the cookie. Raises as `context_for` does.
        """
        return await self._context(VerifiedToken(user, role, session=opaque_session(cookie), legacy=True))

    def headers_for(self, token: VerifiedToken) -> Mapping[str, str]:
        """What the answer to a token carries: the announced end for legacy tokens, nothing for others."""
        if self._announcement is None or not (token.legacy or token.organization is None):
            return {}
        return self._announcement.headers

    async def _context(self, token: VerifiedToken) -> TenantContext:
        _require_speakable(token.user, "user")
        if token.session is not None:
            _require_speakable(token.session, "session")
        organization = token.organization
        if organization is None or self._strict:
            outcome, organization = await self._standing(token)
        else:
            outcome = Outcome.MEMBER
        self._tally.note(token, outcome)
        if outcome is not Outcome.MEMBER or organization is None:
            _refuse(outcome)
        try:
            # a uuid as such, so that there is one spelling of it whichever way it came
            key = parse_uuid(organization) if _UUID_SHAPE.match(organization) else organization
            return TenantContext(key, token.user, token.role, _further(token.claims))
        except InvalidContext:
            raise TokenRefused("claims") from None

    async def _standing(self, token: VerifiedToken) -> tuple[Outcome, str | None]:
        values = {
            "session": token.session,
            "user": token.user,
            "organization": token.organization,
            "token_version": token.token_version,
            "membership_epoch": token.membership_epoch,
            "issued_at": token.issued_at,
        }
        async with self._store.asking() as asking:
            row = await asking.row("standing", values)
        assert row is not None, "standing_v1 has one row, always"
        return Outcome(row["outcome"]), row["organization"]

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def start(self, session: str, user: str) -> Issued:
        """The first tokens of a session, or the first of ours for an old one: twice is harmless until one was used.

        Raises TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        _require_speakable(session, "session")
        _require_speakable(user, "user")
        async with self._store.asking(together=True) as asking:
            row = await asking.row("start", {"session": session, "user": user})
            assert row is not None, "start_session_v1 has one row, always"
            if Turn(row["outcome"]) is Turn.STARTED:
                return await self._issued(asking, session, user, row["counter"], repeated=False)
        raise TokenRefused("session")

    async def refresh(self, refresh_token: str) -> Issued:
        """The next tokens for a refresh token.

        It is used up by it. Its parent is answered with the same again, since the answer may have been lost, and so is
        an older one for GRACE_S seconds; after that it was copied, and the session ends. Raises TokenRefused, and
        CannotJudge, after which the same token may be tried again.
        """
        session, presented = self._refresh_keys.read(refresh_token)
        async with self._store.asking(together=True) as asking:
            row = await asking.row("refresh", {"session": session, "presented": presented, "grace_s": GRACE_S})
            assert row is not None, "refresh_v1 has one row, always"
            turn = Turn(row["outcome"])
            if turn in (Turn.ROTATED, Turn.REPEATED):
                repeated = turn is Turn.REPEATED
                return await self._issued(asking, session, row["user_text"], row["counter"], repeated=repeated)
        raise TokenRefused(f"refresh_{turn.value}")

    async def switch(self, session: str, user: str, organization: str) -> None:
        """Let a session act for another organization from its next token on.

        Raises MembershipRefused, TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        for text, what in ((session, "session"), (user, "user"), (organization, "organization")):
            _require_speakable(text, what)
        async with self._store.asking() as asking:
            row = await asking.row("switch", {"session": session, "user": user, "organization": organization})
        assert row is not None, "a function gives one row"
        match row["outcome"]:
            case "switched":
                return
            case "no_member":
                raise MembershipRefused("no_member")
            case _:
                raise TokenRefused("session")

    async def end(self, session: str, why: str = "signed out") -> None:
        """End a session: its refresh tokens at once, its access tokens where they are looked at."""
        _require_speakable(session, "session")
        async with self._store.asking() as asking:
            await asking.row("end", {"session": session, "why": why})

    async def sign_out_everywhere(self, user: str) -> int:
        """End all sessions of a user and all tokens made before; the version that new tokens have."""
        _require_speakable(user, "user")
        async with self._store.asking() as asking:
            row = await asking.row("sign_out_everywhere", {"user": user})
        assert row is not None, "a function gives one row"
        return int(row["version"])

    async def _issued(self, asking: Asking, session: str, user: str, counter: int, *, repeated: bool) -> Issued:
        tenant = await asking.row("issue", {"session": session, "user": user}) or {}
        return Issued(session, user, self._refresh_keys.make(session, counter), **tenant, repeated=repeated)

    @property
    def _refresh_keys(self) -> RefreshKeys:
        if self._keys is None:
            raise TypeError("these sessions have no keys for refresh tokens: Sessions(url, refresh_keys=..)")
        return self._keys

    # --- counts ------------------------------------------------------------------------------------------------------

    async def flush(self) -> None:
        """Tell what was counted; raises CannotJudge, and keeps the counts for the next time."""
        told, self._tally = self._tally, Tally()
        if told.empty:
            return
        try:
            async with self._store.asking() as asking:
                await asking.row("count", told.values())
        except BaseException:
            self._tally.add(told)
            raise

    async def _flush_on(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self.flush()
            except CannotJudge:
                _log.warning("counts of tokens could not be told; they are told later")


def opaque_session(cookie: str) -> str:
    """The key of a session whose cookie means nothing by itself: a hash, so that nobody can use what is kept."""
    return OPAQUE + hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _refuse(outcome: Outcome) -> NoReturn:
    match outcome:
        case Outcome.SESSION_ENDED | Outcome.OLD_VERSION | Outcome.OLD_EPOCH | Outcome.OTHER_ORGANIZATION:
            # a refresh gives another token, or shows that the session is over
            raise TokenRefused(outcome.value)
        case Outcome.SEVERAL:
            raise MembershipRefused("several", hint="the user belongs to several organizations: let him choose one")
        case Outcome.NONE:
            raise MembershipRefused("none", hint="the user belongs to no organization: invite him, or let him make one")
        case Outcome.NO_MEMBER | Outcome.MEMBER:
            raise MembershipRefused("no_member", hint="the user is no active member of this organization any more")
        case _:
            assert_never(outcome)


def _require_speakable(text: str, what: str) -> None:
    if not 0 < len(text) <= SESSION_CHARS_MAX or _UNSPEAKABLE.search(text):
        raise TokenRefused(what)


def _further(claims: Mapping[str, object]) -> dict[str, object]:
    """The claims but for those that the context says itself; old policies may ask for any of them."""
    found = {name: value for name, value in claims.items() if name not in _OURS}
    metadata = found.get(TENANT_CLAIM[0])
    if isinstance(metadata, Mapping):
        found[TENANT_CLAIM[0]] = {name: value for name, value in metadata.items() if name not in TENANT_CLAIM[1:]}
    return found
