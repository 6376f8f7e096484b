"""report.html is sound, holds nothing but itself, and says what the report says, whatever text is in it."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.report import chart
from ringfence.demo.report.html import CLAIM, FAILED, SLOWER, page, verdict, write_html
from ringfence.demo.report.markup import VOID, Html, el, join, text
from ringfence.demo.report.model import (
    P99_RATIO_MAX,
    STALL_MS_MAX,
    Attack,
    Attacks,
    Band,
    BandKind,
    ClientLine,
    Comparisons,
    Difference,
    EndpointMove,
    Judged,
    LatencyLines,
    PhaseLine,
    Report,
    Requests,
    Second,
    Shadow,
    Stall,
    TokenPart,
    Tokens,
    Writes,
)
from ringfence.demo.traffic.held import ENDLESS, NEW, OLD
from support.sample_report import sample_report

LATENCIES = st.floats(0.0, 200_000.0, allow_nan=False)
SECONDS = st.lists(
    st.builds(
        Second,
        st.integers(0, 300),
        st.text(max_size=8),
        st.integers(0, 500),
        st.integers(0, 500),
        LATENCIES,
        LATENCIES,
        LATENCIES,
        st.floats(0.0, 1.0),
    ),
    max_size=20,
    unique_by=lambda second: second.second,
).map(lambda seconds: sorted(seconds, key=lambda second: second.second))
BANDS = st.lists(
    st.builds(
        lambda label, kind, begins, long: Band(label, kind, begins, begins + long),
        st.text(max_size=12),
        st.sampled_from(BandKind),
        st.floats(0.0, 300.0),
        st.floats(0.0, 60.0),
    ),
    max_size=8,
)


class Balance(HTMLParser):
    """Reads a page and remembers its elements, attributes and text; every element must be closed in turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(whole: str) -> Balance:
    reader = Balance()
    reader.feed(whole)
    reader.close()
    assert reader.open == []
    return reader


# --- markup ----------------------------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_text_is_never_markup(content: str, attribute: str) -> None:
    made = el("p", content, title=attribute)

    element = ET.fromstring(made)
    assert (element.tag, len(element), set(element.attrib)) == ("p", 0, {"title"})
    assert made.partition(">")[2].removesuffix("</p>") == text(content)


def test_what_no_page_may_hold_is_seen_to_be_missing() -> None:
    assert text("a\x00b\ud800c") == "a\ufffdb\ufffdc"


def test_markup_is_not_escaped_twice() -> None:
    assert join([el("b", "a & b"), " < c"]) == "<b>a &amp; b</b> &lt; c"
    assert text(Html("<b>")) == "<b>"


def test_an_attribute_that_is_none_is_left_out() -> None:
    assert el("td", 1, class_=None) == "<td>1</td>"


# --- the chart -------------------------------------------------------------------------------------------------------


@given(SECONDS, BANDS)
def test_every_chart_is_sound_xml_inside_its_plane(seconds: list[Second], bands: list[Band]) -> None:
    made = chart.time_line(seconds, bands, "about <it>")

    pictures = re.findall(r"<svg.*?</svg>", made, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        root = ET.fromstring(picture)
        _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
        for path in root.iter("path"):
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
            assert all(-0.01 <= number <= width + 0.01 for number in numbers)
        for shape in root.iter("rect"):
            x, y, w, h = (float(shape.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x >= 0.0
            assert -0.01 <= y <= y + h <= height + 0.02
            assert w > 0.0 or h >= 0.0


@given(SECONDS, LATENCIES, LATENCIES)
def test_slower_is_never_drawn_lower(seconds: list[Second], one: float, other: float) -> None:
    scale = chart.Scale.of(seconds)

    low, high = sorted((one, other))

    assert 0.0 <= scale.y(high) <= scale.y(low) <= chart.HEIGHT


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(0, 30)), max_size=20).map(sorted))
def test_no_label_runs_into_another(labels: list[tuple[float, int]]) -> None:
    rows = chart.label_rows(labels)

    assert len(rows) == len(labels)
    for row in range(chart.LABEL_ROWS_MAX):
        inside = [label for label, placed in zip(labels, rows, strict=True) if placed == row]
        for (begins, characters), (following, _) in pairwise(inside):
            assert begins + characters * chart.CHARACTER_SHARE <= following


def test_a_second_without_requests_leaves_a_gap() -> None:
    seconds = [Second(0, "calm", 9, 0, 1, 2, 3), Second(1, "calm", 0), Second(2, "calm", 9, 0, 1, 2, 3)]

    made = chart.time_line(seconds, (), "gap")

    assert made.count('class="p99"') == 2


def test_a_failure_among_many_requests_is_seen() -> None:
    made = chart.time_line([Second(0, "calm", 100_000, 1, 1, 2, 3)], (), "one failed")

    (found,) = re.findall(r'height="([\d.]+)" class="failed"', made)
    assert float(found) >= chart.FAILED_HEIGHT_MIN


# --- the page --------------------------------------------------------------------------------------------------------


def test_a_page_is_balanced_and_needs_nothing_but_itself() -> None:
    whole = page(sample_report())

    found = parsed(whole)
    assert not found.elements & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not found.attributes & {"src", "href", "srcset", "action", "background"}
    assert not [name for name in found.attributes if name.startswith("on")]
    assert "url(" not in whole
    assert "@import" not in whole
    assert "http" not in whole


def test_it_says_what_the_report_says() -> None:
    report = sample_report()

    words = " ".join(parsed(page(report)).words)

    assert CLAIM in words
    assert f"{report.requests.total:,} requests" in words
    for line in report.phases:
        assert f"{line.phase} {line.name}" in words
    for client in report.requests.by_client:
        assert client in words
    assert "14 s" in words  # the stall of the plain way
    assert "PostgreSQL 18.4" in words


@pytest.mark.parametrize("key", ["failed", "lost", "duplicated", "wrong_tenant"])
def test_a_single_fault_is_shown_in_red(key: str) -> None:
    report = sample_report()
    if key == "failed":
        report = dataclasses.replace(report, requests=dataclasses.replace(report.requests, failed=1))
    else:
        report = dataclasses.replace(report, writes=dataclasses.replace(report.writes, **{key: 1}))
    report = dataclasses.replace(report, problems=("one thing did not hold",))

    whole = page(report)

    assert whole.count('class="broke"') == 1
    assert FAILED in whole
    assert CLAIM not in whole
    assert "one thing did not hold" in whole


def test_no_more_is_claimed_than_was_seen() -> None:
    """Not failing is one thing; not being noticed needs the bounds on speed as well, and somebody who measured them."""
    report = sample_report()
    slow = replace_latency(report, report.latency_ms.before.p99 * (P99_RATIO_MAX + 0.01))
    stalled = dataclasses.replace(report, phases=(PhaseLine(1, "expand", 1.0, 1, STALL_MS_MAX + 1.0),))
    unmeasured = dataclasses.replace(report, latency_ms=LatencyLines())

    assert verdict(report) == CLAIM
    assert [verdict(r) for r in (slow, stalled, unmeasured)] == [SLOWER] * 3
    assert verdict(dataclasses.replace(slow, problems=("lost",))) == FAILED


def replace_latency(report: Report, p99: float) -> Report:
    lines = report.latency_ms
    return dataclasses.replace(
        report, latency_ms=dataclasses.replace(lines, during=dataclasses.replace(lines.during, p99=p99))
    )


def test_the_time_line_ends_with_the_traffic() -> None:
    """What comes after the last request, such as a last look at the ledger, is no empty field on the right."""
    seconds = [Second(n, "calm", 9, 0, 1, 2, 3) for n in range(10)]
    bands = [Band("1 expand", BandKind.FORWARD, 2.0, 4.0), Band("the last look", BandKind.CALM, 9.0, 99.0)]

    assert chart.Span.of(seconds, bands) == chart.Span(0.0, 10.0)


def test_nothing_is_called_held_when_nothing_was_seen() -> None:
    """A run that never asked or wrote anything has shown nothing about requests and writes."""
    whole = page(Report(180004, 1.0, problems=("the traffic never began",)))

    assert whole.count('class="broke"') == 4
    assert 'class="held"' not in whole


def test_tokens_and_endpoints_are_told_only_where_phase_3_was_done() -> None:
    report = sample_report()
    words = " ".join(parsed(page(report)).words)
    bare = " ".join(parsed(page(dataclasses.replace(report, tokens=None, endpoints=()))).words)

    assert report.tokens is not None
    assert report.tokens.kinds[ENDLESS] == 1_048
    assert "86 refreshes" in words
    assert "10 of 25 answers of the tenant side failed" in words
    assert "1 other endpoint" in words
    # the parts before and after the new tokens are there for comparison, and no others
    assert "a fifth of the sessions upgraded" in words
    assert "tokens of before again" in words
    assert "as it was" not in words
    assert "phases forward" not in words
    assert "Tokens" not in bare
    assert "Endpoints" not in bare


def test_a_request_that_failed_with_a_token_is_shown_in_red() -> None:
    report = sample_report()
    assert report.tokens is not None
    (first, *rest) = report.tokens.parts
    failed = dataclasses.replace(report.tokens, parts=(dataclasses.replace(first, failed={OLD: 3}), *rest))

    assert '<span class="bad">3</span>' in page(dataclasses.replace(report, tokens=failed))
    assert '<span class="bad">' not in page(report).partition("<h2>Tokens</h2>")[2].partition("</section>")[0]


@given(st.text(min_size=1, max_size=30))
def test_whatever_text_is_in_a_report_stays_text(strange: str) -> None:
    tame = page(_full_of("tame"))

    found = parsed(page(_full_of(strange)))

    assert found.elements == parsed(tame).elements
    assert found.attributes == parsed(tame).attributes


def _full_of(strange: str) -> Report:
    return dataclasses.replace(
        sample_report(),
        requests=Requests(1, 1, {strange: ClientLine(1, 1)}, (strange,)),
        writes=Writes(1, 1, judged=(Judged(strange, 1),), examples=(strange,)),
        phases=(PhaseLine(1, strange, 1.0, 1, 1.0),),
        rows={strange: 1},
        stalls=(Stall(1.0, 1.0, strange, 1, strange),),
        bands=(Band(f"1 {strange}", BandKind.FORWARD, 0.0, 9.0),),
        timeline=(Second(1, strange, 10, 1, 1.0, 2.0, 3.0),),
        attacks=Attacks(Attack(1, 1), Attack(1, 0)),
        tokens=Tokens((TokenPart(strange, {NEW: 1, strange: 1}, {strange: 1}),), 1, 1, 1, 1),
        endpoints=(
            EndpointMove(strange, "set", strange, strange, strange),
            EndpointMove(strange, "fallback", strange, strange, strange),
            EndpointMove(f"another {strange}", "set", strange, strange, strange),
        ),
        shadow=Shadow(Comparisons(1, (Difference(strange, strange, strange, 1),)), Comparisons(1), 2, 1),
        problems=(strange,),
        notes=(strange,),
    )


def test_what_enforcement_would_break_is_named() -> None:
    """The differences of the first version, and that the second has none."""
    found = Difference("GET /public/{token}", "documents", "fewer rows", 3)
    text = page(dataclasses.replace(sample_report(), shadow=Shadow(Comparisons(12, (found,)), Comparisons(40), 28, 12)))

    assert "GET /public/{token}" in text
    assert "fewer rows" in text
    assert "no difference" in text
    assert "16 of 28 checks" in text


def test_the_file_is_written_whole(tmp_path) -> None:
    write_html(tmp_path / "report.html", sample_report())

    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page(sample_report())
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
