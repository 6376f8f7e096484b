"""Findings that somebody has accepted, for a reason and until a day: `assess-baseline.toml`.

An entry names one finding by code and subject. After its day the finding counts again, and the report says so; an entry
that no finding answers to is reported, so that the file does not outlive what it excuses.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ringfence.assess.model import Assessment, Finding, Severity
from ringfence.spec.locate import locate
from ringfence.spec.model import Where
from ringfence.spec.problems import (
    NotToml,
    SaidTwice,
    SomethingMissing,
    SpecUnreadable,
    WrongValue,
    raise_problems,
)
from ringfence.spec.reader import Document, Section

DEFAULT_FILE = Path("assess-baseline.toml")
EXAMPLE = """\
[[accepted]]
code = "RFA-POLICY-PUBLIC-ROWS"
subject = "public.posts policy published"
reason = "published posts are for everybody"
expires = 2030-01-31"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding."""

    code: str
    subject: str
    reason: str
    expires: dt.date
    """The last day on which it is accepted."""
    where: Where


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding and the entry that accepts it."""

    finding: Finding
    entry: Entry


@dataclass(frozen=True, slots=True)
class Review:
    """An assessment with a baseline applied: `counts` is what is left to judge."""

    counts: Assessment
    accepted: tuple[Accepted, ...] = ()
    expired: tuple[Entry, ...] = ()
    """Entries whose day has passed and whose finding is still there."""
    unknown: tuple[Entry, ...] = ()
    """Entries that no finding answers to."""
    blockers: tuple[Entry, ...] = ()
    """Entries that name a blocker, which only `ringfence apply --accept` can take."""


def load_baseline(path: Path) -> tuple[Entry, ...]:
    """Read a baseline file; raises SpecInvalid with every problem, each with its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SpecUnreadable(f"cannot read {path}: {reason}", subject=str(path), hint=EXAMPLE) from error
    return parse_baseline(text, str(path))


def parse_baseline(text: str, source: str) -> tuple[Entry, ...]:
    """Read the text of a baseline file; `source` is its name in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotToml(f"{source}: {error}", subject=source, hint=EXAMPLE) from None
    document = Document(source, locate(text))
    top = Section(document, (), data)
    listed = top.take("accepted", list, "a list of tables [[accepted]]", [])
    top.finish()
    found: dict[tuple[str, str], Entry] = {}
    for number, item in enumerate(listed or []):
        if not isinstance(item, dict):
            top.problem(WrongValue, "accepted", "accepted must be tables [[accepted]]", EXAMPLE)
            continue
        section = Section(document, ("accepted", number), item)
        entry = _entry(section)
        if entry is None:
            continue
        if (entry.code, entry.subject) in found:
            section.problem(SaidTwice, "subject", f"{entry.code} {entry.subject} is accepted twice")
        found.setdefault((entry.code, entry.subject), entry)
    raise_problems(document.problems, source)
    return tuple(found.values())


def _entry(section: Section) -> Entry | None:
    code, subject, reason = section.text("code"), section.text("subject"), section.text("reason")
    expires = section.take("expires", dt.date, "a date such as 2030-01-31, without quotes", None)
    section.finish()
    for key in ("code", "subject", "reason", "expires"):
        if key not in section.data:
            section.problem(SomethingMissing, key, f"{key} is missing", EXAMPLE)
    if code is None or subject is None or reason is None or expires is None:
        return None
    day = expires.date() if isinstance(expires, dt.datetime) else expires
    return Entry(code, subject, reason, day, section.where("code"))


def review(assessment: Assessment, entries: Iterable[Entry], today: dt.date) -> Review:
    """Apply a baseline: what it accepts today no longer counts."""
    by_name = {(entry.code, entry.subject): entry for entry in entries}
    counts: list[Finding] = []
    accepted: list[Accepted] = []
    expired: dict[Entry, None] = {}
    blockers: dict[Entry, None] = {}
    used: set[Entry] = set()
    for finding in assessment.findings:
        entry = by_name.get((finding.code, finding.subject))
        if entry is None:
            counts.append(finding)
            continue
        used.add(entry)
        if finding.severity is Severity.ERROR:
            blockers[entry] = None
            counts.append(finding)
        elif entry.expires < today:
            expired[entry] = None
            counts.append(_reminded(finding, entry))
        else:
            accepted.append(Accepted(finding, entry))
    return Review(
        replace(assessment, findings=tuple(counts)),
        tuple(accepted),
        tuple(expired),
        tuple(entry for entry in by_name.values() if entry not in used),
        tuple(blockers),
    )


def _reminded(finding: Finding, entry: Entry) -> Finding:
    said = f"was accepted until {entry.expires.isoformat()} ({entry.reason}) and counts again"
    return replace(finding, detail=f"{finding.detail}\n{said}" if finding.detail else said)
