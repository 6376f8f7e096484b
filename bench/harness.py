"""Servers, clones, ratios, and the results file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ringfence.embedded import EmbeddedServer

RESULTS = Path(__file__).with_name("results.json")
SETTINGS = {
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "autovacuum_naptime": "1h",
    "max_connections": "50",
}


@dataclass(frozen=True)
class Entry:
    """One line of results.json."""

    value: float
    runs: tuple[float, ...]
    note: str


def entry(runs: Sequence[float], note: str) -> Entry:
    """The median of the runs, with all of them."""
    rounded = tuple(round(r, 4) for r in runs)
    return Entry(round(statistics.median(rounded), 4), rounded, note)


def write(entries: Mapping[str, Entry]) -> None:
    """Put entries into results.json beside those of other parts, and print them."""
    known: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, found in entries.items():
        known[name] = {"value": found.value, "runs": list(found.runs), "note": found.note}
        spread = f"{min(found.runs):.3f} .. {max(found.runs):.3f}" if found.runs else "-"
        print(f"  {name:32s} {found.value:10.3f}   ({spread}, {len(found.runs)} runs)  {found.note}", flush=True)
    RESULTS.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")


class Database:
    """A database that is cloned for every run."""

    def __init__(self, server: EmbeddedServer, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def url(self) -> str:
        """Its URL."""
        return self.server.url(self.name)

    @classmethod
    def made(cls, server: EmbeddedServer, name: str, fill: Callable[[psycopg.Connection[Any]], None]) -> Database:
        """A fresh database filled by a function."""
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(f'drop database if exists "{name}"'.encode())
            admin.execute(f'create database "{name}"'.encode())
        database = cls(server, name)
        with psycopg.connect(database.url, autocommit=True) as conn:
            fill(conn)
            conn.execute("vacuum (freeze, analyze)")
            conn.execute("checkpoint")
        return database

    def clone(self, name: str) -> Database:
        """A copy, its files written out, so that no run pays for another's dirty pages."""
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f'drop database if exists "{name}" with (force)'.encode())
            admin.execute(f'create database "{name}" template "{self.name}" strategy file_copy'.encode())
            admin.execute("checkpoint")
        return Database(self.server, name)

    def drop(self) -> None:
        """Away with it."""
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            admin.execute(f'drop database if exists "{self.name}" with (force)'.encode())
