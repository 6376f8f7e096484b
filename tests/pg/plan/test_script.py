"""The plan as a script does in psql what a run does, and its undo takes it back."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from ringfence.embedded import client_tool
from ringfence.plan.render import render_plan, render_undo
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"


def psql(database: Database, script: str) -> None:
    """Run a script as an operator would with nothing but psql at hand."""
    parts = conninfo_to_dict(database.url)
    words = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE", "password": "PGPASSWORD"}
    done = subprocess.run(
        [client_tool("psql", database.server.major), "--no-psqlrc", "--quiet", "--file=-"],
        input=script,
        capture_output=True,
        text=True,
        timeout=240,
        env={"PATH": os.environ["PATH"], **{v: str(parts[w]) for w, v in words.items() if parts.get(w)}},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["documents", "names_that_need_quotes"])
def test_the_script_does_what_a_run_does(name: str, database: Database, tmp_path: Path) -> None:
    """The script brings the database where the plan says, with every exit check holding; the undo script brings it back."""
    case = Case.load(CASES / name, database, tmp_path)
    plan = case.plan()

    psql(database, render_plan(plan, "sql"))

    assert case.differences_from_simulation(plan) == ""
    assert case.inconsistencies(plan) == []
    psql(database, render_undo(plan, 0, "sql"))
    assert case.catalog_differences() == ""
    assert case.digests() == case.digests_at_start


def test_the_script_puts_tables_behind_views(database: Database, tmp_path: Path) -> None:
    """By hand as by a run, with names that need every kind of quoting; what is to be retired waits for its gate."""
    case = Case.load(CASES / "old_clients_names", database, tmp_path)
    plan = case.plan()
    with pytest.raises(AssertionError, match="RFG-OLD-CLIENTS:"):
        psql(database, render_plan(plan, "sql"))

    assert case.differences_from_simulation(plan) == ""
    assert case.inconsistencies(plan) == []
    psql(database, render_undo(replace(plan, phases=plan.phases[:3]), 0, "sql"))
    assert case.catalog_differences() == ""
    assert case.digests() == case.digests_at_start


def test_the_script_stops_at_a_gate_that_does_not_hold(database: Database, tmp_path: Path) -> None:
    """A check with a row in its answer ends the script with an error that names it, before anything is changed."""
    case = Case.load(CASES / "documents", database, tmp_path)
    script = render_plan(case.plan(), "sql").replace(" where not coalesce(", " where coalesce(", 1)

    with pytest.raises(AssertionError, match="RFG-PRIVILEGES"):
        psql(database, script)

    assert case.catalog_differences() == ""
