"""Numbers, times and names as a person reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.cli import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
        (-3, "0.0 s"),
    ],
)
def test_a_span_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """Two units at most, the smaller one only when there is any of it."""
    assert words.duration(seconds) == said


@given(st.floats(0, 1e7))
def test_every_span_has_a_short_text(seconds: float) -> None:
    """No span is too long or too odd to be said."""
    assert re.fullmatch(r"[\d.]+ (s|min|h|d)( \d+ (s|min|h))?", words.duration(seconds))


@given(st.text())
def test_a_name_cannot_move_the_cursor(text: str) -> None:
    """Nothing that a terminal obeys is left of a text that comes from a database."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", words.plain(text))
    assert words.plain_lines(text).count("\n") == text.count("\n")


def test_a_long_text_is_folded_in_its_middle() -> None:
    """What it is about and what to do about it are kept; all of it on demand."""
    text = "\n".join(f"line {n}" for n in range(1, 21))

    folded = words.folded(text).split("\n")

    assert folded[:4] == ["line 1", "line 2", "line 3", "line 4"]
    assert folded[4] == "... 13 more lines (--verbose shows them)"
    assert folded[5:] == ["line 18", "line 19", "line 20"]
    assert words.folded(text, whole=True) == text
    assert words.folded("one\ntwo") == "one\ntwo"


def test_moments_are_utc_and_relative() -> None:
    """A time is shown as the journal keeps it, and how long ago that was."""
    at = datetime(2026, 11, 23, 12, 41, 15, tzinfo=UTC)

    assert words.moment(at) == "2026-11-23 12:41:15 UTC"
    assert words.ago(at, at + timedelta(minutes=3)) == "3 min ago"
