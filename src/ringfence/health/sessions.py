"""Who is connected, and whether an old client is left: judged by who it is, never by how young its session is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ringfence.health.model import (
    ClientKind,
    NoneLeft,
    OldClients,
    Seen,
    SessionGroup,
    StillThere,
    Unproven,
)

SAMPLE_GAP_MAX = timedelta(hours=1)
"""A window whose newest sample is older than this was not watched to its end."""

_DRIVERS: Mapping[str, str] = {
    "ringfence": "Ringfence",
    "postgrest": "PostgREST",
    "postgresql jdbc driver": "pgjdbc",
    "supavisor": "Supavisor",
    "pgbouncer": "PgBouncer",
    "supabase storage": "Supabase Storage",
    "realtime": "Supabase Realtime",
    "psql": "psql",
    "pgadmin": "pgAdmin",
    "dbeaver": "DBeaver",
    "datagrip": "DataGrip",
    "prisma": "Prisma",
    "npgsql": "Npgsql",
    "node-postgres": "node-postgres",
    "pg_dump": "pg_dump",
    "pg_restore": "pg_restore",
}


def driver_guess(application: str) -> str:
    """What the application's name says about the program behind it, '' when it says nothing."""
    lowered = application.lower()
    return next((driver for start, driver in _DRIVERS.items() if lowered.startswith(start)), "")


def group(row: Mapping[str, Any]) -> SessionGroup:
    """A row of the question as a value; counts of what may not be seen are None, not zero."""
    visible: bool = row["visible"]
    return SessionGroup(
        login=row["login"],
        application=row["application"],
        database=row["database"],
        driver=driver_guess(row["application"]),
        client=ClientKind(row["client"]),
        ssl=row["ssl"] if visible else None,
        sessions=row["sessions"],
        oldest_backend_at=row["oldest_backend_at"],
        oldest_transaction_s=row["oldest_transaction_s"],
        idle_in_transaction=row["idle_in_transaction"] if visible else None,
        addresses=tuple(sorted(row["addresses"] or ())),
    )


@dataclass(frozen=True, slots=True)
class Client:
    """One login and application of a database, wherever its sessions come from."""

    login: str
    application: str
    sessions: int
    oldest_backend_at: datetime | None


def merged(groups: Sequence[SessionGroup], database: str) -> tuple[Client, ...]:
    """The clients of one database, each once, in order of login and application."""
    found: dict[tuple[str, str], Client] = {}
    for item in groups:
        if item.database != database:
            continue
        key = (item.login, item.application)
        old = found.get(key, Client(*key, 0, None))
        starts = [at for at in (old.oldest_backend_at, item.oldest_backend_at) if at is not None]
        found[key] = Client(*key, old.sessions + item.sessions, min(starts, default=None))
    return tuple(found[key] for key in sorted(found))


def matches(declared: str, login: str, application: str) -> bool:
    """Whether a declared old client is this login or application; a `*` at the end stands for any rest."""
    if declared.endswith("*"):
        return login.startswith(declared[:-1]) or application.startswith(declared[:-1])
    return declared in (login, application)


def old_clients_left(
    declared: Sequence[str],
    connected: Sequence[SessionGroup],
    seen: Sequence[Seen],
    *,
    database: str,
    since: datetime,
    now: datetime,
) -> OldClients:
    """Whether a declared old client is connected to `database`, or was seen at any time from `since` to `now`.

    An application is gone when nobody reconnects, so the window counts and not the moment; and a window that was not
    sampled from its beginning to its end proves nothing.
    """
    if not declared:
        return Unproven("no old client is declared: name their logins or applications in [roles] old_clients")
    found = tuple(dict.fromkeys(_found(declared, connected, seen, database, since)))
    if found:
        return StillThere(found)
    if not seen or min(s.first_seen for s in seen) > since:
        return Unproven(f"sessions have not been sampled since {since:%Y-%m-%d %H:%M}")
    newest = max(s.last_seen for s in seen)
    if now - newest > SAMPLE_GAP_MAX:
        return Unproven(f"the last sample of sessions was taken at {newest:%Y-%m-%d %H:%M}")
    return NoneLeft(since)


def _found(
    declared: Sequence[str],
    connected: Sequence[SessionGroup],
    seen: Sequence[Seen],
    database: str,
    since: datetime,
) -> Iterator[str]:
    for session in connected:
        if session.database == database and any(matches(d, session.login, session.application) for d in declared):
            yield f"{_who(session.login, session.application)}: {session.sessions} connected now"
    for past in seen:
        if past.last_seen >= since and any(matches(d, past.login, past.application) for d in declared):
            yield f"{_who(past.login, past.application)}: last seen at {past.last_seen:%Y-%m-%d %H:%M}"


def _who(login: str, application: str) -> str:
    return f"{application or '(no application name)'} ({login})"


def describe(sessions: SessionGroup) -> str:
    """One line for people and for the journal."""
    parts = [f"{_who(sessions.login, sessions.application)} on {sessions.database}: {sessions.sessions} sessions"]
    if sessions.driver:
        parts.append(sessions.driver)
    if sessions.oldest_backend_at is not None:
        parts.append(f"oldest since {sessions.oldest_backend_at:%Y-%m-%d %H:%M}")
    if sessions.idle_in_transaction:
        parts.append(f"{sessions.idle_in_transaction} idle in transaction")
    if sessions.client is ClientKind.HIDDEN:
        parts.append("details not visible to this role")
    return ", ".join(parts)
