"""An assessment as one HTML file that needs nothing beside it: no script, no font, no address to load from."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ringfence.assess import render
from ringfence.assess.baseline import Review
from ringfence.assess.model import Finding, Question, Severity

TITLES = {Question.MIGRATION: "May the migration begin?", Question.ISOLATION: "Are tenants isolated?"}

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
details { border: 1px solid var(--line); border-left-width: .4rem; border-radius: .3rem; margin: .5rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; } details > div { padding: 0 .75rem .75rem; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; white-space: pre-wrap; }
.quiet { color: var(--quiet); } .word { font-weight: 600; text-transform: uppercase; font-size: .8rem; }
.error, .critical { border-left-color: #c62828; } .high { border-left-color: #e65100; }
.warning, .medium { border-left-color: #f9a825; } .info, .low { border-left-color: #1565c0; }
"""


def html_page(review: Review) -> str:
    """The whole page; everything that comes from the database is escaped."""
    return "\n".join(_page(review)) + "\n"


def _page(review: Review) -> Iterator[str]:
    title = "Ringfence assessment"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    for line in render.review_lines(review):
        yield f"<p>{escape(line)}</p>"
    for question in Question:
        yield f"<h2>{TITLES[question]}</h2>"
        found = review.counts.about(question)
        if not found:
            yield '<p class="quiet">Nothing found.</p>'
        for finding in found:
            yield from _finding(finding, opened=finding.severity in (Severity.ERROR, Severity.CRITICAL))
    if review.accepted:
        yield "<h2>Accepted</h2>"
        for accepted in review.accepted:
            said = f"until {accepted.entry.expires.isoformat()}: {accepted.entry.reason}"
            yield from _finding(accepted.finding, opened=False, said=said)
    yield "</body></html>"


def _finding(finding: Finding, *, opened: bool, said: str = "") -> Iterator[str]:
    word = finding.severity.value
    yield f'<details class="{word}"{" open" if opened else ""}><summary><span class="word">{word}</span>'
    yield f"<strong>{escape(finding.subject)}</strong> {escape(finding.message)}</summary><div>"
    if said:
        yield f"<p>Accepted {escape(said)}</p>"
    if finding.detail:
        yield f"<pre>{escape(finding.detail)}</pre>"
    if finding.hint:
        yield f"<p>Repair:</p><pre>{escape(finding.hint)}</pre>"
    yield f'<p class="quiet">{escape(finding.code)}, docs/{escape(finding.page)}</p></div></details>'
