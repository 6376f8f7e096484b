"""The generator: requests leave when they are due, whatever became of the ones before; orders come from the story."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ringfence.demo.seed import PASSWORD
from ringfence.demo.traffic import mix, pg
from ringfence.demo.traffic.held import held, held_by, turned
from ringfence.demo.traffic.meter import Meter
from ringfence.demo.traffic.model import Judged
from ringfence.demo.traffic.schedule import arrivals
from ringfence.demo.traffic.web import Versions, Web
from ringfence.demo.traffic.world import Failed, Person, World

NIGHTLY_EVERY_S = 20.0
OLD_CLIENT_RATE = 4.0
"""Transactions a second of each old program."""
IN_FLIGHT_MAX = 2000
"""Far beyond any sound moment; past it the generator itself would be what is measured."""
DRAIN_S_MAX = 20.0


@dataclass
class Traffic:
    """One run of everything."""

    url: str
    world: World
    web: Web
    rate: float
    result_path: Path
    meter: Meter = field(default_factory=Meter)
    say: Callable[[dict[str, Any]], None] = lambda _: None
    quiet: bool = False
    """No new requests while true."""
    over: bool = False
    _in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _began: float = 0.0
    _old: list[pg.OldClient] = field(default_factory=list)
    old_away: bool = False
    """The old programs have been ended; their connections are closed."""
    _old_connected: int = 0

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    async def start(self) -> None:
        """Log everybody in and connect every old program; nothing of it is measured."""
        for person in self.world.people.values():
            await self._log_in(person)
        for kind in pg.CLIENTS:
            client = kind(self.url)
            await client.open()
            self._old.append(client)
        self._old_connected = len(self._old)
        self._began = time.monotonic()

    async def _log_in(self, person: Person) -> None:
        if person.kind == "page":
            person.cookie = await self.web.page_cookie(person.email, PASSWORD)
            return
        path = "/auth/mobile" if person.kind == "mobile" else "/auth/log-in"
        bare = Person(person.id, person.email, person.kind)
        row = await self.web.call("POST", path, bare, body={"email": person.email, "password": PASSWORD})
        person.token = row["access_token"]
        person.refresh_token = row.get("refresh_token", "")

    async def run(self) -> None:
        """Go on until told that it is over."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._requests())
            group.create_task(self._nightly())
            group.create_task(self._report())
            for number, client in enumerate(self._old):
                group.create_task(self._old_program(client, number))
        await self._drain()

    # --- the open loop -----------------------------------------------------------------------------------------------

    async def _requests(self) -> None:
        source = self.world.source
        actions, weights = tuple(mix.MIX), tuple(mix.MIX.values())
        for due in arrivals(self.rate, source):
            await self._until(due)
            if self.over:
                return
            if self.quiet:
                continue
            person = self.world.somebody()
            (action,) = source.choices(actions, weights)
            self._leave(due, person, action)

    def _leave(self, due: float, person: Person, action: mix.Action) -> None:
        self.meter.due(due)
        if len(self._in_flight) >= IN_FLIGHT_MAX:
            self.meter.done(due, self.now() - due, person.kind, action.__name__, "too many requests wait for an answer")
            return
        task = asyncio.create_task(self._one(due, person, action))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _one(self, due: float, person: Person, action: mix.Action) -> None:
        failure = None
        version, token, label = self.web.versions.of(person), held_by(person), self.meter.label
        try:
            await action(self.world, self.web, person)
        except Failed as reason:
            failure = str(reason)
            self.world.unsure += "no answer" in failure
        except (KeyError, TypeError, ValueError) as error:
            failure = f"an answer without what it must have: {type(error).__name__} {error}"
        self.meter.done(due, self.now() - due, f"{person.kind}, {version}", action.__name__, failure)
        self.meter.tokens.used(label, token, failed=failure is not None)

    async def _nightly(self) -> None:
        due = NIGHTLY_EVERY_S / 4
        while not self.over:
            await self._until(due)
            if not self.quiet and not self.over:
                self._leave(due, self.world.somebody(), mix.nightly)
            due += NIGHTLY_EVERY_S

    async def _old_program(self, client: pg.OldClient, number: int) -> None:
        """One connection does one thing at a time; what is due while it is busy waits, and the wait is measured."""
        connected = True
        for due in arrivals(OLD_CLIENT_RATE, random.Random(number)):
            await self._until(due)
            if connected and (self.old_away or self.over):
                await client.close()
                connected = False
                self._old_connected -= 1
            if self.over:
                return
            if self.old_away or self.quiet:
                continue
            if not connected:
                await client.open()
                connected = True
                self._old_connected += 1
            self.meter.due(due)
            failure, action = None, "?"
            try:
                action = await client.work(self.world)
            except Failed as reason:
                failure = str(reason)
            except pg.DRIVER_ERRORS as error:
                failure = pg.said(error)
            self.meter.done(due, self.now() - due, client.name, action, failure)

    async def _until(self, due: float) -> None:
        wait = due - self.now()
        if wait > 0:
            await asyncio.sleep(wait)

    async def _report(self) -> None:
        number = 0
        while not self.over:
            await self._until(number + 1.5)
            second = self.meter.second(number)
            self.say(
                {
                    "second": asdict(second),
                    "total": self.meter.total,
                    "failed": self.meter.failed,
                    "acknowledged": self.world.ledger.acknowledged,
                    "in_flight": len(self._in_flight),
                    "tokens": held(self.world.people.values()),
                }
            )
            number += 1

    # --- orders ------------------------------------------------------------------------------------------------------

    async def obey(self, order: dict[str, Any]) -> None:
        """Carry one order out and say that it is done."""
        match order:
            case {"label": str(label), "group": str(group)}:
                self.meter.label, self.meter.group = label, group
            case {"after": [*bases], "share": share, "name": str(name)}:
                versions = self.web.versions
                versions.after, versions.name = tuple(bases), name
                versions.share = self.meter.after_share = float(share)
                await self._drained()
            case {"before": str(base)}:
                self.web.versions.before = base
                await self._drained()
            case {"refresh": seconds}:
                await self._all_refresh(float(seconds))
            case {"old programs": "end" | "begin" as what}:
                self.old_away = what == "end"
                await self._old_programs(0 if self.old_away else len(self._old))
            case {"judge": str(when)}:
                await self._judge(when)
            case {"end": _}:
                self.quiet = True
                await self._drain()
                self.over = True
                upgraded, handed_back = turned(self.world.refreshes)
                result = replace(self.meter.result(), upgraded=upgraded, handed_back=handed_back)
                self.result_path.write_text(json.dumps(result.document()), encoding="utf-8")
            case _:
                raise ValueError(f"no such order: {order}")
        self.say({"done": order})

    async def _drained(self) -> None:
        ends = time.monotonic() + DRAIN_S_MAX
        while self.web.versions.left() and time.monotonic() < ends:  # noqa: ASYNC110  # a count falls to zero, once
            await asyncio.sleep(0.02)
        if self.web.versions.left():
            raise RuntimeError(f"a server that gets no more requests is not done after {DRAIN_S_MAX:.0f} s")

    async def _all_refresh(self, seconds: float) -> None:
        """Let everybody who can refresh once, as an hour brings it about; over so many seconds, and then it is done."""
        waiting = [person for person in self.world.people.values() if person.kind == "web" and person.token]
        begins = self.now()
        for number, person in enumerate(waiting):
            await self._until(begins + seconds * number / len(waiting))
            ends = time.monotonic() + DRAIN_S_MAX
            while (person.id in self.world.busy or not person.refresh_token) and time.monotonic() < ends:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            self._leave(self.now(), person, mix.refresh)
        await self._drain()

    async def _old_programs(self, wanted: int) -> None:
        ends = time.monotonic() + DRAIN_S_MAX
        while self._old_connected != wanted and time.monotonic() < ends:  # noqa: ASYNC110  # a count that arrives, once
            await asyncio.sleep(0.02)
        if self._old_connected != wanted:
            raise RuntimeError(f"{self._old_connected} old programs are connected, {wanted} should be")

    async def _drain(self) -> None:
        if self._in_flight:
            await asyncio.wait(set(self._in_flight), timeout=DRAIN_S_MAX)

    async def _judge(self, when: str) -> None:
        """A moment of quiet, in which everything that was acknowledged must be there."""
        self.quiet = True
        await self._drain()
        await asyncio.sleep(0.3)  # the old programs finish what they are at; they look at `quiet` before each one
        verdict, checked = await asyncio.to_thread(pg.judge, self.url, self.world)
        self.meter.judged.append(
            Judged(
                when,
                self.world.ledger.acknowledged,
                checked,
                verdict.lost,
                verdict.duplicated,
                verdict.wrong_tenant,
                self.world.unsure,
            )
        )
        self.say({"judged": asdict(self.meter.judged[-1])})
        self.quiet = False


async def serve(url: str, before: str, job_key: str, rate: float, seed: int, result_path: Path) -> None:
    """Run under orders: a JSON object a line on stdin, what happens as JSON lines on stdout."""

    def say(document: dict[str, Any]) -> None:
        print(json.dumps(document), flush=True)

    world = await asyncio.to_thread(pg.remember, url, random.Random(seed))
    web = Web.open(Versions(before), job_key)
    traffic = Traffic(url, world, web, rate, result_path, say=say)
    try:
        await traffic.start()
        say({"ready": len(world.people)})
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async with asyncio.TaskGroup() as group:  # an order that cannot be carried out ends everything, loudly
            orders = group.create_task(_orders(reader, traffic))
            await traffic.run()
            orders.cancel()
    finally:
        await web.close()


async def _orders(reader: asyncio.StreamReader, traffic: Traffic) -> None:
    while line := await reader.readline():
        await traffic.obey(json.loads(line))
    traffic.over = True  # whoever gave the orders is gone
