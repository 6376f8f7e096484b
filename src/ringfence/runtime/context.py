"""On whose behalf a transaction runs: a frozen value, checked before any SQL, and the errors of a refused context."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from ringfence.errors import RingfenceError

TENANT_CLAIM = ("app_metadata", "org_id")
"""Where in the claims the tenant is. Never top-level `client_id`: that is the OAuth client (RFC 9068)."""
MIRROR_CLAIM = "org_id"
CLAIMS_BYTES_MAX = 8192
KEY_CHARS_MAX = 128

Key: TypeAlias = uuid.UUID | int | str
"""The key of an organization or user, by the type of its column: uuid, a number, or text."""

_TEXT_KEY = re.compile(r"[A-Za-z0-9_.:@|-]+\Z")
_UUID_SHAPE = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_ROLE_NONE = "none"
_render = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_OURS = ("sub", "role", MIRROR_CLAIM)
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


class InvalidContext(RingfenceError):
    """A tenant context has values that nobody can be trusted with."""

    code = "RF911"


class ContextRefused(RingfenceError):
    """The tenant context does not hold, so the transaction has seen nothing and changed nothing."""

    code = "RF906"


class NoTenantContext(ContextRefused):
    """There is no tenant context: none was given, or none reached the database."""

    code = "RF901"


class ContextForged(ContextRefused):
    """The database does not believe the tenant context: no key it knows has sealed it, or it was changed since."""

    code = "RF902"


class ContextExpired(ContextRefused):
    """The seal of the tenant context has expired."""

    code = "RF903"


class ClocksDiffer(ContextRefused):
    """The clocks of application and database differ by more than seals allow."""

    code = "RF904"


class NotAMember(ContextRefused):
    """The user is no member of the organization, or no longer."""

    code = "RF905"


class SessionUnclean(ContextRefused):
    """Somebody left in this session what no transaction can clean: a statement prepared by SQL, or a LISTEN."""

    code = "RF907"


BY_SQLSTATE: Mapping[str, type[ContextRefused]] = {
    kind.code: kind
    for kind in (NoTenantContext, ContextForged, ContextExpired, ClocksDiffer, NotAMember, SessionUnclean)
}
"""The helpers in the database raise these codes as their SQLSTATE (`plan/sql/context_v1.sql`)."""


def parse_uuid(text: str) -> uuid.UUID:
    """Read a UUID in its canonical form only (RFC 9562: lower-case, 8-4-4-4-12); raises InvalidContext.

    Two spellings of one key would be two cache keys, two file paths, two log entries: one of them gets past a check.
    """
    try:
        read = uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        raise InvalidContext("this is not a UUID", hint="write it lower-case as 8-4-4-4-12 digits") from None
    if str(read) != text:
        raise InvalidContext("this UUID is not in canonical form", detail=f"found {text!r}", hint=f"write it as {read}")
    return read


@dataclass(frozen=True, slots=True)
class TenantContext:
    """The organization, user and role a transaction runs for, and what else the token said.

    A text key that is a UUID must be canonical. `claims` are further claims (`session_id`, `aal`, `email` ..): they may
    add to `app_metadata`, but not say anything about user, role and tenant, which have one source each.

    Raises InvalidContext for values that are not what they should be.
    """

    organization: Key
    user: Key
    role: str = "authenticated"
    claims: Mapping[str, object] = field(default_factory=dict, repr=False)
    _json: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_key(self.organization, "organization")
        _check_key(self.user, "user")
        _check_role(self.role)
        # a copy, so that nobody changes the context after it was checked
        object.__setattr__(self, "claims", _copied(self.claims))
        # once per request, which may have many transactions
        object.__setattr__(self, "_json", self._rendered(TENANT_CLAIM))

    def claims_json(self, tenant_claim: Sequence[str] = TENANT_CLAIM) -> str:
        """The claims as PostgREST, Storage and Realtime hand them to policies: JSON for `request.jwt.claims`.

        ASCII only, so that it is the same bytes in every database encoding, and so is its seal.
        """
        return self._json if tenant_claim == TENANT_CLAIM else self._rendered(tenant_claim)

    def _rendered(self, tenant_claim: Sequence[str]) -> str:
        organization = str(self.organization)
        document: dict[str, Any] = {"sub": str(self.user), "role": self.role, MIRROR_CLAIM: organization, **self.claims}
        place = document
        for part in tenant_claim[:-1]:
            inner = place.get(part, {})
            if not isinstance(inner, dict):
                raise InvalidContext(f"the claim {part} is no JSON object, and the tenant's place is in it")
            place[part] = place = dict(inner)
        place[tenant_claim[-1]] = organization
        text = _render(document)
        if len(text) > CLAIMS_BYTES_MAX:
            raise InvalidContext(
                f"the claims have {len(text)} bytes, more than {CLAIMS_BYTES_MAX}",
                hint="keep what policies need and leave the rest out",
            )
        return text


def _check_key(key: object, what: str) -> None:
    match key:
        case uuid.UUID():
            return
        case int() if not isinstance(key, bool):
            return
        case str() if 0 < len(key) <= KEY_CHARS_MAX and _TEXT_KEY.match(key):
            if _UUID_SHAPE.match(key):
                parse_uuid(key)
            return
        case None:
            raise InvalidContext(f"the context names no {what}")
        case _:
            raise InvalidContext(
                f"the context's {what} is no key",
                detail=f"found {key!r}"[:200],
                hint="give a UUID, a whole number, or a text of letters, digits and _ . : @ | -",
            )


def _check_role(role: object) -> None:
    # set_config('role', 'none') would reset the role, not set one
    if not isinstance(role, str) or not role or "\0" in role or role == _ROLE_NONE:
        raise InvalidContext("the context's role is not the name of a role", detail=f"found {role!r}"[:200])


def _copied(claims: Mapping[str, object]) -> Mapping[str, object]:
    """The further claims as JSON values of our own; raises InvalidContext for what JSON or PostgreSQL cannot hold."""
    try:
        copy = json.loads(json.dumps(dict(claims), allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        raise InvalidContext("the further claims are not JSON", hint="give names with plain JSON values") from None
    said = [name for name in _OURS if name in copy]
    metadata = copy.get("app_metadata")
    if isinstance(metadata, dict) and MIRROR_CLAIM in metadata:
        said.append(f"app_metadata.{MIRROR_CLAIM}")
    if said:
        raise InvalidContext(
            "the further claims speak of user, role or tenant",
            detail=", ".join(said),
            hint="say these once, as user, role and organization of the context",
        )
    if _holds_unspeakable(copy):
        raise InvalidContext("the further claims hold a NUL or half a character, which PostgreSQL cannot read")
    return MappingProxyType(copy)


def _holds_unspeakable(value: object) -> bool:
    match value:
        case str():
            return _UNSPEAKABLE.search(value) is not None
        case dict():
            return any(_holds_unspeakable(name) or _holds_unspeakable(inner) for name, inner in value.items())
        case list():
            return any(_holds_unspeakable(inner) for inner in value)
        case _:
            return False
