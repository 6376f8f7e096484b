"""The demo's application as tests meet it: a process of its own, spoken to over HTTP."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from ringfence import verbs
from ringfence.demo import pg, seed
from ringfence.reports import RunReport
from ringfence.runtime import signing
from ringfence.runtime.envelope import VARIABLE, KeysSecret
from ringfence.runtime.seal import SealKey
from support.cases import ACCEPT
from support.databases import ROLES_LOCK, SUPABASE_LOGINS, Server

SECRET = "a secret of tests, long enough for HS256"
JOB_KEY = "the job key of tests"
SEAL_KEY = SealKey(1, b"a key of tests, of no use elsewhere")
KEYS_SECRET = KeysSecret(1, b"a secret for private keys, tests")
REFRESH_SECRET = "a secret of tests for refresh tokens"
DESK_LOGINS = frozenset(
    {"desk_before", "desk_after", "desk_legacy", "desk_auth", "desk_app", "desk_door", "desk_rollout"}
)
EARLIER = frozenset({"RFG-BACKUP", "RFG-OLD-CLIENTS", "RFG-MEMBERSHIPS"})
"""What of the gates before that of phase 3 is answered for."""
ANSWER_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30
CONFIG = Path(seed.__file__).with_name("ringfence.toml")
BACKUP = 'mode = "dump"\ndirectory = "ringfence-backups"\njobs = 1'


def load_desk(server: Server, name: str, rows: int) -> str:
    """A fresh database with the application in it; its roles belong to the whole server, so one test at a time."""
    server.create_database(name)
    with server.admin() as roles:
        roles.execute("select pg_advisory_lock(%s)", (ROLES_LOCK,))
        pg.load(server.url_of(name), rows)
    return server.url_of(name)


def write_config(folder: Path) -> Path:
    """The demo's own configuration, without a backup: that is somebody else's test."""
    text = CONFIG.read_text(encoding="utf-8")
    assert BACKUP in text
    path = folder / "ringfence.toml"
    path.write_text(text.replace(BACKUP, 'mode = "none"'), encoding="utf-8")
    return path


def migrate(url: str, config: Path, through: int = 2, accept: Mapping[str, str] | None = None) -> RunReport:
    """The phases up to 2, with the repository's own verbs; phase 6 waits for old clients to be gone."""
    report = verbs.apply(url, config, through=through, accept={**ACCEPT, **(accept or {})})
    assert report.outcome == "finished", (report.outcome, report.gates_missing, report.detail)
    return report


def enforce(server: Server, url: str, config: Path) -> RunReport:
    """The phases up to 6, the gates for old clients and comparisons answered for, and SEAL_KEY believed."""
    with server.strangers_kept_out(SUPABASE_LOGINS | DESK_LOGINS):
        migrate(url, config, through=3)
        quiet: dict[str, str] = {}
        for _ in range(2):
            missing = verbs.apply(url, config, accept={**ACCEPT, **quiet}).gates_missing
            assert all(code.startswith(("RFG-OLD-CLIENTS:", "RFG-SHADOW:")) for code in missing), missing
            quiet |= dict.fromkeys(missing, "a test database has no clients")
        report = migrate(url, config, through=6, accept=quiet)
    pg.believe(url, SEAL_KEY)
    return report


def try_out(server: Server, url: str, config: Path) -> None:
    """The phases up to 4, SEAL_KEY believed, and the canary for desk_app."""
    with server.strangers_kept_out(SUPABASE_LOGINS | DESK_LOGINS):
        report = verbs.apply(url, config, through=4, accept=ACCEPT)
    assert report.outcome in ("finished", "gate"), (report.outcome, report.detail)
    assert all(code.startswith("RFG-SHADOW:") for code in report.gates_missing), report.gates_missing
    pg.believe(url, SEAL_KEY)
    pg.try_out(url)


@dataclass(frozen=True)
class Authenticated:
    """A desk in phase 3, and what the exit gate lacked when its steps were done."""

    url: str
    missing: frozenset[str]


def authenticate(url: str, config: Path) -> Authenticated:
    """Phases 0 to 3, the gate of the last as it is found, a signing key in use, and endpoints that may move."""
    report = verbs.apply(url, config, through=3, accept={code: why for code, why in ACCEPT.items() if code in EARLIER})
    assert report.outcome == "gate", (report.outcome, report.detail)
    verbs.keys(url, lambda keys: signing.create(keys, KEYS_SECRET, datetime.now(UTC)))
    verbs.keys(url, lambda keys: signing.rotate(keys, datetime.now(UTC), young_accepted=True))
    pg.let_endpoints_move(url)
    return Authenticated(url, frozenset(report.gates_missing))


@dataclass(frozen=True)
class Person:
    """Somebody signed in at one version."""

    user: str
    email: str
    tokens: Mapping[str, Any]
    http: httpx.Client

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request in this person's name."""
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}", **options.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, status: int = 200, **options: Any) -> Any:
        """The JSON answer to a GET that must end with this status."""
        return self.send("GET", path, status, **options)

    def post(self, path: str, body: Any = None, status: int = 201, **options: Any) -> Any:
        """The JSON answer to a POST that must end with this status."""
        return self.send("POST", path, status, **({} if body is None else {"json": body}), **options)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        """The JSON answer to a PATCH that must end with this status."""
        return self.send("PATCH", path, status, json=body)

    def send(self, method: str, path: str, status: int, **options: Any) -> Any:
        """The JSON answer to a request that must end with this status; None when there is no body."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def at(self, http: httpx.Client) -> Person:
        """The same person with the same tokens at the other version."""
        return Person(self.user, self.email, self.tokens, http)

    def document(self, **fields: Any) -> Any:
        """A new document of this person."""
        return self.post("/documents", {"title": "A title", "slug": f"slug-{uuid.uuid4()}", **fields})


class DeskProcess:
    """One version of the desk; stopped at the end of the block at the latest, and gone with this process anyhow."""

    def __init__(
        self,
        version: str,
        url: str,
        storage: str,
        *,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
        arguments: Sequence[str] = (),
        tokens: str = "plain",
    ) -> None:
        self._said: str | None = None
        self.version = version
        self.url = url
        self.storage = storage
        told = ["--version", version, "--storage", storage, "--port", str(port), "--stop-with-stdin"]
        told += ["--tokens", tokens, *arguments]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ringfence.demo.desk", *told],
            env={**os.environ, **secrets_for(url), **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert first.startswith("listening on 127.0.0.1:"), first + self.stop()
        self.base_url = f"http://{first.split()[-1]}"
        self.http = httpx.Client(base_url=self.base_url, timeout=ANSWER_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.stop()

    def hang_up(self) -> None:
        """Close the pipe that says that its parent is there."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None

    def stop(self) -> str:
        """End it as an operator would; what it wrote to stderr."""
        if self._said is None:
            self.process.terminate()
            try:
                self._said = self.process.communicate(timeout=STOP_TIMEOUT_S)[1]
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
                raise
        return self._said

    def sign_up(self, domain: str = "", name: str = "Somebody") -> Person:
        """A new user, of a company nobody else has unless a domain is named."""
        email = f"{uuid.uuid4().hex}@{domain or f'{uuid.uuid4().hex}.example'}"
        answer = self.http.post("/auth/sign-up", json={"email": email, "password": seed.PASSWORD, "name": name})
        assert answer.status_code == 201, answer.text
        return Person(answer.json()["user_id"], email, answer.json(), self.http)


def secrets_for(url: str) -> dict[str, str]:
    """The environment the desk needs."""
    return {
        "DESK_DATABASE_URL": url,
        "DESK_JWT_SECRET": SECRET,
        "DESK_JOB_KEY": JOB_KEY,
        "DESK_SEAL_KEY": SEAL_KEY.to_text(),
        "DESK_REFRESH_SECRET": REFRESH_SECRET,
        VARIABLE: KEYS_SECRET.to_text(),
    }


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, taken apart by hand."""
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def header_of(token: str) -> dict[str, Any]:
    """What a token says of its own signature, taken apart by hand."""
    header = token.split(".", maxsplit=1)[0]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    return found
