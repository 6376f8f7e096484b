"""A schema that uses nearly everything, for tests that must not miss a shape; and copies of schemas through pg_dump."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ringfence.embedded import client_tool
from ringfence.names import quote_ident
from support.databases import Database

FOLDER = Path(__file__).parent.parent / "pg" / "catalog"

LONG_NAME = "é" * 31 + "x"
"""63 bytes: what PostgreSQL keeps of a name, to the last one."""


def load_wild(database: Database) -> str:
    """Load the wild schema; returns the role it was written with."""
    role = database.create_role('Wild "role" ü')
    slots = {"role": quote_ident(role), "long": quote_ident(LONG_NAME)}
    database.execute((FOLDER / "wild.sql").read_text().format(**slots))
    if database.server.major >= 18:
        database.execute((FOLDER / "wild_18.sql").read_text())
    return role


def copy_schema(source: Database, target: Database) -> None:
    """Copy the schema as people do: pg_dump --schema-only of the server's own version into psql."""
    dump = _run("pg_dump", source, "--schema-only")
    _run("psql", target, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", text_in=dump)


def _run(tool: str, database: Database, *arguments: str, text_in: str = "") -> str:
    parts = conninfo_to_dict(database.url)
    words = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE", "password": "PGPASSWORD"}
    done = subprocess.run(
        [client_tool(tool, database.server.major), *arguments],
        input=text_in,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PGCLIENTENCODING": "UTF8",
            **{variable: str(parts[word]) for word, variable in words.items() if parts.get(word)},
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
