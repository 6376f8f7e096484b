"""Loads a shape (shapes/*.sql, see its README) into a test's database."""

from __future__ import annotations

from pathlib import Path

from support.databases import Database

FOLDER = Path(__file__).parent / "shapes"
SHAPES = tuple(sorted(file.stem for file in FOLDER.glob("*.sql")))


def needs_supabase(shape: str) -> bool:
    """Whether a shape's head asks for the Supabase prelude."""
    head = (FOLDER / f"{shape}.sql").read_text(encoding="utf-8").partition("create ")[0]
    return "supabase_prelude.sql" in head


def load_shape(shape: str, database: Database) -> None:
    """Load schema and rows, with statistics that have arrived when this returns."""
    database.execute((FOLDER / f"{shape}.sql").read_text(encoding="utf-8"))
    conn = database.connect()
    conn.execute("analyze")
    conn.execute("select pg_stat_force_next_flush()")
    conn.close()
