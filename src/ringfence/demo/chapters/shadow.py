"""Phase 4 under traffic: version 2.0 compared with enforcement, version 2.1 living under it, and nobody bound yet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ringfence import verbs
from ringfence.demo import pg
from ringfence.demo.processes import DeskProcess, TrafficProcess
from ringfence.demo.report.model import BandKind, Comparisons, Difference, Shadow
from ringfence.demo.show import counted
from ringfence.demo.telling import ENFORCING, SHADOW, Story, beside
from ringfence.reports import ShadowReport
from ringfence.runtime.seal import SealKey

COMPARED = "compared"
"""Latencies of their own: a statement that is compared runs three times."""
SHARE = 0.5
"""Of the statements; a real desk would have days, and one in a hundred would do."""
GATE = "RFG-SHADOW:"
UNPROVEN = "unproven"
GATE_LOOKS_MAX = 6
REASON = "a demonstration is too short for it, or the desk has no such statement"

Start: TypeAlias = Callable[[Sequence[str]], DeskProcess]
"""Makes a process of one version, with these arguments beside the usual ones."""


def tried(
    story: Story, users: TrafficProcess, key: SealKey, after: Start, isolated: Start, stack: contextlib.ExitStack
) -> None:
    """Apply phase 4, compare both versions, leave everybody on version 2.1 as the canary, which ends with `stack`."""
    story.show.chapter(
        "Isolation, tried out",
        "Nobody is bound yet. A share of the statements is run twice in the database, as today and as a canary that "
        "lives under enforcement already, and what differs is named.",
        "ringfence apply --through 4",
    )
    checks = _applied(story, users)
    with after(("--compare", str(SHARE))) as comparing:
        users.roll_out(comparing, 1.0)
        story.calm(users, "version 2.0 compared", COMPARED, story.options.share(0.08))
        first = verbs.shadow(story.url)
        _what_differs(story, first)
        pg.believe(story.url, key)
        pg.try_out(story.url)
        canary = stack.enter_context(isolated(("--compare", str(SHARE), "--role", pg.CANARY)))
        users.roll_out(canary, 1.0)
    pg.forget_comparisons(story.url)
    story.calm(users, "version 2.1 as the canary", COMPARED, story.options.share(0.12))
    story.show.good(f"version 2.1, bound already: {beside(users)}")
    story.judge(users, "as the canary")
    second = verbs.shadow(story.url)
    unproven = _gate(story, users, second)
    story.shadow = Shadow(
        first=Comparisons(_times(first), _differences(first)),
        second=Comparisons(_times(second), _differences(second)),
        checks=checks,
        accepted=unproven,
    )
    story.show.good(
        f"version 2.1: {counted(_times(second), 'comparison')}, none differs. {checks - unproven} of {checks} checks"
        f" are proven; for the others a person answers: {REASON}"
    )


def _applied(story: Story, users: TrafficProcess) -> int:
    """Phase 4 stands, and its gate is closed; the number of its checks."""
    report = story.run(users, BandKind.FORWARD, story.through(SHADOW, {}), ENFORCING)
    closed = [code for code in report.gates_missing if code.startswith(GATE)]
    if report.outcome != "gate" or len(closed) != len(report.gates_missing):
        story.finished(report, "apply")
    story.show.say(f"Its gate is closed: {counted(len(closed), 'check')} unproven, for nothing was compared yet.")
    return len(closed)


def _what_differs(story: Story, found: ShadowReport) -> None:
    story.show.say(f"Version 2.0, {counted(_times(found), 'comparison')}. What enforcement would break:")
    story.show.table(
        ("endpoint", "on", "difference", "times"),
        [(d.endpoint, d.tables, d.difference, str(d.times)) for d in _differences(found)],
        numbers=("times",),
    )
    story.show.say(
        "All of it crosses companies, or reads the memberships. Version 2.1 has a function for each, with its reason "
        "in ringfence.toml."
    )


def _gate(story: Story, users: TrafficProcess, then: ShadowReport) -> int:
    """What was seen often enough opens it, and for the rest, whose number is returned, a person answers."""
    if then.differing:
        story.problem("version 2.1 would be different under enforcement", [str(d) for d in _differences(then)])
    unproven: dict[str, str] = {}
    for _ in range(GATE_LOOKS_MAX):
        report = story.run(users, BandKind.FORWARD, story.through(SHADOW, unproven), ENFORCING)
        # comparisons go on: an endpoint that was first asked for a moment ago is unproven from then on
        more = {c: REASON for c, said in report.gates_missing.items() if c.startswith(GATE) and UNPROVEN in said}
        unproven |= more
        if report.outcome != "gate" or set(more) != set(report.gates_missing):
            break
    story.finished(report, "apply")
    return len(unproven)


def _times(found: ShadowReport) -> int:
    return sum(one.times for one in found.compared)


def _differences(found: ShadowReport) -> tuple[Difference, ...]:
    """By endpoint and kind; a statement that names several tables is one."""
    times: dict[tuple[str, str, str], int] = {}
    for one in found.differing:
        kind = (one.endpoint, ", ".join(_plain(t) for t in one.tables), one.difference)
        times[kind] = times.get(kind, 0) + one.times
    return tuple(Difference(*kind, number) for kind, number in sorted(times.items()))


def _plain(table: str) -> str:
    return table.replace('"', "").removeprefix("public.").removesuffix("__all")
