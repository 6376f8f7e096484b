"""Which entries of a dump are restored, and in which round: pure work on the list that `pg_restore --list` prints.

A line reads `dumpId; catalog-oid object-oid TYPE schema name owner`. The catalog's object id says what an entry is,
in every version; the words after it may hold spaces.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

SCHEMAS, EXTENSIONS = "2615", "3079"
"""Object ids of pg_namespace and pg_extension: fixed in src/include/catalog. Comments and user mappings bear zeros."""

_ENTRY = re.compile(r"(?P<dump>\d+); (?P<catalog>\d+) (?P<oid>\d+) (?P<words>.*)")


@dataclass(frozen=True, slots=True)
class Rounds:
    """Two lists for `pg_restore --use-list`: what stand-ins need to be there, and everything else."""

    first: str
    second: str


def rounds(listing: str, available: Collection[str]) -> Rounds:
    """Schemas and the extensions that can be had first; the rest second.

    Extensions that the server does not have are left out with their comments. So are user mappings: they hold the
    passwords of other servers, and a clone must never reach one.
    """
    first, second = [], []
    for line in listing.split("\n"):  # not splitlines: a name may hold what Unicode calls a line separator
        entry = _ENTRY.fullmatch(line.rstrip())
        if entry is None:
            continue
        words = entry["words"]
        if entry["catalog"] == SCHEMAS:
            first.append(line)
        elif entry["catalog"] == EXTENSIONS:
            if words.removeprefix("EXTENSION - ") in available:
                first.append(line)
        elif not words.startswith("USER MAPPING ") and _can_be_said(words, available):
            second.append(line)
    return Rounds("\n".join(first) + "\n", "\n".join(second) + "\n")


def _can_be_said(words: str, available: Collection[str]) -> bool:
    about = words.removeprefix("COMMENT - EXTENSION ")
    return about == words or about in available
