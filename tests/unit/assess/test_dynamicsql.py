"""Which EXECUTE lets an argument become SQL: by parse tree, not by what the text looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess.dynamicsql import spliced

SAFE = (
    "'select 1'",
    "'select 1 from t where a = $1' using word",
    "format('select %I from %I', word, word)",
    "format('select * from t where a = %L', word)",
    "format('select 100 %% 7 where a = %1$L', word)",
    "'select * from t where a = ' || quote_literal(word)",
    "'select * from ' || quote_ident(word) || ' where b is null'",
    "'select * from t where n = ' || number",
    "'select * from t where n = ' || number::text",
    "'select * from ' || which::regclass",
    "format('select * from %s where n = %s', which, number)",
    "'select * from t where a = ' || coalesce(quote_nullable(word), 'null')",
    "case when number > 0 then 'select 1' else 'select 2' end",
    "concat('select ', quote_ident(word))",
    "'select * from t where id = ''' || person || ''''",
)
SPLICED = (
    "word",
    "'select * from t where a = ' || word",
    "'select * from t where a = ''' || word || ''''",
    "format('select * from t where a = ''%s''', word)",
    "format('select * from %s', word)",
    "format(word, number)",
    "format('select %1$s', word)",
    "'select * from t where a = ' || quote_literal(word) || word",
    "'select ' || replace(word, '''', '''''')",
    "case when number > 0 then 'select 1' else word end",
    "'select ' || coalesce(word, 'x')",
    "concat('select ', word)",
    "'select ' || (select x from public.texts)",
    "'select * from t where a = ' || word::text",
)


def routine(statement: str) -> str:
    """A function as pg_get_functiondef writes it."""
    return (
        "CREATE OR REPLACE FUNCTION public.f(word text, number integer, which regclass, person uuid)\n"
        " RETURNS SETOF text\n LANGUAGE plpgsql\nAS $function$\nbegin\n"
        f"  {statement};\nend $function$\n"
    )


@pytest.mark.parametrize("expression", SAFE)
def test_what_is_quoted_or_cannot_hold_sql(expression: str) -> None:
    """Constants, quoting functions, format with %I and %L, numbers, uuids and names of objects."""
    assert spliced(routine(f"execute {expression}")) == ()


@pytest.mark.parametrize("expression", SPLICED)
def test_what_becomes_part_of_the_statement(expression: str) -> None:
    """Everything else that is joined to the text; replacing quotes by hand is no quoting."""
    assert spliced(routine(f"execute {expression}")) == (expression.split(" using ", maxsplit=1)[0],)


@pytest.mark.parametrize(
    "statement",
    [
        "return query execute 'select ' || word",
        "for word in execute 'select ' || word loop null; end loop",
        "if number > 0 then begin execute 'select ' || word; end; end if",
        "execute 'select ' || word into word",
    ],
)
def test_wherever_it_stands(statement: str) -> None:
    """RETURN QUERY EXECUTE, FOR .. IN EXECUTE, inside blocks, with INTO."""
    assert spliced(routine(statement)) == ("'select ' || word",)


@pytest.mark.parametrize(
    "statement", ["return query select word", "perform word", "for word in select word loop null; end loop"]
)
def test_what_is_no_dynamic_sql(statement: str) -> None:
    """A parameter in an ordinary statement is bound."""
    assert spliced(routine(statement)) == ()


def test_a_routine_that_cannot_be_read() -> None:
    """What the parser refuses proves nothing."""
    assert spliced("create function f() returns void language plpgsql as $$ begin ( $$") == ()


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40))
def test_no_constant_is_spliced(text: str) -> None:
    """Whatever a constant says, it is not the caller's."""
    quoted = text.replace("'", "''").replace("$function$", "")

    assert spliced(routine(f"execute '{quoted}' || quote_literal(word)")) == ()


@given(st.lists(st.sampled_from(["'a'", "quote_ident(word)", "number", "word", "person"]), min_size=1, max_size=6))
def test_one_part_is_enough(parts: list[str]) -> None:
    """A concatenation is safe when each part of it is."""
    found = spliced(routine("execute " + " || ".join(parts)))

    assert bool(found) is ("word" in parts)
