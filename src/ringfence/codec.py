"""Frozen values to JSON and back, by their own type hints.

A plan, a catalog and a journal entry are stored in the customer's database and read again after a crash, maybe by a
newer Ringfence. So the form is explicit: a member of a union carries its class name in `$`, a tuple is a list, an enum
is its value, and what does not fit the hint is an error, never a guess.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin

from ringfence.errors import RingfenceError

T = TypeVar("T")


class UnreadableDocument(RingfenceError):
    """A stored document does not have the form this version of Ringfence reads."""

    code = "RF501"


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


_FIELD_NAMES: dict[type, tuple[str, ...] | None] = {}


def _field_names(cls: type) -> tuple[str, ...] | None:
    if cls not in _FIELD_NAMES:
        known = dataclasses.is_dataclass(cls)
        _FIELD_NAMES[cls] = tuple(f.name for f in dataclasses.fields(cls)) if known else None
    return _FIELD_NAMES[cls]


_PLAIN = (str, int, float, bool, type(None))


def to_json(value: object) -> Any:
    """Turn a value of frozen dataclasses, enums, tuples, mappings and scalars into what json.dumps takes."""
    cls = type(value)
    if cls in _PLAIN:  # first, because a plan of a thousand tables holds more than a million of them
        return value
    names = _field_names(cls)
    if names is not None:
        body: dict[str, Any] = {"$": cls.__name__}
        for name in names:
            part = getattr(value, name)
            body[name] = part if type(part) in _PLAIN else to_json(part)
        return body
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    if isinstance(value, frozenset):
        return sorted(to_json(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, _PLAIN):
        return value
    raise TypeError(f"{cls.__name__} has no JSON form")


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces. Equal values give equal texts, so it can be hashed."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_json(hint: type[T] | Any, data: Any) -> T:
    """Read a value of the given type back; raises UnreadableDocument saying where it does not fit."""
    return typing.cast("T", _read(hint, data, "document"))


def _read(hint: Any, data: Any, where: str) -> Any:
    origin = get_origin(hint)
    if hint is Any or hint is object:
        return data
    if origin in (Union, types.UnionType):
        return _read_union(get_args(hint), data, where)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _read_dataclass(hint, data, where)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(data)
        except ValueError as error:
            raise UnreadableDocument(f"{where}: {data!r} is no {hint.__name__}") from error
    if origin is tuple:
        return _read_tuple(get_args(hint), data, where)
    if origin is frozenset:
        (item,) = get_args(hint)
        return frozenset(_read(item, v, where) for v in _expect(list, data, where))
    if origin is not None and issubclass(origin, Mapping):
        key, item = get_args(hint)
        return {_read(key, k, where): _read(item, v, f"{where}.{k}") for k, v in _expect(dict, data, where).items()}
    if hint is type(None):
        if data is not None:
            raise UnreadableDocument(f"{where}: expected null")
        return None
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if origin is typing.Literal:
        if data not in get_args(hint):
            raise UnreadableDocument(f"{where}: {data!r} is none of {get_args(hint)}")
        return data
    return _expect(hint, data, where)


def _expect(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise UnreadableDocument(f"{where}: expected {getattr(kind, '__name__', kind)}, found {type(data).__name__}")
    return data


def _read_union(members: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and type(None) in members:
        return None
    if isinstance(data, dict) and "$" in data:
        for member in members:
            if isinstance(member, type) and member.__name__ == data["$"]:
                return _read(member, data, where)
            if get_origin(member) in (Union, types.UnionType):
                try:
                    return _read_union(get_args(member), data, where)
                except UnreadableDocument:
                    continue
        raise UnreadableDocument(f"{where}: {data['$']!r} is not known here")
    for member in members:
        if member is type(None):
            continue
        try:
            return _read(member, data, where)
        except UnreadableDocument:
            continue
    raise UnreadableDocument(f"{where}: {type(data).__name__} fits none of the allowed forms")


def _read_tuple(items: tuple[Any, ...], data: Any, where: str) -> Any:
    _expect(list, data, where)
    if len(items) == 2 and items[1] is Ellipsis:
        return tuple(_read(items[0], v, f"{where}[{i}]") for i, v in enumerate(data))
    if len(items) != len(data):
        raise UnreadableDocument(f"{where}: expected {len(items)} items, found {len(data)}")
    return tuple(_read(h, v, f"{where}[{i}]") for i, (h, v) in enumerate(zip(items, data, strict=True)))


def _read_dataclass(cls: Any, data: Any, where: str) -> Any:
    body = dict(_expect(dict, data, where))
    name = body.pop("$", cls.__name__)
    if name != cls.__name__:
        raise UnreadableDocument(f"{where}: expected {cls.__name__}, found {name}")
    hints = _hints(cls)
    unknown = set(body) - set(hints)
    if unknown:
        raise UnreadableDocument(f"{where}: {cls.__name__} has no {sorted(unknown)[0]!r}")
    values = {key: _read(hints[key], value, f"{where}.{key}") for key, value in body.items()}
    try:
        return cls(**values)
    except TypeError as error:
        raise UnreadableDocument(f"{where}: {error}") from error
