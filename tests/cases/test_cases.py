"""Every folder here is a database before, what its operator says of it, and what must come of it.

    before.sql       the single-tenant database, with rows
    ringfence.toml   the spec
    writes.sql       optional: what old code writes after phase 2; nothing in it may fail
    plan.sql         golden: the plan as SQL (make regen)
    writes_enforced.sql  optional: what is written without a tenant after phase 6, by decision; nothing in it may fail
    after.sql        golden: the application's schemas after phase 2, as pg_dump prints them (make regen)
    enforced.sql     golden, where isolation is enforced: the same after phase 6
    supabase         marker: the database looks like a Supabase project before before.sql is loaded

The goldens are read by people in the diff; they are compared on PostgreSQL 18 only, the rest on every version.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.cases import Case, golden, schema_text
from support.databases import Database

CASES = sorted(p.parent.name for p in Path(__file__).parent.glob("*/before.sql"))
MIDDLES = range(5, 100, 5) if os.environ.get("RINGFENCE_ALL_MIDDLES") else (20, 45, 65, 85)
"""How far the plan has come, in percent of its steps, when a revert begins in the middle."""


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """A loaded case in a database of its own."""
    folder = Path(__file__).parent / request.param
    fixture = "supabase_database" if (folder / "supabase").exists() else "database"
    database: Database = request.getfixturevalue(fixture)
    return Case.load(folder, database, tmp_path)


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_forth_and_back(case: Case) -> None:
    """The plan is the one people approved; it ends as foreseen; a revert restores catalog and rows; it can go again."""
    plan = case.plan()
    golden(case, "plan.sql", case.rendered(plan))

    report = case.apply(through=2)

    assert report.outcome == "finished", (report.gates_missing, report.detail)
    assert case.differences_from_simulation(plan) == ""
    golden(case, "after.sql", schema_text(case.database))
    assert case.inconsistencies(plan) == []
    written = case.old_writes()
    assert case.inconsistencies(plan) == [], "after what old code wrote"
    if plan.phases[-1].number > 2:
        last = case.apply()
        assert last.outcome == "finished", (last.gates_missing, last.detail)
        assert case.differences_from_simulation(plan, 6) == ""
    if plan.tenancy.isolation is not None:
        golden(case, "enforced.sql", schema_text(case.database))
        assert case.inconsistencies(plan, 6) == []
        written = case.old_writes("writes_enforced.sql") or written
        assert case.inconsistencies(plan, 6) == [], "after what is written under enforcement"
    before_revert = case.digests()

    reverted = case.revert()

    assert reverted.outcome == "finished", reverted
    assert case.catalog_differences() == ""
    assert case.digests() == before_revert
    if not written:
        assert case.digests() == case.digests_at_start

    assert case.apply(through=2).outcome == "finished"
    assert case.inconsistencies(plan) == []
    assert case.apply().outcome == "finished"
    assert case.digests() == before_revert


@pytest.mark.parametrize("percent", MIDDLES)
@pytest.mark.parametrize("case", CASES, indirect=True)
def test_back_from_the_middle(case: Case, percent: int) -> None:
    """A revert begun in the middle of the plan restores the catalog and every row, also those written meanwhile."""
    plan = case.plan()
    steps = [step.id for phase in plan.phases for step in phase.steps]
    last = steps[len(steps) * percent // 100]
    stopped = case.apply(pause_after=last)
    assert stopped.outcome == "paused", (last, stopped)
    enforcing = plan.tenancy.isolation is not None and last.startswith("enforce/")
    case.old_writes("writes_enforced.sql" if enforcing else "writes.sql")
    rows = case.digests()

    reverted = case.revert()

    assert reverted.outcome == "finished", (last, reverted)
    assert case.catalog_differences() == "", last
    assert case.digests() == rows, last
