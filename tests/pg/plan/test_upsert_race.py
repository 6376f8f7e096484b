"""Hazard T18, seen: a second unique index lets an upsert fail in races it used to survive, so it is made only where needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from ringfence import verbs
from support.cases import schema_text
from support.databases import Database

BEFORE = """
create table notes (id int primary key, client_id int not null default 7, rank int, body text);
create unique index notes_client_id_id_key on notes (client_id, id);
create index on notes (rank);
insert into notes (id) values (1);
"""
UPSERT = "insert into notes (id, body) values (1, 'x') on conflict (id) do update set body = excluded.body"
WAIT_S = 60.0

APPLICATION = """
create table users (id int primary key, email text);
create table documents (id int primary key, owner_id int references users, body text);
create table comments (id int primary key, owner_id int references users, document_id int references documents, body text);
insert into users select i, 'u' || i || '@c' || i % 3 || '.com' from generate_series(1, 9) i;
insert into documents select id, id, 'b' from users;
create function keep(which int, what text) returns void language sql as
  $$insert into documents (id, owner_id, body) values (which, 1, what)
    on conflict (id) do update set body = excluded.body$$;
"""
SPEC = """
[tenant]
users = "public.users"
assign = { rule = "email_domain", column = "email" }
[tables."public.users"]
scope = "excluded"
[tables."public.documents"]
derive = "owner_id -> public.users"
[tables."public.comments"]
derive = "document_id -> public.documents"
[backup]
mode = "none"
"""


def at_once(url: str, workers: list[Callable[[psycopg.Connection[tuple[object, ...]]], None]]) -> None:
    """Each in a session of its own, until all have come to their end."""

    def work(worker: Callable[[psycopg.Connection[tuple[object, ...]]], None]) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            worker(conn)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def same_rows_in_step(url: str, upsert: str, rounds_max: int) -> list[psycopg.Error]:
    """Two sessions upsert the same new rows, side by side, until one fails; what failed."""
    failed: list[psycopg.Error] = []
    side_by_side = threading.Barrier(2, timeout=WAIT_S)

    def go_on(conn: psycopg.Connection[tuple[object, ...]]) -> None:
        for number in range(rounds_max):
            if number % 50 == 0:
                side_by_side.wait()
                ends = bool(failed)  # both look between two meetings, when nobody adds to it
                side_by_side.wait()
                if ends:
                    return
            try:
                conn.execute(upsert.encode(), (number,))
            except psycopg.Error as error:
                failed.append(error)

    at_once(url, [go_on, go_on])
    return failed


def waits(database: Database, first: tuple[str, tuple[int, ...]], second: tuple[str, tuple[int, ...]]) -> bool:
    """Whether the second statement waits for the transaction of the first, which commits then."""
    asked = "select 1 from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
    with psycopg.connect(database.url) as one, psycopg.connect(database.url, autocommit=True) as other:
        one.execute(first[0].encode(), first[1])
        behind = threading.Thread(target=other.execute, args=(second[0].encode(), second[1]))
        behind.start()
        waiting = False
        with database.connect() as looking:
            while behind.is_alive() and not waiting:
                waiting = looking.execute(asked, (other.info.backend_pid,)).fetchone() is not None
        one.commit()
        behind.join()
    return waiting


@pytest.mark.pg
def test_an_upsert_can_fail_beside_an_update_of_the_same_row(database: Database) -> None:
    """The conflict is in the index that ON CONFLICT names, and yet it is the other one that is violated, or a deadlock."""
    database.execute(BEFORE)
    failed: list[psycopg.Error] = []
    ends = time.monotonic() + WAIT_S

    def go_on(statement: str, *, numbered: bool) -> Callable[[psycopg.Connection[tuple[object, ...]]], None]:
        def work(conn: psycopg.Connection[tuple[object, ...]]) -> None:
            for number in count():
                if failed or time.monotonic() > ends:
                    return
                try:
                    conn.execute(statement.encode(), (number,) if numbered else None)
                except psycopg.Error as error:
                    failed.append(error)

        return work

    update = "update notes set rank = %s where id = 1"
    at_once(database.url, [go_on(UPSERT, numbered=False)] * 2 + [go_on(update, numbered=True)] * 2)

    assert failed, "PostgreSQL no longer does this: T18 can be taken off the list"
    assert all(isinstance(error, errors.UniqueViolation | errors.DeadlockDetected) for error in failed)


@pytest.mark.pg
def test_a_reference_put_off_leaves_no_second_key_and_no_row_behind(database: Database, tmp_path: Path) -> None:
    """Upserts of the parent are as safe as before; a parent that changes hands waits for a child being written."""
    database.execute(APPLICATION)
    config = tmp_path / "ringfence.toml"
    later = 'references = { comments_document_id_fkey = "later" }'
    config.write_text(SPEC.replace("[backup]", f"{later}\n[backup]"), encoding="utf-8")
    assert verbs.apply(database.url, config, through=2, accept={"RFG-BACKUP": "a test"}).outcome == "finished"

    upsert = "insert into documents (id, owner_id, body) values (%s, 1, 'x') on conflict (id) do update set body = excluded.body"
    assert same_rows_in_step(database.url, upsert, 10_000) == []

    write_child = "insert into comments (id, document_id) values (%s, %s)"
    hand_over = "update documents set owner_id = 2 where id = %s"
    assert waits(database, (write_child, (1, 1)), (hand_over, (1,))), "the transfer overtook a child being written"
    assert waits(database, (hand_over, (4,)), (write_child, (4, 4))), "a child took the tenant that was being given up"
    with database.connect() as conn:
        tenants = conn.execute(
            "select d.client_id = h.organization_id, c.client_id = d.client_id from documents d"
            " join comments c on c.document_id = d.id join user_organizations h on h.user_id = d.owner_id"
        ).fetchall()
    assert tenants == [(True, True)] * 2


@pytest.mark.pg
@pytest.mark.parametrize(("first", "then"), [("now", "later"), ("later", "now")])
def test_a_reference_decided_otherwise_later_leaves_nothing_behind(
    database: Database, tmp_path: Path, first: str, then: str
) -> None:
    """What the amended plan would not make stands all the same: it is no drift, and a revert takes it back."""
    database.execute(APPLICATION)
    before = schema_text(database)
    config = tmp_path / "ringfence.toml"
    accept = {"RFG-BACKUP": "a test", "RFA-UPSERT-RACE": "a test"}

    def decide(when: str) -> None:
        rule = f'references = {{ comments_document_id_fkey = "{when}" }}'
        config.write_text(SPEC.replace("[backup]", f"{rule}\n[backup]"), encoding="utf-8")

    decide(first)
    assert verbs.apply(database.url, config, through=2, accept=accept).outcome == "finished"
    decide(then)
    assert verbs.apply(database.url, config, through=2, accept=accept, amend=True).outcome == "finished"
    assert verbs.apply(database.url, config, through=2, accept=accept).outcome == "finished"
    decide(first)
    assert verbs.apply(database.url, config, through=2, accept=accept, amend=True).outcome == "finished"
    assert verbs.apply(database.url, config, through=2, accept=accept).outcome == "finished"

    assert verbs.revert(database.url).outcome == "finished"
    assert schema_text(database) == before


@pytest.mark.pg
def test_what_somebody_dropped_is_not_kept(database: Database, tmp_path: Path) -> None:
    """Only what stands is: a step whose object is gone would be missed at the next look at the catalog."""
    database.execute(APPLICATION)
    before = schema_text(database)
    config = tmp_path / "ringfence.toml"
    accept = {"RFG-BACKUP": "a test", "RFA-UPSERT-RACE": "a test"}
    config.write_text(SPEC, encoding="utf-8")
    assert verbs.apply(database.url, config, through=2, accept=accept).outcome == "finished"
    later = 'references = { comments_document_id_fkey = "later" }'
    config.write_text(SPEC.replace("[backup]", f"{later}\n[backup]"), encoding="utf-8")
    database.execute("alter table comments drop constraint comments_client_id_document_id_fkey")

    assert verbs.apply(database.url, config, through=2, accept=accept, amend=True).outcome == "finished"
    plan = verbs.plan(database.url, config)

    assert any(note.startswith("backfill/public.documents/") and "kept until a revert" in note for note in plan.notes)
    assert not any("comments_client_id_document_id_fkey" in note for note in plan.notes)
    assert verbs.revert(database.url).outcome == "finished"
    assert schema_text(database) == before


@pytest.mark.pg
def test_the_plan_makes_the_key_only_where_rows_follow_it(database: Database, tmp_path: Path) -> None:
    """Two upserts of the same new row: one of them can fail on the table that others refer to, and on no other."""
    database.execute(APPLICATION)
    config = tmp_path / "ringfence.toml"
    config.write_text(SPEC, encoding="utf-8")
    with pytest.raises(verbs.BlockersLeft) as refused:
        verbs.apply(database.url, config, through=2, accept={"RFG-BACKUP": "a test"})
    assert "RFA-UPSERT-RACE public.documents" in refused.value.detail
    assert "public.comments" not in refused.value.detail
    accept = {"RFG-BACKUP": "a test", "RFA-UPSERT-RACE": "a test tries nothing again"}
    assert verbs.apply(database.url, config, through=2, accept=accept).outcome == "finished"

    upsert = (
        "insert into {} (id, owner_id, body) values (%s, 1, 'x') on conflict (id) do update set body = excluded.body"
    )
    followed = same_rows_in_step(database.url, upsert.format("documents"), 1_000_000)
    leaf = same_rows_in_step(database.url, upsert.format("comments"), 10_000)
    untargeted = "insert into documents (id, owner_id) values (%s + 1000000, 1) on conflict do nothing"
    without_target = same_rows_in_step(database.url, untargeted, 10_000)

    assert followed
    assert all(isinstance(e, errors.UniqueViolation | errors.DeadlockDetected) for e in followed)
    assert leaf == []
    assert without_target == [], "the repair that RFA-UPSERT-RACE gives"
