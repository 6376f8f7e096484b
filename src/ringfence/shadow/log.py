"""Notes that only the server's log has: of statements inside functions, and of sessions that ended before a write.

Pure: lines in, values out. The log may have any of PostgreSQL's formats (stderr, csvlog, jsonlog) and any line prefix.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ringfence.shadow.model import Noted

MARK = "ringfence note: "
LOGGED, WAITS = "logged", "waits"
"""A note that is in the log alone; one that the session was to keep as well when it could."""
_DECODER = json.JSONDecoder()


def notes(lines: Iterable[str]) -> tuple[tuple[Noted, str], ...]:
    """The notes of a log, grouped, each with whether it is in the log alone; other lines are passed over."""
    found: dict[tuple[str, ...], Noted] = {}
    for line in lines:
        told = _note(line)
        if told is None:
            continue
        at, *names = told
        table, command, endpoint, role_name, reason, _ = names
        key = tuple(names)
        before = found.get(key)
        if before is None:
            found[key] = Noted(table, command, endpoint, role_name, reason, 1, datetime.fromisoformat(at))
        else:
            last = max(before.last, datetime.fromisoformat(at))
            found[key] = replace(before, times=before.times + 1, last=last)
    return tuple((noted, key[-1]) for key, noted in found.items())


def merged(kept: Sequence[Noted], logged: Sequence[tuple[Noted, str]]) -> tuple[Noted, ...]:
    """Notes of the database and of logs as one, most frequent first.

    One that waited for its session to write counts from the log only when the database has none of its kind: nobody can
    tell which of them were kept.
    """
    found = {_kind(n): n for n in kept}
    known = frozenset(found)
    for noted, where in logged:
        kind = _kind(noted)
        if where == WAITS and kind in known:
            continue
        before = found.get(kind)
        if before is None:
            found[kind] = noted
        else:
            found[kind] = replace(before, times=before.times + noted.times, last=max(before.last, noted.last))
    return tuple(sorted(found.values(), key=lambda n: (-n.times, _kind(n))))


def _kind(noted: Noted) -> tuple[str, ...]:
    return noted.table, noted.command, noted.endpoint, noted.role_name, noted.reason


def _note(line: str) -> list[str] | None:
    _, mark, rest = line.partition(MARK)
    if not mark:
        return None
    for text in _spellings(rest):
        try:
            value, _ = _DECODER.raw_decode(text)
        except ValueError:
            continue
        if (
            isinstance(value, list)
            and len(value) == 7
            and all(isinstance(v, str) for v in value)
            and value[-1] in (LOGGED, WAITS)
            and _moment(value[0])
        ):
            return value
    return None


def _spellings(rest: str) -> Iterator[str]:
    """As it stands; as csvlog doubles quotes; as jsonlog escapes a string in a string."""
    yield rest
    yield rest.replace('""', '"')
    try:
        value, _ = _DECODER.raw_decode('"' + rest)
    except ValueError:
        return
    if isinstance(value, str):
        yield value


def _moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
