"""JSON that means one thing to everybody who reads it, or nothing: what tokens and key sets are parsed with.

RFC 8259 leaves open what a second member of the same name means, and parsers disagree: a token that is one thing to
the verifier and another to PostgreSQL is a way around both. What PostgreSQL's jsonb cannot hold (NUL, half a surrogate
pair) would fail the audit row of the very request that needs one. So all of that is refused before anything is used.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn, Self

DEPTH_MAX = 16

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


class Malformed(ValueError):
    """This is no JSON object with one meaning; the text says which rule it breaks and quotes nothing of it."""


class FrozenObject(dict[str, Any]):
    """A JSON object nobody can change: it is handed to many requests, and is plain JSON to `json.dumps`."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the claims of a token cannot be changed: copy them")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[FrozenObject], tuple[dict[str, Any]]]:
        return FrozenObject, (dict(self),)


def parse_object(raw: bytes) -> FrozenObject:
    """The JSON object in these bytes; arrays in it are tuples.

    Raises Malformed for: what is not UTF-8 (RFC 8259, 8.1), no object, a repeated member, a NUL or half a surrogate
    pair (also written as an escape), more than DEPTH_MAX levels, a number that is not finite, or longer than
    Python converts (4,300 digits).
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Malformed("encoding") from None
    # Python's scanner recurses: the depth is counted first, and only where there are enough brackets to matter
    if text.count("{") + text.count("[") > DEPTH_MAX:
        _refuse_depth(text)
    try:
        value = _decode(text)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    if not isinstance(value, FrozenObject):
        raise Malformed("not an object")
    # raw control characters are no JSON, and raw surrogates no UTF-8: only an escape can bring either in
    if "\\u" in text and _holds_unspeakable(value):
        raise Malformed("character")
    return value


def _refuse_depth(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        match found.group()[0]:
            case "{" | "[":
                depth += 1
                if depth > DEPTH_MAX:
                    raise Malformed("depth")
            case "}" | "]":
                depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> FrozenObject:
    found = FrozenObject(pairs)
    if len(found) != len(pairs):
        raise Malformed("duplicate member")
    for name, value in pairs:
        if type(value) is list:
            dict.__setitem__(found, name, _frozen(value))
    return found


def _frozen(values: list[Any]) -> tuple[Any, ...]:
    return tuple(_frozen(value) if type(value) is list else value for value in values)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):  # 1e400
        raise Malformed("number")
    return value


def _constant(_: str) -> NoReturn:
    raise Malformed("number")  # NaN, Infinity: no JSON, though Python's parser takes them


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant).decode


def _holds_unspeakable(value: object) -> bool:
    match value:
        case str():
            return _UNSPEAKABLE.search(value) is not None
        case dict():
            return any(_holds_unspeakable(name) or _holds_unspeakable(inner) for name, inner in value.items())
        case tuple():
            return any(_holds_unspeakable(inner) for inner in value)
        case _:
            return False
