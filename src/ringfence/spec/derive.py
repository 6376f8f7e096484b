"""The grammar of `derive`: which column of a row leads to the organization the row belongs to.

    derive  = "founding" | "own:" column | hop { ";" hop }
    hop     = columns "->" table [ "(" column { "," column } ")" ]
    columns = column | "(" column { "," column } ")"

A table is written as in SQL (`public.documents`, `public."User"`; without schema: public). A column is written exactly
as the database stores it, capitals and all, since `authorId` can mean nothing else; quotes are needed only where a name
holds more than letters, digits, `_` and `$`. The columns after a table are those the first ones are equal to; left out,
they are the ones a foreign key refers to, or the primary key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.errors import RingfenceError
from ringfence.names import QualifiedName, quote_ident

GRAMMAR = (
    "one of: 'column -> schema.table', '(a, b) -> schema.table', 'column -> schema.table(other_column)', "
    "'a_id -> schema.a; b_id -> schema.b', 'own:column', 'founding'"
)

_TOKEN = re.compile(r'\s*(?:(?P<arrow>->)|(?P<mark>[();,.])|"(?P<quoted>(?:[^"]|"")+)"|(?P<bare>[^\W\d][\w$]*))')


@dataclass(frozen=True, slots=True)
class DeriveHop:
    """One step to a parent table; `parent_columns` is () when the line does not name them."""

    columns: tuple[str, ...]
    table: QualifiedName
    parent_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivePath:
    """One or more hops, the last of which reaches users, organizations or a tenant table."""

    hops: tuple[DeriveHop, ...]


@dataclass(frozen=True, slots=True)
class DeriveOwn:
    """The row holds its organization's key itself."""

    column: str


@dataclass(frozen=True, slots=True)
class DeriveFounding:
    """The row belongs to the founding organization."""


Derive: TypeAlias = DerivePath | DeriveOwn | DeriveFounding


class NotADerivation(RingfenceError):
    """A text does not follow the grammar of `derive`."""

    code = "RF105"


def parse_derive(text: str) -> Derive:
    """Read one derivation; raises NotADerivation saying what was expected, and InvalidName for an impossible name."""
    body = text.strip()
    if body == "founding":
        return DeriveFounding()
    reader = _Reader(body.removeprefix("own:"))
    if body.startswith("own:"):
        column = reader.column()
        reader.end()
        return DeriveOwn(column)
    hops = [reader.hop()]
    while reader.next_is(";"):
        reader.take(";")
        hops.append(reader.hop())
    reader.end()
    return DerivePath(tuple(hops))


def column_text(name: str) -> str:
    """A column's name as `derive` wants it: quoted only where it has to be."""
    match = _TOKEN.fullmatch(name)
    plain = match is not None and match["bare"] == name
    return name if plain else '"' + name.replace('"', '""') + '"'


def hop_text(columns: tuple[str, ...], table: QualifiedName, parent_columns: tuple[str, ...] = ()) -> str:
    """A hop as `parse_derive` reads it back."""
    names = [column_text(c) for c in columns]
    left = names[0] if len(names) == 1 else f"({', '.join(names)})"
    right = f"({', '.join(column_text(c) for c in parent_columns)})" if parent_columns else ""
    return f"{left} -> {table}{right}"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    at: int


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[_Token] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                raise NotADerivation(f"{text!r} is not understood at {text[at:].strip()[:20]!r}", subject=text)
            kind = match.lastgroup or ""
            value = match.group(kind)
            self.tokens.append(_Token(kind, value.replace('""', '"') if kind == "quoted" else value, at))
            at = match.end()
        self.index = 0

    def next_is(self, value: str) -> bool:
        if self.index >= len(self.tokens):
            return False
        token = self.tokens[self.index]
        return token.kind in ("mark", "arrow") and token.value == value

    def take(self, value: str) -> None:
        if not self.next_is(value):
            raise self.expected(f"{value!r}")
        self.index += 1

    def end(self) -> None:
        if self.index < len(self.tokens):
            raise self.expected("the end")

    def expected(self, what: str) -> NotADerivation:
        rest = self.text[self.tokens[self.index].at :].strip() if self.index < len(self.tokens) else ""
        found = f"found {rest!r}" if rest else "but the text ends"
        return NotADerivation(f"{self.text!r}: expected {what}, {found}", subject=self.text)

    def column(self) -> str:
        if self.index >= len(self.tokens) or self.tokens[self.index].kind not in ("quoted", "bare"):
            raise self.expected("a column name")
        name = self.tokens[self.index].value
        quote_ident(name)  # refuses what the server would cut or could not hold
        self.index += 1
        return name

    def columns(self) -> tuple[str, ...]:
        self.take("(")
        found = [self.column()]
        while self.next_is(","):
            self.take(",")
            found.append(self.column())
        self.take(")")
        return tuple(found)

    def table(self) -> QualifiedName:
        parts = [self.table_part()]
        if self.next_is("."):
            self.take(".")
            parts.append(self.table_part())
        return QualifiedName(*parts) if len(parts) == 2 else QualifiedName("public", parts[0])

    def table_part(self) -> str:
        """One part of a table's name by SQL's rules: without quotes, capitals are folded."""
        quoted = self.index < len(self.tokens) and self.tokens[self.index].kind == "quoted"
        name = self.column()
        return name if quoted or not name.isascii() else name.lower()

    def hop(self) -> DeriveHop:
        columns = self.columns() if self.next_is("(") else (self.column(),)
        self.take("->")
        table = self.table()
        parents = self.columns() if self.next_is("(") else ()
        if parents and len(parents) != len(columns):
            raise NotADerivation(
                f"{self.text!r} sets {len(columns)} columns equal to {len(parents)} of {table}", subject=self.text
            )
        return DeriveHop(columns, table, parents)
