"""PostgreSQL's own parser, with one error for everything that it cannot hand over."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, TypeAlias

import postgast
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from postgast import pg_query_pb2 as pb

Node: TypeAlias = Any
"""A protobuf message of the parse tree; its classes are generated."""

TREES_MAX = 4096
"""How many trees are kept: rules ask for the same texts again and again."""


class Unreadable(Exception):
    """The text is no SQL of this parser, or nested deeper than its trees can be handed over."""


@functools.lru_cache(maxsize=TREES_MAX)
def parse(text: str) -> Node:
    """The tree of any number of statements, for reading: the next who asks gets the same one. Raises Unreadable.

    The tree comes as a protobuf message, and those are not read beyond a hundred levels: some fifty operands in a row,
    as in `a || b || ..`, are enough.
    """
    try:
        return postgast.parse(text)
    except (postgast.PgQueryError, DecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def parse_to_change(text: str) -> Node:
    """A tree of one's own; raises Unreadable."""
    tree = pb.ParseResult()
    tree.CopyFrom(parse(text))
    return tree


def children(message: Node) -> list[Node]:
    """The messages right below one, `Node` wrappers and all, in the order of the text."""
    found: list[Node] = []
    for _, value in message.ListFields():
        if isinstance(value, Message):
            found.append(value)
        elif not isinstance(value, str | int):  # a container of messages: the trees have no other
            found.extend(value)
    return found


def nodes(tree: Node) -> Iterator[Node]:
    """Every node with its `Node` wrapper taken off, parents before children: postgast.walk in half the time."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        below = children(node)
        if type(node) is pb.Node:
            waiting.extend(below)  # the one it wraps
        else:
            yield node
            waiting.extend(reversed(below))
