"""What docs/tokens.md shows works as it stands."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringfence.runtime.claims import FixedKeys, TokenProfile, Verifier
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.signing import KeyState, Move, SigningKey, create, restore, revoke, rotate
from support import token_vectors as v

PAGE = (Path(__file__).parents[3] / "docs" / "tokens.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_of_verifying_runs() -> None:
    names: dict[str, Any] = {}
    exec(BLOCKS[0], names)
    exec(BLOCKS[1], names)

    assert asyncio.run(names["answer"]("")) == (401, {"WWW-Authenticate": "Bearer"})
    assert names["profile"].legacy is names["legacy"]
    profile = TokenProfile(v.ISSUER, v.AUDIENCE)
    names["verifier"] = Verifier(profile, FixedKeys(parse_key_set(v.JWKS)), clock=lambda: v.NOW)
    assert asyncio.run(names["answer"](v.token())) == (200, {"user": v.USER, "organization": v.ORG_A})


def test_the_moves_of_the_page_are_those_that_can_be_made() -> None:
    """Each row of the table of moves, and its way back."""
    secret, now = KeysSecret.generate(1), datetime.now(UTC)
    first, second = create([], secret, now), create([], secret, now)

    def after(keys: Sequence[SigningKey], moves: Sequence[Move]) -> list[SigningKey]:
        made = {key.kid: key for key in keys}
        for move in moves:
            old = made[move.kid]
            made[move.kid] = SigningKey(
                old.kid, old.alg, move.new, old.public_jwk, old.envelope, 1, now, now, left=move.old
            )
        return list(made.values())

    keys = after([first], rotate([first], now))
    keys = after([*keys, second], rotate([*keys, second], now, young_accepted=True))
    keys = after(keys, rotate(keys, now, kid=first.kid))
    keys = after(keys, revoke(keys, second.kid))
    keys = after(keys, restore(keys, second.kid))

    assert [key.state for key in keys] == [KeyState.IN_USE, KeyState.PREVIOUSLY_USED]
    for verb in ("create", "rotate", "revoke KEY", "restore KEY"):
        assert f"keys {verb}" in PAGE
