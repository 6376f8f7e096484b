"""Signing keys of an application that issues its own tokens, and the moves they make. Pure: what may move, not how.

    standby -> in use -> previously used -> revoked

A key is published before it signs, so that every verifier has it when its first token comes, and goes on being
published after it has signed its last one, until that token is over. Every move has its way back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ringfence.errors import RingfenceError
from ringfence.runtime import base64url
from ringfence.runtime.envelope import KeysSecret

STANDBY_MIN = timedelta(minutes=20)
"""How long a key is published before it signs: verifiers keep a key set for ten minutes, caches between ten more."""
KEYS_MAX = 32
"""As many as a verifier reads; revoked ones do not count."""
ISSUED_ALGORITHMS = ("ES256", "EdDSA")


class KeyState(StrEnum):
    """Where a signing key stands."""

    STANDBY = "standby"
    IN_USE = "in_use"
    PREVIOUSLY_USED = "previously_used"
    REVOKED = "revoked"

    @property
    def published(self) -> bool:
        """Whether the key set has it, so that its tokens are believed."""
        return self is not KeyState.REVOKED


class KeyMoveRefused(RingfenceError):
    """A signing key cannot make this move now."""

    code = "RF938"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A signing key as it lies in the database."""

    kid: str
    alg: str
    state: KeyState
    public_jwk: str
    envelope: bytes = field(repr=False)
    secret_id: int
    created_at: datetime
    changed_at: datetime
    left: KeyState | None = None
    """The state before this one, which a move back leads to."""


@dataclass(frozen=True, slots=True)
class Move:
    """One key from one state into another."""

    kid: str
    old: KeyState
    new: KeyState


def in_use(keys: Sequence[SigningKey]) -> SigningKey | None:
    """The one key that signs."""
    return next((key for key in keys if key.state is KeyState.IN_USE), None)


def rotate(
    keys: Sequence[SigningKey], now: datetime, *, kid: str | None = None, young_accepted: bool = False
) -> tuple[Move, ...]:
    """The standby key begins to sign and the one that signed steps back; raises KeyMoveRefused.

    `kid` names the key when there are several, or one that was used before: that is the way back.
    """
    current = in_use(keys)
    if kid is None:
        waiting = [key for key in keys if key.state is KeyState.STANDBY]
        if len(waiting) != 1:
            raise KeyMoveRefused(
                "there is no key on standby" if not waiting else "several keys are on standby",
                detail=", ".join(key.kid for key in waiting),
                hint="ringfence keys create" if not waiting else f"ringfence keys rotate {waiting[0].kid}",
            )
        following = waiting[0]
    else:
        following = _named(keys, kid)
    if following.state not in (KeyState.STANDBY, KeyState.PREVIOUSLY_USED):
        raise KeyMoveRefused(f"a key that is {_said(following.state)} cannot begin to sign", subject=following.kid)
    published_for = now - following.changed_at
    if (
        following.state is KeyState.STANDBY
        and current is not None  # the first key of all has nobody to wait for
        and published_for < STANDBY_MIN
        and not young_accepted
    ):
        raise KeyMoveRefused(
            f"the key has been published for {int(published_for.total_seconds())} seconds,"
            f" and some verifier may learn of it only after {int(STANDBY_MIN.total_seconds())}",
            subject=following.kid,
            hint=f"wait, or accept that its first tokens may be refused: ringfence keys rotate {following.kid} --now",
        )
    back = () if current is None else (Move(current.kid, KeyState.IN_USE, KeyState.PREVIOUSLY_USED),)
    # the one that signs steps back first: two that sign are one too many for the database
    return (*back, Move(following.kid, following.state, KeyState.IN_USE))


def revoke(keys: Sequence[SigningKey], kid: str, *, in_use_accepted: bool = False) -> tuple[Move, ...]:
    """Nobody believes what this key has signed any more; raises KeyMoveRefused."""
    key = _named(keys, kid)
    if key.state is KeyState.REVOKED:
        return ()
    if key.state is KeyState.IN_USE and not in_use_accepted:
        raise KeyMoveRefused(
            "the key signs now: without it every user is logged out and no token can be issued",
            subject=kid,
            hint=f"rotate first (ringfence keys rotate), or for a stolen key: ringfence keys revoke {kid} --in-use",
        )
    return (Move(kid, key.state, KeyState.REVOKED),)


def restore(keys: Sequence[SigningKey], kid: str) -> tuple[Move, ...]:
    """A revoked key is believed again, but does not sign, whatever it did before; raises KeyMoveRefused."""
    key = _named(keys, kid)
    if key.state is not KeyState.REVOKED:
        raise KeyMoveRefused(f"the key is {_said(key.state)}, not revoked", subject=kid)
    _refuse_many(keys)
    back = KeyState.STANDBY if key.left is KeyState.STANDBY else KeyState.PREVIOUSLY_USED
    return (Move(kid, KeyState.REVOKED, back),)


def create(keys: Sequence[SigningKey], secret: KeysSecret, now: datetime, alg: str = "ES256") -> SigningKey:
    """A fresh key on standby; raises KeyMoveRefused."""
    _refuse_many(keys)
    if alg not in ISSUED_ALGORITHMS:
        raise KeyMoveRefused(f"{alg} is no algorithm to sign with", hint="one of " + ", ".join(ISSUED_ALGORITHMS))
    kid = secrets.token_hex(12)  # never begins with a hyphen, which a command line would take for an option
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    public: dict[str, str]
    if alg == "ES256":
        private = ec.generate_private_key(ec.SECP256R1())
        point = private.public_key().public_numbers()
        x, y = (base64url.encode(n.to_bytes(32, "big")) for n in (point.x, point.y))
        public = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes_raw()
        public = {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw)}
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    document = json.dumps({**public, "kid": kid, "alg": alg, "use": "sig"}, separators=(",", ":"))
    return SigningKey(kid, alg, KeyState.STANDBY, document, secret.wrap(der, kid, alg), secret.id, now, now)


def key_set_document(keys: Sequence[SigningKey]) -> bytes:
    """The JWKS document (RFC 7517) of every key whose tokens are believed."""
    public: list[dict[str, Any]] = [json.loads(key.public_jwk) for key in keys if key.state.published]
    return json.dumps({"keys": public}, separators=(",", ":")).encode()


def named(keys: Sequence[SigningKey], beginning: str) -> SigningKey:
    """The one key whose id begins like this; raises KeyMoveRefused."""
    found = [key for key in keys if key.kid == beginning] or [k for k in keys if k.kid.startswith(beginning)]
    if len(found) != 1 or not beginning:
        raise KeyMoveRefused(
            "several keys begin like this" if len(found) > 1 else "there is no such key",
            subject=beginning,
            detail=", ".join(key.kid for key in found),
            hint="ringfence keys list",
        )
    return found[0]


def _named(keys: Sequence[SigningKey], kid: str) -> SigningKey:
    for key in keys:
        if key.kid == kid:
            return key
    raise KeyMoveRefused("there is no such key", subject=kid, hint="ringfence keys list")


def _refuse_many(keys: Sequence[SigningKey]) -> None:
    if sum(key.state.published for key in keys) >= KEYS_MAX:
        raise KeyMoveRefused(
            f"there are {KEYS_MAX} keys already, as many as a verifier reads", hint="ringfence keys revoke <kid>"
        )


def _said(state: KeyState) -> str:
    return state.value.replace("_", " ")
