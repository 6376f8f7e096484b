"""Who is known to an application in tests: tokens and whose they are, or how they are refused."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from ringfence.runtime import TenantContext
from ringfence.runtime.integrations.authenticate import Headers, bearer_token
from ringfence.runtime.refused import CannotJudge, MembershipRefused, TokenRefused

ORGANIZATION = UUID("aaaaaaaa-0000-4000-8000-000000000001")
USER = UUID("a0000000-0000-4000-8000-00000000000a")
CONTEXT = TenantContext(ORGANIZATION, USER)

REFUSED = {
    "out": MembershipRefused("not_a_member"),
    "later": CannotJudge("no_keys", retry_after_s=2.5),
    "forged": TokenRefused("signature"),
    "expired": TokenRefused("expired"),
}
"""A token for each way to be refused."""


class Known:
    """An authenticator that knows its callers by heart."""

    def __init__(self, contexts: Mapping[str, TenantContext] = {"good": CONTEXT}) -> None:
        self._contexts = contexts

    async def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a token; raises what is written beside it, or TokenRefused."""
        return context_of(self._contexts, headers)


class BlockingKnown:
    """The same for threads."""

    def __init__(self, contexts: Mapping[str, TenantContext] = {"good": CONTEXT}) -> None:
        self._contexts = contexts

    def authenticate(self, headers: Headers) -> TenantContext:
        """The context of a token; raises what is written beside it, or TokenRefused."""
        return context_of(self._contexts, headers)


def context_of(contexts: Mapping[str, TenantContext], headers: Headers) -> TenantContext:
    """Whose token it is."""
    token = bearer_token(headers)
    if token in REFUSED:
        raise REFUSED[token]
    if token not in contexts:
        raise TokenRefused("unknown")
    return contexts[token]


def known() -> Known:
    """What settings of a framework name."""
    return Known()
