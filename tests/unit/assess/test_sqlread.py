"""What a new column would break is found in any SQL that PostgreSQL reads, and nothing else stops the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess.sqlread import Columns, Insert, Named, read_routine, read_statement, without_literals

T = Named("", "t")


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("select * from t where id = $1", (T,)),
        ("table t", (T,)),
        ("select x.* from s.t x join u using (id)", (Named("s", "t"),)),
        ("select t.* from t, u", (T,)),
        ("select * from t join u using (id)", (T, Named("", "u"))),
        ("with x as (select * from t) select * from x", (T,)),
        ("with x as (select * from t) select id from x", ()),
        ("select id from (select * from t) q", ()),
        ("select * from (select a, t.* from t) q", (T,)),
        ("select count(*) from t", ()),
        ("select json_agg(q) from (select t.* from t) q", ()),
        ("select t from t", ()),
        ("insert into t (a) values (1) returning *", (T,)),
        ("update t set a = 1 from u returning t.*", (T,)),
        ("delete from t using u returning *", (T, Named("", "u"))),
        ("merge into t using u on t.id = u.id when matched then delete returning t.*", (T,)),
        ("select * from t union all select * from u", (T,)),
        ("select * from f() as x (a int)", ()),
        ("with recursive r as (select * from t union all select r.* from r) select * from r", (T,)),
        ("select (select 1), * from only t for update", (T,)),
    ],
)
def test_stars_that_reach_the_result(text: str, stars: tuple[Named, ...]) -> None:
    """A star counts when it decides how many columns the client gets, at whatever depth it stands."""
    (result,) = read_statement(text).results

    assert stars == result.stars


@pytest.mark.parametrize(
    ("text", "insert"),
    [
        ("insert into a select * from t", Insert(Named("", "a"), 0, Columns((T,)))),
        ("insert into a (x, y) table t", Insert(Named("", "a"), 2, Columns((T,)))),
        ("insert into a values (1, 2)", Insert(Named("", "a"), 0, Columns((), 2))),
        ("insert into a default values", Insert(Named("", "a"), 0, Columns())),
        ("with i as (insert into s.a select 1, t.* from t) select 1", Insert(Named("s", "a"), 0, Columns((T,), 1))),
        ("with g as (select * from t) insert into a select * from g", Insert(Named("", "a"), 0, Columns((T,)))),
    ],
)
def test_inserts(text: str, insert: Insert) -> None:
    """Each INSERT is known by its target, its column list and what its query gives."""
    assert (insert,) == read_statement(text).inserts


def test_unions_row_casts_and_copies() -> None:
    """Arms of a UNION, row constructors cast to a named type, and COPY without columns are found."""
    union = read_statement("select 1 where exists (select * from t union select * from u)").unions
    casts = read_statement("select row(1, 2)::public.t, (1, 2)::t, 1::int").row_casts

    assert ((Columns((T,)), Columns((Named("", "u"),))),) == union
    assert (Named("public", "t"), T) == casts
    assert read_statement("copy t from stdin").copies_in == (T,)
    assert read_statement("copy t (a) from stdin").copies_in == ()
    assert read_statement("copy t to stdout").copies_in == ()


def test_a_text_that_was_cut_off_is_read_as_incomplete() -> None:
    """pg_stat_activity cuts long statements; that is no error, and no proof either."""
    reading = read_statement("select * from t where id = (select max(id) from")

    assert not reading.complete
    assert reading.results == ()


def plpgsql(body: str, returns: str = "void") -> str:
    return (
        f"CREATE OR REPLACE FUNCTION public.f()\n RETURNS {returns}\n LANGUAGE plpgsql\nAS $function${body}$function$"
    )


@pytest.mark.parametrize(
    "body",
    [
        "begin insert into hist values (new.*); return new; end",
        "begin insert into hist select (new).*; return new; end",
        "declare x int; begin if tg_op = 'UPDATE' then insert into hist select old.*; end if; return new; end",
    ],
)
def test_trigger_functions_hold_rows_of_their_table(body: str) -> None:
    """NEW.* and OLD.* are all columns of the table the trigger stands on."""
    reading = read_routine(plpgsql(body, "trigger"), (Named("public", "t"),))

    assert [Columns((Named("public", "t"),))] == [i.gives for i in reading.inserts]
    assert reading.complete


@pytest.mark.parametrize(
    "body",
    [
        "declare r t; begin select * into r from t; insert into hist select r.*; end",
        "declare r t%rowtype; begin insert into hist values (r.*); end",
        "declare r record; begin for r in select * from t loop insert into hist values (r.*); end loop; end",
        "declare r record; begin select * into r from t; insert into hist values (r.*); end",
        "begin execute 'insert into hist select * from t'; end",
        "begin if true then for i in 1..2 loop insert into hist select * from t; end loop; end if; end",
        "begin insert into hist select * from t; exception when others then raise; end",
    ],
)
def test_record_variables_hold_what_they_were_filled_with(body: str) -> None:
    """A variable of a table's row type, or filled by SELECT *, stands for all columns of that table."""
    reading = read_routine(plpgsql(body))

    assert [i.gives.stars for i in reading.inserts] == [(T,)]


def test_results_of_routines() -> None:
    """The last statement of an SQL function, RETURN QUERY and RETURN ROW are what comes back."""
    sql = "CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS 'select 1; select * from t'"
    atomic = "CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT a, b FROM t; END"

    assert (Columns((T,)),) == read_routine(sql).results
    assert [r.others for r in read_routine(atomic).results] == [2]
    assert (Columns((T,)),) == read_routine(plpgsql("begin return query select * from t; end", "SETOF t")).results
    assert read_routine(plpgsql("begin return row(1, 'a'); end", "t")).row_returns == (2,)


def test_a_body_that_cannot_be_parsed_is_read_piece_by_piece() -> None:
    """What stands between semicolons is still looked at, and the reading says that it is incomplete."""
    reading = read_routine(plpgsql("begin no such thing; insert into hist select * from t; end"))

    assert not reading.complete
    assert [i.gives.stars for i in reading.inserts] == [(T,)]


def test_other_languages_are_not_read() -> None:
    """A body in another language is not understood, and says so."""
    assert not read_routine("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'").complete


def test_literals_do_not_leave_the_server() -> None:
    """Texts of sessions hold data of users; what cannot be cleaned is not kept at all."""
    assert without_literals("select * from t where mail = 'ann@example.org'") == "select * from t where mail = $1"
    assert without_literals("select * from t where mail = 'ann@exam") == ""


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    """The reader judges texts of strangers: whatever they hold, it gives an answer."""
    read_statement(text.replace("\x00", ""))
    read_routine(plpgsql(text.replace("\x00", "").replace("$", "")))
    without_literals(text.replace("\x00", ""))


FRAGMENTS = st.sampled_from(
    ["select", "*", "from", "t", "(", ")", ",", "union", "insert into", "values", "with x as", "returning", "join", "a"]
)


@given(st.lists(FRAGMENTS, max_size=14))
def test_no_order_of_words_is_too_strange(words: list[str]) -> None:
    """Pieces of SQL in any order are read or called incomplete."""
    reading = read_statement(" ".join(words))

    assert reading.complete or not reading.results
