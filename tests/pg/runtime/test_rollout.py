"""Endpoints move and come back while workers serve, and nobody sees an answer he should not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ringfence.plan.endpoints import PROBE, endpoint_objects
from ringfence.runtime import NotAMember
from ringfence.runtime.rollout import Difference, Legacy, Rollout, Shadow, Tenant, TenantShare
from ringfence.runtime.rollout.decide import in_share
from ringfence.runtime.rollout.run import EXCHANGE_S_MAX, REFRESH_S
from support.between import pooler
from support.databases import Database
from support.rollout import Operated, operated, until

ENDPOINT = "GET /documents"


@pytest.fixture
def kept(database: Database) -> Operated:
    """The modes' database."""
    return operated(database)


def says(answer: Any) -> Callable[[], Awaitable[Any]]:
    """A side that answers, or raises what it is given."""

    async def side() -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return side


async def ask(rollout: Rollout, user: object = 1, *, legacy: Any = "legacy", tenant: Any = "tenant") -> Any:
    """One read."""
    return await rollout.read(ENDPOINT, user, legacy=says(legacy), tenant=says(tenant))


def test_a_worker_that_reaches_the_database_asks_more_often_than_once_a_second() -> None:
    assert REFRESH_S + EXCHANGE_S_MAX < 1


@pytest.mark.parametrize("way", ["direct", "pooled"])
def test_a_change_reaches_every_worker(way: str, kept: Operated, tmp_path: Path) -> None:
    """Through a transaction pooler too, where LISTEN would hear nothing."""

    async def scene(url: str) -> None:
        async with Rollout(url) as one, Rollout(url) as other:
            assert await ask(one) == await ask(other) == "legacy"
            for mode, percent, expected in (
                ("tenant", None, Tenant()),
                ("tenant_share", 25, TenantShare(Decimal(25))),
                ("shadow", None, Shadow()),
                ("legacy", None, Legacy()),
            ):
                await asyncio.to_thread(kept.set, ENDPOINT, mode, percent)
                await until(lambda to=expected: one.mode(ENDPOINT) == other.mode(ENDPOINT) == to, mode)

    if way == "direct":
        asyncio.run(scene(kept.url))
    else:
        with pooler(kept.database, tmp_path, "transaction", logins=[kept.login], connections=1) as url:
            asyncio.run(scene(url))


def test_a_share_is_the_users_the_rules_name(kept: Operated) -> None:
    kept.set(ENDPOINT, "tenant_share", 30)

    async def scene() -> list[Any]:
        async with Rollout(kept.url) as rollout:
            return [await ask(rollout, user) for user in range(200)]

    assert asyncio.run(scene()) == ["tenant" if in_share(Decimal(30), user) else "legacy" for user in range(200)]


def test_an_endpoint_the_database_does_not_know_is_legacy_and_gets_listed(kept: Operated) -> None:
    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            assert await ask(rollout) == "legacy"

    asyncio.run(scene())

    assert (kept.listed(ENDPOINT)["mode"], kept.listed(ENDPOINT)["legacy_answers"]) == ("legacy", 1)


def test_an_endpoint_whose_tenant_side_fails_falls_back_by_itself_and_says_why(kept: Operated) -> None:
    kept.set(ENDPOINT, "tenant", observed_min=20)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout, Rollout(kept.url) as other:
            for _ in range(19):
                await ask(rollout)
            # a read whose tenant side fails is answered all the same
            assert await ask(rollout, tenant=ValueError("mistake")) == "legacy"
            await until(lambda: rollout.mode(ENDPOINT) == Legacy() == other.mode(ENDPOINT), "the fallback")
            assert await ask(rollout, tenant=AssertionError("is not asked any more")) == "legacy"

    asyncio.run(scene())

    newest, before = kept.history(ENDPOINT)
    assert (newest["kind"], newest["mode_before"], newest["mode_after"]) == ("fallback", "tenant", "legacy")
    assert newest["reason"] == (
        "1 of 20 answers of the tenant side failed within a minute, more than the bound of 1.00%"
    )
    assert newest["login"] == kept.login
    assert (before["kind"], before["reason"]) == ("set", "a test")


def test_what_was_seen_before_a_change_does_not_count_after_it(kept: Operated) -> None:
    """Or an endpoint that was repaired would fall back again at once."""
    kept.set(ENDPOINT, "tenant", observed_min=5)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for _ in range(5):
                await ask(rollout, tenant=ValueError())
            await until(lambda: rollout.mode(ENDPOINT) == Legacy(), "the fallback")
            await asyncio.to_thread(kept.set, ENDPOINT, "tenant")
            await until(lambda: rollout.mode(ENDPOINT) == Tenant(), "the second try")
            for _ in range(20):
                await ask(rollout)
            await until(lambda: kept.listed(ENDPOINT)["tenant_answers"] == 20, "the counts of the second try")
            assert rollout.mode(ENDPOINT) == Tenant()

    asyncio.run(scene())


def test_an_endpoint_that_must_not_fall_back_stays_and_its_errors_are_its_own(kept: Operated) -> None:
    """After phase 6 the side without tenants would answer nothing, or too much."""
    kept.set(ENDPOINT, "tenant", observed_min=1, falls_back=False)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for _ in range(3):
                with pytest.raises(ValueError, match="mistake"):
                    await ask(rollout, tenant=ValueError("mistake"))
            await until(lambda: kept.listed(ENDPOINT)["tenant_errors"] == 3, "the counts")
            assert rollout.mode(ENDPOINT) == Tenant()

    asyncio.run(scene())
    assert [event["kind"] for event in kept.history(ENDPOINT)] == ["set"]


def test_a_no_of_the_tenant_side_is_final(kept: Operated) -> None:
    """The legacy side knows no tenants: it would show a removed member everything."""
    kept.set(ENDPOINT, "tenant", observed_min=1)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for _ in range(3):
                with pytest.raises(NotAMember):
                    await ask(rollout, legacy=AssertionError("must not be asked"), tenant=NotAMember())
            await until(lambda: kept.listed(ENDPOINT)["tenant_answers"] == 3, "the counts")
            assert rollout.mode(ENDPOINT) == Tenant()

    asyncio.run(scene())


def test_a_write_is_made_once_on_one_side_whatever_comes_of_it(kept: Operated) -> None:
    made: list[str] = []

    def makes(side: str, error: Exception | None = None) -> Callable[[], Awaitable[str]]:
        async def write() -> str:
            made.append(side)
            if error is not None:
                raise error
            return side

        return write

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for mode in (Legacy(), Shadow(), Tenant()):
                await asyncio.to_thread(kept.set, ENDPOINT, type(mode).__name__.lower())
                await until(lambda mode=mode: rollout.mode(ENDPOINT) == mode, str(mode))
                await rollout.write(ENDPOINT, 1, legacy=makes("legacy"), tenant=makes("tenant"))
            with pytest.raises(ValueError, match="lost"):
                await rollout.write(
                    ENDPOINT, 1, legacy=makes("legacy"), tenant=makes("tenant", ValueError("the answer got lost"))
                )

    asyncio.run(scene())

    assert made == ["legacy", "legacy", "tenant", "tenant"]


# --- shadow ----------------------------------------------------------------------------------------------------------


def test_shadow_serves_the_legacy_answer_and_a_difference_brings_the_endpoint_back(kept: Operated) -> None:
    kept.set(ENDPOINT, "shadow", observed_min=10)
    told: list[Difference] = []

    async def scene() -> None:
        async with Rollout(kept.url, on_difference=told.append) as rollout:
            for _ in range(9):
                assert await ask(rollout, legacy=["a"], tenant=["a"]) == ["a"]
                await until(lambda: not rollout._shadows, "the comparison")
            assert await ask(rollout, legacy=["a"], tenant=["a", "B-SECRET"]) == ["a"]
            await until(lambda: rollout.mode(ENDPOINT) == Legacy(), "the fallback")

    asyncio.run(scene())

    assert [(d.endpoint, d.legacy.value, d.tenant.value) for d in told] == [(ENDPOINT, ["a"], ["a", "B-SECRET"])]
    assert "SECRET" not in repr(told[0])
    event = kept.history(ENDPOINT)[0]
    assert (event["kind"], event["mode_before"]) == ("fallback", "shadow")
    assert event["reason"].startswith("1 of 10 answers of the tenant side differed")


def test_a_change_between_two_answers_is_no_difference(kept: Operated) -> None:
    kept.set(ENDPOINT, "shadow", observed_min=1)
    versions = iter(range(100))

    async def counts_up() -> int:
        return next(versions)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for _ in range(5):
                await rollout.read(ENDPOINT, 1, legacy=counts_up, tenant=counts_up)
                await until(lambda: not rollout._shadows, "the comparison")
            await until(lambda: kept.listed(ENDPOINT)["skipped"] == 5, "the counts")
            assert rollout.mode(ENDPOINT) == Shadow()

    asyncio.run(scene())
    assert kept.listed(ENDPOINT)["differed"] == 0


def test_what_need_not_be_equal_is_left_out_and_what_cannot_be_compared_differs(kept: Operated) -> None:
    kept.set(ENDPOINT, "shadow", observed_min=1000)

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            for tenant in ({"id": 1, "organization_id": 5}, {"organization_id": 5}):
                served = await rollout.read(
                    ENDPOINT, 1, legacy=says({"id": 1}), tenant=says(tenant), compared_as=lambda row: row["id"]
                )
                assert served == {"id": 1}
            await until(lambda: not rollout._shadows, "the comparisons")

    asyncio.run(scene())
    assert (kept.listed(ENDPOINT)["compared"], kept.listed(ENDPOINT)["differed"]) == (2, 1)


def test_a_slow_tenant_side_costs_nobody_anything_and_only_so_many_are_asked(kept: Operated) -> None:
    kept.set(ENDPOINT, "shadow", observed_min=1000)
    asked: list[int] = []

    async def never() -> str:
        asked.append(1)
        await asyncio.Event().wait()
        return "never"

    async def scene() -> None:
        async with Rollout(kept.url, shadows_max=2, shadow_s_max=0.5) as rollout:
            for _ in range(10):
                assert await rollout.read(ENDPOINT, 1, legacy=says("legacy"), tenant=never) == "legacy"
                await asyncio.sleep(0)
            assert len(rollout._shadows) == 2
            await until(lambda: not rollout._shadows, "the end of the comparisons")

    asyncio.run(scene())

    seen = kept.listed(ENDPOINT)
    assert len(asked) == 2
    assert (seen["legacy_answers"], seen["skipped"], seen["tenant_errors"]) == (10, 8, 2)


def test_a_request_that_is_given_up_gives_its_comparison_up(kept: Operated) -> None:
    kept.set(ENDPOINT, "shadow")

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            begun = asyncio.Event()

            async def waits() -> str:
                begun.set()
                await asyncio.Event().wait()
                return "never"

            request = asyncio.create_task(rollout.read(ENDPOINT, 1, legacy=waits, tenant=says("tenant")))
            await begun.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            await until(lambda: not rollout._shadows, "the end of the comparison")

    asyncio.run(scene())


# --- a database that does not answer ---------------------------------------------------------------------------------


def test_a_worker_that_cannot_read_the_modes_keeps_the_last_and_a_fresh_one_serves_legacy(kept: Operated) -> None:
    kept.set(ENDPOINT, "tenant")

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            assert rollout.mode(ENDPOINT) == Tenant()
            await asyncio.to_thread(kept.database.execute, f'alter role "{kept.login}" nologin')
            await asyncio.to_thread(_end_sessions, kept)
            heard_before = rollout.age_s
            assert heard_before is not None
            await until(lambda: (rollout.age_s or 0) > 1.5, "modes that age")
            assert await ask(rollout) == "tenant"
            async with Rollout(kept.url) as fresh:
                assert fresh.age_s is None
                assert await ask(fresh) == "legacy"
                await asyncio.to_thread(kept.database.execute, f'alter role "{kept.login}" login')
                await until(lambda: fresh.mode(ENDPOINT) == Tenant(), "the modes again")
            await until(lambda: (rollout.age_s or 9) < 1, "fresh modes")

    asyncio.run(scene())


def _end_sessions(kept: Operated) -> None:
    kept.database.execute(
        f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '{kept.login}'"
    )


def test_taking_the_objects_away_is_an_answer_legacy_everywhere(kept: Operated) -> None:
    """Who reverts phase 3 must not leave workers on the tenant side because they cannot read otherwise any more."""
    kept.set(ENDPOINT, "tenant")
    objects = endpoint_objects()

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            assert await ask(rollout) == "tenant"
            await asyncio.to_thread(kept.database.execute, ";".join(objects.undo))
            await until(lambda: rollout.mode(ENDPOINT) == Legacy(), "legacy")

    asyncio.run(scene())


def test_an_endpoint_can_be_taken_off_the_list_and_its_history_stays(kept: Operated) -> None:
    kept.set(ENDPOINT, "tenant")

    async def scene() -> None:
        async with Rollout(kept.url) as rollout:
            await ask(rollout)
            await until(lambda: kept.listed(ENDPOINT)["tenant_answers"] == 1, "the counts")
            kept.database.execute(f"delete from ringfence.endpoints where endpoint = '{ENDPOINT}'")
            await until(lambda: rollout.mode(ENDPOINT) == Legacy(), "legacy")

    asyncio.run(scene())

    assert [event["mode_after"] for event in kept.history(ENDPOINT)] == ["tenant"]


# --- the objects -----------------------------------------------------------------------------------------------------


def test_the_objects_come_and_go_without_a_trace(database: Database) -> None:
    objects = endpoint_objects()
    traces = (
        "select (select count(*) from pg_class where relnamespace = 'ringfence'::regnamespace)"
        " + (select count(*) from pg_proc where pronamespace = 'ringfence'::regnamespace)"
        " + (select count(*) from pg_type where typnamespace = 'ringfence'::regnamespace)"
    )
    with database.connect() as conn:
        conn.execute("create schema ringfence")
        for _ in range(2):
            assert conn.execute(objects.done_when.encode()).fetchone() == (False,)
            with conn.transaction():
                for statement in objects.do:
                    conn.execute(statement.encode())
            assert conn.execute(objects.done_when.encode()).fetchone() == (True,)
            for statement in objects.undo:
                conn.execute(statement.encode())
            assert conn.execute(traces.encode()).fetchone() == (0,)
    assert objects.done_when == PROBE


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ringfence.endpoints",
        "update ringfence.endpoints set mode = 'tenant'",
        "delete from ringfence.endpoint_events",
        "select * from ringfence.endpoint_counts",
        "select ringfence.set_endpoint_v1('x', 'tenant', null, null, null, null, null, '')",
    ],
)
def test_the_workers_login_can_do_no_more_than_its_two_functions(kept: Operated, statement: str) -> None:
    with kept.database.connect(user=kept.login) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement.encode())


def test_nobody_else_may_call_even_those(kept: Operated) -> None:
    other = kept.database.create_role("other")
    kept.database.execute(f'grant usage on schema ringfence to "{other}"')
    with kept.database.connect(user=other) as conn:
        for call in ("exchange_endpoints_v1('[]')", "fall_back_v1('x', 1, 'y')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select ringfence.{call}".encode())


def test_names_made_of_paths_cannot_fill_the_table(kept: Operated) -> None:
    with kept.database.connect(user=kept.login) as conn:
        for start in (0, 900, 1800):
            conn.execute(
                "select count(*) from ringfence.exchange_endpoints_v1("
                " (select jsonb_agg(jsonb_build_object('endpoint', '/x/' || i, 'revision', 0)) from"
                "  generate_series(%s::int, %s::int) i))",
                (start, start + 899),
            )
    with kept.database.connect() as conn:
        row = conn.execute("select count(*) from ringfence.endpoints").fetchone()
    assert row is not None
    assert row[0] == 1000


def test_two_workers_that_tell_the_same_endpoints_never_wait_for_each_other_for_long(kept: Operated) -> None:
    async def scene() -> None:
        async with Rollout(kept.url, refresh_s=0.01) as one, Rollout(kept.url, refresh_s=0.01) as other:
            for _ in range(50):
                for rollout, names in ((one, "abc"), (other, "cba")):
                    for name in names:
                        await rollout.read(name, 1, legacy=says(1), tenant=says(1))
                await asyncio.sleep(0.01)

    asyncio.run(scene())

    assert [kept.listed(name)["legacy_answers"] for name in "abc"] == [100, 100, 100]
