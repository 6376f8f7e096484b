"""Fresh databases and roles for tests, on any server, gone afterwards."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

PRELUDE = Path(__file__).with_name("supabase_prelude.sql")
SUPABASE_LOGINS = frozenset(
    {
        "authenticator",
        "supabase_admin",
        "supabase_auth_admin",
        "supabase_storage_admin",
        "pgbouncer",
        "cli_login_postgres",
    }
)
CASE_ROLE = "rf_case_"
DESK_ROLE = "desk_"
# Advisory locks are per database, so everybody takes this one in the maintenance database.
ROLES_LOCK = 560500
DROP_TIMEOUT_MS = 20_000


def unique_name(prefix: str) -> str:
    """A name nobody else on the server has, also when several test runs share it."""
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server tests may create databases and roles on; `url` is its maintenance database as superuser."""

    url: str
    major: int

    def url_of(self, database: str, user: str | None = None) -> str:
        """The URL of one database, for the superuser or for `user` (who needs no password here)."""
        return make_conninfo(self.url, dbname=database, **({"user": user} if user else {}))

    @contextlib.contextmanager
    def admin(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection to the maintenance database, in autocommit."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as conn:
            yield conn

    def create_database(self, name: str, template: str = "template0") -> None:
        """Create a database; a template must have no connections."""
        statement = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        with self.admin() as conn:
            conn.execute(statement)

    def drop_database(self, name: str) -> None:
        """Drop a database with whoever is still in it, within a bounded time."""
        with self.admin() as conn:
            conn.execute(f"set statement_timeout = {DROP_TIMEOUT_MS}")
            # FORCE ends sessions, but a replication slot of the database would still make it fail.
            conn.execute(
                "select pg_terminate_backend(active_pid, 5000) from pg_replication_slots"
                " where database = %s and active_pid is not null",
                (name,),
            )
            conn.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = %s", (name,)
            )
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    @contextlib.contextmanager
    def strangers_kept_out(self, known: frozenset[str]) -> Iterator[None]:
        """Logins that other tests have left on this server cannot log in meanwhile, as if they were not there.

        Roles belong to the whole server, and a gate that looks for logins nobody decided about sees them all.
        """
        with self._kept_out(lambda name: name not in known and not name.startswith(CASE_ROLE)):
            yield

    @contextlib.contextmanager
    def desk_kept_out(self) -> Iterator[None]:
        """The same for the logins of the demo's application alone."""
        with self._kept_out(lambda name: name.startswith(DESK_ROLE)):
            yield

    @contextlib.contextmanager
    def _kept_out(self, strange: Callable[[str], bool]) -> Iterator[None]:
        with self.admin() as conn:
            found = conn.execute("select rolname from pg_roles where rolcanlogin and not rolsuper").fetchall()
            strangers = sorted(name for (name,) in found if strange(name))
            for name in strangers:
                conn.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(name)))
        try:
            yield
        finally:
            with self.admin() as conn:
                left = {name for (name,) in conn.execute("select rolname from pg_roles").fetchall()}
                for name in strangers:
                    if name in left:
                        conn.execute(sql.SQL("alter role {} login").format(sql.Identifier(name)))

    def create_supabase_template(self, name: str) -> None:
        """Create a database that looks like a Supabase project to a schema; roles are made once per server."""
        self.create_database(name)
        with self.admin() as roles, psycopg.connect(self.url_of(name), autocommit=True) as conn:
            roles.execute("select pg_advisory_lock(%s)", (ROLES_LOCK,))
            conn.execute(PRELUDE.read_bytes())

    def clone_supabase(self, name: str, template: str) -> None:
        """Create a database from that template; its search path is a setting of the database and not cloned."""
        self.create_database(name, template)
        statement = sql.SQL('alter database {} set search_path = "$user", public, extensions')
        with self.admin() as conn:
            conn.execute(statement.format(sql.Identifier(name)))


@dataclass
class Database:
    """A fresh database of one test."""

    server: Server
    name: str
    _open: list[psycopg.Connection[tuple[Any, ...]]] = field(default_factory=list)
    _roles: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The superuser's URL."""
        return self.server.url_of(self.name)

    def url_as(self, user: str) -> str:
        """The URL for another role, which must be allowed to log in."""
        return self.server.url_of(self.name, user)

    def connect(self, *, user: str | None = None, autocommit: bool = True) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection that is closed at the end of the test at the latest."""
        conn = psycopg.connect(self.server.url_of(self.name, user), autocommit=autocommit, connect_timeout=10)
        self._open.append(conn)
        return conn

    def execute(self, script: str) -> None:
        """Run a script of any number of statements as the superuser, in one transaction unless it says otherwise."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as conn:
            conn.execute(script.encode())

    def create_role(self, prefix: str = "role", options: str = "login") -> str:
        """Create a role with a name of its own; it is dropped after the database."""
        name = unique_name(prefix)
        with self.server.admin() as conn:
            conn.execute(sql.SQL("create role {} " + options).format(sql.Identifier(name)))
        self._roles.append(name)
        return name

    def close(self) -> None:
        """Close every connection, then drop the database and the roles."""
        for conn in self._open:
            conn.close()
        self.server.drop_database(self.name)
        with self.server.admin() as conn:
            for role in self._roles:
                conn.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
                conn.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


def describe(url: str) -> Server:
    """Ask a server for its version."""
    with psycopg.connect(url, connect_timeout=10) as conn:
        return Server(url, conn.info.server_version // 10000)


def dbname_of(url: str) -> str:
    """The database a URL names."""
    return str(conninfo_to_dict(url)["dbname"])
