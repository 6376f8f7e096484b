"""How much data the desk has: every number follows from the number of documents."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ringfence import sqltext
from ringfence.demo.desk.passwords import hash_password
from ringfence.names import quote_literal

ROWS_DEFAULT = 20_000
ROWS_MIN = 100
ROWS_MAX = 20_000_000
USERS_MAX = 600
"""A few hundred people, however much they write: tenants are large in rows, not in number."""
PASSWORD = "desk-demo-password"  # noqa: S105  # of every user the seed makes: data of a demo, no secret


@dataclass(frozen=True, slots=True)
class Amounts:
    """Rows per table, before anybody writes."""

    users: int
    sessions: int
    folders: int
    documents: int
    uploads: int
    comments: int
    activity: int


def amounts(documents: int) -> Amounts:
    """The other tables in proportion; raises ValueError below ROWS_MIN or above ROWS_MAX documents."""
    if not ROWS_MIN <= documents <= ROWS_MAX:
        raise ValueError(f"the number of documents must be between {ROWS_MIN} and {ROWS_MAX}")
    users = max(26, min(USERS_MAX, documents // 50))
    return Amounts(
        users=users,
        sessions=users * 3,
        # a multiple of the users: folder n and document n then have the same owner
        folders=users * max(2, documents // users // 10),
        documents=documents,
        uploads=documents // 2,
        comments=documents * 3,
        activity=documents * 4,
    )


def script(documents: int) -> str:
    """The SQL that makes the data on the server; the same number gives the same rows."""
    numbers = {name: str(number) for name, number in asdict(amounts(documents)).items()}
    # a salt that is the same every time, so that the rows are
    password_hash = quote_literal(hash_password(PASSWORD, salt=b"document desk"))
    return sqltext.fill(sqltext.load("ringfence.demo", "seed"), password_hash=password_hash, **numbers)
