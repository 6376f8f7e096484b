"""Values to JSON and back: nothing is lost, and what does not fit is an error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.codec import UnreadableDocument, canonical, from_json, to_json


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    text: str
    number: int | None = None
    share: float = 0.5


@dataclass(frozen=True)
class Other:
    flag: bool


@dataclass(frozen=True)
class Tree:
    colour: Colour
    parts: tuple[Leaf | Other, ...]
    pair: tuple[str, int]
    named: dict[str, Leaf]
    words: frozenset[str]
    below: Tree | None = None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
leaves = st.builds(Leaf, texts, st.none() | st.integers(), st.floats(allow_nan=False, allow_infinity=False))
trees = st.recursive(
    st.none(),
    lambda below: st.builds(
        Tree,
        st.sampled_from(Colour),
        st.lists(leaves | st.builds(Other, st.booleans()), max_size=4).map(tuple),
        st.tuples(texts, st.integers()),
        st.dictionaries(texts, leaves, max_size=3),
        st.frozensets(texts, max_size=3),
        below,
    ),
    max_leaves=4,
).filter(lambda tree: tree is not None)


@given(trees)
def test_a_value_survives_storage(tree: Tree) -> None:
    """Through JSON text and back comes an equal value with an equal canonical text."""
    back: Tree = from_json(Tree, json.loads(canonical(tree)))

    assert back == tree
    assert canonical(back) == canonical(tree)


@given(trees, trees)
def test_canonical_texts_are_equal_only_for_equal_values(one: Tree, two: Tree) -> None:
    """A hash of the text stands for the value."""
    assert (canonical(one) == canonical(two)) == (one == two)


@pytest.mark.parametrize(
    ("hint", "document"),
    [
        (Leaf, {"$": "Leaf", "text": 5}),
        (Leaf, {"$": "Leaf"}),
        (Leaf, {"$": "Other", "flag": True}),
        (Leaf, {"$": "Leaf", "text": "a", "extra": 1}),
        (Leaf | Other, {"$": "Unknown"}),
        (Colour, "green"),
        (tuple[str, int], ["a"]),
        (int, True),
        (type(None), 0),
    ],
)
def test_what_does_not_fit_is_an_error(hint: object, document: object) -> None:
    """A document of another form is refused, never bent into shape."""
    with pytest.raises(UnreadableDocument):
        from_json(hint, document)


def test_a_value_without_a_form_is_an_error() -> None:
    """An object nobody thought of must not be stored as something else."""
    with pytest.raises(TypeError, match="has no JSON form"):
        to_json(object())
