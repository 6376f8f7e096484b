"""SQL names and literals: quoting, qualified names, and names of our own that fit into 63 bytes.

The only place where text becomes an SQL identifier or literal. Nothing here talks to a server.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass

from ringfence.errors import RingfenceError

IDENTIFIER_BYTES_MAX = 63
"""NAMEDATALEN - 1 of every ordinary PostgreSQL build; a longer name is cut by the server, silently."""

_BARE = re.compile(r"[a-z_][a-z0-9_]*\Z")


class InvalidName(RingfenceError):
    """A name cannot be an SQL identifier."""

    code = "RF101"


@functools.lru_cache(maxsize=65536)
def quote_ident(name: str) -> str:
    """Quote one identifier, always: the result means the same whatever words later versions reserve.

    Raises InvalidName for an empty name, a NUL, or more than 63 bytes (the server would cut it without a word).
    """
    if not name or "\x00" in name:
        raise InvalidName(f"{name!r} cannot be an SQL identifier", subject=name)
    if len(name.encode()) > IDENTIFIER_BYTES_MAX:
        raise InvalidName(
            f"the identifier {name!r} has {len(name.encode())} bytes, PostgreSQL keeps {IDENTIFIER_BYTES_MAX}",
            subject=name,
        )
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """Quote a string as an SQL literal that is right under either setting of standard_conforming_strings.

    Raises InvalidName for a NUL, which PostgreSQL text cannot hold.
    """
    if "\x00" in text:
        raise InvalidName("a NUL character cannot be part of an SQL literal")
    body = text.replace("'", "''")
    if "\\" in body:
        return " E'" + body.replace("\\", "\\\\") + "'"
    return "'" + body + "'"


@dataclass(frozen=True, slots=True, order=True)
class QualifiedName:
    """A schema and a name inside it, unquoted, exactly as the catalog spells them."""

    schema: str
    name: str

    @property
    def sql(self) -> str:
        """The name as SQL, both parts quoted."""
        return f"{quote_ident(self.schema)}.{quote_ident(self.name)}"

    def __str__(self) -> str:
        """The name as people write it: quotes only where SQL needs them."""
        return f"{display_ident(self.schema)}.{display_ident(self.name)}"


@functools.lru_cache(maxsize=65536)
def display_ident(name: str) -> str:
    """An identifier as a person would type it: bare when lower-case and simple, quoted otherwise."""
    return name if _BARE.match(name) else '"' + name.replace('"', '""') + '"'


def parse_ident_list(text: str) -> tuple[str, ...]:
    """Split dotted SQL identifiers: `public.Users` gives ('public', 'users'), quotes keep case and dots.

    Raises InvalidName when the text is not a dotted list of identifiers.
    """
    parts: list[str] = []
    rest = text.strip()
    while True:
        if rest.startswith('"'):
            match = re.match(r'"((?:[^"]|"")+)"', rest)
            if match is None:
                raise InvalidName(f"{text!r} has an unclosed quote", subject=text)
            parts.append(match.group(1).replace('""', '"'))
        else:
            match = re.match(r"[^\W\d][\w$]*", rest)
            if match is None:
                raise InvalidName(f"{text!r} is not a name of the form schema.table", subject=text)
            parts.append(match.group(0).lower() if match.group(0).isascii() else match.group(0))
        rest = rest[match.end() :]
        if not rest:
            return tuple(parts)
        if not rest.startswith("."):
            raise InvalidName(f"{text!r} is not a name of the form schema.table", subject=text)
        rest = rest[1:]


def parse_qualified(text: str, default_schema: str = "public") -> QualifiedName:
    """Read `schema.table` or `table`, with SQL's own rules for quotes and case; raises InvalidName otherwise."""
    parts = parse_ident_list(text)
    match parts:
        case (name,):
            return QualifiedName(default_schema, name)
        case (schema, name):
            return QualifiedName(schema, name)
        case _:
            raise InvalidName(f"{text!r} has {len(parts)} parts, expected schema.table", subject=text)


def bounded_name(*parts: str, bytes_max: int = IDENTIFIER_BYTES_MAX) -> str:
    """Join parts with `_` into a name of at most 63 bytes; a longer one is cut and ends in a hash of the whole.

    The same parts give the same name for ever, so a name can be predicted before and found again after.
    """
    whole = "_".join(parts)
    raw = whole.encode()
    if len(raw) <= bytes_max:
        return whole
    digest = hashlib.sha256(raw).hexdigest()[:8]
    head = raw[: bytes_max - 9].decode(errors="ignore")
    return f"{head}_{digest}"
