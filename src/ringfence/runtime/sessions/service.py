"""The face of sessions: from a verified token to a tenant transaction's context, from a refresh token to the next.

A token that names its tenant is believed without a question, because the tenant transaction itself asks whether its
user is a member at that moment. Any other token is resolved here, by membership, and counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from ringfence.runtime.context import TenantContext
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.sessions import talk
from ringfence.runtime.sessions.announce import Announcement
from ringfence.runtime.sessions.counting import Counting
from ringfence.runtime.sessions.model import Issued, Outcome
from ringfence.runtime.sessions.pg import Store
from ringfence.runtime.sessions.refreshtoken import RefreshKeys
from ringfence.runtime.verified import VerifiedToken

FLUSH_S = 5.0
T = TypeVar("T")
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
        self._counting = Counting()
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
        talk.check_session_of_token(token)
        return await self._context(token)

    async def context_for_opaque(self, cookie: str, user: str, role: str = "authenticated") -> TenantContext:
        """The context of a session of before, whose cookie the application has looked up in its own store.

        Resolved and counted as a legacy token is. Kept is a hash of the cookie. Raises as `context_for` does.
        """
        return await self._context(VerifiedToken(user, role, session=talk.opaque_session(cookie), legacy=True))

    def headers_for(self, token: VerifiedToken) -> Mapping[str, str]:
        """What the answer to a token carries: the announced end for legacy tokens, nothing for others."""
        return talk.announced(self._announcement, token)

    async def _context(self, token: VerifiedToken) -> TenantContext:
        talk.check_texts(token)
        outcome, organization = Outcome.MEMBER, token.organization
        if organization is None or self._strict:
            outcome, organization = await self._ask(talk.standing(token))
        self._counting.note(token, outcome)
        return talk.context_of(token, outcome, organization)

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def start(self, session: str, user: str) -> Issued:
        """The first tokens of a session, or the first of ours for an old one: twice is harmless until one was used.

        Raises TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        talk.require_speakable(session, "session")
        talk.require_speakable(user, "user")
        keys = talk.require_keys(self._keys)
        return talk.said(await self._ask(talk.start(keys, session, user), together=True))

    async def refresh(self, refresh_token: str) -> Issued:
        """The next tokens for a refresh token.

        It is used up by it. Its parent is answered with the same again, since the answer may have been lost, and so is
        an older one for GRACE_S seconds; after that it was copied, and the session ends. Raises TokenRefused, and
        CannotJudge, after which the same token may be tried again.
        """
        keys = talk.require_keys(self._keys)
        session, presented = keys.read(refresh_token)
        return talk.said(await self._ask(talk.refresh(keys, session, presented), together=True))

    async def switch(self, session: str, user: str, organization: str) -> None:
        """Let a session act for another organization from its next token on.

        Raises MembershipRefused, TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        for text, what in ((session, "session"), (user, "user"), (organization, "organization")):
            talk.require_speakable(text, what)
        talk.said(await self._ask(talk.switch(session, user, organization)))

    async def end(self, session: str, why: str = "signed out") -> None:
        """End a session: its refresh tokens at once, its access tokens where they are looked at."""
        talk.require_speakable(session, "session")
        await self._ask(talk.end(session, why))

    async def sign_out_everywhere(self, user: str) -> int:
        """End all sessions of a user and all tokens made before; the version that new tokens have."""
        talk.require_speakable(user, "user")
        return await self._ask(talk.sign_out_everywhere(user))

    async def _ask(self, asked: talk.Talk[T], *, together: bool = False) -> T:
        async with self._store.asking(together=together) as asking:
            return await asking.talk(asked)

    # --- counts ------------------------------------------------------------------------------------------------------

    async def flush(self) -> None:
        """Tell what was counted; raises CannotJudge, and keeps the counts for the next time."""
        told = self._counting.take()
        if told is None:
            return
        try:
            await self._ask(talk.count(told.values()))
        except BaseException:
            self._counting.give_back(told)
            raise

    async def _flush_on(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            try:
                await self.flush()
            except CannotJudge:
                _log.warning("counts of tokens could not be told; they are told later")
