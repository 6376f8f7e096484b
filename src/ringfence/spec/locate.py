"""Where a key stands: tomllib gives values without lines, and an error without a line sends people searching.

A scanner for text that tomllib has already accepted, so it may trust the syntax. It knows keys (bare, quoted, dotted),
tables, arrays of tables, inline tables, arrays and every kind of string; all other values are skipped as words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys from the root of the document; a whole number counts the elements of an array from 0."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:""?)?'
    r"|'''.*?'''(?:''?)?"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_WORD = re.compile(r"[^\s,\]}#][^,\]}#\n]*")


def locate(text: str) -> Mapping[KeyPath, int]:
    """The line (from 1) on which each key, table and array element of a TOML document begins.

    The first mention counts: a table that is opened by a dotted key stands where that key stands.
    The text must be valid TOML.
    """
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}

    def document(self) -> None:
        base: KeyPath = ()
        self.space()
        while self.at < len(self.text):
            if self.peek("[["):
                base = self.array_table()
            elif self.peek("["):
                base = self.table()
            else:
                self.pair(base)
            self.space()

    def table(self) -> KeyPath:
        line = self.line
        self.take("[")
        path = self.key(())
        self.take("]")
        return self.note(path, line)

    def array_table(self) -> KeyPath:
        line = self.line
        self.take("[[")
        path = self.note(self.key(()), line)
        self.take("]]")
        index = self.counts[path] = self.counts.get(path, -1) + 1
        return self.note((*path, index), line)

    def pair(self, base: KeyPath) -> None:
        line = self.line
        path = self.note(self.key(base), line)
        self.take("=")
        self.value(path)

    def key(self, base: KeyPath) -> KeyPath:
        """Read a dotted key and note each of its parts; an array of tables is continued in its last element."""
        path = base
        while True:
            self.space()
            path = (*path, self.key_part())
            self.space()
            if not self.peek("."):
                return path
            self.take(".")
            path = self.inside(self.note(path, self.line))

    def inside(self, path: KeyPath) -> KeyPath:
        return (*path, self.counts[path]) if path in self.counts else path

    def key_part(self) -> str:
        if self.peek('"') or self.peek("'"):
            return str(tomllib.loads("key = " + self.string())["key"])
        match = _BARE_KEY.match(self.text, self.at)
        assert match is not None, "tomllib accepted a key that is neither bare nor quoted"
        self.advance(match.end())
        return match.group()

    def value(self, path: KeyPath) -> None:
        self.space()
        if self.peek("{"):
            self.inline_table(path)
        elif self.peek("["):
            self.array(path)
        elif self.peek('"') or self.peek("'"):
            self.string()
        else:
            match = _WORD.match(self.text, self.at)
            assert match is not None, "tomllib accepted an empty value"
            self.advance(match.end())

    def inline_table(self, path: KeyPath) -> None:
        self.take("{")
        self.space()
        while not self.peek("}"):
            self.pair(path)
            self.space()
            if self.peek(","):
                self.take(",")
                self.space()
        self.take("}")

    def array(self, path: KeyPath) -> None:
        self.take("[")
        self.space()
        index = 0
        while not self.peek("]"):
            self.value(self.note((*path, index), self.line))
            index += 1
            self.space()
            if self.peek(","):
                self.take(",")
                self.space()
        self.take("]")

    def string(self) -> str:
        match = _STRING.match(self.text, self.at)
        assert match is not None, "tomllib accepted an unclosed string"
        self.advance(match.end())
        return match.group()

    def note(self, path: KeyPath, line: int) -> KeyPath:
        self.lines.setdefault(path, line)
        return path

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.advance(match.end())

    def peek(self, mark: str) -> bool:
        return self.text.startswith(mark, self.at)

    def take(self, mark: str) -> None:
        self.space()
        assert self.peek(mark), f"expected {mark!r} on line {self.line}"
        self.advance(self.at + len(mark))

    def advance(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to
