"""What Ringfence promises beyond the straight way: decisions survive, conflicts are named, drift is taken in."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ringfence import db, verbs
from ringfence.execute.attempt import ConflictingRows, RowsNeedDecision
from ringfence.journal.model import AnotherRunAtWork
from ringfence.journal.pg import run_lock
from support.cases import ACCEPT, Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Case:
    """The document desk."""
    return Case.load(CASES / "documents", database, tmp_path)


def test_what_people_decided_survives_revert_and_apply(desk: Case) -> None:
    """A renamed organization, a second membership, and a row put into the second organization are there again."""
    assert desk.apply().outcome == "finished"
    with desk.database.connect() as conn:
        conn.execute("update public.organizations set name = 'Renamed by people' where name = 'c1.com'")
        conn.execute(
            "insert into public.user_organizations (user_id, organization_id) select u.id, o.id"
            " from auth.users u, public.organizations o where u.email = 'u1@c1.com' and o.name = 'c2.com'"
        )
        conn.execute(
            "insert into public.documents (owner_id, title, slug, client_id) select u.id, 'chosen', 'chosen', o.id"
            " from auth.users u, public.organizations o where u.email = 'u1@c1.com' and o.name = 'c2.com'"
        )
        conn.execute(
            "insert into public.organizations (id, name) values ('00000000-0000-0000-0000-00000000beef', 'Made by hand')"
        )
    assert desk.revert().outcome == "finished"

    assert desk.apply().outcome == "finished"

    with desk.database.connect() as conn:
        names = {n for (n,) in conn.execute("select name from public.organizations")}
        homes = conn.execute(
            "select o.name, m.is_home from public.user_organizations m join public.organizations o on o.id = m.organization_id"
            " join auth.users u on u.id = m.user_id where u.email = 'u1@c1.com' order by 2 desc"
        ).fetchall()
        chosen = conn.execute(
            "select o.name from public.documents d join public.organizations o on o.id = d.client_id where d.slug = 'chosen'"
        ).fetchone()
    assert {"Renamed by people", "Made by hand"} <= names
    assert homes == [("Renamed by people", True), ("c2.com", False)]
    assert chosen == ("c2.com",)


@pytest.mark.parametrize("step", ["expand/decisions", "backfill/memberships", "backfill/public.profiles/rows"])
def test_rows_nobody_looked_at_are_no_decisions(desk: Case, step: str) -> None:
    """A revert before the fill is over remembers no row that merely holds the fast default."""
    assert desk.apply(pause_after=step).outcome == "paused"
    assert desk.revert().outcome == "finished"

    assert desk.apply().outcome == "finished"

    with desk.database.connect() as conn:
        wrong = conn.execute(
            "select count(*) from public.documents d join public.user_organizations m on m.user_id = d.owner_id"
            " where m.is_home and m.organization_id <> d.client_id"
        ).fetchone()
        kept = conn.execute("select count(*) from ringfence.tenant_choices").fetchone()
    assert wrong == (0,)
    assert kept == (0,)


def test_an_explicit_choice_of_the_default_tenant_is_told_from_an_undecided_row(desk: Case) -> None:
    """New code may put a row into the very organization that is the fast default, before the backfill has run."""
    assert desk.apply(pause_after="expand/decisions").outcome == "paused"
    with desk.database.connect() as conn:
        default = conn.execute(
            "select client_id from public.documents where title = 't' group by 1 order by count(*) desc limit 1"
        ).fetchone()
        assert default is not None
        owner = conn.execute(
            "select u.id from auth.users u where u.email like '%@gmail.com' order by u.email limit 1"
        ).fetchone()
        assert owner is not None
        conn.execute(
            "insert into public.organizations (id, name) values (%s, 'default') on conflict do nothing", default
        )
        conn.execute(
            "insert into public.user_organizations (user_id, organization_id) values (%s, %s)", (owner[0], default[0])
        )
        conn.execute(
            "insert into public.documents (owner_id, title, slug, client_id) values (%s, 'mine', 'mine', %s)",
            (owner[0], default[0]),
        )

    assert desk.apply().outcome == "finished"

    with desk.database.connect() as conn:
        row = conn.execute("select client_id from public.documents where slug = 'mine'").fetchone()
    assert row == default


def test_a_one_way_conflict_stops_the_revert_before_it_changes_anything(database: Database, tmp_path: Path) -> None:
    """Two tenants with the same slug make the old unique rule impossible: the rows are named, nothing is undone."""
    case = Case.load(CASES / "uniqueness_within_a_tenant", database, tmp_path)
    assert case.apply().outcome == "finished"
    with database.connect() as conn:
        conn.execute(
            "insert into public.pages (id, user_id, slug, number) select 900, id, 'twice', 900 from public.users"
            " where email = 'u1@c1.com'"
        )
        conn.execute(
            "insert into public.pages (id, user_id, slug, number) select 901, id, 'twice', 901 from public.users"
            " where email = 'u2@c2.com'"
        )
    before, entries = case.catalog(), len(verbs.journal(case.url).entries)

    with pytest.raises(ConflictingRows) as caught:
        case.revert()

    assert "twice" in caught.value.detail
    assert "2 rows share" in caught.value.detail
    assert case.catalog() == before
    assert len(verbs.journal(case.url).entries) == entries
    with database.connect() as conn:
        conn.execute("update public.pages set slug = 'once' where id = 901")
    assert case.revert().outcome == "finished"
    assert case.catalog_differences() == ""


def test_a_revert_refuses_while_a_client_uses_the_column(desk: Case) -> None:
    """A connected client whose last statement names the tenant column is named, and nothing is undone."""
    assert desk.apply().outcome == "finished"
    client = psycopg.connect(desk.database.url, autocommit=True, application_name="new application")
    client.execute("select client_id from public.documents limit 1")

    report = desk.revert()

    assert report.outcome == "gate"
    assert "new application" in report.gates_missing["RFG-COLUMN-IN-USE"]
    client.close()
    assert desk.revert().outcome == "finished"
    assert desk.catalog_differences() == ""


def test_drift_is_refused_and_taken_in_by_amend(desk: Case) -> None:
    """A table and a column that the application added between phases are named, then become part of the plan."""
    assert desk.apply(pause_after="expand/decisions").outcome == "paused"
    desk.database.execute(
        "create table public.likes (id bigint primary key, document_id bigint not null references public.documents);"
        "insert into public.likes select id, id from public.documents limit 100;"
        "alter table public.documents add column pinned boolean not null default false;"
    )
    with pytest.raises(verbs.CatalogDrifted) as caught:
        desk.apply()
    assert "public.likes" in caught.value.detail
    assert "pinned" in caught.value.detail
    desk.config.write_text(
        desk.config.read_text() + '\n[tables."public.likes"]\nderive = ["document_id -> public.documents"]\n'
    )
    verbs.resume(desk.url)

    amended = verbs.plan(desk.url, desk.config, amend=True)
    report = verbs.apply(desk.url, desk.config, accept=ACCEPT, amend=True)

    assert any(step.id == "expand/public.likes/column" for phase in amended.phases for step in phase.steps)
    assert report.outcome == "finished", report
    assert desk.inconsistencies(amended) == []
    assert desk.apply().outcome == "finished", "a column that came after ours is no drift for ever"
    with desk.database.connect() as conn:
        assert conn.execute("select count(*) from public.likes where client_id is null").fetchone() == (0,)
    assert desk.revert().outcome == "finished"
    left = desk.catalog()
    assert all(t.column("client_id") is None for t in left.tables)
    assert any(t.name.name == "likes" for t in left.tables)


def test_orphans_stop_the_run_when_the_spec_says_so(desk: Case) -> None:
    """Rows without a derivable tenant are named, everything else is filled, and apply goes on after the repair."""
    desk.config.write_text('orphans = "stop"\n' + desk.config.read_text())
    with pytest.raises(RowsNeedDecision) as caught:
        desk.apply()
    assert "public.documents row" in caught.value.detail
    with desk.database.connect() as conn:
        conn.execute(
            "update public.documents set owner_id = (select id from auth.users where email = 'u1@c1.com')"
            " where owner_id is null"
        )

    assert desk.apply().outcome == "finished"


def test_two_runs_at_once_are_refused(desk: Case) -> None:
    """The second run is told who is at work."""
    with (
        db.connect(desk.url, application="ringfence run lock") as lock,
        run_lock(lock),
        pytest.raises(AnotherRunAtWork),
    ):
        desk.apply()
