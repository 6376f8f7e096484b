"""Placeholders mean what they mean to psycopg's own cursors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psycopg import ProgrammingError
from psycopg._queries import PostgresQuery
from psycopg.adapt import Transformer

from ringfence.runtime.placeholders import WrongParameters, numbered

pieces = st.lists(st.sampled_from(["select ", "%s", "%(a)s", "%(b)s", "%%", "'x'", "$1", " ", "é", "\n", "(", "a"]))


@given(pieces, st.sampled_from([(), (1,), (1, 2), {}, {"a": 1}, {"a": 1, "b": 2}]))
def test_a_query_becomes_what_psycopg_makes_of_it(parts: list[str], parameters: Any) -> None:
    query = "".join(parts)
    psycopgs = PostgresQuery(Transformer())
    try:
        psycopgs.convert(query, parameters)
    except (ProgrammingError, TypeError):
        with pytest.raises(WrongParameters):
            numbered(query).values(parameters)
        return
    # an empty mapping passes psycopg whatever the places are, and the server refuses it; we need not ask the server
    assume(b"$1" not in psycopgs.query.replace(b"$1", b"", parts.count("$1")) or parameters)

    found = numbered(query)

    assert found.sql == psycopgs.query
    assert len(found.values(parameters)) == len(psycopgs.params or ())


@pytest.mark.parametrize("query", ["select 5 % 2", "like 'a%'", "%d", "%b", "%(a)d", "%(a)", "%"])
def test_a_lone_percent_sign_is_refused(query: str) -> None:
    with pytest.raises(WrongParameters):
        numbered(query)


def test_both_kinds_in_one_query_are_refused() -> None:
    with pytest.raises(WrongParameters):
        numbered("select %s, %(a)s")


@pytest.mark.parametrize("parameters", [(), (1, 2), {"a": 1}, "x", b"x"])
def test_parameters_must_be_as_many_as_there_are_places(parameters: Any) -> None:
    with pytest.raises(WrongParameters):
        numbered("select %s").values(parameters)


def test_a_name_that_was_not_given_is_named() -> None:
    with pytest.raises(WrongParameters) as refused:
        numbered("select %(a)s, %(b)s").values({"a": 1})

    assert refused.value.detail == "b"


def test_one_name_twice_is_one_parameter() -> None:
    found = numbered("select %(a)s, %(a)s")

    assert found.sql == b"select $1, $1"
    assert found.values({"a": 5}) == [5]
