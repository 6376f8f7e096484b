"""Requests over HTTP, to the version of the desk whose turn it is. Nothing is tried again: a user would notice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from ringfence.demo.traffic.world import Failed, Person

TIMEOUT_S = 10.0
CONNECTIONS_MAX = 64
COOKIE = "desk_session"


@dataclass
class Versions:
    """Where the versions are, and which share of the people uses the new one."""

    before: str
    after: tuple[str, ...] = ()
    """The servers of the new version, which take turns."""
    share: float = 0.0
    name: str = "after"
    """What the new version calls itself."""
    under_way: Counter[str] = field(default_factory=Counter)
    """Requests that each server is answering now."""
    _turns: Iterator[int] = field(default_factory=count)

    def of(self, person: Person | None) -> str:
        """Which version somebody uses."""
        return self.name if self._new(person) else "before"

    def server(self, person: Person | None) -> str:
        """The server that answers this request."""
        return self.after[next(self._turns) % len(self.after)] if self._new(person) else self.before

    def left(self) -> int:
        """Requests still under way where no new one goes."""
        used = {*(self.after if self.share > 0 else ()), *((self.before,) if self.share < 1 else ())}
        return sum(number for server, number in self.under_way.items() if server not in used)

    def _new(self, person: Person | None) -> bool:
        return self.share > 0 and person is not None and person.lot < self.share


class Web:
    """The HTTP side of all devices."""

    def __init__(self, session: aiohttp.ClientSession, versions: Versions, job_key: str) -> None:
        self._session = session
        self.versions = versions
        self._job_key = job_key

    @classmethod
    def open(cls, versions: Versions, job_key: str) -> Web:
        """A client with connections that are kept."""
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            headers={"user-agent": "document-desk traffic"},
            # one client for many people: none of them may send what another was given
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return cls(session, versions, job_key)

    async def close(self) -> None:
        """Give every connection back."""
        await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        person: Person | None,
        *,
        expect: int = 200,
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        job: bool = False,
    ) -> Any:
        """One request; the decoded answer. Raises Failed for whatever is not the expected status."""
        raw = await self._send(method, path, person, expect, body, content, job)
        if not raw:
            return None
        try:
            return json.loads(raw)
        except ValueError:
            raise Failed(f"{method} {path.split('?', maxsplit=1)[0]}: the answer is no JSON") from None

    async def page_cookie(self, email: str, password: str) -> str:
        """The cookie of the first web pages for somebody who logs in there; raises Failed."""
        body = {"email": email, "password": password}
        async with self._session.post(self.versions.before + "/auth/page", json=body) as answer:
            if answer.status != 200 or COOKIE not in answer.cookies:
                raise Failed(f"POST /auth/page: {answer.status} and no cookie")
            return answer.cookies[COOKIE].value

    async def download(self, path: str, person: Person) -> bytes:
        """A file's bytes."""
        return await self._send("GET", path, person, 200, None, None, False)

    async def _send(
        self,
        method: str,
        path: str,
        person: Person | None,
        expect: int,
        body: Mapping[str, Any] | None,
        content: bytes | None,
        job: bool,
    ) -> bytes:
        headers: dict[str, str] = {}
        if person is not None and person.token:
            headers["authorization"] = f"Bearer {person.token}"
        elif person is not None and person.cookie:
            headers["cookie"] = f"{COOKIE}={person.cookie}"
        if job:
            headers["x-job-key"] = self._job_key
        base = self.versions.server(person)
        self.versions.under_way[base] += 1
        shape = "/".join("*" if len(part) > 20 else part for part in path.split("?", maxsplit=1)[0].split("/"))
        try:
            async with self._session.request(method, base + path, headers=headers, json=body, data=content) as answer:
                raw = await answer.read()
                if answer.status != expect:
                    said = raw[:160].decode(errors="replace")
                    raise Failed(f"{method} {shape}: {answer.status} instead of {expect}, {said}")
                return raw
        except TimeoutError:
            raise Failed(f"{method} {shape}: no answer within {TIMEOUT_S:.0f} s") from None
        except aiohttp.ClientError as error:
            raise Failed(f"{method} {shape}: {type(error).__name__}") from None
        finally:
            self.versions.under_way[base] -= 1
