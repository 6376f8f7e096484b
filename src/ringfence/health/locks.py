"""Table locks: which stand in each other's way (PostgreSQL manual, "Table-level locks"), and who holds one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ringfence.health.model import Holder
from ringfence.health.querytext import short_query

MODES: Sequence[str] = (
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
"""Weakest first."""

_CONFLICTS: Mapping[str, frozenset[str]] = {
    "ACCESS SHARE": frozenset(MODES[7:]),
    "ROW SHARE": frozenset(MODES[6:]),
    "ROW EXCLUSIVE": frozenset(MODES[4:]),
    "SHARE UPDATE EXCLUSIVE": frozenset(MODES[3:]),
    "SHARE": frozenset({"ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", *MODES[5:]}),
    "SHARE ROW EXCLUSIVE": frozenset({*MODES[2:]}),
    "EXCLUSIVE": frozenset(MODES[1:]),
    "ACCESS EXCLUSIVE": frozenset(MODES),
}


def conflicting(mode: str) -> tuple[str, ...]:
    """The modes whose holders keep a request of this mode waiting, weakest first; raises KeyError for no mode."""
    return tuple(other for other in MODES if other in _CONFLICTS[mode])


def server_name(mode: str) -> str:
    """The mode as pg_locks spells it: ACCESS SHARE is AccessShareLock."""
    return "".join(word.capitalize() for word in mode.split()) + "Lock"


def strongest(server_modes: Iterable[str]) -> str:
    """The strongest of modes in pg_locks' spelling, in the manual's; '' for none."""
    held = set(server_modes)
    return next((mode for mode in reversed(MODES) if server_name(mode) in held), "")


def holder(row: Mapping[str, Any]) -> Holder:
    """A row of lock_holders, blockers or idle_in_transaction as a value."""
    return Holder(
        pid=row["pid"],
        login=row["login"],
        application=row["application"],
        state=row["state"] or "",
        transaction_s=row["transaction_s"],
        query=short_query(row["query"]),
        mode=strongest(row["modes"]),
        prepared=row["prepared"],
    )
