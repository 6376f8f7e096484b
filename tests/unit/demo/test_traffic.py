"""The pure parts of the traffic: when requests are due, what latencies add up to, what the users remember."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.ledger import Ledger, Write
from ringfence.demo.traffic.meter import Meter
from ringfence.demo.traffic.mix import MIX
from ringfence.demo.traffic.model import Judged, TrafficResult
from ringfence.demo.traffic.schedule import arrivals
from ringfence.demo.traffic.web import Versions
from ringfence.demo.traffic.world import Failed, Person, World


@given(st.floats(0.5, 500.0), st.integers())
def test_arrivals_go_forward_and_keep_the_rate(rate: float, seed: int) -> None:
    """The mean gap of many arrivals is near 1/rate, whatever becomes of the requests."""
    moments = list(itertools.islice(arrivals(rate, random.Random(seed)), 2000))

    assert all(later > earlier for earlier, later in itertools.pairwise(moments))
    assert 0.8 / rate < moments[-1] / 2000 < 1.2 / rate


@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_no_rate_is_no_schedule(rate: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        next(arrivals(rate, random.Random(1)))


requests = st.tuples(
    st.floats(0.0, 20.0),
    st.floats(0.0001, 30.0),
    st.sampled_from(["web", "old"]),
    st.sampled_from([None, "no answer"]),
    st.sampled_from(["before", "during"]),
)


@given(st.lists(requests, max_size=60))
def test_every_request_is_counted_once_in_every_view(made: list[tuple[float, float, str, str | None, str]]) -> None:
    meter = Meter()
    for due, seconds, client, failure, group in made:
        meter.label = meter.group = group
        meter.due(due)
        meter.done(due, seconds, client, "see_me", failure)

    result = TrafficResult.read(json.loads(json.dumps(meter.result().document())))

    assert result == meter.result()
    assert result.total == len(made)
    assert result.failed == sum(failure is not None for *_, failure, _ in made)
    assert sum(s.requests for s in result.seconds) == sum(line.total for line in result.by_client.values()) == len(made)
    assert sum(s.failed for s in result.seconds) == sum(line.failed for line in result.by_client.values())
    assert sum(line.count for line in result.groups.values()) == len(made)
    for line in result.labels.values():
        assert line.p50 <= line.p99 <= line.p999 <= line.max
    if made:
        longest = max(seconds for _, seconds, *_ in made) * 1000
        assert max(line.max for line in result.groups.values()) == pytest.approx(longest, rel=0.002, abs=0.01)


def test_a_request_belongs_to_the_second_in_which_it_was_due() -> None:
    """A stall of three seconds is seen where it began, not where it ended."""
    meter = Meter(label="calm")
    meter.due(4.2)
    meter.label = "something else"
    meter.done(4.2, 3.0, "web", "see_me", None)

    (second,) = meter.result().seconds

    assert (second.second, second.label, second.requests) == (4, "calm", 1)
    assert second.max == pytest.approx(3000, rel=0.002)


def world() -> World:
    ledger = Ledger(people={"p": "a@harbor.example"}, documents={"d": "p"}, folders={}, slugs={"d": "s"})
    people = {"p": Person("p", "a@harbor.example", "web", "token")}
    return World(ledger, random.Random(1), people, own_documents={"p": ["d"]})


def test_what_is_being_written_is_left_alone() -> None:
    """Two writes of one object at once would leave nobody knowing which came last."""
    known = world()
    with known.writing("d"):
        assert known.document_of(known.people["p"]) is None
    assert known.document_of(known.people["p"]) == "d"


def test_a_change_without_a_sound_answer_is_doubted_and_not_called_lost() -> None:
    known = world()
    known.ledger.take(Write("edit_document", {"body": "first"}), "d")
    with pytest.raises(Failed), known.writing("d"):
        raise Failed("no answer")

    verdict = known.ledger.judge("public.documents", [("d", {"slug": "s", "body": "second"})])

    assert verdict.lost == ()
    assert known.ledger.judge("public.documents", []).lost == ("public.documents d is not there",)


def test_marks_are_never_used_twice() -> None:
    known = world()
    assert len({known.mark() for _ in range(1000)}) == 1000


def test_three_requests_of_four_read() -> None:
    reading = sum(w for a, w in MIX.items() if a.__name__.startswith(("see_", "list_", "open_", "search", "download")))
    assert 0.7 < reading / sum(MIX.values()) < 0.85


def test_a_verdict_travels_whole() -> None:
    judged = Judged("now", 3, 2, ("a",), (), ("b", "c"), 1)
    meter = Meter(judged=[judged])

    assert TrafficResult.read(json.loads(json.dumps(meter.result().document()))).judged == (judged,)


@given(st.floats(0, 1), st.lists(st.sampled_from(["one", "two", "three"])))
def test_who_still_waits_where_nobody_goes(share: float, asked: list[str]) -> None:
    """A process may end when nobody waits for it any more, whichever of the two the next request would go to."""
    versions = Versions("one", ("two",), share)
    versions.under_way.update(asked)

    used = {base for base, goes_on in (("one", share < 1), ("two", share > 0)) if goes_on}
    assert versions.left() == len([base for base in asked if base not in used])
