"""The beginning of a statement shows its shape and never what somebody wrote into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.health.querytext import MASKED, short_query

SECRET = "zebra"
WORDS = st.sampled_from(["select", "a", "from", "t", "where", "=", "(", ")", ",", "$1", "and", '"Name"', ";", "::text"])
LITERALS = st.sampled_from(
    [
        f"'{SECRET}'",
        f"'it''s {SECRET}'",
        f"E'a\\'{SECRET}'",
        f"e'{SECRET}\\\\'",
        f"U&'{SECRET}'",
        f"$${SECRET}$$",
        f"$tag$ $$ ' {SECRET} $tag$",
        f"-- {SECRET}\n",
        f"/* {SECRET} */",
        f"/* a /* {SECRET} */ {SECRET} */",
        f"N'{SECRET}'",
        f"'-- {SECRET}'",
        f"'/* {SECRET}'",
    ]
)
OPEN = st.sampled_from([f"'{SECRET}", f"$${SECRET}", f"/* {SECRET}", f"E'{SECRET}", f"-- {SECRET}", ""])


@given(st.lists(st.one_of(WORDS, LITERALS), max_size=12), OPEN)
def test_no_literal_and_no_comment_is_ever_shown(pieces: list[str], end: str) -> None:
    """Also not when the server cut the text in the middle of one."""
    assert SECRET not in short_query(" ".join([*pieces, end]), chars_max=10_000)


@given(st.text(), st.integers(2, 200))
def test_any_text_gives_one_short_line(text: str, chars_max: int) -> None:
    shown = short_query(text, chars_max)

    assert len(shown) <= chars_max
    assert not {"\n", "\r", "\t"} & set(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("select  *\n from t where id = 17", "select * from t where id = ?"),
        ("alter role app password 's3cret'", "alter role app password ?"),
        ("update t2 set a1 = 1e10, b = .5 where c = $3", "update t2 set a1 = ?, b = ? where c = $3"),
        ('select "Größe ""x""" from "T"', 'select "Größe ""x""" from "T"'),
        ("values ('a\\', 'zebra')", "values (? …"),
        (MASKED, ""),
        ("", ""),
    ],
)
def test_the_shape_of_a_statement_stays(text: str, shown: str) -> None:
    assert short_query(text) == shown


def test_a_long_statement_is_cut() -> None:
    shown = short_query("select " + "column_name, " * 50)

    assert len(shown) <= 80
    assert shown.endswith("…")
