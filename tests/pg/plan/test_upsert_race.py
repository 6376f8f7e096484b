"""Hazard T18, seen: a second unique index that holds an upsert's columns lets it fail in a race it used to survive."""

from __future__ import annotations

import threading
import time
from itertools import count

import psycopg
import pytest
from psycopg import errors

from support.databases import Database

BEFORE = """
create table notes (id int primary key, client_id int not null default 7, rank int, body text);
create unique index notes_client_id_id_key on notes (client_id, id);
create index on notes (rank);
insert into notes (id) values (1);
"""
UPSERT = "insert into notes (id, body) values (1, 'x') on conflict (id) do update set body = excluded.body"
WAIT_S = 60.0


@pytest.mark.pg
def test_an_upsert_can_fail_beside_an_update_of_the_same_row(database: Database) -> None:
    """The conflict is in the index that ON CONFLICT names, and yet it is the other one that is violated, or a deadlock."""
    database.execute(BEFORE)
    failed: list[psycopg.Error] = []

    def go_on(statement: str, *, numbered: bool) -> None:
        with psycopg.connect(database.url, autocommit=True) as conn:
            for number in count():
                if failed or time.monotonic() > ends:
                    return
                try:
                    conn.execute(statement.encode(), (number,) if numbered else None)
                except psycopg.Error as error:
                    failed.append(error)

    ends = time.monotonic() + WAIT_S
    update = "update notes set rank = %s where id = 1"
    workers = [threading.Thread(target=go_on, args=(UPSERT,), kwargs={"numbered": False}) for _ in range(2)]
    workers += [threading.Thread(target=go_on, args=(update,), kwargs={"numbered": True}) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failed, "PostgreSQL no longer does this: T18 can be taken off the list"
    assert all(isinstance(error, errors.UniqueViolation | errors.DeadlockDetected) for error in failed)
