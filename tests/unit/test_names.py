"""Names: quoting that cannot be broken out of, and names of ours that fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.names import (
    IDENTIFIER_BYTES_MAX,
    InvalidName,
    QualifiedName,
    bounded_name,
    parse_ident_list,
    parse_qualified,
    quote_ident,
    quote_literal,
)

idents = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=15)


@given(idents)
def test_a_quoted_identifier_reads_back_as_itself(name: str) -> None:
    """Whatever a name holds, its quoted form is one identifier and the same one."""
    assert parse_ident_list(quote_ident(name)) == (name,)


@given(idents, idents)
def test_a_qualified_name_reads_back_as_itself(schema: str, name: str) -> None:
    """As SQL and as people write it."""
    qualified = QualifiedName(schema, name)

    assert parse_qualified(qualified.sql) == qualified
    assert parse_qualified(str(qualified)) == qualified


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30))
def test_a_quoted_literal_has_no_way_out(text: str) -> None:
    """Inside the outer quotes every quote is doubled, and every backslash too where backslashes escape."""
    quoted = quote_literal(text)
    escapes = quoted.startswith(" E'")
    body = quoted.removeprefix(" E")[1:-1]

    assert body.replace("''", "").count("'") == 0
    assert escapes == ("\\" in text)
    if escapes:
        assert body.replace("\\\\", "").count("\\") == 0
        body = body.replace("\\\\", "\\")
    assert body.replace("''", "'") == text


@given(st.lists(idents, min_size=1, max_size=6))
def test_our_names_fit_and_stay_the_same(parts: list[str]) -> None:
    """At most 63 bytes, the same for the same parts."""
    name = bounded_name(*parts)

    assert len(name.encode()) <= IDENTIFIER_BYTES_MAX
    assert name == bounded_name(*parts)


def test_long_names_that_differ_late_stay_different() -> None:
    """The cut-off end lives on in the hash."""
    assert bounded_name("t" * 80 + "a", "idx") != bounded_name("t" * 80 + "b", "idx")


@pytest.mark.parametrize("name", ["", "a\x00b", "é" * 32])
def test_what_cannot_be_an_identifier_is_refused(name: str) -> None:
    """Empty, with a NUL, or too long for the server, which would cut it without a word."""
    with pytest.raises(InvalidName):
        quote_ident(name)


@pytest.mark.parametrize("text", ['"open', "a.b.c", "a..b", "1a", "a b", "", "a."])
def test_texts_that_are_no_names_are_refused(text: str) -> None:
    """A typing mistake in the file is named, not read as something else."""
    with pytest.raises(InvalidName):
        parse_qualified(text)
