"""What is asked about sessions and what the answers mean, without the waiting: what both faces say.

A `Talk` yields questions and is sent their answers. Its result may be a refusal, which the faces raise only after the
transaction of the questions has been committed: one raised within it would take back that a family was ended.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, assert_never

from ringfence.runtime.context import MIRROR_CLAIM, TENANT_CLAIM, InvalidContext, TenantContext, parse_uuid
from ringfence.runtime.refused import MembershipRefused, Refused, TokenRefused
from ringfence.runtime.sessions.announce import Announcement
from ringfence.runtime.sessions.model import OPAQUE, SESSION_CHARS_MAX, Issued, Outcome, Turn
from ringfence.runtime.sessions.refreshtoken import RefreshKeys
from ringfence.runtime.verified import VerifiedToken

GRACE_S = 10
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
_UUID_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_OURS = frozenset({"sub", "role", MIRROR_CLAIM})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """One statement of `sql/`, by its name, with its values; its answer is a row, an empty one where there is none."""

    name: str
    values: Mapping[str, object]


Talk: TypeAlias = Generator[Question, Mapping[str, Any], T]


def said(result: T | Refused) -> T:
    """The result of a talk; raises it when it is a refusal."""
    if isinstance(result, Refused):
        raise result
    return result


# --- requests --------------------------------------------------------------------------------------------------------


def check_session_of_token(token: VerifiedToken) -> None:
    """Raise TokenRefused for a token that names an opaque session, which only a cookie can mean."""
    if token.session is not None and token.session.startswith(OPAQUE):
        raise TokenRefused("session")


def check_texts(token: VerifiedToken) -> None:
    """Raise TokenRefused for a user or session that no database takes."""
    require_speakable(token.user, "user")
    if token.session is not None:
        require_speakable(token.session, "session")


def standing(token: VerifiedToken) -> Talk[tuple[Outcome, str | None]]:
    """How the user of a token stands to its organization, and which that is."""
    row = yield Question(
        "standing",
        {
            "session": token.session,
            "user": token.user,
            "organization": token.organization,
            "token_version": token.token_version,
            "membership_epoch": token.membership_epoch,
            "issued_at": token.issued_at,
        },
    )
    return Outcome(row["outcome"]), row["organization"]


def context_of(token: VerifiedToken, outcome: Outcome, organization: str | None) -> TenantContext:
    """The context in which a request runs; raises TokenRefused and MembershipRefused."""
    if outcome is not Outcome.MEMBER or organization is None:
        raise _refusal(outcome)
    try:
        # a uuid as such, so that there is one spelling of it whichever way it came
        key = parse_uuid(organization) if _UUID_SHAPE.match(organization) else organization
        return TenantContext(key, token.user, token.role, _further(token.claims))
    except InvalidContext:
        raise TokenRefused("claims") from None


def opaque_session(cookie: str) -> str:
    """The key of a session whose cookie means nothing by itself: a hash, so that nobody can use what is kept."""
    return OPAQUE + hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def announced(announcement: Announcement | None, token: VerifiedToken) -> Mapping[str, str]:
    """What the answer to a token carries: the announced end for legacy tokens, nothing for others."""
    if announcement is None or not (token.legacy or token.organization is None):
        return {}
    return announcement.headers


def _refusal(outcome: Outcome) -> Refused:
    match outcome:
        case Outcome.SESSION_ENDED | Outcome.OLD_VERSION | Outcome.OLD_EPOCH | Outcome.OTHER_ORGANIZATION:
            # a refresh gives another token, or shows that the session is over
            return TokenRefused(outcome.value)
        case Outcome.SEVERAL:
            return MembershipRefused("several", hint="the user belongs to several organizations: let him choose one")
        case Outcome.NONE:
            return MembershipRefused(
                "none", hint="the user belongs to no organization: invite him, or let him make one"
            )
        case Outcome.NO_MEMBER | Outcome.MEMBER:
            return MembershipRefused("no_member", hint="the user is no active member of this organization any more")
        case _:
            assert_never(outcome)


def _further(claims: Mapping[str, object]) -> dict[str, object]:
    """The claims but for those that the context says itself; old policies may ask for any of them."""
    found = {name: value for name, value in claims.items() if name not in _OURS}
    metadata = found.get(TENANT_CLAIM[0])
    if isinstance(metadata, Mapping):
        found[TENANT_CLAIM[0]] = {name: value for name, value in metadata.items() if name not in TENANT_CLAIM[1:]}
    return found


# --- tokens ----------------------------------------------------------------------------------------------------------


def start(keys: RefreshKeys, session: str, user: str) -> Talk[Issued | Refused]:
    """The first tokens of a session; in one transaction."""
    row = yield Question("start", {"session": session, "user": user})
    if Turn(row["outcome"]) is Turn.STARTED:
        return (yield from _issued(keys, session, user, row["counter"], repeated=False))
    return TokenRefused("session")


def refresh(keys: RefreshKeys, session: str, presented: int) -> Talk[Issued | Refused]:
    """The next tokens of a session whose refresh token had this counter; in one transaction."""
    row = yield Question("refresh", {"session": session, "presented": presented, "grace_s": GRACE_S})
    turn = Turn(row["outcome"])
    if turn in (Turn.ROTATED, Turn.REPEATED):
        repeated = turn is Turn.REPEATED
        return (yield from _issued(keys, session, row["user_text"], row["counter"], repeated=repeated))
    return TokenRefused(f"refresh_{turn.value}")


def _issued(keys: RefreshKeys, session: str, user: str, counter: int, *, repeated: bool) -> Talk[Issued]:
    tenant = yield Question("issue", {"session": session, "user": user})
    return Issued(session, user, keys.make(session, counter), **tenant, repeated=repeated)


def switch(session: str, user: str, organization: str) -> Talk[Refused | None]:
    """Let a session act for another organization."""
    row = yield Question("switch", {"session": session, "user": user, "organization": organization})
    match row["outcome"]:
        case "switched":
            return None
        case "no_member":
            return MembershipRefused("no_member")
        case _:
            return TokenRefused("session")


def end(session: str, why: str) -> Talk[None]:
    """End a session."""
    yield Question("end", {"session": session, "why": why})


def sign_out_everywhere(user: str) -> Talk[int]:
    """End all sessions of a user; the version that new tokens have."""
    row = yield Question("sign_out_everywhere", {"user": user})
    return int(row["version"])


def count(values: Mapping[str, str]) -> Talk[None]:
    """Tell what a worker has counted."""
    yield Question("count", values)


def require_keys(keys: RefreshKeys | None) -> RefreshKeys:
    """The keys for refresh tokens; a TypeError where there are none."""
    if keys is None:
        raise TypeError("these sessions have no keys for refresh tokens: give refresh_keys=..")
    return keys


def require_speakable(text: str, what: str) -> None:
    """Raise TokenRefused for a text that is empty, too long, or that PostgreSQL cannot hold."""
    if not 0 < len(text) <= SESSION_CHARS_MAX or _UNSPEAKABLE.search(text):
        raise TokenRefused(what)
