"""Real drivers with prepared SELECT * and RETURNING * over one connection each: forward, back, forward, to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psycopg
import pytest

from ringfence import db, verbs
from ringfence.catalog.compare import compare
from ringfence.catalog.pg import read_catalog
from ringfence.cli import show
from ringfence.cli.shell import Ink
from ringfence.embedded import EmbeddedServer, ServerBinariesMissing, ServerDidNotStart, available_majors
from ringfence.plan.model import PlanRefused
from ringfence.scan.model import SourceNotFound
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
    # whether the clients' upserts are seen at work is a matter of the moment
    accept = ACCEPT if through == 6 else {"RFG-BACKUP": "a test", "RFA-UPSERT-RACE": "a test"}
    assert verbs.apply(*desk, through=through, accept=accept).outcome == "finished"


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


class AtWork:
    """A program in a thread that goes on with its turns until told to stop; what fails is kept, not hidden."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self.turns = 0
        self.failures: list[str] = []
        self._turn = turn
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
            except (psycopg.Error, AssertionError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                return
            self.turns += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)


NAMED = (
    # rows that nobody upserts at the same time: that race is a hazard of its own (T18)
    "select id, title from documents where id = 2",
    "insert into documents (owner_id, title) values (2, 'w') returning id",
    "insert into comments (document_id, body) values (1, 'w') returning id",
    "update documents set owner_id = owner_id where id = 2",
    "update comments set document_id = 2 where id = 1",
)


def test_clients_at_work_notice_nothing_while_names_change(desk: tuple[str, Path]) -> None:
    """Under way, not between: old programs forward and back, named columns and new code through the retirement too."""
    named_conn = psycopg.connect(desk[0], autocommit=True, prepare_threshold=0, application_name="worker")

    def named() -> None:
        for statement in NAMED:
            named_conn.execute(statement.encode())

    old = Psycopg(desk[0], "desk 1", "public", autocommit=True)
    with AtWork(named) as worker:
        with AtWork(old.turn) as oldest:
            for _ in range(2):
                forward(desk, 2)
                back(desk, 1)
            forward(desk, 2)
        assert oldest.failures == []
        assert oldest.turns > 20
        old.close()
        new = Psycopg(desk[0], "desk 2", "next,public", autocommit=True)
        with AtWork(new.turn) as newest:
            for _ in range(3):
                forward(desk, 6)
                back(desk, 6)
            forward(desk, 6)
        assert newest.failures == []
        assert newest.turns > 20
        new.close()
    assert worker.failures == []
    assert worker.turns > 50
    with psycopg.connect(desk[0]) as conn:
        lost = conn.execute("select count(*) from documents d where client_id is null").fetchone()
        wrong = conn.execute(
            "select count(*) from comments c join documents d on d.id = c.document_id where c.client_id <> d.client_id"
        ).fetchone()
    assert (lost, wrong) == ((0,), (0,))
    named_conn.close()


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


def test_statistics_of_statements_are_evidence(tmp_path: Path) -> None:
    """Seen by login from the fifth call on; our own backfill of an earlier run is none; a declaration replaces it."""
    for major in available_majors():
        try:
            started = EmbeddedServer.start(major=major, settings={"shared_preload_libraries": "pg_stat_statements"})
            break
        except ServerDidNotStart:
            continue
    else:
        pytest.skip("no server here brings pg_stat_statements along")
    with started:
        server = describe(started.url())
        name = unique_name("rf_test")
        server.create_database(name)
        database = Database(server, name)
        database.execute(BEFORE + "create extension pg_stat_statements;")
        config = tmp_path / "ringfence.toml"
        config.write_text(SPEC.replace("selects_star = true", ""), encoding="utf-8")
        desk = (database.url, config)
        for calls in (4, 1):
            assert behind(desk) == []
            with psycopg.connect(desk[0], autocommit=True) as client:
                for _ in range(calls):
                    client.execute("select * from documents where id = 1")
        (view,) = verbs.plan(*desk).compatibility
        login = view.readers[0].login
        assert [(r.login, r.application, r.source) for r in view.readers] == [(login, "", "pg_stat_statements")]

        forward(desk, 2)
        back(desk, 0)
        assert behind(desk) == ["public.documents"]

        config.write_text(SPEC.replace('application = "desk 1*"', f'login = "{login}"\napplication = "desk 1*"'))
        (view, *_) = verbs.plan(*desk).compatibility
        assert [(r.login, r.application, r.source) for r in view.readers] == [(login, "desk 1*", "declared")]
        database.close()


def behind(desk: tuple[str, Path]) -> list[str]:
    """The tables that a fresh plan puts behind views."""
    return [str(view.table) for view in verbs.plan(*desk).compatibility]


def test_auto_needs_evidence_and_no_hindrance(desk: tuple[str, Path]) -> None:
    """Nobody known: no view. A session that takes all columns: a view. A publication of the table: none, and a note."""
    desk[1].write_text(SPEC.replace("selects_star = true", ""), encoding="utf-8")
    assert behind(desk) == []
    with psycopg.connect(desk[0], autocommit=True, application_name="desk 1.4") as client:
        client.execute("select * from documents")

        found = verbs.plan(*desk)
        assert [(str(v.table), [r.application for r in v.readers]) for v in found.compatibility] == [
            ("public.documents", ["desk 1.4"])
        ]
        assert any("for desk 1.4 of login" in note for note in found.notes)
        with psycopg.connect(desk[0], autocommit=True) as admin:
            admin.execute("create publication p for table documents")
            hindered = verbs.plan(*desk)
            assert hindered.compatibility == ()
            assert any("publication p sends it by name" in note for note in hindered.notes)


def test_the_source_of_the_application_is_evidence(desk: tuple[str, Path]) -> None:
    """A statement there asks for a view, with its place; another forbids one; who sends it is still to be declared."""
    spec = SPEC.replace("selects_star = true", "") + '[application]\nsources = ["server"]\n'
    desk[1].write_text(spec, encoding="utf-8")
    source = desk[1].parent / "server" / "app.py"
    source.parent.mkdir()
    source.write_text("LIST = 'select * from documents where owner_id = %s'\n", encoding="utf-8")

    (view,) = verbs.plan(*desk).compatibility
    assert [(r.login, r.application, r.source) for r in view.readers] == [("", "", "server/app.py:1")]
    assert "server/app.py" not in str([f for f in verbs.assess(*desk).findings if f.code == "RFA-SOURCE-UNREAD"])

    source.write_text(
        "LIST = 'select * from documents'\nWIPE = 'truncate documents'\nX = f'select * from {t}'", encoding="utf-8"
    )
    assert behind(desk) == []
    said = {f.code: f.detail for f in verbs.assess(*desk).findings}
    assert said["RFA-VIEW-TRUNCATE"] == "server/app.py:2 does it"
    assert "server/app.py:3: select * from $1" in said["RFA-SOURCE-UNREAD"]

    source.unlink()
    source.parent.rmdir()
    with pytest.raises(SourceNotFound):
        verbs.plan(*desk)


def test_one_name_in_two_schemas_gives_one_view(desk: tuple[str, Path], database: Database) -> None:
    """The full views share a schema: the second table of the same name stays, or is refused where the spec insists."""
    database.execute(
        "create schema shop; create table shop.documents (id bigint primary key, owner_id bigint references users)"
    )
    more = '\n[tables."shop.documents"]\nderive = "owner_id -> public.users"\n'
    desk[1].write_text(SPEC + more, encoding="utf-8")
    assert sorted(behind(desk)) == ["public.comments", "public.documents"]

    desk[1].write_text(SPEC + more + 'compatibility_view = "always"\n', encoding="utf-8")
    with pytest.raises(PlanRefused, match=r"next\.documents, which is that of public\.documents"):
        verbs.plan(*desk)


def test_a_schema_of_that_name_is_left_alone(desk: tuple[str, Path], database: Database) -> None:
    """Somebody else's schema is neither filled nor dropped."""
    database.execute("create schema next")

    with pytest.raises(PlanRefused, match="schema next"):
        verbs.plan(*desk)

    desk[1].write_text(SPEC + '[compatibility]\nschema = "with_tenant"\n', encoding="utf-8")
    assert len(behind(desk)) == 2


def test_the_application_changes_its_tables_meanwhile(desk: tuple[str, Path]) -> None:
    """Columns, indexes and views made on the interim tables are taken in, survive both ways, and old clients see none."""
    with db.connect(desk[0]) as conn:
        before = read_catalog(conn)
    with programs(desk[0], "desk 1") as old, psycopg.connect(desk[0], autocommit=True) as admin:
        forward(desk, 2)
        admin.execute("alter table documents__all add column archived boolean not null default false")
        admin.execute("create index on documents__all (title)")
        admin.execute("create view titles as select documents__all.title from documents__all")
        with pytest.raises(verbs.CatalogDrifted):
            verbs.apply(*desk, through=2)

        assert verbs.apply(*desk, through=2, amend=True).outcome == "finished"

        assert {kind: program.turn() for kind, program in old.items()} == dict.fromkeys(KINDS, OLD)
        forward(desk, 6)
        columns = admin.execute("select * from documents limit 0").description
        assert [c.name for c in columns or ()] == [*NEW, "archived"]
        back(desk, 1)
        columns = admin.execute("select * from documents limit 0").description
        assert [c.name for c in columns or ()] == [*OLD, "archived"]
        admin.execute(
            "drop view titles; drop index documents__all_title_idx; alter table documents drop column archived"
        )
    with db.connect(desk[0]) as conn:
        assert [d for d in compare(before, read_catalog(conn)) if "organizations" not in str(d.subject)] == []


def age(url: str, hours: int) -> None:
    """Let time pass: what was sampled so far lies further back, and every hour since was watched."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            "update ringfence.session_samples set first_seen = first_seen - make_interval(hours => %(h)s),"
            " last_seen = last_seen - make_interval(hours => %(h)s)",
            {"h": hours},
        )
        conn.execute(
            "insert into ringfence.session_watches (hour)"
            " select date_trunc('hour', now()) - make_interval(hours => i) from generate_series(1, %s) i"
            " on conflict do nothing",
            (hours,),
        )


def held(desk: tuple[str, Path]) -> str:
    """What the gate of phase 6 says about the documents when nobody takes responsibility for it."""
    ended = verbs.apply(*desk, through=6, accept={})
    assert ended.outcome == "gate"
    return ended.gates_missing["RFG-OLD-CLIENTS:public.documents"]


def test_the_views_stay_while_an_old_client_is_left(desk: tuple[str, Path]) -> None:
    """Connected, seen within the quiet hours, hours nobody watched: each holds the gate and says so."""
    forward(desk, 2)
    with psycopg.connect(desk[0], application_name="desk 1.4"), psycopg.connect(desk[0], application_name="desk 2"):
        said = held(desk)
        assert "desk 1.4" in said
        assert "1 connected now" in said
        assert "desk 2" not in said
        assert "unproven" in said or "last seen" not in said
    age(desk[0], 1)
    assert "desk 1.4" in held(desk)
    assert "last seen at" in held(desk)
    age(desk[0], 3 * 24)
    assert verbs.apply(*desk, through=6, accept={}).outcome == "finished"


def test_hours_that_nobody_watched_prove_nothing(desk: tuple[str, Path]) -> None:
    """A client that was not seen because nobody looked is not gone."""
    forward(desk, 2)
    age(desk[0], 3 * 24)
    with psycopg.connect(desk[0], autocommit=True) as conn:
        conn.execute(
            "delete from ringfence.session_watches where hour = date_trunc('hour', now()) - interval '5 hours'"
        )

    assert "unproven" in held(desk)


def test_nobody_knows_who_needs_a_view_that_only_the_spec_asks_for(desk: tuple[str, Path]) -> None:
    """Without a declared or observed client the gate is unproven for ever, and a person must answer for it."""
    spec = SPEC.replace("selects_star = true", "").replace(
        'derive = "owner_id', 'compatibility_view = "always"\nderive = "owner_id'
    )
    desk[1].write_text(spec, encoding="utf-8")
    forward(desk, 2)
    age(desk[0], 3 * 24)

    assert "unproven" in held(desk)


def test_status_names_who_is_still_in_the_way(desk: tuple[str, Path]) -> None:
    """By login and application, with the tables and how it is known; the question itself takes a sample."""
    forward(desk, 2)
    with psycopg.connect(desk[0], application_name="desk 1.4"), psycopg.connect(desk[0], application_name="desk 2"):
        found = verbs.status(desk[0]).compatibility

        assert found is not None
        assert found.tables == ("public.documents", "public.comments")
        assert [(c.application, c.sessions, c.tables, c.known_from) for c in found.old_clients] == [
            ("desk 1.4", 1, ("public.comments", "public.documents"), ("declared",))
        ]
        assert (found.sampled_now, found.hours_watched, found.hours_needed) == (True, 1, 48)
    later = verbs.status(desk[0])
    assert later.compatibility is not None
    assert [(c.application, c.sessions) for c in later.compatibility.old_clients] == [("desk 1.4", 0)]
    text = show.status(later, "desk", datetime.now(UTC), Ink(False))
    assert "Behind a view of their old columns: public.documents, public.comments" in text
    assert "desk 1.4" in text
    assert "1 of the last 48 hours watched" in text

    forward(desk, 6)

    assert verbs.status(desk[0]).compatibility is None


def test_a_role_that_may_only_read_still_sees_who_is_in_the_way(desk: tuple[str, Path], database: Database) -> None:
    """It takes no sample, and says how old the last one is."""
    forward(desk, 2)
    reader = database.create_role("reader")
    database.execute(
        f"grant usage on schema ringfence to {reader}; grant select on all tables in schema ringfence to {reader}"
    )

    found = verbs.status(database.url_as(reader)).compatibility

    assert found is not None
    assert not found.sampled_now
    assert found.last_sample_at is not None


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
