"""Trees are kept for whoever asks for the same text again, so nobody may change one that is not his own."""

from __future__ import annotations

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess import queries, rewrite
from ringfence.assess.parsing import Unreadable, nodes, parse, parse_to_change
from unit.assess.values import table

ATOMS = st.sampled_from(
    [
        "tenant_id",
        "t.tenant_id",
        "true",
        "'x'::text",
        "current_setting('a.b')",
        "app.who()",
        "app.is_member(tenant_id)",
        "(select app.tenant())",
        "array(select m.tenant_id from members m)",
        "array[1, 2]",
    ]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} = {})".format, inner, inner),
        st.builds("({} operator(app.=) {})".format, inner, inner),
        st.builds("({} and {} or not {})".format, inner, inner, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("case when {} then {} end".format, inner, inner),
        st.builds("({} in (select m.tenant_id from members m where m.who = {}))".format, inner, inner),
        st.builds("exists (select from members m where m.tenant_id = t.tenant_id and {})".format, inner),
        st.builds("({} is not false)".format, inner),
    ),
    max_leaves=6,
)
"""Texts as policies have them, though not all of them mean anything."""

T = table("t", "tenant_id")
REWRITES = (
    lambda text: rewrite.subqueries_as_arrays(text, "t"),
    lambda text: rewrite.calls_wrapped(text, T),
    lambda text: rewrite.calls_of_the_row(text, T),
    lambda text: rewrite.compared_columns(text, T),
    rewrite.add_missing_ok,
    rewrite.operators_of_the_server,
)


@given(EXPRESSIONS)
def test_nodes_are_those_of_a_walk_in_the_same_order(text: str) -> None:
    tree = parse(f"select {text}")

    assert list(nodes(tree)) == [node for _, node in postgast.walk(tree)]


@given(EXPRESSIONS)
def test_who_rewrites_changes_a_tree_of_his_own(text: str) -> None:
    for change in REWRITES:
        change(text)

    assert parse(f"select {text}") == postgast.parse(f"select {text}")


@given(EXPRESSIONS)
def test_what_is_rewritten_once_is_rewritten_alike_the_next_time(text: str) -> None:
    assert [change(text) for change in REWRITES] == [change(text) for change in REWRITES]


def test_a_view_that_is_read_leaves_the_kept_trees_as_they_were() -> None:
    """Its condition is put where `select 1` has its 1, which other views and repairs ask for, too."""
    select = parse("select secret from documents d where d.tenant_id = 7").stmts[0].stmt.select_stmt

    for _ in range(2):
        assert queries._bare(select.where_clause, select) == "tenant_id = 7"
    assert parse("select 1") == postgast.parse("select 1")
    assert select.where_clause.a_expr.lexpr.column_ref.fields[0].string.sval == "d"


def test_a_tree_to_change_is_nobody_elses() -> None:
    mine = parse_to_change("select 1")
    mine.stmts[0].stmt.select_stmt.target_list[0].res_target.name = "changed"

    assert parse("select 1") != mine
    assert parse_to_change("select 1") == parse("select 1")


@pytest.mark.parametrize("text", ["select (", "select " + "a || " * 200 + "a"])
def test_what_cannot_be_read_is_refused_every_time(text: str) -> None:
    for _ in range(2):
        with pytest.raises(Unreadable):
            parse(text)
