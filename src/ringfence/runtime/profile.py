"""Which tokens an application believes: its issuer, audience, algorithms and times, and what the old ones may lack."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.errors import RingfenceError
from ringfence.runtime.context import MIRROR_CLAIM, TENANT_CLAIM
from ringfence.runtime.keyform import FORMS

ALGORITHMS = ("ES256", "RS256", "EdDSA")
"""Those whose verifier cannot sign: a leak of its keys forges nothing."""
SKEW_S_MAX = 120
SECRET_BYTES_MIN = 32
"""RFC 7518, 3.2: a shorter secret is guessed offline, from one token."""
DISTINCT_MIN = 8
LEGACY_MAY_LACK = frozenset({"iat", "exp", "session_id"})


class InvalidProfile(RingfenceError):
    """A token profile would believe what nobody should, or could believe nothing."""

    code = "RF933"


@dataclass(frozen=True, slots=True)
class LegacyProfile:
    """The tokens of before: HS256 with a shared secret, believed in a window that closes.

    Whoever holds the secret can forge, so after the rotation a legacy token must look as the last honest ones did:
    issued before `rotated_at`, and over within `lifetime_days` of it.

    Raises InvalidProfile.
    """

    secret: bytes = field(repr=False)
    issuer: str | None
    """What legacy tokens have as `iss`; None means that they have none, and one that has is refused."""
    audience: str | None
    """The same for `aud`."""
    lifetime_days: float
    """The longest that a legacy token lives, measured or known: the age at which one without `exp` is over."""
    lacks: frozenset[str] = frozenset()
    """Which of `iat`, `exp` and `session_id` legacy tokens may lack."""
    rotated_at: int | None = None
    """When the last legacy issuer was seen to stop (seconds since 1970); None while one still issues."""
    closes_at: int | None = None
    """From this moment on no legacy token is believed; None leaves the window open."""

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES_MIN:
            raise InvalidProfile(
                f"the legacy secret has {len(self.secret)} bytes, fewer than {SECRET_BYTES_MIN}",
                detail="whoever has one token can guess it at home (RFC 7518, 3.2)",
                hint="give the old issuer a longer secret first; its old tokens end with it",
            )
        if len(set(self.secret)) < DISTINCT_MIN:
            raise InvalidProfile(
                f"the legacy secret has fewer than {DISTINCT_MIN} different bytes",
                hint="a variable that was never filled? give the secret of the old issuer",
            )
        if self.lifetime_days <= 0:
            raise InvalidProfile("lifetime_days must be above zero")
        if not self.lacks <= LEGACY_MAY_LACK:
            raise InvalidProfile(
                "legacy tokens may lack iat, exp and session_id only", detail=", ".join(sorted(self.lacks))
            )
        if {"iat", "exp"} <= self.lacks and self.rotated_at is None and self.closes_at is None:
            raise InvalidProfile(
                "legacy tokens without iat and exp would never end",
                hint="give closes_at, or rotated_at once the old issuer has stopped",
            )

    @property
    def lifetime_s(self) -> float:
        """The longest life of a legacy token in seconds."""
        return self.lifetime_days * 86400


@dataclass(frozen=True, slots=True)
class TokenProfile:
    """What a token must say to be believed.

    Raises InvalidProfile.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = ALGORITHMS
    types: tuple[str, ...] = ("jwt", "at+jwt")
    """The `typ` of a header, in lower case and without `application/`; a token without one is taken as `jwt`."""
    roles: frozenset[str] = frozenset({"authenticated"})
    """What a user's token may have as role: neither `anon` nor `service_role`, whose keys are tokens too."""
    skew_s: int = 30
    """By how much the clocks of issuer and verifier may differ."""
    lifetime_s_max: int = 86400
    """From `iat` to `exp`, at most."""
    session_required: bool = True
    anonymous_accepted: bool = False
    impersonation_accepted: bool = False
    """Tokens with `act` (RFC 8693): somebody else acting as the user."""
    second_factor_required: bool = False
    """Only tokens of `aal2`."""
    organization_type: str = "uuid"
    """The type of the organizations' key: uuid, bigint, integer, smallint or text. One spelling of each is believed."""
    tenant_claim: tuple[str, ...] = TENANT_CLAIM
    mirror_claim: str = MIRROR_CLAIM
    role_claim: tuple[str, ...] = ("app_metadata", "org_role")
    version_claim: str = "tv"
    epoch_claim: str = "mep"
    session_claim: str = "session_id"
    legacy: LegacyProfile | None = None

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise InvalidProfile("a profile needs issuer and audience", hint="any issuer's tokens are nobody's tokens")
        unknown = [name for name in self.algorithms if name not in ALGORITHMS]
        if unknown or not self.algorithms:
            raise InvalidProfile(
                "a profile's algorithms are some of " + ", ".join(ALGORITHMS),
                detail=f"found {', '.join(unknown) or 'none'}",
                hint="HS256 is for the legacy profile alone, which has its own secret",
            )
        if not 0 <= self.skew_s <= SKEW_S_MAX:
            raise InvalidProfile(f"skew_s is between 0 and {SKEW_S_MAX}", hint="set the clocks instead")
        if self.lifetime_s_max <= 0:
            raise InvalidProfile("lifetime_s_max must be above zero")
        if "service_role" in self.roles or "" in self.roles or not self.roles:
            raise InvalidProfile("the roles of a user's token cannot be empty or contain service_role")
        if self.organization_type not in FORMS:
            raise InvalidProfile(
                f"organization_type is one of {', '.join(FORMS)}",
                detail=f"found {self.organization_type!r}"[:200],
                hint="the type of the organizations' key; text for character varying",
            )
        if not self.tenant_claim or self.tenant_claim[0] == "user_metadata" or self.tenant_claim == ("client_id",):
            raise InvalidProfile(
                "this claim cannot hold the tenant",
                detail=".".join(self.tenant_claim),
                hint="users write user_metadata themselves, and client_id is the OAuth client (RFC 9068)",
            )
