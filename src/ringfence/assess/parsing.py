"""PostgreSQL's own parser, with one error for everything that it cannot hand over."""

from __future__ import annotations

from typing import Any, TypeAlias

import postgast
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

Node: TypeAlias = Any
"""A protobuf message of the parse tree; its classes are generated."""


class Unreadable(Exception):
    """The text is no SQL of this parser, or nested deeper than its trees can be handed over."""


def parse(text: str) -> Node:
    """The tree of any number of statements; raises Unreadable.

    The tree comes as a protobuf message, and those are not read beyond a hundred levels: some fifty operands in a row,
    as in `a || b || ..`, are enough.
    """
    try:
        return postgast.parse(text)
    except (postgast.PgQueryError, DecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
