"""Which kinds of tokens people hold and use: counted from outside, by what a token says of itself. Pure.

Nobody's signature is checked here. These are the users, who were given their tokens and look at none of them.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ringfence.demo.traffic.model import TokenLine
from ringfence.demo.traffic.world import Person

NEW = "new key, with the company"
NEW_WITHOUT = "new key, without"
OLD = "of before"
OLD_WITH = "of before, with the company"
ENDLESS = "of before, without end"
COOKIE = "cookie of before"
NONE = "no token"
KINDS = (COOKIE, ENDLESS, OLD, OLD_WITH, NEW_WITHOUT, NEW, NONE)
OF_BEFORE = frozenset({ENDLESS, OLD, OLD_WITH})
KNOWN_MAX = 4096


@lru_cache(KNOWN_MAX)
def kind_of(token: str) -> str:
    """What sort of token this is; raises ValueError for a text that is none."""
    if not token:
        return NONE
    header, claims = (_read(part) for part in token.split(".")[:2])
    named = "org_id" in claims
    if header["alg"] != "HS256":
        return NEW if named else NEW_WITHOUT
    if "exp" not in claims:
        return ENDLESS
    return OLD_WITH if named else OLD


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def held_by(person: Person) -> str:
    """The kind of token that somebody's requests come with, or the cookie."""
    return COOKIE if person.cookie and not person.token else kind_of(person.token)


def held(people: Iterable[Person]) -> dict[str, int]:
    """People by the kind of token they hold now."""
    return dict(Counter(held_by(person) for person in people))


def turned(refreshes: Mapping[tuple[str, str], int]) -> tuple[int, int]:
    """How many refreshes turned a token of before into a new one with the company, and how many a new one back."""
    upgraded = sum(n for (was, now), n in refreshes.items() if was in OF_BEFORE and now == NEW)
    handed_back = sum(n for (was, now), n in refreshes.items() if was in (NEW, NEW_WITHOUT) and now in OF_BEFORE)
    return upgraded, handed_back


@dataclass
class TokenTally:
    """Requests by part of the story and kind of token."""

    _used: Counter[tuple[str, str]] = field(default_factory=Counter)
    _failed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def used(self, label: str, kind: str, *, failed: bool) -> None:
        """A request came with a token of this kind."""
        key = (label, kind)
        self._used[key] += 1
        self._failed[key] += failed

    def lines(self) -> tuple[TokenLine, ...]:
        """Everything that was counted."""
        return tuple(TokenLine(*key, number, self._failed[key]) for key, number in self._used.items())
