"""Asks the database the few things a plan needs beyond the catalog."""

from __future__ import annotations

import psycopg

from ringfence import sqltext
from ringfence.catalog.model import Catalog
from ringfence.db import Connection, Row
from ringfence.names import QualifiedName, quote_ident
from ringfence.plan import founding
from ringfence.plan.model import Facts, PlanRefused
from ringfence.plan.renaming import Names, sql_renamed
from ringfence.tenancy.model import Tenancy

QUESTION_TIMEOUT = "20s"


class NotAllowedToLook(PlanRefused):
    """The role may not look at a table that the plan depends on."""

    code = "RF402"


def gather_facts(conn: Connection, catalog: Catalog, tenancy: Tenancy, *, now: Names | None = None) -> Facts:
    """Measure what `build_plan` needs; read-only, every question bounded in rows and time.

    `now` gives the present names of tables that stand behind a view already, while catalog and tenancy have the plain
    ones (a plan that is amended). Raises NotAllowedToLook when the role has no right to see the users table or to count rows.
    """
    try:
        return _gather(conn, catalog, tenancy, now or {})
    except psycopg.errors.InsufficientPrivilege as error:
        users, me = tenancy.users.table, quote_ident(catalog.current_user)
        raise NotAllowedToLook(
            f"{error.diag.message_primary}",
            subject=f"{users}, or a table named in ringfence.toml",
            hint=f"grant usage on schema {quote_ident(users.schema)} to {me};\n"
            f"grant select, references, trigger on {users.sql} to {me};",
        ) from None


def _gather(conn: Connection, catalog: Catalog, tenancy: Tenancy, now: Names) -> Facts:
    known_as = {present: plain for plain, present in now.items()}

    with conn.transaction():
        conn.execute("set transaction read only")
        conn.execute("select pg_catalog.set_config('statement_timeout', %s, true)", (QUESTION_TIMEOUT,))
        users = tenancy.users.table
        row = conn.execute(sqltext.load("ringfence.plan", "facts").encode(), {"users": users.sql}).fetchone()
        assert row is not None
        repeated = conn.execute(sqltext.load("ringfence.plan", "repeated").encode()).fetchall()
        most_frequent: dict[str, str] = {}
        for name, sql in founding.questions(tenancy, catalog).items():
            answer = conn.execute(sql_renamed(sql, now).encode()).fetchone()
            most_frequent.update({str(name): answer["organization_key"]} if answer else {})
    return Facts(
        replica_role_allowed=row["replica_role_allowed"],
        repeated={str(known_as.get(name, name)): columns for name, columns in map(_repeated, repeated)},
        returns_old=catalog.server_version >= 180000,
        founding=most_frequent,
        may_lock=frozenset({str(users)} if row["may_lock_users"] else ()),
    )


def _repeated(row: Row) -> tuple[QualifiedName, tuple[str, ...]]:
    return QualifiedName(row["schema"], row["name"]), tuple(row["columns"])
