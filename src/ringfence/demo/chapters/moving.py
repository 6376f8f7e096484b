"""Endpoints move one by one from version 1 to version 2, and one of them comes back by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from ringfence import verbs
from ringfence.demo.chapters.tokens import FAULT, TENANT
from ringfence.demo.processes import DeskProcess, TrafficProcess
from ringfence.demo.report.model import BandKind
from ringfence.demo.show import counted
from ringfence.demo.telling import AUTHENTICATE, AUTHENTICATING, Story, beside
from ringfence.reports import EndpointChange, EndpointStatus
from ringfence.runtime.rollout.model import Setting

SEARCH = "GET /documents/search"
OBSERVED_MIN = 20
"""Answers in a minute from which on a share of them says something: the desk is small."""
COMPARED_MIN = 20
SHARE_PERCENT = Decimal(20)
SHARED_MIN = 5
ROUNDS_MAX = 5
REASON = "a demonstration has no ninety days: old tokens go on, and the window stays open for them"


def endpoints(
    story: Story, users: TrafficProcess, servers: Sequence[DeskProcess], start: Callable[..., DeskProcess]
) -> Sequence[DeskProcess]:
    """Shadow, fall back, repair, shadow, a share, all; then the other endpoints, and the gate of phase 3."""
    story.show.chapter(
        "Endpoints, one by one",
        "Every endpoint is still answered by version 1. In shadow both versions are asked, the answers are compared, "
        "and the user gets that of version 1.",
        f"ringfence endpoints set '{FAULT}' shadow",
    )
    _set(story, FAULT, Setting("shadow", observed_min=OBSERVED_MIN), "the first endpoint")
    _set(story, SEARCH, Setting("shadow", observed_min=OBSERVED_MIN), "the second")
    for endpoint, why in (
        (FAULT, "that is the server with the mistake"),
        (SEARCH, "version 1 finds documents of other companies too"),
    ):
        story.until(users, f"{endpoint} in shadow", lambda name=endpoint: _fell(story, name) is not None)  # type: ignore[misc]
        event = _fell(story, endpoint)
        assert event is not None
        story.show.good(f"{endpoint} went back by itself: {event.reason}. No user saw it; {why}.")
    faulty, sound = servers
    story.part(users, "the mistake is repaired")
    repaired = start("moving", TENANT)
    users.roll_out((repaired, sound), 1.0)
    faulty.stop()
    story.show.say("The server with the mistake is replaced, and the endpoint tried again.")
    _again(story, users)
    _all(story, users)
    story.judge(users, "after phase 3")
    return (repaired, sound)


def _again(story: Story, users: TrafficProcess) -> None:
    """The same endpoint down the whole way."""
    before = _status(story, FAULT)
    _set(story, FAULT, Setting("shadow"), "repaired")
    story.until(users, f"{FAULT} in shadow again", lambda: _more(story, before, "compared") >= COMPARED_MIN)
    story.show.good(f"{FAULT} in shadow: {counted(_more(story, before, 'compared'), 'answer')} compared, none differs")
    before = _status(story, FAULT)
    _set(story, FAULT, Setting("tenant_share", SHARE_PERCENT), "no difference")
    story.until(
        users,
        f"{FAULT} for {SHARE_PERCENT} % of the people",
        lambda: _more(story, before, "tenant_answers") >= SHARED_MIN,
    )
    story.show.good(f"{FAULT} for {SHARE_PERCENT} % of the people: version 2 answers them, version 1 the others")
    _set(story, FAULT, Setting("tenant"), "no error")


def _all(story: Story, users: TrafficProcess) -> None:
    """Whatever the servers have named so far; then the gate, with what nobody can wait for here accepted."""
    for _ in range(ROUNDS_MAX):
        waiting = [e for e in verbs.endpoints(story.url).endpoints if e.mode != "tenant"]
        for endpoint in waiting:
            reason = "its old answers are the mistake" if endpoint.endpoint == SEARCH else "like the first one"
            _set(story, endpoint.endpoint, Setting("tenant"), reason)
        story.calm(users, "all endpoints on version 2", "after", story.options.share(0.02))
        if not waiting:
            break
    changes = verbs.endpoint_history(story.url, limit=1000).changes
    story.endpoints = changes
    fell = [change for change in changes if change.kind == "fallback"]
    late = [change for change in fell if change.endpoint not in (FAULT, SEARCH)]
    if late:
        story.problem("an endpoint fell back that nobody meant to", [f"{c.endpoint}: {c.reason}" for c in late])
    moved = sum(e.mode == "tenant" for e in verbs.endpoints(story.url).endpoints)
    story.show.good(f"{counted(moved, 'endpoint')} on version 2: {beside(users)}")
    report = story.run(users, BandKind.FORWARD, story.through(AUTHENTICATE, {}), AUTHENTICATING)
    accepted = {code: REASON for code in report.gates_missing if code != "RFG-ENDPOINTS"}
    if report.outcome == "gate":
        story.show.say(f"The gate of phase 3 holds: {', '.join(sorted(report.gates_missing))}. Accepted: {REASON}.")
        report = story.run(users, BandKind.FORWARD, story.through(AUTHENTICATE, accepted), AUTHENTICATING)
    story.finished(report, "apply")
    story.part(users, "phase 3 done")
    story.left = verbs.sessions(story.url)
    story.show.say(
        f"ringfence sessions: {story.left.requests:,} requests, {story.left.with_tenant:,} with the company in the"
        f" token, {story.left.resolved:,} of before resolved by membership, none refused."
        if not (story.left.several or story.left.none)
        else f"ringfence sessions: {story.left.several + story.left.none} requests had no company."
    )


def _set(story: Story, endpoint: str, change: Setting, reason: str) -> None:
    verbs.set_endpoint(story.url, endpoint, change, reason)


def _status(story: Story, endpoint: str) -> EndpointStatus:
    return next(e for e in verbs.endpoints(story.url).endpoints if e.endpoint == endpoint)


def _more(story: Story, before: EndpointStatus, what: str) -> int:
    """How many more of it there are than there were; what was seen is counted over the last minute."""
    more: int = getattr(_status(story, before.endpoint), what) - getattr(before, what)
    return more


def _fell(story: Story, endpoint: str) -> EndpointChange | None:
    """The event with which an endpoint went back by itself."""
    changes = verbs.endpoint_history(story.url, endpoint).changes
    return next((change for change in changes if change.kind == "fallback"), None)
