"""Every case that can be migrated has no blocker, before and after, and every finding can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence import verbs
from ringfence.assess import render
from support.cases import Case
from support.databases import Database

FOLDER = Path(__file__).parents[2] / "cases"
CASES = sorted(p.parent.name for p in FOLDER.glob("*/before.sql"))


@pytest.mark.parametrize("name", CASES)
def test_no_false_blocker(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    """What the case tests migrate without an error is not called blocked."""
    fixture = "supabase_database" if (FOLDER / name / "supabase").exists() else "database"
    database: Database = request.getfixturevalue(fixture)
    case = Case.load(FOLDER / name, database, tmp_path)

    with_spec = verbs.assess(case.url, case.config)
    without = verbs.assess(case.url, None)

    assert with_spec.blockers == ()
    assert [f for f in without.blockers if f.code not in ("RFA-INSERT-STAR", "RFA-ROW-RESULT")] == []
    text = render.text(with_spec, every=True)
    assert all(f.code in text and f.message in text for f in with_spec.findings)


def test_what_ringfence_made_is_no_finding(database: Database, tmp_path: Path) -> None:
    """Assessed again after phase 2, our own columns, triggers, tables and keys are not in the way."""
    case = Case.load(FOLDER / "documents", database, tmp_path)
    before = verbs.assess(case.url, case.config)
    case.apply()

    after = verbs.assess(case.url, case.config)

    assert after.blockers == ()
    assert {(f.code, f.subject) for f in after.findings} <= {(f.code, f.subject) for f in before.findings}
