"""Finds SQL in the string literals of Python, TypeScript and JavaScript. Pure: text in, statements out.

Only literals are read, never names of functions: whatever sends it, a statement is written somewhere. A string counts
when it begins like a statement; what is put in at run time (`%s`, `{name}`, `${id}`) becomes a parameter, and where
that makes no SQL the assessment says that it could not read it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeAlias

from ast_grep_py import SgNode, SgRoot

Literal: TypeAlias = tuple[int, str]
"""Line (from 1) and text."""

PYTHON = (".py",)
SCRIPTS = {
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
}
ENDINGS = (*PYTHON, *SCRIPTS)

HOLE = "$1"
_STATEMENT = re.compile(
    r"\A(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:select|with|insert\s+into|update|delete\s+from|merge\s+into|truncate|copy)\s",
    re.IGNORECASE | re.DOTALL,
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|(?<![:\w]):[a-zA-Z_]\w*|\?(?!\|)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def statements(text: str, ending: str) -> tuple[Literal, ...]:
    """The statements in one file's text; raises SyntaxError for Python that this version cannot parse."""
    literals = _python(text) if ending in PYTHON else _script(text, SCRIPTS[ending])
    found = ((line, _PLACEHOLDER.sub(HOLE, literal).strip()) for line, literal in literals if _STATEMENT.match(literal))
    return tuple(sorted(found))


def _python(text: str) -> Iterator[Literal]:
    tree = ast.parse(text)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_piece(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def _piece(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else HOLE


def _script(text: str, language: str) -> Iterator[Literal]:
    root = SgRoot(text, language).root()
    for kind in ("string", "template_string"):
        for node in root.find_all(kind=kind):
            yield node.range().start.line + 1, "".join(_fragment(child) for child in node.children())


def _fragment(child: SgNode) -> str:
    match child.kind():
        case "string_fragment":
            return child.text()
        case "escape_sequence":
            return _escaped(child.text())
        case "template_substitution":
            return HOLE
        case _:
            return ""  # the quotes


def _escaped(text: str) -> str:
    body = text[1:]
    if body[:1] in ("u", "x"):
        digits = body[1:].strip("{}")
        return chr(int(digits, 16)) if re.fullmatch(r"[0-9a-fA-F]{1,6}", digits) and int(digits, 16) <= 0x10FFFF else ""
    return _ESCAPES.get(body, body)
