"""References that are put off, on tables of every shape: rows follow a parent that changes hands, and all of it goes again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ringfence import verbs
from support.cases import schema_text
from support.databases import Database

USERS = """
create table users (id int primary key, email text);
insert into users select i, 'u' || i || '@c' || i % 3 || '.com' from generate_series(1, 9) i;
"""
HEAD = """
[tenant]
users = "public.users"
assign = { rule = "email_domain", column = "email" }
[tables."public.users"]
scope = "excluded"
[backup]
mode = "none"
"""


@dataclass(frozen=True)
class Shape:
    """A parent and its child, the spec for both, and what gives a parent to user %s."""

    tables: str
    spec: str
    move: str
    left_behind: str


QUOTED = Shape(
    'create table "Doc ""s" ("I d" int primary key, owner_id int references users);'
    'create table "Com ments" (id int primary key, "d k" int constraint "f K" references "Doc ""s");'
    'insert into "Doc ""s" select id, id from users; insert into "Com ments" select id, id from users;',
    """
    [tables.'public."Doc ""s"']
    derive = "owner_id -> public.users"
    [tables.'public."Com ments"']
    derive = '"d k" -> public."Doc ""s"'
    references = { "f K" = "later" }
    """,
    'update "Doc ""s" set owner_id = %s where "I d" = 1',
    'select count(*) from "Com ments" c join "Doc ""s" d on d."I d" = c."d k" where c.client_id <> d.client_id',
)
# the update also takes the row to another partition
PARTITIONED = Shape(
    "create table docs (id int, y int, owner_id int references users, primary key (id, y)) partition by range (y);"
    "create table docs1 partition of docs for values from (0) to (10);"
    "create table docs2 partition of docs for values from (10) to (20);"
    "create table coms (id int primary key, d int, y int, constraint fk foreign key (d, y) references docs on update cascade);"
    "insert into docs select id, id, id from users; insert into coms select id, id, id from users;",
    """
    [tables."public.docs"]
    derive = "owner_id -> public.users"
    [tables."public.coms"]
    derive = "(d, y) -> public.docs"
    references = { fk = "later" }
    """,
    "update docs set owner_id = %s, y = (y + 10) %% 20 where id = 1",
    "select count(*) from coms c join docs d on (d.id, d.y) = (c.d, c.y) where c.client_id <> d.client_id",
)
COMPOSITE = Shape(
    "create table docs (id int, part int, owner_id int references users, primary key (id, part));"
    "create table coms (id int primary key, d int, p int, constraint fk foreign key (d, p) references docs);"
    "insert into docs select id, id, id from users; insert into coms select id, id, id from users;",
    """
    [tables."public.docs"]
    derive = "owner_id -> public.users"
    [tables."public.coms"]
    derive = "(d, p) -> public.docs"
    references = { fk = "later" }
    """,
    "update docs set owner_id = %s where id = 1",
    "select count(*) from coms c join docs d on (d.id, d.part) = (c.d, c.p) where c.client_id <> d.client_id",
)


@pytest.mark.pg
@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize("shape", [QUOTED, PARTITIONED, COMPOSITE], ids=["quoted", "partitioned", "composite"])
def test_rows_follow_and_nothing_stays(database: Database, tmp_path: Path, shape: Shape, *, isolated: bool) -> None:
    """No second key is made; in phase 2 and under FORCE a transfer takes its rows along; a revert leaves no trace."""
    database.execute(USERS + shape.tables)
    before = schema_text(database)
    config = tmp_path / "ringfence.toml"
    request = database.create_role("rf_request")
    more = f'[isolation]\nenforce = true\n[roles]\nrequest = ["{request}"]\n' if isolated else ""
    config.write_text(HEAD + more + shape.spec, encoding="utf-8")

    def moved(to: int) -> bool:
        with database.connect() as conn:
            changed = conn.execute(shape.move.encode(), (to,)).rowcount
            return changed == 1 and conn.execute(shape.left_behind.encode()).fetchone() == (0,)

    report = verbs.apply(database.url, config, through=2, accept={"RFG-BACKUP": "a test"})
    assert report.outcome == "finished", report.gates_missing
    with database.connect() as conn:
        tenant_in_unique = conn.execute(
            "select i.indexrelid::regclass::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid"
            " and a.attnum = any (i.indkey) where i.indisunique and a.attname = 'client_id'"
        ).fetchall()
    assert tenant_in_unique == []
    assert moved(2)
    if isolated:
        report = verbs.apply(database.url, config)
        assert report.outcome == "finished", report.gates_missing
        assert moved(3)

    assert verbs.revert(database.url).outcome == "finished"
    assert schema_text(database) == before
