"""Notes are read from the server's log, whatever format it has, and nothing else is."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ringfence.shadow.log import MARK, merged, notes
from ringfence.shadow.model import Noted

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOTE = Noted('"public"."documents"', "select", "GET /documents", "authenticated", "row of another tenant", 1, AT)
names = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
noted = st.builds(
    Noted, names, names, names, names, names, st.just(1), st.datetimes().map(lambda d: d.replace(tzinfo=UTC))
)


def message(note: Noted, where: str = "logged") -> str:
    """What the server is told to log."""
    parts = [note.last.isoformat(), note.table, note.command, note.endpoint, note.role_name, note.reason, where]
    return MARK + json.dumps(parts, ensure_ascii=False)


def stderr(text: str) -> str:
    """A line with a prefix."""
    return f"2026-03-01 12:00:00 UTC [4711] authenticator@app LOG:  {text}\n"


def csvlog(text: str) -> str:
    """A line of csvlog."""
    out = io.StringIO()
    csv.writer(out).writerow(["2026-03-01", "authenticator", "LOG", "00000", text, "", "PL/pgSQL function"])
    return out.getvalue()


def jsonlog(text: str) -> str:
    """A line of jsonlog."""
    return json.dumps({"timestamp": "2026-03-01", "message": text, "backend_type": "client backend"}) + "\n"


@given(noted)
def test_every_format_gives_the_note_back(note: Noted) -> None:
    """Names with quotes, backslashes, brackets and whatever else they may hold."""
    for spelt in (stderr, csvlog, jsonlog):
        assert notes([spelt(message(note))]) == ((note, "logged"),)


@given(st.lists(st.text(max_size=80)), st.text(max_size=40))
def test_other_lines_are_passed_over(lines: list[str], tail: str) -> None:
    """Also those that begin like a note and are none."""
    wrong = [MARK + tail, MARK + "[1, 2]", MARK + '["x", "a", "b", "c", "d", "e", "logged"]', MARK + "[" * 9]
    assert notes([line.replace(MARK, "") for line in lines] + [w for w in wrong if not notes([w])]) == ()
    assert all(notes([w]) == () for w in wrong[1:])


def test_the_same_is_one_with_the_last_moment() -> None:
    """Counted by table, command, endpoint, role and reason."""
    later = replace(NOTE, last=AT + timedelta(hours=1))
    other = replace(NOTE, endpoint="GET /other")
    found = notes(stderr(message(n)) for n in (later, NOTE, other, NOTE))
    assert [n for n, _ in found] == [replace(later, times=3), other]


def test_what_waited_is_not_counted_twice() -> None:
    """The database may have it; what is in the log alone is added."""
    kept = replace(NOTE, times=5)
    later = replace(NOTE, times=2, last=AT + timedelta(hours=1))
    assert merged([kept], [(later, "waits")]) == (kept,)
    assert merged([kept], [(later, "logged")]) == (replace(kept, times=7, last=later.last),)
    assert merged([], [(later, "waits"), (NOTE, "logged")]) == (replace(later, times=3),)
    assert merged([], []) == ()


@given(st.lists(noted, max_size=5))
def test_most_frequent_first(found: list[Noted]) -> None:
    """The order does not depend on where a note came from."""
    logged = notes(stderr(message(n)) for n in found)
    times = [n.times for n in merged([], logged)]
    assert times == sorted(times, reverse=True)
    assert sum(times) == len(found)
