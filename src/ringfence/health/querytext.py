"""The beginning of a statement, fit to be shown and stored: no comment, no literal, no line break.

Statements of other people hold names, addresses and passwords. What is not understood for certain is left out.
"""

from __future__ import annotations

import re

QUERY_CHARS_MAX = 80
MASKED = "<insufficient privilege>"

_TOKEN = re.compile(
    r"""
    (?P<space>\s+ | --[^\n]*)
  | (?P<comment>/\*)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z))
  | (?P<literal>(?:[uU]&|[bBxXnN])?'(?:[^']|'')*(?:'|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z) | [^\W\d][\w$]*)
  | (?P<parameter>\$\d+)
  | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
  | (?P<number>\.?\d[\w.]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def short_query(text: str, chars_max: int = QUERY_CHARS_MAX) -> str:
    """At most so many characters of a statement with every literal replaced by `?`; '' when it was masked."""
    if text == MASKED:
        return ""
    shown = "".join(_shown(text)).strip()
    shown = re.sub(r"\s+", " ", shown)
    return shown if len(shown) <= chars_max else shown[: chars_max - 1].rstrip() + "…"


def _shown(text: str) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None, "the last alternative takes any character"
        at = match.end()
        match match.lastgroup:
            case "space":
                pieces.append(" ")
            case "comment":
                pieces.append(" ")
                at = _comment_end(text, at)
            case "literal" if "\\" in match[0]:
                # Without standard_conforming_strings the literal ends elsewhere, and what follows could be its rest.
                pieces.append("? …")
                return pieces
            case "literal" | "escaped" | "number":
                pieces.append("?")
            case "dollar":
                pieces.append("?")
                end = text.find(match[0], at)
                at = len(text) if end < 0 else end + len(match[0])
            case _:
                pieces.append(match[0])
    return pieces


def _comment_end(text: str, at: int) -> int:
    """Where a comment ends whose inside begins at `at`; comments nest, and an open one lasts to the end."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
