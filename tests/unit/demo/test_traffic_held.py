"""Which tokens people hold, told from what a token says of itself, and which server a request goes to."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.traffic import held
from ringfence.demo.traffic.held import TokenTally, kind_of, turned
from ringfence.demo.traffic.web import Versions
from ringfence.demo.traffic.world import Person

OLD, NEW = "http://old", ("http://one", "http://two")


def token(alg: str, **claims: Any) -> str:
    parts = ({"alg": alg}, {"sub": "somebody", **claims})
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + ".signature"


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("", held.NONE),
        (token("HS256"), held.ENDLESS),
        (token("HS256", exp=1), held.OLD),
        (token("HS256", exp=1, org_id="o"), held.OLD_WITH),
        (token("ES256", exp=1, org_id="o"), held.NEW),
        (token("EdDSA", exp=1), held.NEW_WITHOUT),
    ],
)
def test_a_token_says_of_which_kind_it_is(made: str, kind: str) -> None:
    assert kind_of(made) == kind
    assert kind in held.KINDS


@pytest.mark.parametrize("text", ["x", "a.b.c", "..", "e30.W10.x"])
def test_what_is_no_token_is_no_kind(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        kind_of(text)


def test_a_person_holds_a_cookie_or_a_token() -> None:
    people = [Person("a", "", "page", cookie="c"), Person("b", "", "mobile", token("HS256")), Person("c", "", "web")]

    assert held.held(people) == {held.COOKIE: 1, held.ENDLESS: 1, held.NONE: 1}


@given(st.lists(st.tuples(st.sampled_from(["calm", "moving"]), st.sampled_from(held.KINDS), st.booleans())))
def test_every_use_is_counted_once(uses: list[tuple[str, str, bool]]) -> None:
    tally = TokenTally()
    for label, kind, failed in uses:
        tally.used(label, kind, failed=failed)
    lines = tally.lines()

    assert sum(line.requests for line in lines) == len(uses)
    assert sum(line.failed for line in lines) == sum(failed for *_, failed in uses)
    assert len({(line.label, line.kind) for line in lines}) == len(lines)


def test_a_refresh_upgrades_or_hands_back_or_leaves_as_it_was() -> None:
    kinds = [held.ENDLESS, held.OLD, held.OLD_WITH, held.NEW_WITHOUT, held.NEW]
    each = Counter((was, now) for was in kinds for now in kinds)

    # to the new key with the company: from three kinds; from either new kind to any of three
    assert turned(each) == (3, 6)
    assert turned({}) == (0, 0)


people = st.builds(lambda key: Person(key, "", "web"), st.text("0123456789abcdef", min_size=4, max_size=8))


@given(people, st.floats(0, 1), st.floats(0, 1))
def test_whoever_uses_the_new_version_uses_it_at_every_larger_share(person: Person, one: float, other: float) -> None:
    small, large = sorted((one, other))
    versions = Versions(OLD, NEW, small, "moving")
    used = versions.of(person)
    assert (versions.server(person) in NEW) == (used == "moving")
    versions.share = large

    assert used == "before" or versions.of(person) == "moving"


def test_the_servers_of_a_version_take_turns() -> None:
    versions = Versions(OLD, NEW, 1.0)

    assert Counter(versions.server(Person("a", "", "web")) for _ in range(10)) == {NEW[0]: 5, NEW[1]: 5}
    assert versions.server(None) == OLD


@pytest.mark.parametrize(
    ("after", "share", "busy", "left"),
    [
        (NEW, 0.5, OLD, 0),
        (NEW, 1.0, OLD, 1),
        (NEW, 0.0, NEW[0], 1),
        (NEW[:1], 0.5, NEW[1], 1),
        (NEW, 0.5, "http://gone", 1),
    ],
)
def test_servers_are_waited_for_that_get_no_more_requests(
    after: tuple[str, ...], share: float, busy: str, left: int
) -> None:
    """Only those are waited for that nobody is sent to any more."""
    versions = Versions(OLD, after, share)
    versions.under_way[busy] += 1

    assert versions.left() == left
    versions.under_way[busy] -= 1
    assert versions.left() == 0
