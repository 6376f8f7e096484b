"""Phase 3 under traffic: every server believes the new key first, then a share of the sessions gets it, then all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ringfence import verbs
from ringfence.demo import pg
from ringfence.demo.processes import DeskProcess, TrafficProcess
from ringfence.demo.report.model import BandKind
from ringfence.demo.show import counted
from ringfence.demo.telling import AUTHENTICATE, AUTHENTICATING, Story, beside
from ringfence.demo.traffic.held import ENDLESS, KINDS, NEW, NEW_WITHOUT
from ringfence.runtime import signing
from ringfence.runtime.envelope import KeysSecret

TENANT = ("--tokens", "tenant")
"""The door of phase 3."""
FIRST_SHARE = 0.2
"""Of some sixty sessions one in twenty would often be none."""
REFRESH_S = 5.0
"""An hour of the desk, in which every token of the web application ends and is refreshed."""
FAULT = "GET /documents"


def applied(story: Story, users: TrafficProcess, secret: KeysSecret) -> None:
    """The tables and functions of phase 3, what its gate will measure, and a key that signs."""
    story.show.chapter(
        "Tokens that name the company",
        "So far a token says who somebody is, and not for which company. Phase 3 brings what the application needs to "
        "change that while everybody stays logged in. Its gate will want proof before anything closes.",
        "ringfence apply --through 3",
    )
    report = story.run(users, BandKind.FORWARD, story.through(AUTHENTICATE, {}), AUTHENTICATING)
    story.part(users, "phase 3 applied")
    if report.outcome != "gate":
        story.finished(report, "apply")
    story.show.say(f"Everything is there, and nothing has changed. The gate wants: {', '.join(report.gates_missing)}.")
    verbs.keys(story.url, lambda keys: signing.create(keys, secret, datetime.now(UTC)))
    # the wait of twenty minutes is for verifiers that do not have the key: there is no verifier yet
    keys = verbs.keys(story.url, lambda keys: signing.rotate(keys, datetime.now(UTC), young_accepted=True))
    pg.let_endpoints_move(story.url)
    story.show.say(
        f"ringfence keys create, ringfence keys rotate: an {keys[-1].alg} key, its private half encrypted under a "
        "secret that the database never sees. Nothing is signed with it yet."
    )


def believed(
    story: Story, users: TrafficProcess, start: Callable[..., DeskProcess], old: Sequence[DeskProcess]
) -> tuple[DeskProcess, DeskProcess]:
    """Servers that believe both keys take over, one of them with a mistake; not one token is new."""
    story.show.chapter(
        "Whoever verifies comes first",
        "Two servers take over that hold version 1 and version 2 in one, and believe tokens of both keys. They resolve "
        "the company of an old token by membership, also of those the old mobile client got, which never end. One of "
        "the two was built with a mistake that nobody has seen.",
    )
    story.part(users, "servers that believe both keys")
    servers = (start("moving", TENANT, FAULT), start("moving", TENANT))
    for share in (0.5, 1.0):
        users.roll_out(servers, share)
        story.calm(users, f"{share:.0%} believe both keys", "after", story.options.share(0.03))
    for server in old:
        server.stop()
    story.show.good(f"all tokens are of before, and all of them work: {beside(users)}")
    return servers


def upgraded(story: Story, users: TrafficProcess) -> None:
    """A fifth of the sessions, then all: each with its next refresh."""
    story.show.chapter(
        "A fifth of the sessions, then all",
        f"An hour goes by in {REFRESH_S:.0f} seconds: everybody whose token ends refreshes it. The session stays the "
        "same; its next token is signed with the new key and names the company. Who is in the share follows from the "
        "session, so that the share can grow, and be taken back.",
        f"ringfence sessions --share {FIRST_SHARE}",
    )
    rows = [_held(users, "before")]
    for share, words in ((FIRST_SHARE, "a fifth of the sessions"), (1.0, "all sessions")):
        verbs.sessions(story.url, share=share)
        story.refreshed(users, words, REFRESH_S)
        story.calm(users, f"{words} upgraded", "after", story.options.share(0.03))
        rows.append(_held(users, words))
    shown = [kind for kind in KINDS if any(row[kind] for _, row in rows)]
    story.show.table(
        ("people with a token", *shown),
        [(words, *(f"{row[kind]:,}" for kind in shown)) for words, row in rows],
        numbers=shown,
    )
    counts = rows[-1][1]
    if not counts[NEW]:
        story.problem("no session was upgraded by its refresh", ())
    story.show.good(
        f"{counted(counts[NEW], 'person', 'people')} upgraded by a refresh or a log-in; whoever never refreshes goes on"
        f" with a token of before, {counts[ENDLESS]} of them with one that never ends"
    )


def handed_back(story: Story, users: TrafficProcess) -> None:
    """Tokens of before for everybody, and phase 3 taken back."""
    story.show.chapter(
        "Tokens of before again",
        "Version 1 is back with a door that believes both keys and gives out the old one: with the next refresh "
        "nobody holds a token that phase 3 would take along. Then it goes.",
        "ringfence revert --from 3",
    )
    story.refreshed(users, "handed back", REFRESH_S)
    story.calm(users, "tokens of before again", "after", story.options.share(0.03))
    _, counts = _held(users, "")
    left = counts[NEW] + counts[NEW_WITHOUT]
    if left:
        story.problem(f"{counted(left, 'token')} of the new key is left", ())
    story.finished(story.run(users, BandKind.BACK, story.taking_back(AUTHENTICATE), AUTHENTICATING), "revert")
    story.calm(users, "phase 3 taken back", "after", story.options.share(0.03))
    story.show.good(f"nobody was logged out: {beside(users)}")


def _held(users: TrafficProcess, words: str) -> tuple[str, dict[str, int]]:
    return words, {kind: users.now.tokens.get(kind, 0) for kind in KINDS}
