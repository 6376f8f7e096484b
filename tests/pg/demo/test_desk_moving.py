"""The desk with both sides: its endpoints move one by one while people use it, and one falls back on purpose."""

from __future__ import annotations

import asyncio
import inspect
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ringfence.demo.desk import before as before_module
from ringfence.demo.desk import moving as moving_module
from ringfence.demo.desk import routes
from ringfence.demo.desk import tenant as tenant_module
from ringfence.demo.desk.after import After
from ringfence.demo.desk.before import Before
from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Desk, NewDocument
from ringfence.demo.desk.moving import Moving, without_organization
from ringfence.demo.desk.pg import Database
from ringfence.demo.desk.tenant import ServiceDatabase
from ringfence.plan.endpoints import endpoint_objects
from ringfence.runtime.rollout import Legacy, Rollout, Shadow, Tenant
from support.databases import Database as Fresh
from support.databases import Server, dbname_of
from support.desk import DeskProcess
from support.rollout import Operated, until

LIST, SHOW = "GET /documents", "GET /documents/{document}"


@dataclass(frozen=True)
class Kept:
    """The migrated desk with the modes of its endpoints, and two of its users."""

    url: str
    operator: Operated
    anna: Caller
    ben: Caller


@pytest.fixture
def kept(server: Server, migrated_url: str) -> Iterator[Kept]:
    """What phase 3 adds for endpoints."""
    objects = endpoint_objects()
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        for statement in objects.do:
            conn.execute(statement.encode())
        rows = conn.execute(
            "select d.owner_id from documents d join user_organizations m on m.user_id = d.owner_id"
            " group by d.owner_id, m.organization_id having count(*) > 1 order by m.organization_id limit 200"
        ).fetchall()
        database = Fresh(server, dbname_of(migrated_url))
        owner = conn.info.user
        yield Kept(migrated_url, Operated(database, owner), Caller(rows[0][0]), Caller(rows[-1][0]))
        for statement in objects.undo:
            conn.execute(statement.encode())


@asynccontextmanager
async def desks(url: str) -> AsyncIterator[tuple[Desk, Desk]]:
    """Both versions."""
    old, new = Database(url, before_module.LOGIN), Database(url, tenant_module.LOGIN)
    await old.open()
    await new.open()
    try:
        yield Before(old), After(ServiceDatabase(new))
    finally:
        await old.close()
        await new.close()


def test_the_desk_moves_endpoint_by_endpoint_and_one_falls_back_on_purpose(kept: Kept) -> None:
    failed: list[BaseException] = []
    served = 0

    async def uses(desk: Moving, me: Caller, stopping: asyncio.Event) -> None:
        nonlocal served
        while not stopping.is_set():
            try:
                slug = f"moving-{uuid.uuid4()}"
                made = await desk.add_document(me, NewDocument("Moving", slug, "a text", None))
                assert (await desk.document(me, made["id"]))["slug"] == slug
                assert slug in {row["slug"] for row in await desk.documents(me, None, 200)}
                await desk.delete_document(me, made["id"])
            except (DeskError, AssertionError, moving_module.Fault) as error:
                failed.append(error)
            served += 1
            await asyncio.sleep(0.001)

    async def scene() -> None:
        operator = kept.operator
        async with desks(kept.url) as (old, new), Rollout(operator.url) as rollout:
            desk, stopping = Moving(old, new, rollout), asyncio.Event()
            people = [asyncio.create_task(uses(desk, me, stopping)) for me in (kept.anna, kept.ben) for _ in range(2)]

            await asyncio.to_thread(operator.set, LIST, "shadow")
            await until(lambda: operator.listed(LIST)["compared"] >= 60, "comparisons")
            assert operator.listed(LIST)["differed"] == 0
            for endpoint in (LIST, SHOW, "POST /documents", "DELETE /documents/{document}"):
                await asyncio.to_thread(operator.set, endpoint, "tenant")
            await until(lambda: operator.listed("POST /documents")["tenant_answers"] > 20, "the new side's writes")
            assert rollout.mode(LIST) == Tenant()

            desk.faults.add(LIST)
            await until(lambda: rollout.mode(LIST) == Legacy(), "the fallback")
            assert rollout.mode(SHOW) == Tenant()
            desk.faults.clear()
            await asyncio.to_thread(operator.set, LIST, "tenant")
            await until(lambda: rollout.mode(LIST) == Tenant(), "the second try")
            more = served + 20
            await until(lambda: served > more, "traffic")

            stopping.set()
            await asyncio.gather(*people)

    asyncio.run(scene())

    assert failed == []
    kinds = [event["kind"] for event in reversed(kept.operator.history(LIST))]
    assert kinds == ["set", "set", "fallback", "set"]


def test_shadow_finds_what_the_old_side_shows_to_strangers(kept: Kept) -> None:
    """The old desk shows any document to whoever knows its id. That is a difference, and the endpoint says so."""

    async def scene() -> None:
        operator = kept.operator
        operator.set(SHOW, "shadow", observed_min=5)
        async with desks(kept.url) as (old, new), Rollout(operator.url) as rollout:
            desk = Moving(old, new, rollout)
            assert rollout.mode(SHOW) == Shadow()
            (document, *_) = await desk.documents(kept.ben, None, 1)
            while rollout.mode(SHOW) == Shadow():
                assert (await desk.document(kept.anna, document["id"]))["id"] == document["id"]
                await asyncio.sleep(0.02)

    asyncio.run(scene())

    assert "differed" in kept.operator.history(SHOW)[0]["reason"]


def test_a_deployment_with_a_mistake_fails_for_nobody_and_its_repair_moves_on(kept: Kept, tmp_path: Path) -> None:
    """Two workers; one endpoint of the new side is broken, comes back by itself, is repaired, and arrives."""
    operator, path = kept.operator, "/documents"
    rollout = {"DESK_ROLLOUT_URL": operator.url}
    statuses: list[int] = []
    with DeskProcess(
        "moving", kept.url, str(tmp_path), environment={**rollout, "DESK_FAULTS": f"GET /x, {LIST}"}
    ) as broken:
        anna = broken.sign_up()
        anna.document()
        assert "organization_id" not in anna.get(path)[0]
        operator.set(LIST, "tenant", observed_min=20)
        while operator.listed(LIST)["mode"] == "tenant":
            statuses.append(anna.call("GET", path).status_code)
        assert "organization_id" not in anna.get(path)[0]
    with DeskProcess("moving", kept.url, str(tmp_path), environment=rollout) as repaired:
        operator.set(LIST, "tenant")
        anna = anna.at(repaired.http)
        while "organization_id" not in anna.get(path)[0]:
            statuses.append(200)
        statuses += [anna.call("GET", path).status_code for _ in range(40)]
        assert operator.listed(LIST)["mode"] == "tenant"

    assert set(statuses) == {200}
    assert [event["kind"] for event in operator.history(LIST)] == ["set", "fallback", "set"]


def test_every_endpoint_of_the_surface_can_be_moved() -> None:
    """The names are those of the routes, and nothing that a desk can do is forgotten."""
    source = inspect.getsource(moving_module)
    surface = {
        f"{method} {route.path}" for route in routes.router.routes for method in getattr(route, "methods", ()) or ()
    }
    unmoved = {name for name in surface if f'"{name}"' not in source}

    assert unmoved == {"GET /healthz", "POST /auth/mobile", "POST /auth/page", "POST /auth/sign-up"}
    assert {n for n in dir(Desk) if not n.startswith("_")} <= {*dir(Moving), "version"}


def test_answers_are_compared_without_what_only_one_side_says() -> None:
    old = [{"id": 1, "client_id": 5, "shared_with": [2]}]
    new = [{"id": 1, "organization_id": 5, "shared_with": [2]}]

    assert without_organization(old) == without_organization(new) == [{"id": 1, "shared_with": [2]}]
    assert without_organization("token") == "token"
