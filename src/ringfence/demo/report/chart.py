"""The time line as inline SVG: pure geometry in a plane of 1000 by 300, stretched by the page to whatever is there.

Nothing in the plane is text, and every stroke keeps its width, so it may be stretched in one direction only: a phone
and a wide screen show the same picture. Words stand beside it as HTML, placed by percent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ringfence.demo.report.markup import Html, el, join, text
from ringfence.demo.report.model import Band, BandKind, Second
from ringfence.demo.report.words import ms

WIDTH, HEIGHT, STRIP = 1000.0, 300.0, 60.0
FAILED_HEIGHT_MIN = 14.0
LOWEST_MS, HIGHEST_MS = 1.0, 100.0
"""A scale holds at least these, so that a fast database does not look restless."""
DECADES_MAX = 6
LABEL_ROWS_MAX = 3
CHARACTER_SHARE = 0.0085
"""About what one letter of a label takes of the width of the page."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Milliseconds on a logarithmic axis of whole decades."""

    low: int
    high: int

    @classmethod
    def of(cls, seconds: Sequence[Second]) -> Scale:
        """The decades that hold every percentile of these seconds; what is lower than all of them lies on the edge."""
        values = [v for s in seconds if s.requests for v in (s.p50, s.p99, s.max) if v > 0.0]
        low = math.floor(math.log10(min([*values, LOWEST_MS])))
        high = math.ceil(math.log10(max([*values, HIGHEST_MS])))
        return cls(max(low, high - DECADES_MAX), high)

    def y(self, milliseconds: float) -> float:
        """Where a value lies, from the top; never outside the plane."""
        exponent = math.log10(milliseconds) if milliseconds > 0.0 else float(self.low)
        share = (exponent - self.low) / (self.high - self.low)
        return HEIGHT * (1.0 - min(1.0, max(0.0, share)))

    @property
    def decades(self) -> Sequence[float]:
        """The values of the grid lines, lowest first."""
        return [10.0**exponent for exponent in range(self.low, self.high + 1)]


@dataclass(frozen=True, slots=True)
class Span:
    """The seconds a chart shows."""

    begins_s: float
    ends_s: float

    @classmethod
    def of(cls, seconds: Sequence[Second], bands: Sequence[Band]) -> Span:
        """From the first to the last second of traffic, and every phase; never empty."""
        shown = [band for band in bands if band.kind is not BandKind.CALM]
        begins = min([*(float(s.second) for s in seconds), *(b.begins_s for b in shown)], default=0.0)
        ends = max([*(s.second + 1.0 for s in seconds), *(b.ends_s for b in shown)], default=1.0)
        return cls(begins, max(ends, begins + 1.0))

    def share(self, second: float) -> float:
        """0 at the left edge, 1 at the right one; never outside."""
        return min(1.0, max(0.0, (second - self.begins_s) / (self.ends_s - self.begins_s)))

    def x(self, second: float) -> float:
        """The same in the plane."""
        return self.share(second) * WIDTH


def time_line(seconds: Sequence[Second], bands: Sequence[Band], about: str) -> Html:
    """The whole chart: labels of the bands, latencies on a log scale, and below them requests and failures."""
    scale, span = Scale.of(seconds), Span.of(seconds, bands)
    return el(
        "div",
        _labels(bands, span),
        el("div", _latencies(seconds, bands, scale, span, about), _decades(scale), class_="plane"),
        el("div", _requests(seconds, span), class_="strip"),
        _clock(span),
        class_="chart",
    )


def _latencies(seconds: Sequence[Second], bands: Sequence[Band], scale: Scale, span: Span, about: str) -> Html:
    runs = list(_runs(seconds))
    lines = [el("line", x1=0, x2=_n(WIDTH), y1=_n(scale.y(v)), y2=_n(scale.y(v)), class_="grid") for v in scale.decades]
    return el(
        "svg",
        *(_band(band, span) for band in bands if band.kind is not BandKind.CALM),
        *lines,
        *(el("path", d=_area(run, scale, span), class_="between") for run in runs),
        *(el("path", d=_line(run, span, scale, lambda s: s.p50), class_="p50") for run in runs),
        *(el("path", d=_line(run, span, scale, lambda s: s.p99), class_="p99") for run in runs),
        el("path", d=_dots(seconds, span, scale), class_="max") if runs else "",
        *(_told(second, span) for second in seconds),
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        preserveAspectRatio="none",
        role="img",
        aria_label=about,
    )


def _requests(seconds: Sequence[Second], span: Span) -> Html:
    most = max((s.requests for s in seconds), default=0) or 1
    bars, new, failed = [], [], []
    for second in seconds:
        left, width = span.x(second.second), span.x(second.second + 1.0) - span.x(second.second)
        high = STRIP * second.requests / most
        bars.append(el("rect", x=_n(left), y=_n(STRIP - high), width=_n(width), height=_n(high), class_="asked"))
        if second.after_share > 0.0:
            part = high * min(1.0, second.after_share)
            new.append(el("rect", x=_n(left), y=_n(STRIP - part), width=_n(width), height=_n(part), class_="new"))
        if second.failed:
            # one failure among a thousand must still be seen
            part = max(FAILED_HEIGHT_MIN, high * min(1.0, second.failed / max(1, second.requests)))
            failed.append(
                el("rect", x=_n(left), y=_n(STRIP - part), width=_n(max(width, 2.0)), height=_n(part), class_="failed")
            )
    return el(
        "svg",
        *bars,
        *new,
        *failed,
        viewBox=f"0 0 {WIDTH:.0f} {STRIP:.0f}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"requests a second, at most {most}",
    )


def _band(band: Band, span: Span) -> Html:
    """A tint over its time, and a fine edge where it begins: phases follow one another without a gap."""
    left, right = span.x(band.begins_s), span.x(band.ends_s)
    kind = band.kind.value
    width = _n(max(right - left, 1.0))
    return join(
        (
            el("rect", x=_n(left), y=0, width=width, height=_n(HEIGHT), class_=f"band {kind}"),
            el("line", x1=_n(left), x2=_n(left), y1=0, y2=_n(HEIGHT), class_=f"edge {kind}"),
        )
    )


def _told(second: Second, span: Span) -> Html:
    """An invisible column that says its second's numbers to whoever points at it."""
    left, right = span.x(second.second), span.x(second.second + 1.0)
    told = (
        f"second {second.second}, {second.phase}: {second.requests} requests, {second.failed} failed, "
        f"p50 {ms(second.p50)}, p99 {ms(second.p99)}, longest {ms(second.max)}"
    )
    corner = f"M{_n(left)} 0H{_n(right)}V{_n(HEIGHT)}H{_n(left)}Z"
    return el("g", el("title", told), el("path", d=corner, class_="told"))


def _runs(seconds: Sequence[Second]) -> Iterator[Sequence[Second]]:
    """Stretches without a gap: a second without requests has no latency to draw."""
    run: list[Second] = []
    for second in seconds:
        if second.requests == 0 or (run and second.second != run[-1].second + 1):
            if run:
                yield run
            run = []
        if second.requests:
            run.append(second)
    if run:
        yield run


def _line(run: Sequence[Second], span: Span, scale: Scale, value: Callable[[Second], float]) -> str:
    points = [f"{_n(span.x(s.second + 0.5))} {_n(scale.y(value(s)))}" for s in run]
    # a single second is a line of no length, which its round end makes a dot
    return "M" + "L".join(points if len(points) > 1 else points * 2)


def _area(run: Sequence[Second], scale: Scale, span: Span) -> str:
    above = [f"{_n(span.x(s.second + 0.5))} {_n(scale.y(s.p99))}" for s in run]
    below = [f"{_n(span.x(s.second + 0.5))} {_n(scale.y(s.p50))}" for s in reversed(run)]
    return "M" + "L".join([*above, *below]) + "Z"


def _dots(seconds: Sequence[Second], span: Span, scale: Scale) -> str:
    return "".join(f"M{_n(span.x(s.second + 0.5))} {_n(scale.y(s.max))}h0" for s in seconds if s.requests)


# --- words beside the plane ------------------------------------------------------------------------------------------


def _labels(bands: Sequence[Band], span: Span) -> Html:
    shown = [band for band in bands if band.kind is not BandKind.CALM]
    rows = label_rows([(span.share(b.begins_s), len(b.label)) for b in shown])
    used = max((row for row in rows if row is not None), default=0) + 1 if shown else 0
    placed = [
        el(
            "span",
            _label(band),
            title=f"{band.label}: {band.begins_s:.0f} s to {band.ends_s:.0f} s",
            class_=f"label {band.kind.value}",
            style=f"left:{_n(span.share(band.begins_s) * 100.0)}%;top:{row * 1.15:.2f}em",
        )
        for band, row in zip(shown, rows, strict=True)
        if row is not None
    ]
    return el("div", *placed, class_="labels", style=f"height:{used * 1.15 + 0.2:.2f}em")


def _label(band: Band) -> Html:
    """A label; the name of a phase gives way on a narrow page, and its number stays."""
    head, _, tail = band.label.rpartition(" ")
    return join([head, el("i", f" {tail}")]) if head and band.kind is not BandKind.NAIVE else text(band.label)


def label_rows(labels: Sequence[tuple[float, int]]) -> Sequence[int | None]:
    """The row of every label (share of the width where it begins, characters), so that none runs into another.

    None: there is no room for it; its band is still named when pointed at, and in the table of phases.
    """
    ends = [-1.0] * LABEL_ROWS_MAX
    rows: list[int | None] = []
    for begins, characters in labels:
        row = next((number for number, end in enumerate(ends) if begins >= end), None)
        if row is not None:
            ends[row] = begins + (characters + 1) * CHARACTER_SHARE
        rows.append(row)
    return rows


def _decades(scale: Scale) -> Html:
    return join(
        el("span", ms(v).replace(".0 ", " "), class_="decade", style=f"top:{_n(scale.y(v) / HEIGHT * 100.0)}%")
        for v in scale.decades
    )


def _clock(span: Span) -> Html:
    length = span.ends_s - span.begins_s
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if length / s <= 10), 1800)
    first = math.ceil(span.begins_s / step) * step
    marks = range(first, math.floor(span.ends_s) + 1, step)
    return el(
        "div",
        *(el("span", f"{mark // 60}:{mark % 60:02d}", style=f"left:{_n(span.share(mark) * 100.0)}%") for mark in marks),
        class_="clock",
    )


def _n(value: float) -> str:
    """A coordinate: two decimals are finer than any screen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
