"""The grammar of `derive`."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.names import InvalidName, QualifiedName
from ringfence.spec.derive import (
    DeriveFounding,
    DeriveHop,
    DeriveOwn,
    DerivePath,
    NotADerivation,
    hop_text,
    parse_derive,
)


def test_each_form_reads_as_documented() -> None:
    """The examples of the reference page give the values they promise."""
    documents = QualifiedName("public", "documents")

    assert parse_derive("founding") == DeriveFounding()
    assert parse_derive("own:team_id") == DeriveOwn("team_id")
    assert parse_derive('own:"team id"') == DeriveOwn("team id")
    assert parse_derive("document_id -> public.documents") == DerivePath((DeriveHop(("document_id",), documents),))
    assert parse_derive("document_id->documents") == DerivePath((DeriveHop(("document_id",), documents),))
    assert parse_derive("(a, b) -> public.documents(x, y)") == DerivePath(
        (DeriveHop(("a", "b"), documents, ("x", "y")),)
    )
    assert parse_derive("a_id -> public.a; b_id -> s.b") == DerivePath(
        (DeriveHop(("a_id",), QualifiedName("public", "a")), DeriveHop(("b_id",), QualifiedName("s", "b")))
    )


def test_tables_fold_like_sql_and_columns_do_not() -> None:
    """`authorId` means the column of that spelling; `public.User` means public.user as it does in SQL."""
    assert parse_derive('authorId -> public."User"') == DerivePath(
        (DeriveHop(("authorId",), QualifiedName("public", "User")),)
    )
    assert parse_derive("authorId -> public.User") == DerivePath(
        (DeriveHop(("authorId",), QualifiedName("public", "user")),)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "owner_id",
        "-> public.a",
        "owner_id ->",
        "owner_id -> a.b.c",
        "a, b -> public.x",
        "(a, b -> public.x",
        "(a, b) -> public.x(c)",
        "own:",
        "own:a b",
        "a -> public.b;",
        "a -> public.b c",
        "a => public.b",
        '"a -> public.b',
        "founding; a -> public.b",
    ],
)
def test_everything_else_is_refused_with_what_was_expected(text: str) -> None:
    """A text outside the grammar never becomes a derivation."""
    with pytest.raises(NotADerivation):
        parse_derive(text)


def test_a_name_the_server_would_cut_is_refused() -> None:
    """A name of 64 bytes would silently mean another column."""
    with pytest.raises(InvalidName):
        parse_derive("a" * 64 + " -> public.b")


NAMES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=15)


@given(st.lists(NAMES, min_size=1, max_size=3), st.builds(QualifiedName, NAMES, NAMES), st.lists(NAMES, max_size=3))
def test_whatever_a_name_holds_a_written_hop_is_read_back(
    columns: list[str], table: QualifiedName, parents: list[str]
) -> None:
    """hop_text and parse_derive are inverse for every legal name."""
    parent_columns = tuple(parents) if len(parents) == len(columns) else ()

    text = hop_text(tuple(columns), table, parent_columns)

    assert parse_derive(text) == DerivePath((DeriveHop(tuple(columns), table, parent_columns),))


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but our own coded errors comes out of the parser."""
    with contextlib.suppress(NotADerivation, InvalidName):
        parse_derive(text)
