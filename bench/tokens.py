"""What strictness costs: a token verified with all that Ringfence asks of it, against bare joserfc, and from the cache.

Bare joserfc decodes the same token under the same key, and checks issuer, audience and expiry with its own registry.
Every ratio is taken from blocks that alternate between the two sides, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from bench.harness import Entry, entry
from ringfence.runtime.claims import FixedKeys, LegacyProfile, TokenProfile, Verifier
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.tokencache import TokenCache

PAIRS = 15
BLOCK = 300
ISSUER, AUDIENCE = "https://auth.example.com/auth/v1", "authenticated"
USER = "6f1a3c52-0b7e-4d1c-9a51-3f6f0c8f2a11"
TENANT = "0a7c2d1e-3b4f-4a5b-8c6d-9e0f1a2b3c4d"
SECRET = b"an old shared secret of forty-four characters"


def claims() -> dict[str, Any]:
    """What an access token of Supabase says, with its tenant."""
    now_s = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": USER,
        "role": "authenticated",
        "iat": now_s,
        "exp": now_s + 3600,
        "session_id": USER,
        "email": "ada@example.com",
        "phone": "",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": now_s}],
        "is_anonymous": False,
        "app_metadata": {"provider": "email", "providers": ["email"], "org_id": TENANT, "org_role": "member"},
        "user_metadata": {"name": "Ada", "email_verified": True},
        "org_id": TENANT,
        "tv": 2,
        "mep": 7,
    }


def keys() -> dict[str, Any]:
    """One key of each kind."""
    native = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "ES256": ECKey.import_key(ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "es"}),
        "RS256": RSAKey.import_key(RSAKey.import_key(native).as_dict(private=True) | {"kid": "rs"}),
        "EdDSA": OKPKey.import_key(OKPKey.generate_key("Ed25519").as_dict(private=True) | {"kid": "ed"}),
        "HS256": OctKey.import_key(SECRET, {"kid": "old"}),
    }


def run() -> dict[str, Entry]:
    """Ratios of a verification to bare joserfc, per algorithm; the named figures are the worst of them."""
    # joserfc warns of the name EdDSA, which RFC 9864 replaces and every issuer still uses
    warnings.simplefilter("ignore", SecurityWarning)
    made = keys()
    public = [made[alg].as_dict(private=False) for alg in ("ES256", "RS256", "EdDSA")]
    key_set = parse_key_set(json.dumps({"keys": public}).encode())
    legacy = LegacyProfile(SECRET, ISSUER, AUDIENCE, lifetime_days=30)
    profile = TokenProfile(ISSUER, AUDIENCE, legacy=legacy)
    found: dict[str, Entry] = {}
    cold, cached, unchecked = [], [], []
    for alg, key in made.items():
        token = jwt.encode({"alg": alg, "kid": key.kid}, claims(), key, algorithms=[alg])
        ratios = asyncio.run(_ratios(token, alg, made, profile, FixedKeys(key_set)))
        cold.append(ratios[0])
        cached.append(ratios[1])
        unchecked.append(ratios[2])
        found[f"token_vs_joserfc_{alg.lower()}"] = entry(ratios[0], f"{alg}, {len(token)} bytes, cold")
    worst = max(range(len(cold)), key=lambda n: statistics.median(cold[n]))
    worst_cached = max(range(len(cached)), key=lambda n: statistics.median(cached[n]))
    names = list(made)
    worst_unchecked = max(unchecked, key=statistics.median)
    return {
        "token_vs_joserfc": entry(cold[worst], f"a verification / joserfc.jwt.decode and its claims registry; the worst algorithm: {names[worst]}"),
        "token_cached_vs_joserfc": entry(cached[worst_cached], f"the same token again, from the cache; the worst algorithm: {names[worst_cached]}"),
        "token_vs_joserfc_unchecked": entry(worst_unchecked, "a verification / joserfc.jwt.decode alone, which checks no claim; the worst algorithm"),
        **found,
    }  # fmt: skip


async def _ratios(
    token: str, alg: str, made: dict[str, Any], profile: TokenProfile, source: FixedKeys
) -> tuple[list[float], list[float], list[float]]:
    """Per round of blocks: cold over bare, cached over bare, and cold over a decode that checks no claim."""
    # joserfc chooses by key id, too; the shared secret cannot be in a set with public keys
    bare_keys = made[alg] if alg == "HS256" else KeySet([made[name] for name in ("ES256", "RS256", "EdDSA")])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
    )

    def decode_alone() -> None:
        jwt.decode(token, bare_keys, algorithms=[alg])

    cold, cached = Verifier(profile, source, cache=TokenCache(0)), Verifier(profile, source)

    def bare() -> None:
        registry.validate(jwt.decode(token, bare_keys, algorithms=[alg]).claims)

    async def block(verifier: Verifier) -> float:
        taken = []
        for _ in range(BLOCK):
            started = time.perf_counter()
            await verifier.verify(token)
            taken.append(time.perf_counter() - started)
        return statistics.quantiles(taken, n=5)[0]

    def bare_block(ask: Callable[[], None]) -> float:
        taken = []
        for _ in range(BLOCK):
            started = time.perf_counter()
            ask()
            taken.append(time.perf_counter() - started)
        return statistics.quantiles(taken, n=5)[0]

    pairs = []
    for _ in range(PAIRS + 1):
        plain = bare_block(bare)
        alone = bare_block(decode_alone)
        measured = await block(cold)
        pairs.append((measured / plain, await block(cached) / plain, measured / alone))
    first, second, third = zip(*pairs[1:], strict=True)
    return list(first), list(second), list(third)
