"""JSON that means one thing to everybody, or nothing; and base64 that has one spelling."""

from __future__ import annotations

import base64
import copy
import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.runtime import base64url
from ringfence.runtime.strictjson import DEPTH_MAX, FrozenObject, Malformed, parse_object

clean = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | clean,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(clean, inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(clean, values, max_size=5)


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max((depth(inner) for inner in value.values()), default=0)
        case list():
            return 1 + max((depth(inner) for inner in value), default=0)
        case _:
            return 0


@given(objects, st.booleans())
def test_honest_json_is_read_as_python_reads_it(value: dict[str, Any], ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth(value) > DEPTH_MAX:
        with pytest.raises(Malformed):
            parse_object(raw)
        return

    found = parse_object(raw)

    assert json.loads(json.dumps(found)) == value  # arrays are tuples, which JSON writes the same


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_malformed(raw: bytes) -> None:
    try:
        found = parse_object(raw)
    except Malformed:
        return
    assert json.loads(raw) == json.loads(json.dumps(found))


@given(objects, clean, values)
def test_a_member_that_comes_twice_is_refused_however_it_is_written(
    value: dict[str, Any], name: str, again: Any
) -> None:
    first = json.dumps({**value, name: 1})[:-1]
    units = memoryview(name.encode("utf-16-be"))
    spelled = '"' + "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'

    with pytest.raises(Malformed):
        parse_object(f"{first},{spelled}:{json.dumps(again)}}}".encode())


@pytest.mark.parametrize("levels", [DEPTH_MAX, 5000, 100_000])
def test_depth_is_refused_before_the_parser_recurses(levels: int) -> None:
    with pytest.raises(Malformed, match="depth"):
        parse_object(('{"a":' + "[" * levels + "]" * levels + "}").encode())


def test_brackets_in_texts_are_no_depth() -> None:
    assert parse_object(json.dumps({"a": '[{"' * 100}).encode()) == {"a": '[{"' * 100}


def test_a_wide_object_is_not_a_deep_one() -> None:
    wide = {str(n): [[n]] for n in range(100)}
    assert json.loads(json.dumps(parse_object(json.dumps(wide).encode()))) == wide


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":"\\u0000"}',
        b'{"\\u0000":1}',
        b'{"a":["\\ud800"]}',
        b'{"a":{"b":"\\udc00\\ud800"}}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\0"}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":' + b"1" * 4301 + b"}",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"[]",
        b"1",
        b"",
        b"{'a':1}",
        b'{"a":1,}',
        b"\xff",
    ],
)
def test_what_others_may_read_otherwise_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_object(raw)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert parse_object(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def test_an_error_quotes_nothing_of_the_token() -> None:
    with pytest.raises(Malformed) as caught:
        parse_object(b'{"secret-name":"secret-value"')
    assert "secret" not in str(caught.value)


def test_nobody_changes_what_was_read() -> None:
    found = parse_object(b'{"a":{"b":[1,[2]]}}')
    changes: list[Any] = [
        lambda: found.update(a=1),
        lambda: found.__setitem__("a", 1),
        lambda: found["a"].pop("b"),
        found["a"].clear,
        lambda: found.setdefault("c", 1),
        found.popitem,
        lambda: found.__ior__({"a": 1}),
        lambda: found.__delitem__("a"),
    ]
    for change in changes:
        with pytest.raises(TypeError):
            change()
    assert found == {"a": {"b": (1, (2,))}}
    assert copy.deepcopy(found) is found
    assert type(pickle.loads(pickle.dumps(found))) is FrozenObject


@given(st.binary(max_size=100))
def test_base64url_has_one_spelling(value: bytes) -> None:
    spelled = base64url.encode(value)

    assert base64url.decode(spelled.encode()) == value
    assert base64.urlsafe_b64decode(spelled + "==") == value


@given(st.text(alphabet="AQgwBCz09-_+/= \n\u0430", max_size=9))
def test_any_text_is_the_one_spelling_of_its_value_or_refused(spelled: str) -> None:
    try:
        value = base64url.decode(spelled.encode())
    except ValueError:
        return
    assert base64url.encode(value) == spelled


def test_floats_are_finite() -> None:
    found = parse_object(b'{"a":1.5e300}')
    assert math.isfinite(found["a"])
