"""The judges can say no: every kind of harm that the fault tests look for is planted once, and found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support import live
from support.databases import Database, Server
from support.faults import states, tally
from support.faults.marks import Ended, Mark
from support.faults.migrator import Nursery
from support.faults.worlds import twins
from support.faults.writers import Ledger, judge, organization_of

ANNA, BEN = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"


def ledger() -> Ledger:
    """Two people, a document of Anna's with a comment, and one that is gone."""
    kept = Ledger(gone={("public.documents", "9")})
    kept.rows["auth.users", ANNA] = {"email": "anna@c1.com"}
    kept.rows["auth.users", BEN] = {"email": "ben@gmail.com"}
    kept.rows["public.documents", "1"] = {"slug": "a-1", "owner_id": ANNA, "title": "new"}
    kept.rows["public.comments", "5"] = {"body": "a-2", "document_id": "1"}
    return kept


def stored() -> dict[str, list[dict[str, str | None]]]:
    """What a database holds that lost nothing."""
    tenant = organization_of(ANNA, "anna@c1.com")
    return {
        "auth.users": [{"id": ANNA, "email": "anna@c1.com"}, {"id": BEN, "email": "ben@gmail.com"}],
        "public.documents": [{"id": "1", "slug": "a-1", "owner_id": ANNA, "title": "new", "client_id": tenant}],
        "public.comments": [{"id": "5", "body": "a-2", "document_id": "1", "client_id": tenant}],
    }


def test_a_database_that_holds_what_it_acknowledged_is_clean() -> None:
    """Also while the tables have no tenant column."""
    rows = stored()
    assert judge(ledger(), rows) == judge(Ledger(), rows)
    for table in rows.values():
        for row in table:
            row.pop("client_id", None)
    assert judge(ledger(), rows) == judge(Ledger(), rows)


def test_a_missing_row_and_a_changed_one_are_lost() -> None:
    rows = stored()
    rows["public.comments"] = []
    rows["public.documents"][0]["title"] = "older"
    judged = judge(ledger(), rows)
    assert len(judged.lost) == 2
    assert judged.duplicated == judged.wrong_tenant == ()


def test_a_row_that_is_there_twice_or_back_again_is_duplicated() -> None:
    rows = stored()
    rows["public.comments"].append({**rows["public.comments"][0], "id": "6"})
    rows["public.documents"].append({**rows["public.documents"][0], "id": "9", "slug": "a-0"})
    judged = judge(ledger(), rows)
    assert len(judged.duplicated) == 2
    assert judged.lost == judged.wrong_tenant == ()


def test_a_tenant_is_held_against_owner_and_address() -> None:
    """A comment belongs to the owner of its document; public mail makes a company of one."""
    rows = stored()
    rows["public.comments"][0]["client_id"] = organization_of(BEN, "ben@gmail.com")
    rows["public.documents"][0]["client_id"] = None
    judged = judge(ledger(), rows)
    assert len(judged.wrong_tenant) == 2
    assert judged.lost == judged.duplicated == ()


PLANTED = (
    "create index planted on public.notes (body)",
    "update public.notes set body = 'planted' where id = 1",
    f"set session_replication_role = replica; update public.notes set client_id = '{ANNA}' where id = 1",
    "delete from public.user_organizations where user_id in (select id from auth.users limit 1)",
    "create table ringfence.planted (n int)",
    "insert into ringfence.tenant_choices values ('public.notes', '1', '2', '3')",
)


def test_a_planted_difference_is_found(server: Server, nursery: Nursery, tmp_path: Path) -> None:
    """Two runs without a fault end alike, and the smallest change of one of them is a different end state."""
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path)) as pair:
        peace = pair.in_peace("apply")
        counts = tally.Tally("none")
        pair.settle("apply", peace.state, counts)
        assert counts.clean
        for planted in PLANTED:
            before = pair.state(pair.faulty)
            pair.faulty.execute(planted)
            assert before.differences(pair.state(pair.faulty)) != "", planted

        with pytest.raises(AssertionError):
            pair.judge(Ended("finished"), peace.state, counts)

        assert counts.different_end_states == 1
        assert not counts.clean


def test_a_journal_that_is_not_at_its_end_is_different(server: Server, nursery: Nursery, tmp_path: Path) -> None:
    """The same catalog and rows with a run left open are not the same end."""
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path)) as pair:
        peace = pair.in_peace("apply")
        with nursery.start(pair.order("apply")) as migrator:
            migrator.until(lambda mark: (mark.point, mark.kind, mark.subject) == ("before", "RunEnded", "finished"))
        assert "progress.run" in peace.state.differences(pair.state(pair.faulty))


def test_what_is_left_behind_is_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session, an invalid index, a lock, a prepared transaction."""
    monkeypatch.setattr(states, "GONE_WITHIN_S", 0.2)
    database.execute("create table public.t (n int); create index i on public.t (n)")
    assert states.left_behind(database) == {}
    session = live.client(database, "ringfence run")
    session.execute("select pg_advisory_lock(1, 2)")
    database.execute("update pg_index set indisvalid = false where indexrelid = 'public.i'::regclass")
    with database.connect() as conn:
        conn.execute("begin; insert into public.t values (1); prepare transaction 'planted'")
        found = states.left_behind(database)
        conn.execute("rollback prepared 'planted'")
    assert set(found) == {"sessions", "invalid indexes", "advisory locks", "prepared transactions"}


def test_a_migrator_stands_still_where_it_is_killed(server: Server, nursery: Nursery, tmp_path: Path) -> None:
    """Killed before its commit an entry is not there, killed after it is; one that has ended cannot be killed."""
    with twins(server, nursery, tmp_path, lambda db: live.notes(db, tmp_path)) as pair:
        for point, there in (("before", False), ("appended", False), ("committed", True)):
            with nursery.start(pair.order("apply")) as migrator:
                said = migrator.until(
                    lambda m, p=point: (m.point, m.kind, m.subject) == (p, "StepDone", "prepare/objects")
                )
                assert isinstance(said, Mark)
                assert migrator.kill()
            done = [e["step"] for e in live.events(pair.faulty, "StepDone")]
            assert ("prepare/objects" in done) is there
        ended = nursery.start(pair.order("apply"))
        assert ended.finish().outcome == "finished"
        assert not ended.kill()


def test_counts_of_all_tests_make_one_table() -> None:
    """Tallies of the same fault are added up, whatever process counted them."""
    texts = tally.properties(
        [
            tally.Tally("b", faults=2, lost=1, resume_s=[1.0]),
            tally.Tally("a", faults=3),
            tally.Tally("b", faults=1, resume_s=[3.0]),
        ]
    )

    made = tally.merged(texts)

    assert list(made) == ["a", "b"]
    assert made["b"] == tally.Tally("b", faults=3, lost=1, resume_s=[1.0, 3.0])
    assert tally.document(made)["all"]["faults"] == 6
    assert tally.document(made)["all"]["lost"] == 1
    assert tally.document(made)["b"]["resume_s"] == {"p50": 2.0, "max": 3.0}
    assert re.search(r"^all +6 +1 +0", tally.table(made)[-1])
