"""What phase 3 did to tokens and endpoints, as two sections of the page."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.demo.report.markup import Html, el
from ringfence.demo.report.model import EndpointMove, Report, TokenPart
from ringfence.demo.report.parts import items, table, zero
from ringfence.demo.report.words import counted
from ringfence.demo.traffic.held import COOKIE, ENDLESS, KINDS, NEW, NEW_WITHOUT, OLD, OLD_WITH

COLOURS = {
    OLD: "t-old",
    ENDLESS: "t-endless",
    COOKIE: "t-cookie",
    OLD_WITH: "t-old-with",
    NEW_WITHOUT: "t-new-without",
    NEW: "t-new",
}
"""A class of the style sheet for each kind; requests without a token are not drawn."""
FALLBACK = "fallback"


def tokens(report: Report) -> Html:
    """Which tokens people came with, part by part, and what became of those of before."""
    told = report.tokens
    if told is None:
        return Html("")
    kinds = told.kinds
    old = sum(kinds.get(kind, 0) for kind in (OLD, OLD_WITH, ENDLESS))
    failed = told.failed
    shown = [kind for kind in COLOURS if kinds.get(kind)]
    return el(
        "section",
        el("h2", "Tokens"),
        el(
            "p",
            f"{counted(old, 'request')} came with a token of before, {kinds.get(ENDLESS, 0):,} of them with one that "
            f"never ends, {kinds.get(COOKIE, 0):,} with a cookie, and {kinds.get(NEW, 0):,} with one of the new key, "
            "which names the company. "
            f"{counted(told.upgraded, 'refresh', 'refreshes')} turned the one into the other while nobody was logged "
            f"out, and {told.handed_back:,} turned it back before phase 3 was taken back. The servers found the "
            f"company of {counted(told.resolved, 'request')} by membership while phase 3 was at work.",
            class_="soft",
        ),
        el("p", *(el("span", kind, class_=f"k-{COLOURS[kind]}") for kind in shown), class_="legend"),
        el(
            "div", *(_bar(part) for part in _around_phase_3([part for part in told.parts if part.calm])), class_="kinds"
        ),
        table(
            ("came with", "requests", "failed"),
            [
                *((kind, f"{kinds[kind]:,}", zero(failed.get(kind, 0))) for kind in KINDS if kinds.get(kind)),
                ("whatever, and their user had no company", f"{told.refused:,}", zero(told.refused)),
            ],
        ),
    )


def _around_phase_3(parts: Sequence[TokenPart]) -> Sequence[TokenPart]:
    """From one part before the first new token to one after the last."""
    new = [n for n, part in enumerate(parts) if part.requests.get(NEW, 0) + part.requests.get(NEW_WITHOUT, 0)]
    return parts[max(0, new[0] - 1) : new[-1] + 2] if new else ()


def _bar(part: TokenPart) -> Html:
    drawn = {kind: part.requests[kind] for kind in COLOURS if part.requests.get(kind)}
    total = sum(drawn.values()) or 1
    pieces = (
        el("i", class_=COLOURS[kind], style=f"width:{100.0 * number / total:.2f}%", title=f"{kind}: {number:,}")
        for kind, number in drawn.items()
    )
    return el("div", el("span", part.label, class_="soft"), el("span", *pieces, class_="stack"))


def moved(report: Report) -> Html:
    """How endpoints went from version 1 to version 2, and which came back by themselves."""
    moves = report.endpoints
    if not moves:
        return Html("")
    fell = tuple(dict.fromkeys(move.endpoint for move in moves if move.kind == FALLBACK))
    other = [name for name in dict.fromkeys(move.endpoint for move in moves) if name not in fell]
    return el(
        "section",
        el("h2", "Endpoints, one by one"),
        el(
            "p",
            "In shadow both versions are asked and version 1 answers; whoever fails or differs too often goes back by "
            "itself. One mistake was made on purpose, in one of two servers.",
            class_="soft",
        ),
        table(
            ("endpoint", "from", "to", "why"),
            [_line(move) for name in fell for move in moves if move.endpoint == name],
            numbers_from=4,
        ),
        el("p", f"{counted(len(other), 'other endpoint')} went to version 2 at once.", class_="soft after")
        if other
        else "",
        el("details", el("summary", "Which"), items(other)) if other else "",
    )


def _line(move: EndpointMove) -> Sequence[object]:
    back = move.kind == FALLBACK
    to = el("b", move.after, class_="bad") if back else move.after
    why = el("span", el("b", "by itself: ", class_="bad"), move.reason) if back else move.reason
    return (move.endpoint, move.before, to, why)
