"""Stored routines that a new column breaks: the fault is real, it is found, its repair is real, nothing is found."""

from __future__ import annotations

import pytest

from pg.assess.watching import Watch, only_t
from support.databases import Database

TABLES = """
create table public.t (a int primary key, b text);
insert into public.t values (1, 'x');
create table public.hist (a int, b text);
"""

INSERTS = {
    "sql": ("sql", "insert into hist select * from t", "insert into hist (a, b) select a, b from t"),
    "listed": ("sql", "insert into hist (a, b) select * from t", "insert into hist (a, b) select a, b from t"),
    "plpgsql": (
        "plpgsql",
        "begin insert into hist select * from t; end",
        "begin insert into hist (a, b) select a, b from t; end",
    ),
    "record": (
        "plpgsql",
        "declare r t; begin select * into r from t; insert into hist select r.*; end",
        "declare r t; begin select * into r from t; insert into hist (a, b) values (r.a, r.b); end",
    ),
    "union": (
        "plpgsql",
        "begin perform * from (select * from t union select * from hist) q; end",
        "begin perform * from (select a, b from t union select a, b from hist) q; end",
    ),
}


@pytest.mark.parametrize("kind", INSERTS)
def test_insert_and_union_of_all_columns(database: Database, kind: str) -> None:
    """INSERT .. SELECT * and UNION with one side wider fail with 42601; naming the columns repairs them."""
    language, bad, good = INSERTS[kind]
    create = f"set search_path = public; create or replace function public.f() returns void language {language} as"
    watch = Watch(database, scopes=only_t())
    database.execute(f"{TABLES}; {create} '{bad}'")

    watch.breaks("set search_path = public; select f()", "42601")
    assert watch.the("RFA-INSERT-STAR").subject == "public.f()"

    database.execute(f"{create} '{good}'")
    watch.survives("set search_path = public; select f()")
    assert watch.found("RFA-INSERT-STAR") == []


def test_history_trigger(database: Database) -> None:
    """An audit trigger that copies NEW.* into a table of the same shape fails the application's own write."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        TABLES
        + """
        create function public.keep() returns trigger language plpgsql as
          'begin insert into public.hist values (new.*); return new; end';
        create trigger keep after insert or update on public.t for each row execute function public.keep();
        """
    )

    watch.breaks("insert into public.t (a) values (2)", "42601")
    assert watch.the("RFA-INSERT-STAR").subject == "public.keep()"

    database.execute(
        """create or replace function public.keep() returns trigger language plpgsql as
          'begin insert into public.hist (a, b) values (new.a, new.b); return new; end'"""
    )
    watch.survives("insert into public.t (a) values (2)")
    assert watch.found("RFA-INSERT-STAR") == []


def test_a_body_begin_atomic_was_expanded_and_is_safe(database: Database) -> None:
    """PostgreSQL stored the columns, not the star."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        TABLES
        + "create function public.f() returns void begin atomic insert into public.hist select * from public.t; end"
    )

    watch.survives("select public.f()")
    assert watch.found("RFA-INSERT-STAR") == []


RESULTS = {
    "atomic": (
        "returns setof public.t begin atomic select * from public.t; end",
        "42P13",
        "returns setof public.t language sql as 'select t.* from public.t t'",
    ),
    "listed in sql": (
        "returns setof public.t language sql as 'select a, b from public.t'",
        "42P13",
        "returns setof public.t language sql as 'select t.* from public.t t'",
    ),
    "listed in plpgsql": (
        "returns setof public.t language plpgsql as 'begin return query select a, b from public.t; end'",
        "42804",
        "returns setof public.t language plpgsql as 'begin return query select t.* from public.t t; end'",
    ),
    "returning": (
        "returns setof public.t language sql as 'insert into public.t values (9, null) returning a, b'",
        "42P13",
        "returns setof public.t language sql as 'insert into public.t values (9, null) returning *'",
    ),
    "table in sql": (
        "returns table (a int, b text) language sql as 'select * from public.t'",
        "42P13",
        "returns table (a int, b text) language sql as 'select a, b from public.t'",
    ),
    "table in plpgsql": (
        "returns table (x int, y text) language plpgsql as 'begin return query select * from public.t; end'",
        "42804",
        "returns table (x int, y text) language plpgsql as 'begin return query select a, b from public.t; end'",
    ),
    "out parameters": (
        "returns record language sql as 'select * from public.t'",
        "42P13",
        "returns record language sql as 'select a, b from public.t'",
    ),
    "row": (
        "returns public.t language plpgsql as 'begin return row(1, null::text); end'",
        "42804",
        "returns public.t language plpgsql as 'declare r public.t; begin r.a := 1; return r; end'",
    ),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_results_that_no_longer_fit(database: Database, kind: str) -> None:
    """Whoever counts columns on one side of a result only fails with 42P13 or 42804."""
    bad, sqlstate, good = RESULTS[kind]
    arguments = "out a int, out b text" if kind == "out parameters" else ""
    watch = Watch(database, scopes=only_t())
    database.execute(f"{TABLES}; create function public.f({arguments}) {bad}")

    watch.breaks("select * from public.f()", sqlstate)
    assert watch.the("RFA-ROW-RESULT").subject.startswith("public.f(")

    database.execute(f"create or replace function public.f({arguments}) {good}")
    watch.survives("select * from public.f()")
    assert watch.found("RFA-ROW-RESULT") == []


def test_row_constructor_casts(database: Database) -> None:
    """ROW(..)::t fails with 42846; jsonb_populate_record leaves the new column null."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        TABLES + "create function public.f() returns public.t language sql as 'select row(1, null)::public.t'"
    )

    watch.breaks("select public.f()", "42846")
    assert watch.the("RFA-ROW-CAST").subject == "public.f()"

    database.execute(
        """create or replace function public.f() returns public.t language sql as
          $$ select jsonb_populate_record(null::public.t, jsonb_build_object('a', 1)) $$"""
    )
    watch.survives("select public.f()")
    assert watch.found("RFA-ROW-CAST") == []


def test_row_arguments(database: Database) -> None:
    """A computed column (a function of the row) goes on working; a call with ROW(..) does not."""
    watch = Watch(database, scopes=only_t())
    database.execute(TABLES + "create function public.label(r public.t) returns text language sql as 'select r.b'")

    watch.survives("select t.label from public.t")
    watch.breaks("select public.label(row(1, 'x'))", "42846")
    assert watch.the("RFA-ROW-ARGUMENT").subject == "public.label(r public.t)"

    database.execute("drop function public.label(public.t)")
    assert watch.found("RFA-ROW-ARGUMENT") == []


def test_insert_without_column_list_goes_on(database: Database) -> None:
    """Values are matched from the left, so a last column with a default or trigger breaks nothing."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        TABLES + "create function public.f() returns void language sql as $$ insert into public.t values (2, 'y') $$"
    )

    watch.survives("select public.f()")
    assert watch.the("RFA-INSERT-NO-COLUMNS").severity.value == "info"

    database.execute(
        "create or replace function public.f() returns void language sql as"
        " $$ insert into public.t (a, b) values (2, 'y') $$"
    )
    assert watch.found("RFA-INSERT-NO-COLUMNS") == []


def test_a_routine_that_cannot_be_read(database: Database) -> None:
    """A body that was never checked by the server is named, so that a person reads it."""
    watch = Watch(database, scopes=only_t())
    database.execute(
        TABLES + "set check_function_bodies = off;"
        " create function public.f() returns void language plpgsql as 'begin what is this; delete from t; end'"
    )

    finding = watch.the("RFA-ROUTINE-UNREAD")
    with database.connect() as conn:
        shown = conn.execute(finding.hint.encode()).fetchone()
    assert shown is not None
    assert "what is this" in shown[0]

    database.execute("drop function public.f()")
    assert watch.found("RFA-ROUTINE-UNREAD") == []
