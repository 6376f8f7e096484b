"""The mapping file of the rule `mapping`: which user belongs to which organization.

CSV with a header line: `user,organization` and optionally `home`. `user` is the text of the users table's key,
`organization` any text of your choice: equal texts are one organization.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ringfence.spec.model import MappingEntry, Where
from ringfence.spec.problems import MappingInvalid, SpecInvalid, nearest, raise_problems

PROBLEMS_MAX = 50
"""Problems named in one error; a wrong separator makes every line wrong."""

_YES = frozenset(("true", "t", "yes", "y", "1"))
_NO = frozenset(("false", "f", "no", "n", "0", ""))


def read_mapping(path: Path, named_at: Where | None = None) -> tuple[MappingEntry, ...]:
    """Read a mapping file; `named_at` is where the configuration names it.

    Without a `home` column, or when it marks none of a user's lines, the user's first line is home. Raises
    MappingInvalid (or SpecInvalid holding several) with file and line: unreadable, header unknown, empty fields, the
    same pair twice, two homes.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise MappingInvalid(
            f"cannot read the mapping file {path}: {reason}",
            where=named_at,
            subject=str(path),
            hint="the path is relative to the folder of the configuration file",
        ) from error
    return parse_mapping(text, str(path))


def parse_mapping(text: str, source: str) -> tuple[MappingEntry, ...]:
    """Read the text of a mapping file; `source` is its name in messages."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[SpecInvalid] = []

    def problem(line: int, message: str, hint: str = "") -> None:
        problems.append(MappingInvalid(message, where=Where(source, line), hint=hint, subject=source))

    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, source)
        entries: dict[tuple[str, str], tuple[int, bool]] = {}
        homes: dict[str, int] = {}
        for row in reader:
            line = reader.line_num
            if not any(field.strip() for field in row):
                continue
            if len(problems) >= PROBLEMS_MAX:
                problem(line, f"more than {PROBLEMS_MAX} problems; the lines from here on were not looked at")
                break
            if len(row) != len(header):
                problem(line, f"{len(row)} fields, the header has {len(header)}", "quote a field that holds a comma")
                continue
            fields = dict(zip(header, (field.strip() for field in row), strict=True))
            user, organization = fields["user"], fields["organization"]
            if not user or not organization:
                problem(line, f"{'user' if not user else 'organization'} is empty")
                continue
            word = fields.get("home", "").lower()
            if word not in _YES | _NO:
                problem(line, f"home = {fields['home']!r} is not known", "allowed: true, false")
                continue
            if (user, organization) in entries:
                problem(line, f"{user!r} in {organization!r} stands on line {entries[user, organization][0]} already")
                continue
            if word in _YES and user in homes:
                problem(line, f"{user!r} has two homes, the other one on line {homes[user]}")
                continue
            if word in _YES:
                homes[user] = line
            entries[user, organization] = (line, word in _YES)
    except csv.Error as error:
        raise MappingInvalid(f"not CSV: {error}", where=Where(source, reader.line_num), subject=source) from error
    if not problems and not entries:
        problem(1, "the mapping file names no user", 'assign = { rule = "per_user" } needs no file')
    raise_problems(problems, source)
    return tuple(_with_homes(entries, homes))


def _check_header(header: list[str], source: str) -> None:
    known = ("user", "organization", "home")
    wrong = [name for name in header if name not in known]
    if wrong or not {"user", "organization"} <= set(header) or len(set(header)) != len(header):
        near = nearest(wrong[0], known) if wrong else None
        raise MappingInvalid(
            f"the first line is {','.join(header)!r}, expected user,organization or user,organization,home",
            where=Where(source, 1),
            subject=source,
            hint=f"did you mean {near!r} instead of {wrong[0]!r}?" if near else "write the header as the first line",
        )


def _with_homes(entries: dict[tuple[str, str], tuple[int, bool]], homes: dict[str, int]) -> list[MappingEntry]:
    found: list[MappingEntry] = []
    met: set[str] = set()
    for (user, organization), (_, marked) in entries.items():
        first = user not in homes and user not in met
        met.add(user)
        found.append(MappingEntry(user, organization, marked or first))
    return found
