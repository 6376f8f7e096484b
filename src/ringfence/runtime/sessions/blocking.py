"""The synchronous face of sessions, for threads: the methods of `service.py` without their waiting.

`tests/unit/runtime/test_house.py` keeps the two texts alike. What differs is what a process owns: here a thread tells
what was counted, and a server may fork after the sessions were made.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from ringfence.runtime.context import TenantContext
from ringfence.runtime.perprocess import PerProcess
from ringfence.runtime.refused import CannotJudge
from ringfence.runtime.sessions import talk
from ringfence.runtime.sessions.announce import Announcement
from ringfence.runtime.sessions.counting import Counting
from ringfence.runtime.sessions.model import Issued, Outcome
from ringfence.runtime.sessions.pg import BlockingStore
from ringfence.runtime.sessions.refreshtoken import RefreshKeys
from ringfence.runtime.verified import VerifiedToken

FLUSH_S = 5.0
LAST_S_MAX = 2.0
"""How long the last counts of a worker wait for a connection, and its end for the pool's threads."""
CLOSE_S_MAX = 10.0
"""How long `close` waits for all of that; an answer has a bound of its own."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class BlockingSessions:
    """Which organization a token acts for, asked from threads.

        with BlockingSessions(url) as sessions:
            context = sessions.context_for(verifier.verify(text))  # of a BlockingVerifier
            with database.tenant(context) as tx: ...

    Connections and the thread that tells what was counted begin with the first use in each process, so it may be made
    before a server forks its workers; they end with `close`, or with the process, which tells its last counts.

    Args:
        url: Of a login that `[authenticate] verifiers` names, and `issuers` where refresh tokens are used. Not the
            login of the tenant transactions: SQL slipped into one of those could choose organizations.
        strict: Ask for every token, also those with a tenant: its session must be there and be in that organization,
            and neither its version nor its epoch be over. A round trip a request.
        refresh_keys: Make and read refresh tokens; None where somebody else issues them.
        announcement: What answers to legacy tokens say of their end.
        connections_max: Connections of one process at most.
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
        self._strict = strict
        self._keys = refresh_keys
        self._announcement = announcement
        self._counts = counts = PerProcess(Counting)
        self._closed = closed = threading.Event()

        def make() -> _Worker:
            # asked under a lock, so that no thread that came a little late begins again what was just closed
            if closed.is_set():
                raise CannotJudge("closed")
            return _Worker(BlockingStore(url, application, connections_max, wait_s_max), counts.get())

        self._worker = PerProcess(make)

    def open(self) -> None:
        """Begin to connect, and to tell what is counted; the first use does the same."""
        self._closed.clear()
        self._begun()

    def close(self) -> None:
        """Tell the last counts and close every connection of this process; what is asked afterwards is CannotJudge."""
        self._closed.set()
        worker = self._worker.take()
        if worker is not None:
            worker.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begun(self) -> _Worker:
        worker = self._worker.get()
        if worker.begin():
            weakref.finalize(self, worker.stop)
        return worker

    @property
    def _store(self) -> BlockingStore:
        return self._begun().store

    @property
    def _counting(self) -> Counting:
        with suppress(CannotJudge):  # closed: what a last request counts is not told any more
            self._begun()
        return self._counts.get()

    # --- requests ----------------------------------------------------------------------------------------------------

    def context_for(self, token: VerifiedToken) -> TenantContext:
        """The context in which the token's request runs.

        Raises TokenRefused (its session or version is over), MembershipRefused, and CannotJudge.
        """
        talk.check_session_of_token(token)
        return self._context(token)

    def context_for_opaque(self, cookie: str, user: str, role: str = "authenticated") -> TenantContext:
        """The context of a session of before, whose cookie the application has looked up in its own store.

        Resolved and counted as a legacy token is. Kept is a hash of the cookie. Raises as `context_for` does.
        """
        return self._context(VerifiedToken(user, role, session=talk.opaque_session(cookie), legacy=True))

    def headers_for(self, token: VerifiedToken) -> Mapping[str, str]:
        """What the answer to a token carries: the announced end for legacy tokens, nothing for others."""
        return talk.announced(self._announcement, token)

    def _context(self, token: VerifiedToken) -> TenantContext:
        talk.check_texts(token)
        outcome, organization = Outcome.MEMBER, token.organization
        if organization is None or self._strict:
            outcome, organization = self._ask(talk.standing(token))
        self._counting.note(token, outcome)
        return talk.context_of(token, outcome, organization)

    # --- tokens ------------------------------------------------------------------------------------------------------

    def start(self, session: str, user: str) -> Issued:
        """The first tokens of a session, or the first of ours for an old one: twice is harmless until one was used.

        Raises TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        talk.require_speakable(session, "session")
        talk.require_speakable(user, "user")
        keys = talk.require_keys(self._keys)
        return talk.said(self._ask(talk.start(keys, session, user), together=True))

    def refresh(self, refresh_token: str) -> Issued:
        """The next tokens for a refresh token.

        It is used up by it. Its parent is answered with the same again, since the answer may have been lost, and so is
        an older one for GRACE_S seconds; after that it was copied, and the session ends. Raises TokenRefused, and
        CannotJudge, after which the same token may be tried again.
        """
        keys = talk.require_keys(self._keys)
        session, presented = keys.read(refresh_token)
        return talk.said(self._ask(talk.refresh(keys, session, presented), together=True))

    def switch(self, session: str, user: str, organization: str) -> None:
        """Let a session act for another organization from its next token on.

        Raises MembershipRefused, TokenRefused for a session that is over or somebody else's, and CannotJudge.
        """
        for text, what in ((session, "session"), (user, "user"), (organization, "organization")):
            talk.require_speakable(text, what)
        talk.said(self._ask(talk.switch(session, user, organization)))

    def end(self, session: str, why: str = "signed out") -> None:
        """End a session: its refresh tokens at once, its access tokens where they are looked at."""
        talk.require_speakable(session, "session")
        self._ask(talk.end(session, why))

    def sign_out_everywhere(self, user: str) -> int:
        """End all sessions of a user and all tokens made before; the version that new tokens have."""
        talk.require_speakable(user, "user")
        return self._ask(talk.sign_out_everywhere(user))

    def _ask(self, asked: talk.Talk[T], *, together: bool = False) -> T:
        with self._store.asking(together=together) as asking:
            return asking.talk(asked)

    # --- counts ------------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Tell what was counted; raises CannotJudge, and keeps the counts for the next time."""
        _tell(self._store, self._counting)


class _Worker:
    """What one process owns: its connections, and the thread that tells what it has counted."""

    def __init__(self, store: BlockingStore, counting: Counting) -> None:
        self.store = store
        self._counting = counting
        self._process = os.getpid()
        self._beginning = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> bool:
        """Connect and begin to tell; False when that was done before."""
        with self._beginning:
            if self._thread is not None:
                return False
            self.store.open()
            self._thread = threading.Thread(target=self._tell_on, name="ringfence sessions", daemon=True)
            self._thread.start()
            atexit.register(self.close)
            return True

    def stop(self) -> None:
        """Let the thread end, without waiting: the garbage collector calls this in the midst of anything.

        Nothing in a child, where the thread is not and the connections are the parent's.
        """
        if self._process == os.getpid():
            self._closing.set()

    def close(self) -> None:
        """Let the thread end, and wait for it."""
        self.stop()
        if self._process == os.getpid() and self._thread is not None:
            self._thread.join(CLOSE_S_MAX)

    def _tell_on(self) -> None:
        while not self._closing.wait(FLUSH_S):
            try:
                _tell(self.store, self._counting)
            except CannotJudge:
                _log.warning("counts of tokens could not be told; they are told later")
        with suppress(CannotJudge):
            _tell(self.store, self._counting, LAST_S_MAX)
        self.store.close(LAST_S_MAX)
        atexit.unregister(self.close)


def _tell(store: BlockingStore, counting: Counting, wait_s_max: float | None = None) -> None:
    told = counting.take()
    if told is None:
        return
    try:
        with store.asking(wait_s_max=wait_s_max) as asking:
            asking.talk(talk.count(told.values()))
    except BaseException:
        counting.give_back(told)
        raise
