"""Texts as TOML wants them, readable where that is possible: names in a file and in hints that people paste."""

from __future__ import annotations

from ringfence.names import QualifiedName


def toml_string(text: str) -> str:
    """A text as TOML string: plain where nothing needs care, literal where it holds double quotes, else escaped."""
    if _printable(text):
        if '"' not in text and "\\" not in text:
            return f'"{text}"'
        if "'" not in text:
            return f"'{text}'"
    return '"' + "".join(_escaped(c) for c in text) + '"'


def toml_key(text: str) -> str:
    """A key: bare where TOML allows it, otherwise as string."""
    bare = bool(text) and all(c.isascii() and (c.isalnum() or c in "_-") for c in text)
    return text if bare else toml_string(text)


def table_header(name: QualifiedName) -> str:
    """The line that opens a table's description."""
    return f"[tables.{toml_string(str(name))}]"


def comment_text(text: str) -> str:
    """A text as it may stand behind `#`: control characters, which TOML forbids there, are shown as escapes."""
    return "".join(c if _printable(c) else _escaped(c) for c in text)


def _printable(text: str) -> bool:
    return all(c.isprintable() or c == " " for c in text)


def _escaped(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if _printable(c):
        return c
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
