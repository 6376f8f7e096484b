"""What a clause lets through is never understated: checked against three-valued logic over every assignment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.assess.facts import Flag
from ringfence.assess.terms import And, Case, Coalesce, Compare, Const, IsNull, Not, Opaque, Or, Own, Session, Term
from ringfence.assess.ways import WAYS_MAX, judged
from ringfence.names import QualifiedName

BINDING = Compare("=", Own("tenant_id", not_null=True), Session("claim", "org_id"))
"""The comparison that ties a row to who asks: false for a foreign row, null without context."""
FLAGS = (Own("published"), Own("archived"))

TERMS: st.SearchStrategy[Term] = st.recursive(
    st.sampled_from((BINDING, BINDING, *FLAGS, Const(True), Const(False), Const(None))),
    lambda inner: st.one_of(
        st.builds(lambda a, b: And((a, b)), inner, inner),
        st.builds(lambda a, b: Or((a, b)), inner, inner),
        st.builds(Not, inner),
        st.builds(IsNull, inner),
        st.builds(lambda a, b: Coalesce((a, b)), inner, inner),
        st.builds(lambda c, a, b: Case(((c, a),), b), inner, inner, inner),
    ),
    max_leaves=10,
)


def value(term: Term, known: Mapping[Term, bool | None]) -> bool | None:
    """Three-valued logic, as SQL has it."""
    match term:
        case Const():
            assert term.value is None or isinstance(term.value, bool)
            return term.value
        case And() | Or():
            parts = [value(arg, known) for arg in term.args]
            decisive = isinstance(term, Or)
            return decisive if decisive in parts else None if None in parts else not decisive
        case Not():
            part = value(term.arg, known)
            return None if part is None else not part
        case IsNull():
            return value(term.arg, known) is None
        case Coalesce():
            return next((v for v in (value(arg, known) for arg in term.args) if v is not None), None)
        case Case():
            for condition, result in term.branches:
                if value(condition, known) is True:
                    return value(result, known)
            return value(term.otherwise, known)
        case _:
            return known[term]


def assignments(binding: tuple[bool | None, ...]) -> list[dict[Term, bool | None]]:
    """Every combination of what the row's flags and the binding may be."""
    every = itertools.product(binding, *((True, False, None) for _ in FLAGS))
    return [dict(zip((BINDING, *FLAGS), values, strict=True)) for values in every]


@settings(max_examples=500)
@given(TERMS)
def test_a_foreign_row_never_passes_what_is_called_closed(term: Term) -> None:
    """If every way is safe, no row of another tenant gets through, with a context or without."""
    if all(way.safe for way in judged(term)):
        passed = [known for known in assignments((False, None)) if value(term, known) is True]

        assert passed == []


@settings(max_examples=500)
@given(TERMS)
def test_no_way_means_never_and_an_empty_way_means_always(term: Term) -> None:
    """The two ends of the scale are exact."""
    values = [value(term, known) for known in assignments((True, False, None))]
    ways = judged(term)

    if not ways:
        assert True not in values
    if any(not way.way for way in ways):
        assert values == [True] * len(values)


def test_a_branch_does_not_excuse_another() -> None:
    """AND binds closer than OR: the first arm stands alone."""
    term = Or((FLAGS[0], And((FLAGS[1], BINDING))))

    assert [way.safe for way in judged(term)] == [False, True]


def test_too_many_ways_are_unread_and_not_open() -> None:
    """An expression too large to tell apart is not called open, and not called closed by any column."""
    arms = tuple(Or((Own(f"a{n}"), Own(f"b{n}"))) for n in range(12))
    assert 2 ** len(arms) > WAYS_MAX

    (only,) = judged(And(arms))

    assert only.flags == {Flag.UNREAD}
    assert only.safe
    assert not only.bound


@pytest.mark.parametrize(
    ("says", "unread", "bound"), [(True, False, True), (False, False, False), (True, True, True), (False, True, False)]
)
def test_a_function_known_in_parts(says: bool, unread: bool, bound: bool) -> None:
    """It is taken to tie its arguments to what it asks the session; asking nothing, it ties nothing."""
    words = frozenset({Session("claim", "sub")}) if says else frozenset[Session]()

    (only,) = judged(Opaque(QualifiedName("app", "f"), (Own("tenant_id"),), words, unread))

    assert bool(only.bound) is bound
    assert only.safe is (bound or unread)
