"""Real drivers with prepared SELECT * and RETURNING * over one connection each: forward, back, forward, to the end."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ringfence import verbs
from ringfence.embedded import EmbeddedServer, ServerBinariesMissing
from support.databases import Database, Server, describe, unique_name
from support.old_clients import KINDS, SELECT, Psycopg, programs

OLD = ("id", "owner_id", "title", "updated_at")
NEW = (*OLD, "client_id")
BEFORE = """
create table users (id bigint primary key, email text);
create table documents (id bigint generated always as identity primary key, owner_id bigint references users,
  title text not null, updated_at timestamptz not null default now());
create table comments (id bigint generated always as identity primary key, document_id bigint references documents, body text);
insert into users select i, 'u' || i || '@c' || i % 3 || '.com' from generate_series(1, 9) i;
insert into documents (owner_id, title) select id, 't' from users;
insert into comments (document_id, body) select id, 'b' from documents;
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
[[clients]]
application = "desk 1*"
selects_star = true
[backup]
mode = "none"
"""
ACCEPT = {
    "RFG-BACKUP": "a test",
    "RFG-OLD-CLIENTS:public.documents": "the test stopped them",
    "RFG-OLD-CLIENTS:public.comments": "the test stopped them",
}


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> tuple[str, Path]:
    """A database with the desk's tables, and its spec."""
    database.execute(BEFORE)
    config = tmp_path / "ringfence.toml"
    config.write_text(SPEC, encoding="utf-8")
    return database.url, config


def forward(desk: tuple[str, Path], through: int) -> None:
    """Apply through a phase, to the end."""
    assert verbs.apply(*desk, through=through, accept=ACCEPT).outcome == "finished"


def back(desk: tuple[str, Path], first: int) -> None:
    """Revert from a phase on."""
    assert verbs.revert(desk[0], first=first, accept=ACCEPT | {"RFG-COLUMN-IN-USE": "a test"}).outcome == "finished"


def test_every_kind_of_client_survives(desk: tuple[str, Path]) -> None:
    """No session fails and no column set changes: old ones forward, back and forward, new ones to the end and back."""
    with programs(desk[0], "desk 1") as old:
        for turn in (1, 2):
            forward(desk, 2)
            assert {kind: program.turn() for kind, program in old.items()} == dict.fromkeys(KINDS, OLD), turn
            if turn == 1:
                back(desk, 1)
                assert {kind: program.turn() for kind, program in old.items()} == dict.fromkeys(KINDS, OLD)
        with programs(desk[0], "desk 2", "next,public") as new:
            assert {kind: program.turn() for kind, program in new.items()} == dict.fromkeys(KINDS, NEW)
            for program in old.values():
                program.close()
            forward(desk, 6)
            assert {kind: program.turn() for kind, program in new.items()} == dict.fromkeys(KINDS, NEW)
            back(desk, 6)
            assert {kind: program.turn() for kind, program in new.items()} == dict.fromkeys(KINDS, NEW)
            with programs(desk[0], "desk 1 again") as late:
                assert {kind: program.turn() for kind, program in late.items()} == dict.fromkeys(KINDS, OLD)
            forward(desk, 6)
            assert {kind: program.turn() for kind, program in new.items()} == dict.fromkeys(KINDS, NEW)


def test_without_the_view_psycopg_breaks_for_ever(desk: tuple[str, Path]) -> None:
    """What the view is there for: the same session, the same statements, no view."""
    desk[1].write_text(SPEC.replace("selects_star = true", ""), encoding="utf-8")
    client = Psycopg(desk[0], "desk 1", "public", autocommit=True)
    client.turn()

    forward(desk, 2)

    for _ in range(2):
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="cached plan must not change result type"):
            client.conn.execute(SELECT.encode())
    client.close()


def test_a_session_that_prepared_through_the_view_breaks_when_it_goes(desk: tuple[str, Path]) -> None:
    """Which is why the view goes by who is connected, and not by the age of the session."""
    forward(desk, 2)
    young = Psycopg(desk[0], "desk 1", "public", autocommit=True)
    assert young.turn() == OLD

    forward(desk, 6)

    with pytest.raises(psycopg.errors.FeatureNotSupported):
        young.conn.execute(SELECT.encode())
    young.close()


def test_named_columns_never_notice(desk: tuple[str, Path]) -> None:
    """A client that names its columns, with or without schema, goes on through every phase and back on one session."""
    statements = (
        "select id, title from documents where id = 1",
        "update public.documents set title = 'x' where id = 2",
    )
    with psycopg.connect(desk[0], autocommit=True, prepare_threshold=0) as client:
        for move in (
            lambda: forward(desk, 2),
            lambda: forward(desk, 6),
            lambda: back(desk, 1),
            lambda: forward(desk, 6),
        ):
            for statement in statements:
                client.execute(statement.encode())
            move()
            for statement in statements:
                assert client.execute(statement.encode()).rowcount == 1


def test_new_rows_through_either_view_are_the_same_tables_rows(desk: tuple[str, Path]) -> None:
    """Old code's rows get a tenant by trigger, new code's keep the one it gives; both see all of them."""
    forward(desk, 2)
    with psycopg.connect(desk[0], autocommit=True, options="-c search_path=next,public") as new:
        home = new.execute("select client_id from documents where owner_id = 1 limit 1").fetchone()
        assert home is not None
        given = new.execute("insert into documents (owner_id, title, client_id) values (1, 'n', %s) returning *", home)
        assert given.fetchone() is not None
        with psycopg.connect(desk[0], autocommit=True) as old:
            old.execute("insert into documents (owner_id, title) values (1, 'o')")
            found = old.execute("select count(*) from documents where title in ('n', 'o')").fetchone()
        mine = new.execute(
            "select count(*) from documents where title in ('n', 'o') and client_id = %s", home
        ).fetchone()
    assert found == mine == (2,)


def test_what_somebody_built_on_a_view_is_named_before_it_goes(desk: tuple[str, Path]) -> None:
    """Neither way takes it along or fails halfway: the gate holds, and names it."""
    forward(desk, 2)
    with psycopg.connect(desk[0], autocommit=True) as conn:
        conn.execute("create view public.on_top as select title from public.documents")

        for held in (
            verbs.apply(*desk, through=6, accept=ACCEPT, amend=True),
            verbs.revert(desk[0], first=1, accept={"RFG-COLUMN-IN-USE": "a test"}),
        ):
            assert held.outcome == "gate"
            assert "on_top" in held.gates_missing["RFG-VIEW-IN-USE"]
        conn.execute("drop view public.on_top")
    back(desk, 1)


@pytest.mark.parametrize("major", [15, 16])
def test_older_servers(major: int, tmp_path: Path, server: Server) -> None:
    """The same story on the oldest servers that know security_invoker views."""
    if server.major == major:
        pytest.skip("the whole module runs on it already")
    try:
        started = EmbeddedServer.start(major=major, settings={})
    except ServerBinariesMissing as error:
        pytest.skip(f"no PostgreSQL {major}: {error.hint}")
    with started:
        older = describe(started.url())
        name = unique_name("rf_test")
        older.create_database(name)
        made = Database(older, name)
        made.execute(BEFORE)
        config = tmp_path / "ringfence.toml"
        config.write_text(SPEC, encoding="utf-8")
        test_every_kind_of_client_survives((made.url, config))
        made.close()
