"""Parents come before children, and a circle is found when there is one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ringfence.names import QualifiedName
from ringfence.tenancy.order import find_cycle, parents_first

NAMES = [QualifiedName("public", letter) for letter in "abcdefgh"]
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES), max_size=3))


@given(GRAPHS)
def test_either_a_circle_or_an_order(needs: dict[QualifiedName, frozenset[QualifiedName]]) -> None:
    """Every graph has a real circle, or an order in which every table comes once and after its parents."""
    circle = find_cycle(needs)

    if circle is not None:
        assert len(set(circle)) == len(circle)
        assert circle[0] == min(circle)
        for table, parent in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert parent in needs[table]
        return
    order = parents_first(needs)
    assert sorted(order) == sorted(needs)
    place = {table: number for number, table in enumerate(order)}
    assert all(place[p] < place[t] for t, parents in needs.items() for p in parents if p in needs)


@given(GRAPHS)
def test_the_order_depends_on_names_alone(
    needs: dict[QualifiedName, frozenset[QualifiedName]],
) -> None:
    """The same tables in another order of reading give the same plan."""
    shuffled = dict(sorted(needs.items(), reverse=True))

    assert find_cycle(shuffled) == find_cycle(needs)
    if find_cycle(needs) is None:
        assert parents_first(shuffled) == parents_first(needs)
