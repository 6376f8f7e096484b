"""Connections refuse what would make a migration unsafe, and say so without giving a secret away."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence import db
from support.between import pooler, standby
from support.databases import Database, Server


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_transaction_pooler_is_refused(database: Database, tmp_path: Path, mode: str) -> None:
    with pooler(database, tmp_path, mode) as url, pytest.raises(db.PoolerInBetween) as caught:
        db.connect(url)

    assert caught.value.code == "RF204"
    assert caught.value.exit_code == 7
    assert "session mode" in caught.value.hint


def test_a_refused_pooler_keeps_none_of_our_settings(database: Database, tmp_path: Path) -> None:
    """The backend goes on to the application: an empty search path there would fail its next statement."""
    with pooler(database, tmp_path, "transaction") as url:
        with pytest.raises(db.PoolerInBetween):
            db.connect(url)
        with psycopg.connect(url, autocommit=True) as application:
            row = application.execute(
                "select current_setting('search_path'), current_setting('row_security')"
            ).fetchone()

    assert row == ('"$user", public', "on")


def test_a_transaction_pooler_in_use_by_others_is_refused(database: Database, tmp_path: Path) -> None:
    with pooler(database, tmp_path, "transaction") as url:
        others = [psycopg.connect(url) for _ in range(5)]
        for other in others[:3]:
            other.execute("select 1")  # a transaction stays open and holds its backend
        with pytest.raises(db.PoolerInBetween):
            db.connect(url)
        for other in others:
            other.close()


def test_a_session_pooler_is_accepted(database: Database, tmp_path: Path) -> None:
    with pooler(database, tmp_path, "session") as url, db.connect(url) as conn:
        db.check_writable(conn, url)

        assert conn.execute("show search_path").fetchone() == {"search_path": ""}
        assert conn.execute("select pg_backend_pid() as pid").fetchone() != {"pid": conn.info.backend_pid}


def test_a_direct_connection_is_set_up_for_the_migrator(database: Database) -> None:
    with db.connect(database.url, application="ringfence " + "ü" * 60) as conn:
        db.check_writable(conn, database.url)
        for name, value in db.SESSION_SETTINGS:
            if name.startswith("tcp_") and conn.info.host.startswith("/"):
                continue  # a socket of this machine has no network to watch
            row = conn.execute("select current_setting(%s, true) as value", (name,)).fetchone()

            assert row is not None
            if name == "transaction_timeout" and database.server.major < 17:
                continue
            assert row["value"] == ("" if value == "" else {"60s": "1min"}.get(value, value))
        row = conn.execute(
            "select application_name as name from pg_stat_activity where pid = pg_backend_pid()"
        ).fetchone()

        assert row is not None
        assert str(row["name"]).startswith("ringfence ")
        assert conn.autocommit


def test_a_database_in_another_encoding_is_read_as_unicode(server: Server) -> None:
    name = "rf_latin_" + os.urandom(4).hex()
    with server.admin() as admin:
        admin.execute(f"create database {name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0")
    try:
        with db.connect(server.url_of(name)) as conn:
            conn.execute('create table public."ünïcode" (a int)')
            row = conn.execute(
                "select relname from pg_class where relkind = 'r' and relname like '%%code'", ()
            ).fetchone()

            assert row == {"relname": "ünïcode"}
    finally:
        server.drop_database(name)


SECRET = "s3cr3t-w0rd"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"postgresql://someone:{SECRET}@127.0.0.1:1/nothing", id="nobody listens"),
        pytest.param(f"postgresql://someone:{SECRET}@no-such-host.invalid/db", id="no such host"),
        pytest.param(f"postgresql://someone:{SECRET}@127.0.0.1:{SECRET}/db", id="port is no number"),
        pytest.param(f"postgresql://someone:{SECRET}@127.0.0.1:5432]/db", id="not a URL"),
        pytest.param(f"postgresql://someone:x@{SECRET}@127.0.0.1:1/db", id="@ in the password"),
        pytest.param(f"host=127.0.0.1 port=1 password={SECRET} {SECRET}", id="not key=value"),
        pytest.param(f"postgresql://someone:{SECRET}@127.0.0.1:1/db?{SECRET}=1", id="unknown parameter"),
        pytest.param(f"{SECRET}", id="no URL at all"),
    ],
)
def test_a_wrong_url_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(db.CannotConnect) as caught:
        db.connect(url)

    error = caught.value
    assert SECRET not in str(error)
    assert SECRET not in repr(error)
    assert SECRET not in str(error.to_json())
    assert error.hint
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_wrong_database_names_it(database: Database) -> None:
    with pytest.raises(db.CannotConnect) as caught:
        db.connect(make_conninfo(database.url, dbname="rf_no_such_database"))

    assert "rf_no_such_database" in str(caught.value)
    assert caught.value.exit_code == 7


def test_a_server_that_forces_read_only_transactions_is_refused(database: Database) -> None:
    role = database.create_role("reader")
    with database.server.admin() as admin:
        admin.execute(f'alter role "{role}" set default_transaction_read_only = on')
    url = database.url_as(role)

    with db.connect(url) as conn, pytest.raises(db.ReadOnlyServer) as caught:
        db.check_writable(conn, url)

    assert "default_transaction_read_only" in caught.value.detail


def test_a_hot_standby_is_refused(server: Server, tmp_path: Path) -> None:
    if os.environ.get("RINGFENCE_TEST_URL"):
        pytest.skip("a standby is only made of the embedded server")
    with standby(server, tmp_path) as url, db.connect(url) as conn, pytest.raises(db.ReadOnlyServer) as caught:
        db.check_writable(conn, url)

    assert caught.value.code == "RF203"
    assert caught.value.detail == "it is a standby"
