"""Connections refuse what would make a migration unsafe, and say so without giving a secret away."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ringfence import db
from ringfence.embedded import client_tool
from support.databases import Database, Server

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
START_TIMEOUT_S = 15


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def pooler(database: Database, folder: Path, mode: str) -> Iterator[str]:
    """A PgBouncer in front of the test database; yields the URL through it."""
    if PGBOUNCER is None:
        pytest.skip("no PostgreSQL pooler: install pgbouncer to test against the real one")
    parts = conninfo_to_dict(database.url)
    port = free_port()
    target = " ".join(f"{word}={parts[word]}" for word in ("host", "port", "user", "password") if parts.get(word))
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n"
        f"pool_mode = {mode}\nunix_socket_dir =\nlogfile = {folder}/pgbouncer.log\nmax_client_conn = 50\n"
    )
    account = None
    if os.geteuid() == 0:  # PgBouncer refuses to run as root
        account = next(n for n in ("postgres", "nobody") if n in {e.pw_name for e in pwd.getpwall()})
        for path in (folder, *folder.parents):
            if path.owner() == "root" and path.is_relative_to("/tmp") and path != Path("/tmp"):
                path.chmod(path.stat().st_mode | 0o055)
        (folder / "pgbouncer.log").touch()
        shutil.chown(folder / "pgbouncer.log", account)
    process = subprocess.Popen(
        [PGBOUNCER, "--quiet", config], user=account, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"postgresql://{parts['user']}@127.0.0.1:{port}/{database.name}"
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(url, connect_timeout=2).close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


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
            row = conn.execute("select current_setting(%s) as value", (name,)).fetchone()

            assert row is not None
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


@contextlib.contextmanager
def standby(server: Server, folder: Path) -> Iterator[str]:
    """A hot standby of the test server, fed once and then left alone."""
    parts = conninfo_to_dict(server.url)
    data, port = folder / "standby", free_port()
    account = None
    if os.geteuid() == 0:
        account = next(n for n in ("postgres", "nobody") if n in {e.pw_name for e in pwd.getpwall()})
        for path in (folder, *folder.parents):
            if path.is_relative_to("/tmp") and path != Path("/tmp"):
                path.chmod(path.stat().st_mode | 0o055)
        shutil.chown(folder, account)
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    env |= {f"PG{word.upper()}": str(parts[word]) for word in ("host", "port", "user", "password") if parts.get(word)}
    base = client_tool("pg_basebackup", server.major)
    subprocess.run(
        [base, "-D", data, "-X", "stream", "-R", "-c", "fast"], env=env, user=account, check=True, capture_output=True
    )
    # The copy brings the first server's own listening address along; what is said last wins.
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n")
    ctl = [client_tool("pg_ctl", server.major), "-D", data, "-w", "-s"]
    start = [
        *ctl,
        "-l",
        folder / "log",
        "-o",
        f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=",
    ]
    subprocess.run([*start, "start"], user=account, env=env, check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://{parts['user']}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], user=account, env=env, check=True)


def test_a_hot_standby_is_refused(server: Server, tmp_path: Path) -> None:
    if os.environ.get("RINGFENCE_TEST_URL"):
        pytest.skip("a standby is only made of the embedded server")
    with standby(server, tmp_path) as url, db.connect(url) as conn, pytest.raises(db.ReadOnlyServer) as caught:
        db.check_writable(conn, url)

    assert caught.value.code == "RF203"
    assert caught.value.detail == "it is a standby"
