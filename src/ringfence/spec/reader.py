"""One table of a configuration file, read key by key; what is wrong is collected, never raised one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ringfence.errors import RingfenceError
from ringfence.names import InvalidName, QualifiedName, parse_qualified, quote_ident
from ringfence.spec.locate import KeyPath
from ringfence.spec.model import Where
from ringfence.spec.problems import BadName, SpecInvalid, UnknownKey, WrongValue, nearest

T = TypeVar("T")

_TYPE_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a table",
}


def type_word(value: object) -> str:
    """What a TOML value is called in messages."""
    return _TYPE_WORDS.get(type(value), "a date or time")


@dataclass
class Document:
    """The places of all keys and the problems found so far."""

    source: str
    lines: Mapping[KeyPath, int]
    problems: list[SpecInvalid] = field(default_factory=list)

    def where(self, path: KeyPath) -> Where:
        """The place of a key; of the table around it when the key itself is not written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return Where(self.source, self.lines[path[:length]])
        return Where(self.source, 1)


class Section:
    """A table being read: each method takes one key; `finish` reports the keys that nobody took."""

    def __init__(self, document: Document, path: KeyPath, data: Mapping[str, Any]) -> None:
        self.document = document
        self.path = path
        self.data = data
        self.known: list[str] = []

    @property
    def title(self) -> str:
        """The table as people write it in the file."""
        words = [w for w in self.path if isinstance(w, str)]
        return "[" + ".".join(f'"{w}"' if not w.replace("_", "").isalnum() else w for w in words) + "]"

    def where(self, key: str) -> Where:
        """The place of one of its keys."""
        return self.document.where((*self.path, key))

    def problem(self, kind: type[SpecInvalid], key: str, message: str, hint: str = "") -> None:
        """Note something wrong with one key."""
        subject = f"{self.title} {key}" if self.path else key
        self.document.problems.append(kind(message, hint=hint, subject=subject, where=self.where(key)))

    def take(self, key: str, kind: type[T], what: str, default: T | None) -> T | None:
        """The value of a key when it has the wanted type, the default when it is not there or wrong."""
        self.known.append(key)
        if key not in self.data:
            return default
        value = self.data[key]
        if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
            return value
        self.problem(WrongValue, key, f"{key} must be {what}, found {type_word(value)}: {value!r}")
        return default

    def text(self, key: str) -> str | None:
        """A text that is not empty."""
        value = self.take(key, str, "a text", None)
        if value is not None and not value.strip():
            self.problem(WrongValue, key, f"{key} is empty", f"leave {key} out to take its default")
            return None
        return value

    def choice(self, key: str, allowed: Sequence[str], default: T) -> str | T:
        """One of a few words."""
        value = self.text(key)
        if value is None:
            return default
        if value not in allowed:
            self.problem(WrongValue, key, f"{key} = {value!r} is not known", one_of(value, allowed))
            return default
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        self.known.append(key)
        value = self.data.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(i, str) and i.strip() for i in items):
            self.problem(WrongValue, key, f"{key} must be a text or a list of texts, found {value!r}")
            return ()
        return tuple(items)

    def column(self, key: str) -> str | None:
        """The name of a column, exactly as the database stores it."""
        value = self.text(key)
        return None if value is None else self.checked(key, lambda: (quote_ident(value), value)[1])

    def table_name(self, key: str) -> QualifiedName | None:
        """`schema.table` by SQL's rules."""
        value = self.text(key)
        return None if value is None else self.checked(key, lambda: table_name(value))

    def table_names(self, key: str) -> tuple[QualifiedName, ...]:
        """A list of `schema.table`; a single one counts as a list of one."""
        found = (self.checked(key, lambda text=text: table_name(text)) for text in self.texts(key))  # type: ignore[misc]
        return tuple(name for name in found if name is not None)

    def checked(self, key: str, read: Callable[[], T]) -> T | None:
        """What `read` gives, or None and a note that the name is impossible."""
        try:
            return read()
        except InvalidName as error:
            self.problem(BadName, key, f"{key}: {error.message}", NAME_HINT)
            return None

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between two bounds."""
        value = self.take(key, int, "a whole number", default)
        assert value is not None
        if not low <= value <= high:
            self.problem(WrongValue, key, f"{key} = {value} is not between {low} and {high}")
            return default
        return value

    def share(self, key: str, default: float) -> float:
        """A number from 0 to 1."""
        self.known.append(key)
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.problem(WrongValue, key, f"{key} must be a number from 0 to 1, found {value!r}")
            return default
        return float(value)

    def choices_by_name(self, key: str, allowed: Sequence[str]) -> Mapping[str, str]:
        """A table from names (of constraints, exactly as the database stores them) to one of a few words."""
        values = self.take(key, dict, "a table such as { constraint_name = ... }", None)
        inner = Section(self.document, (*self.path, key), values or {})
        found = {name: inner.choice(name, allowed, None) for name in inner.data}
        return {name: word for name, word in found.items() if word is not None}

    def section(self, key: str) -> Section:
        """A table inside this one, empty when it is not written."""
        value = self.take(key, dict, "a table", None)
        return Section(self.document, (*self.path, key), value or {})

    def sections(self, key: str) -> tuple[Section, ...]:
        """The tables of an array, `[[key]]` in the file, each to be read like a section."""
        values = self.take(key, list, f"an array of tables, [[{key}]]", None) or []
        found: list[Section] = []
        for index, value in enumerate(values):
            if isinstance(value, dict):
                found.append(Section(self.document, (*self.path, key, index), value))
            else:
                self.problem(WrongValue, key, f"{key} must hold tables, found {type_word(value)}: {value!r}")
        return tuple(found)

    def finish(self) -> None:
        """Report every key that is not known here, with the nearest one that is."""
        for key in self.data:
            if key not in self.known:
                place = f"in {self.title}" if self.path else "at the top of the file"
                self.problem(UnknownKey, key, f"{key!r} is not known {place}", one_of(key, sorted(self.known)))


NAME_HINT = "write schema.table; a name with capitals or other signs needs quotes: 'public.\"User\"'"


def table_name(text: str) -> QualifiedName:
    """Read a table's name; raises InvalidName, also for a part of more than 63 bytes."""
    name = parse_qualified(text)
    assert name.sql  # quoting refuses what the server would cut
    return name


def one_of(word: str, allowed: Sequence[str]) -> str:
    """The nearest allowed word first, then all of them."""
    near = nearest(word, allowed)
    listed = "allowed: " + ", ".join(allowed)
    return f"did you mean {near!r}? {listed}" if near else listed


def as_problem(error: RingfenceError, kind: type[SpecInvalid], where: Where, hint: str) -> SpecInvalid:
    """An error of a lower floor with the place in the file it comes from."""
    return kind(error.message, hint=error.hint or hint, subject=error.subject, where=where)
