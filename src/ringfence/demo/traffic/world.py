"""What the users of the desk know while they work: who they are, what is theirs, and what they were told is stored."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ringfence.demo.ledger import Ledger

KINDS = ("web", "web with an old token", "mobile", "page")
"""Logs in and refreshes; keeps the token of before the migration; has a token without session and end; has a cookie."""


class Failed(Exception):
    """A user would have noticed: not the answer that was due."""


@dataclass
class Person:
    """Somebody with a device."""

    id: str
    email: str
    kind: str
    token: str = ""
    refresh_token: str = ""
    cookie: str = ""
    """Of the first web pages, which know no tokens."""

    @property
    def lot(self) -> float:
        """A number from 0 to 1 that stays the person's own: whose turn it is when a new version is rolled out."""
        return int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:4], "big") / 2**32


@dataclass
class World:
    """One process's memory. Whatever is being written is `busy`, so that the last acknowledged value is known."""

    ledger: Ledger
    source: random.Random
    people: dict[str, Person]
    own_documents: dict[str, list[str]] = field(default_factory=dict)
    own_folders: dict[str, list[str]] = field(default_factory=dict)
    shared: dict[str, set[str]] = field(default_factory=dict)
    """Document to the users it was shared with."""
    links: dict[str, str] = field(default_factory=dict)
    """Public token to document."""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Upload to (document, sha256 of its content)."""
    authors: dict[str, str] = field(default_factory=dict)
    """Comment to its author."""
    gone: set[str] = field(default_factory=set)
    """Documents that were deleted."""
    refreshes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Refreshes by the kind of token before and after."""
    unsure: int = 0
    busy: set[str] = field(default_factory=set)
    _number: int = 0

    def mark(self) -> str:
        """A text that nothing else in the database has."""
        self._number += 1
        return f"t{self._number}-{self.source.getrandbits(32):08x}"

    def somebody(self, kind: str | None = None) -> Person:
        """Anybody who is logged in."""
        chosen = [p for p in self.people.values() if (p.token or p.cookie) and (kind is None or p.kind == kind)]
        if not chosen:
            raise Failed("nobody is logged in")
        return self.source.choice(chosen)

    def document_of(self, person: Person) -> str | None:
        """One of somebody's own documents that nobody is writing."""
        return self._free(self.own_documents.get(person.id, ()))

    def folder_of(self, person: Person) -> str | None:
        """One of somebody's own folders that nobody is writing."""
        return self._free(self.own_folders.get(person.id, ()))

    def _free(self, keys: list[str] | tuple[str, ...]) -> str | None:
        for _ in range(4):
            if not keys:
                return None
            key = self.source.choice(keys)
            if key not in self.busy:
                return key
        return None

    @contextmanager
    def writing(self, *keys: str) -> Iterator[None]:
        """Nobody else writes these meanwhile."""
        self.busy.update(keys)
        try:
            yield
        except Exception:
            for key in keys:
                self.ledger.doubt(key.rpartition(" ")[2])
            raise
        finally:
            self.busy.difference_update(keys)

    def colleague(self, person: Person) -> Person:
        """Somebody of the same company, maybe the same person."""
        domain = person.email.rpartition("@")[2].lower()
        same = [p for p in self.people.values() if p.email.rpartition("@")[2].lower() == domain]
        return self.source.choice(same) if domain not in PUBLIC else person


PUBLIC = frozenset({"gmail.com", "gmx.de", "outlook.com"})
