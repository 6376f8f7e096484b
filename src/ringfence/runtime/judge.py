"""What the claims of a token with a good signature must say. Pure: the clock is an argument.

Every place that can hold the same fact is read, and two places that disagree are refused: whoever reads the other one
(a policy, a gateway, a log) would see another tenant than we did.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ringfence.runtime.keyform import FORMS, is_uuid
from ringfence.runtime.profile import LegacyProfile, TokenProfile
from ringfence.runtime.refused import TokenRefused
from ringfence.runtime.verified import VerifiedToken

KEY_CHARS_MAX = 128
SECONDS_MAX = 253402300799
"""The end of the year 9999, after which no time is a time."""
NUMBER_MAX = 2**53 - 1
"""Up to here every JSON reader sees the same number (RFC 8259, 6)."""

_UUID_LIKE = re.compile(r"\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?\Z")
_KEY = re.compile(r"[A-Za-z0-9_.:@|-]+\Z")
_ROLE = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z")
_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash"})
"""Claims of OpenID Connect's id tokens, which are for the client and open no API."""
_ABSENT = object()


class Judged(NamedTuple):
    """A believed token, and until when (seconds since 1970; None: no claim ends it) it may be believed unasked."""

    token: VerifiedToken
    until: float | None


def judge(claims: Mapping[str, Any], profile: TokenProfile, now_s: float) -> Judged:
    """What a token says that was signed by a key of the issuer's key set; raises TokenRefused."""
    _check_issuer(claims, profile.issuer)
    _check_audience(claims, profile.audience)
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if issued is None or expires is None:
        raise TokenRefused("times")
    _check_times(claims, issued, expires, profile.skew_s, now_s)
    if expires - issued > profile.lifetime_s_max:
        raise TokenRefused("times")
    session = _key(claims, profile.session_claim)
    if session is None and profile.session_required:
        raise TokenRefused("session")
    return Judged(_token(claims, profile, session, issued, expires, legacy=False), expires + profile.skew_s)


def judge_legacy(claims: Mapping[str, Any], profile: TokenProfile, legacy: LegacyProfile, now_s: float) -> Judged:
    """What a token says that was signed with the old shared secret; raises TokenRefused.

    Old and short, once the last honest issuer has stopped: a forger has the same secret, but can only make tokens that
    end when the last honest ones do.
    """
    _check_issuer(claims, legacy.issuer)
    _check_audience(claims, legacy.audience)
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    session = _key(claims, profile.session_claim)
    missing = {n for n, v in (("iat", issued), ("exp", expires), ("session_id", session)) if v is None}
    if not missing <= legacy.lacks:
        raise TokenRefused("legacy")
    skew = profile.skew_s
    _check_times(claims, issued, expires, skew, now_s)
    ends: list[float] = [] if expires is None else [expires + skew]
    if issued is not None:
        if expires is not None and expires - issued > legacy.lifetime_s:
            raise TokenRefused("legacy")
        ends.append(issued + legacy.lifetime_s + skew)
    if legacy.rotated_at is not None:
        if issued is not None and issued > legacy.rotated_at + skew:
            raise TokenRefused("legacy")
        if expires is not None and expires > legacy.rotated_at + legacy.lifetime_s + skew:
            raise TokenRefused("legacy")
        ends.append(legacy.rotated_at + legacy.lifetime_s + skew)
    elif expires is not None and issued is None and expires > now_s + legacy.lifetime_s + skew:
        raise TokenRefused("legacy")
    if legacy.closes_at is not None:
        ends.append(legacy.closes_at)
    until = min(ends)
    if until <= now_s:
        raise TokenRefused("legacy")
    return Judged(_token(claims, profile, session, issued, expires, legacy=True), until)


def _token(
    claims: Mapping[str, Any],
    profile: TokenProfile,
    session: str | None,
    issued: int | None,
    expires: int | None,
    *,
    legacy: bool,
) -> VerifiedToken:
    user, role = _key(claims, "sub"), claims.get("role")
    if user is None:
        raise TokenRefused("user")
    if not isinstance(role, str) or role not in profile.roles:
        raise TokenRefused("role")
    if not _OF_ID_TOKENS.isdisjoint(claims):
        raise TokenRefused("type")
    if claims.get("is_anonymous", False) is not False and not profile.anonymous_accepted:
        raise TokenRefused("anonymous")
    if "act" in claims and not profile.impersonation_accepted:
        raise TokenRefused("impersonation")
    if profile.second_factor_required and claims.get("aal") != "aal2":
        raise TokenRefused("factor")
    organization, org_role = _organization(claims, profile), _org_role(claims, profile)
    if org_role is not None and organization is None:
        raise TokenRefused("organization")
    return VerifiedToken(
        user=user,
        role=role,
        session=session,
        organization=organization,
        org_role=org_role,
        token_version=_number(claims, profile.version_claim),
        membership_epoch=_number(claims, profile.epoch_claim),
        legacy=legacy,
        issued_at=issued,
        expires_at=expires,
        claims=claims,
    )


def _check_issuer(claims: Mapping[str, Any], issuer: str | None) -> None:
    # the whole text and nothing else: a prefix or one of a list is how an issuer is impersonated (GHSA-75c5-xw7c-p5pm)
    found = claims.get("iss")
    good = "iss" not in claims if issuer is None else isinstance(found, str) and found == issuer
    if not good:
        raise TokenRefused("issuer")


def _check_audience(claims: Mapping[str, Any], audience: str | None) -> None:
    found = claims.get("aud", _ABSENT)
    match found:
        case str():
            good = found == audience
        case tuple():
            good = all(isinstance(one, str) for one in found) and audience in found
        case _:
            good = found is _ABSENT and audience is None
    if not good:
        raise TokenRefused("audience")


def _check_times(claims: Mapping[str, Any], issued: int | None, expires: int | None, skew_s: int, now_s: float) -> None:
    starts = _time(claims, "nbf")
    if expires is not None and now_s >= expires + skew_s:
        raise TokenRefused("expired")
    if (issued is not None and issued > now_s + skew_s) or (starts is not None and starts > now_s + skew_s):
        raise TokenRefused("times")
    if issued is not None and expires is not None and expires <= issued:
        raise TokenRefused("times")


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    """A NumericDate (RFC 7519, 2) in whole seconds, or None when there is none; anything else is refused."""
    value = claims.get(name, _ABSENT)
    if value is _ABSENT:
        return None
    # bool is an int to Python: true would be the first second of 1970
    if type(value) not in (int, float) or not 0 <= value <= SECONDS_MAX:
        raise TokenRefused("times")
    return int(value)


def _number(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name, _ABSENT)
    if value is _ABSENT:
        return None
    if type(value) is not int or not 0 <= value <= NUMBER_MAX:
        raise TokenRefused("number")
    return value


def _key(claims: Mapping[str, Any], name: str) -> str | None:
    """The key of a user or session; a UUID only in its canonical form, so that one user has one key."""
    value = claims.get(name, _ABSENT)
    if value is _ABSENT:
        return None
    if isinstance(value, str) and _is_key(value):
        return value
    raise TokenRefused("user" if name == "sub" else "session")


def _is_key(value: str) -> bool:
    if is_uuid(value):
        return True
    return len(value) <= KEY_CHARS_MAX and _KEY.match(value) is not None and _UUID_LIKE.match(value) is None


def _organization(claims: Mapping[str, Any], profile: TokenProfile) -> str | None:
    said = _said(claims, profile.tenant_claim, profile.mirror_claim)
    fits = FORMS[profile.organization_type]
    # null, a number, a list, an object or another spelling are no organization; only saying nothing is none
    if any(not isinstance(one, str) or not fits(one) for one in said):
        raise TokenRefused("organization")
    if len(set(said)) > 1:
        raise TokenRefused("organization")
    return said[0] if said else None


def _org_role(claims: Mapping[str, Any], profile: TokenProfile) -> str | None:
    said = _said(claims, profile.role_claim, profile.role_claim[-1])
    if any(not isinstance(one, str) or _ROLE.match(one) is None for one in said):
        raise TokenRefused("organization")
    if len(set(said)) > 1:
        raise TokenRefused("organization")
    return said[0] if said else None


def _said(claims: Mapping[str, Any], path: Sequence[str], mirror: str) -> list[Any]:
    """Every value that claims have for one fact, at its path and at its top-level mirror."""
    said = [claims[mirror]] if mirror in claims else []
    place: Any = claims
    for part in path:
        if not isinstance(place, Mapping):
            raise TokenRefused("organization")  # app_metadata that is no object
        if part not in place:
            return said
        place = place[part]
    said.append(place)
    return said
