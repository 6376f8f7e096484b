"""What may stand between Ringfence and a primary: a pooler, or a standby in its place."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ringfence.embedded import client_tool
from support.databases import Database, Server

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
START_TIMEOUT_S = 30
PORT_ATTEMPTS_MAX = 5


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def pooler(
    database: Database, folder: Path, mode: str, *, logins: Sequence[str] = (), connections: int = 20
) -> Iterator[str]:
    """A PgBouncer in front of the test database; yields the URL through it.

    Everybody reaches the server as its superuser, or, when `logins` are named, only these and each as itself.
    """
    if PGBOUNCER is None:
        pytest.skip("no PostgreSQL pooler: install pgbouncer to test against the real one")
    parts = conninfo_to_dict(database.url)
    words = ("host", "port") if logins else ("host", "port", "user", "password")
    target = " ".join(f"{word}={parts[word]}" for word in words if parts.get(word))
    admission = "auth_type = any\n"
    if logins:
        (folder / "users.txt").write_text("".join(f'"{login}" ""\n' for login in logins))
        admission = f"auth_type = trust\nauth_file = {folder}/users.txt\n"
    account = None
    if os.geteuid() == 0:  # PgBouncer refuses to run as root
        account = next(n for n in ("postgres", "nobody") if n in {e.pw_name for e in pwd.getpwall()})
        for path in (folder, *folder.parents):
            if path.owner() == "root" and path.is_relative_to("/tmp") and path != Path("/tmp"):
                path.chmod(path.stat().st_mode | 0o055)
        (folder / "pgbouncer.log").touch()
        shutil.chown(folder / "pgbouncer.log", account)
    user = logins[0] if logins else parts["user"]
    config = folder / "pgbouncer.ini"
    for attempt in range(1, PORT_ATTEMPTS_MAX + 1):
        port = free_port()
        config.write_text(
            f"[databases]\n* = {target}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n{admission}"
            f"default_pool_size = {connections}\npool_mode = {mode}\nunix_socket_dir =\n"
            f"logfile = {folder}/pgbouncer.log\nmax_client_conn = 50\nserver_login_retry = 1\n"
        )
        process = subprocess.Popen(
            [PGBOUNCER, "--quiet", config], user=account, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            url = f"postgresql://{user}@127.0.0.1:{port}/{database.name}"
            if _answers(process, url):
                yield url
                return
            # between finding a free port and using it, somebody else may have taken it
            if attempt == PORT_ATTEMPTS_MAX:
                raise RuntimeError("PgBouncer does not start: " + (folder / "pgbouncer.log").read_text()[-2000:])
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the pooler lets somebody in; False when it ended instead."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return True
    return False


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
    ctl: list[str | Path] = [client_tool("pg_ctl", server.major), "-D", data, "-w", "-s"]
    start: list[str | Path] = [
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
