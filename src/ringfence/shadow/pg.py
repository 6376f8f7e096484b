"""Asks the database what phase 4 has seen, and sets the share of users who act as the canary."""

from __future__ import annotations

from ringfence import sqltext
from ringfence.db import Connection
from ringfence.shadow.model import Compared, Differing, Noted, NotShadowing

ROWS_MAX = 1000
OBSERVATIONS_MAX = 1_000_000
NOTES_MAX = 50_000


def _ask(conn: Connection, name: str, **values: object) -> list[dict[str, object]]:
    return [dict(row) for row in conn.execute(sqltext.load("ringfence.shadow", name).encode(), values).fetchall()]


def require(conn: Connection) -> None:
    """Raise NotShadowing where phase 4 does not stand."""
    if not _ask(conn, "standing")[0]["standing"]:
        raise NotShadowing(hint="[isolation] enforce = true in ringfence.toml, then: ringfence apply --through 4")


def readable(conn: Connection) -> bool:
    """Whether phase 4 stands and whoever asks may look at what it has seen."""
    return bool(_ask(conn, "standing")[0]["readable"])


def comparisons(conn: Connection) -> int:
    """About how many comparisons are kept."""
    return int(str(_ask(conn, "comparisons")[0]["comparisons"]))


def share(conn: Connection) -> float:
    """The share of users who act as the canary, 0 to 1."""
    return float(str(_ask(conn, "share")[0]["canary_share"]))


def set_share(conn: Connection, wanted: float) -> None:
    """Change that share."""
    with conn.transaction():
        conn.execute(sqltext.load("ringfence.shadow", "set_share").encode(), {"share": wanted})


def prune(conn: Connection) -> int:
    """Drop the oldest comparisons beyond a million, and the oldest notes beyond fifty thousand; gives how many went."""
    wanted = [("prune", OBSERVATIONS_MAX)]
    if _ask(conn, "standing")[0]["noting"]:
        wanted.append(("prune_notes", NOTES_MAX))
    gone = 0
    for name, rows_max in wanted:
        with conn.transaction():
            done = conn.execute(sqltext.load("ringfence.shadow", name).encode(), {"rows_max": rows_max})
        gone += max(done.rowcount, 0)
    return gone


def compared(conn: Connection) -> tuple[Compared, ...]:
    """How often each table, command and endpoint was compared."""
    return tuple(Compared(**row) for row in _ask(conn, "compared", rows_max=ROWS_MAX))  # type: ignore[arg-type]


def differing(conn: Connection) -> tuple[Differing, ...]:
    """What differed, most frequent first."""
    rows = _ask(conn, "differing", rows_max=ROWS_MAX)
    return tuple(Differing(**{**row, "tables": tuple(row["tables"])}) for row in rows)  # type: ignore[arg-type]


def noted(conn: Connection) -> tuple[Noted, ...]:
    """Which endpoints met rows of other tenants, most frequent first; nothing where the noting floor does not stand."""
    if not _ask(conn, "standing")[0]["noting"]:
        return ()
    return tuple(Noted(**row) for row in _ask(conn, "noted", rows_max=ROWS_MAX))  # type: ignore[arg-type]
