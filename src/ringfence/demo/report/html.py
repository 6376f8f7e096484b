"""report.html: the whole report on one page that needs nothing but itself: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from ringfence.demo.report.authentication import moved, tokens
from ringfence.demo.report.chart import time_line
from ringfence.demo.report.document import write_text
from ringfence.demo.report.markup import Html, el, join
from ringfence.demo.report.model import P99_RATIO_MAX, STALL_MS_MAX, BandKind, Latency, Naive, Report, Second
from ringfence.demo.report.parts import items, table, zero
from ringfence.demo.report.words import counted, ms, seconds, share, version

STALLS_SHOWN_MAX = 5
CLAIM = "Nobody noticed."
SLOWER = "Nothing failed."
"""Everything held but the bounds on speed: somebody may have noticed."""
FAILED = "Something did not hold."


def page(report: Report) -> str:
    """The page of a report; every text in it is escaped, whatever it holds."""
    css = (resources.files("ringfence.demo.report") / "page.css").read_text(encoding="utf-8")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"Ringfence: {verdict(report)}"),
        el("style", Html(css)),
    )
    parts = (
        _opening,
        _time_line,
        _phases,
        _naive,
        _ledger,
        tokens,
        moved,
        _back,
        _shadow,
        _attacks,
        _clients,
        _closing,
    )
    body = el("body", el("main", *(part(report) for part in parts)))
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def verdict(report: Report) -> str:
    """The report in two or three words, none of them more than what was seen."""
    if not report.ok:
        return FAILED
    ratio = report.latency_ms.p99_ratio
    unnoticed = ratio is not None and ratio <= P99_RATIO_MAX and report.max_stall_ms <= STALL_MS_MAX
    return CLAIM if unnoticed else SLOWER


def write_html(path: Path, report: Report) -> None:
    """Write report.html."""
    write_text(path, page(report))


# --- sections, from top to bottom ------------------------------------------------------------------------------------


def _opening(report: Report) -> Html:
    r, w = report.requests, report.writes
    back = ", and went back again," if report.revert else ""
    lead = (
        f"A live application for everybody became one with a tenant per company{back} while "
        f"{counted(r.total, 'request')} were answered and {counted(w.acknowledged, 'write')} acknowledged."
    )
    problems = el("ul", *(el("li", problem) for problem in report.problems), class_="problems")
    return el(
        "header",
        el("p", "Ringfence, the demo", class_="name"),
        el("h1", verdict(report)),
        el("p", lead, class_="lead"),
        problems if report.problems else "",
        el("dl", *_figures(report), class_="figures"),
    )


def _figures(report: Report) -> Iterable[Html]:
    r, w = report.requests, report.writes
    yield _figure(f"{r.failed:,}", f"of {counted(r.total, 'request')} failed", r.total > 0 and r.failed == 0)
    yield _figure(f"{w.lost:,}", f"of {counted(w.acknowledged, 'write')} lost", w.acknowledged > 0 and w.lost == 0)
    yield _figure(f"{w.duplicated:,}", "stored twice", w.acknowledged > 0 and w.duplicated == 0)
    yield _figure(f"{w.wrong_tenant:,}", "with a wrong tenant", w.acknowledged > 0 and w.wrong_tenant == 0)
    ratio = report.latency_ms.p99_ratio
    if ratio is not None:
        yield _figure(f"{ratio:.2f}", "p99 while phases ran, over p99 before", ratio <= P99_RATIO_MAX)
    if report.phases:
        stall = report.max_stall_ms
        yield _figure(ms(stall), "the longest a request was beside a locking step", stall <= STALL_MS_MAX)


def _figure(number: str, words: str, held: bool) -> Html:
    return el("div", el("dt", words), el("dd", number), class_="held" if held else "broke")


def _time_line(report: Report) -> Html:
    if not report.timeline:
        return Html("")
    kinds = {band.kind for band in report.bands}
    return el(
        "section",
        el("h2", "Every second"),
        el(
            "figure",
            _legend(report.timeline, kinds),
            time_line(report.timeline, report.bands, _about(report)),
            el(
                "figcaption",
                "Above, how long answers took, from the moment a request was due, on a logarithmic scale. Requests "
                "leave on a schedule and do not wait for one another, so a stall shows in every request that fell "
                "into it. Below, requests a second. Point at a second for its numbers.",
            ),
        ),
        _latency_table(report),
    )


def _about(report: Report) -> str:
    before, during = report.latency_ms.before, report.latency_ms.during
    return (
        f"Latency a second over {counted(len(report.timeline), 'second')}: p99 {ms(before.p99)} before, "
        f"{ms(during.p99)} while phases ran; {report.requests.failed} of {report.requests.total} requests failed"
    )


def _legend(timeline: Sequence[Second], kinds: Iterable[BandKind]) -> Html:
    bands = {
        BandKind.FORWARD: ("k-forward", "a phase is applied"),
        BandKind.BACK: ("k-back", "a phase is taken back"),
        BandKind.NAIVE: ("k-naive", "the plain transaction"),
    }
    keys = [("k-p50", "half of the requests"), ("k-p99", "99 of 100"), ("k-max", "the slowest")]
    keys += [key for kind, key in bands.items() if kind in set(kinds)]
    keys.append(("k-asked", "requests"))
    if any(second.after_share for second in timeline):
        keys.append(("k-new", "of them by the new version"))
    if any(second.failed for second in timeline):
        keys.append(("k-failed", "a request failed"))
    return el("p", *(el("span", words, class_=key) for key, words in keys), class_="legend")


def _latency_table(report: Report) -> Html:
    lines = report.latency_ms
    rows = (
        ("before", lines.before),
        ("while phases 0 to 2 ran", lines.during),
        ("while phase 3 ran", lines.authenticating),
        ("while phases 4 and 6 ran", lines.enforcing),
        ("after", lines.after),
    )
    return table(
        ("", "requests", "p50", "p99", "p99.9", "longest"),
        [(name, *_latency_cells(line)) for name, line in rows if line.requests],
    )


def _latency_cells(line: Latency) -> Sequence[str]:
    return (f"{line.requests:,}", ms(line.p50), ms(line.p99), ms(line.p999), ms(line.max))


def _phases(report: Report) -> Html:
    if not report.phases:
        return Html("")
    back = report.revert.phases if report.revert else ()
    lines = [*((line, "applied") for line in report.phases), *((line, "taken back") for line in back)]
    rows = [(f"{p.phase} {p.name}", way, f"{p.steps}", seconds(p.seconds), _stall(p.max_stall_ms)) for p, way in lines]
    return el(
        "section",
        el("h2", "What ran meanwhile"),
        el(
            "p",
            "A stall is the longest time a request and a step that locks its table were both under way: the most the "
            "lock can have cost it. It is an upper bound, since whatever else slowed that request is counted too.",
            class_="soft",
        ),
        table(("phase", "", "steps", "time", "longest stall"), rows, numbers_from=2),
        _stalls(report),
    )


def _stall(milliseconds: float) -> Html:
    if milliseconds <= 0.0:
        return el("span", "none", class_="soft")
    return el("span", ms(milliseconds), class_="bad" if milliseconds > STALL_MS_MAX else None)


def _stalls(report: Report) -> Html:
    waits = report.lock_waits
    said = []
    if waits.looks:
        longest = f"the longest wait it saw was {ms(waits.longest_ms)}" if waits.longest_ms else "it saw nobody waiting"
        said.append(f"The database was asked {counted(waits.looks, 'time')} who waited for a lock of ours; {longest}.")
    shown = [
        f"{ms(s.milliseconds)} at second {s.second:.1f}: {s.request}, beside {s.step} (phase {s.phase})"
        for s in report.stalls[:STALLS_SHOWN_MAX]
    ]
    listed = [*shown, *waits.seen[:STALLS_SHOWN_MAX]]
    return join(
        (
            *(el("p", words, class_="soft", style="margin-top:1rem") for words in said),
            el("details", el("summary", "The longest of them"), items(listed)) if listed else "",
        )
    )


def _naive(report: Report) -> Html:
    naive = report.naive
    if naive is None:
        return Html("")
    ours = report.max_stall_ms
    return el(
        "section",
        el("h2", "The same change as people do it"),
        el(
            "p",
            "On a fresh copy, under the same traffic: one transaction that adds the columns, fills them, and makes "
            "keys and indexes. Its locks are held to the end, and everybody behind them waits.",
            class_="soft",
        ),
        el(
            "div",
            _bar("longest stall with Ringfence", "ours", ours, max(ours, naive.max_stall_ms)),
            _bar("longest stall of the plain way", "plain", naive.max_stall_ms, max(ours, naive.max_stall_ms)),
            class_="against",
        ),
        _naive_chart(naive),
        table(
            ("", "requests", "failed", "p99 before", "p99 during", "longest"),
            [
                (
                    "the plain way",
                    f"{naive.requests:,}",
                    el("span", f"{naive.failed:,}", class_="bad" if naive.failed else None),
                    ms(naive.latency_ms.before.p99),
                    ms(naive.latency_ms.during.p99),
                    ms(naive.max_stall_ms),
                ),
                (
                    "Ringfence, forward and back",
                    f"{report.requests.total:,}",
                    f"{report.requests.failed:,}",
                    ms(report.latency_ms.before.p99),
                    ms(report.latency_ms.during.p99),
                    ms(report.latency_ms.during.max),
                ),
            ],
        ),
        el("details", el("summary", "Its statements"), el("pre", ";\n".join(naive.statements) + ";"))
        if naive.statements
        else "",
    )


def _bar(words: str, kind: str, value: float, most: float) -> Html:
    width = 100.0 * value / most if most else 0.0
    return el(
        "div",
        el("span", words, class_="soft"),
        el(
            "span",
            el("span", class_="bar", style=f"width:calc({width:.2f}% - 4.5rem)"),
            el("b", ms(value)),
            class_="track",
        ),
        class_=kind,
    )


def _naive_chart(naive: Naive) -> Html:
    if not naive.timeline:
        return Html("")
    about = f"Latency a second of the plain way: longest {ms(naive.max_stall_ms)}, {naive.failed} requests failed"
    return el(
        "figure",
        _legend(naive.timeline, {band.kind for band in naive.bands}),
        time_line(naive.timeline, naive.bands, about),
    )


def _ledger(report: Report) -> Html:
    w = report.writes
    rows: list[Sequence[object]] = [
        (j.when, f"{j.acknowledged:,}", zero(j.lost), zero(j.duplicated), zero(j.wrong_tenant)) for j in w.judged
    ]
    unsure = f" {counted(w.unsure, 'answer')} never came; such a write may be there once or not at all." * (
        w.unsure > 0
    )
    return el(
        "section",
        el("h2", "The ledger"),
        el(
            "p",
            "Every acknowledged write is remembered with its content. Whose it is, the demo works out by itself from "
            f"mail addresses and ownership; it does not ask Ringfence.{unsure}",
            class_="soft",
        ),
        table(("looked at", "acknowledged", "lost", "twice", "wrong tenant"), rows) if rows else "",
        el("details", el("summary", "Rows that are not as they should be"), items(w.examples)) if w.examples else "",
    )


def _back(report: Report) -> Html:
    revert = report.revert
    if revert is None:
        return Html("")
    asked = f", under {counted(revert.requests, 'request')}, {revert.failed:,} of them failed" * (revert.requests > 0)
    return el(
        "section",
        el("h2", "All of it back"),
        el("p", f"Everything was taken back in {seconds(revert.seconds)}{asked}.", class_="soft"),
        el(
            "ul",
            el("li", _yes(revert.catalog_equal), " the catalog is what it was, object by object"),
            el("li", _yes(revert.rows_equal), " every row is what it was, by checksum of every table"),
            class_="plain",
        ),
    )


def _yes(held: bool) -> Html:
    return el("b", "yes:" if held else "no:", class_="good" if held else "bad")


def _shadow(report: Report) -> Html:
    shadow = report.shadow
    if shadow is None:
        return Html("")
    first, second = shadow.first, shadow.second
    rows = [(d.endpoint or "-", d.tables, d.difference, f"{d.times:,}") for d in first.differences]
    proven = shadow.checks - shadow.accepted
    return el(
        "section",
        el("h2", "Tried out before anybody was bound"),
        el(
            "p",
            f"In phase 4 a share of the statements ran twice, as today and as a canary that lives under enforcement."
            f" {counted(first.times, 'comparison')} of version 2.0 found"
            f" {counted(len(first.differences), 'difference')}:",
            class_="soft",
        ),
        table(("endpoint", "tables", "difference", "times"), rows, numbers_from=3) if rows else Html(""),
        el(
            "p",
            f"Version 2.1 has a function for each of them. It served everybody as the canary:"
            f" {counted(second.times, 'comparison')}, ",
            el(
                "span",
                counted(len(second.differences), "difference") if second.differences else "no difference",
                class_="bad" if second.differences else "good",
            ),
            f". {proven} of {shadow.checks} checks of the gate were proven; for {shadow.accepted} a person answered,"
            " since nothing or too little was compared in so short a time.",
        ),
    )


def _attacks(report: Report) -> Html:
    attacks = report.attacks
    if attacks is None:
        return Html("")
    rows = [
        (when, f"{a.run:,}", el("span", f"{a.leaked:,}", class_="bad" if a.leaked else "good"))
        for when, a in (("before", attacks.before), ("after", attacks.after))
    ]
    return el(
        "section",
        el("h2", "Attacked"),
        el("p", "Attempts to reach the rows of another tenant, as every request role.", class_="soft"),
        table(("", "attacks", "reached something"), rows),
    )


def _clients(report: Report) -> Html:
    lines = report.requests.by_client
    rows = [(name, f"{line.total:,}", zero(line.failed), ms(line.p99)) for name, line in lines.items()]
    failures = report.requests.failures
    return el(
        "section",
        el(
            "div",
            el("div", el("h2", "Who asked"), table(("client", "requests", "failed", "p99"), rows)) if rows else "",
            el(
                "div",
                el("h2", "What was there at the end"),
                table(("table", "rows"), [(t, f"{n:,}") for t, n in report.rows.items()]),
            )
            if report.rows
            else "",
            class_="two",
        ),
        el("details", el("summary", "The first failures"), items(failures)) if failures else "",
    )


def _closing(report: Report) -> Html:
    new = max((second.after_share for second in report.timeline), default=0.0)
    said = [
        f"PostgreSQL {version(report.server_version)}",
        f"{counted(report.rows_total, 'row')}",
        *([f"{counted(report.organizations, 'organization')}"] if report.organizations else []),
        *([f"{report.rate:g} requests a second on average"] if report.rate else []),
        *([f"up to {share(new)} of people on the new version"] if new else []),
        f"{seconds(report.seconds)} in all",
    ]
    return el(
        "footer",
        el(
            "p", ", ".join(said) + ". Database, both versions of the application, traffic and Ringfence on one machine."
        ),
        *(el("p", note) for note in report.notes),
        el("p", "The same numbers, exactly: report.json."),
    )
