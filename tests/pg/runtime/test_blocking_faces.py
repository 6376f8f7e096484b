"""Sessions and Rollout from threads: nothing is mixed up, nothing is left behind, and every wait ends."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any, LiteralString

import pytest

from ringfence.runtime import BlockingTenantDatabase, NotAMember
from ringfence.runtime.bounded.pg import BoundedConnection
from ringfence.runtime.perprocess import PerProcess
from ringfence.runtime.pool.pg import NotOpen
from ringfence.runtime.refused import CannotJudge, MembershipRefused, TokenRefused
from ringfence.runtime.rollout import BlockingRollout, Difference, Legacy, Shadow, Tenant
from ringfence.runtime.rollout import blocking as faces
from ringfence.runtime.rollout.decide import in_share
from ringfence.runtime.sessions import BlockingSessions
from ringfence.runtime.sessions import blocking as session_faces
from ringfence.runtime.verified import VerifiedToken
from support.between import pooler
from support.databases import Database
from support.rollout import Operated, operated
from support.sessions import Known, knowing_sessions
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, USER_A, USER_B, World

ENDPOINT = "GET /documents"
SESSION = "5e551011-0000-4000-8000-000000000001"
WAIT_S_MAX = 20.0


@pytest.fixture
def known(world: World) -> Known:
    """Two tenants and phase 3."""
    return knowing_sessions(world)


@pytest.fixture
def kept(database: Database) -> Operated:
    """The modes' database."""
    return operated(database)


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Every thread of ours ends with what began it."""
    # a middleware that another test has not let go of yet has a thread too
    _BEFORE.clear()
    _BEFORE.update(threading.enumerate())
    yield
    until(lambda: not ours(), "the end of our threads")


_BEFORE: set[threading.Thread] = set()


def ours() -> list[str]:
    """Threads of faces and of their pools that began within the test."""
    return [t.name for t in threading.enumerate() if t not in _BEFORE and t.name.startswith(("ringfence", "pool-"))]


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < WAIT_S_MAX, f"never came: {what}"
        time.sleep(0.01)


def of(known: Known, user: object = USER_A, **said: Any) -> VerifiedToken:
    """A token that names no tenant."""
    return VerifiedToken(**{"user": str(user), "role": known.world.request_role, "session": SESSION, **said})


def connected(database: Database, application: str) -> int:
    """How many connections there are under a name."""
    query = "select count(*) from pg_stat_activity where application_name = %s and datname = current_database()"
    with database.connect() as conn:
        row = conn.execute(query.encode(), (application,)).fetchone()
    assert row is not None
    return int(row[0])


class TestSessions:
    def test_threads_get_each_their_own_answer_and_every_request_is_counted_once(self, known: Known) -> None:
        people = [(USER_A, ORGANIZATION_A), (USER_B, ORGANIZATION_B)]
        with known.blocking_sessions() as sessions:

            def requests(number: int) -> set[bool]:
                user, home = people[number % 2]
                said = of(known, user, session=f"{SESSION[:-2]}{number:02}")
                return {sessions.context_for(said).organization == home for _ in range(25)}

            with ThreadPoolExecutor(16) as threads:
                assert set().union(*threads.map(requests, range(16))) == {True}

        assert known.one("select sum(resolved) from ringfence.token_counts") == 16 * 25
        assert known.one("select count(*) from ringfence.sessions where legacy_seen_at is not null") == 16

    def test_a_token_with_a_tenant_needs_no_database(self, known: Known) -> None:
        with BlockingSessions("postgresql://127.0.0.1:1/none") as sessions:
            said = of(known, organization=str(ORGANIZATION_A))
            assert sessions.context_for(said).organization == ORGANIZATION_A

    def test_without_a_database_nobody_is_logged_out(self, known: Known) -> None:
        with (
            BlockingSessions("postgresql://127.0.0.1:1/none", wait_s_max=0.2) as sessions,
            pytest.raises(CannotJudge),
        ):
            sessions.context_for(of(known))

    def test_before_phase_3_it_cannot_be_judged(self, world: World) -> None:
        with BlockingSessions(world.database.url) as sessions, pytest.raises(CannotJudge) as refused:
            sessions.context_for(VerifiedToken(str(USER_A), "authenticated"))

        assert "ringfence apply" in refused.value.hint

    def test_a_server_that_does_not_answer_is_given_up_and_asked_again(
        self, known: Known, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A thread cannot be cancelled: without a bound it would wait as long as the lock is held."""
        monkeypatch.setattr(BoundedConnection, "answer_s_max", 0.3)
        with known.blocking_sessions() as sessions:
            with known.world.database.connect(autocommit=False) as other:
                other.execute("lock table ringfence.sessions in access exclusive mode")
                for _ in range(2):
                    with pytest.raises(CannotJudge):
                        sessions.context_for(of(known))
                other.rollback()
            until(lambda: known.one(_WAITING) == 0, "the server to notice that nobody listens")
            assert sessions.context_for(of(known)).organization == ORGANIZATION_A

    def test_a_copied_refresh_token_ends_the_session_for_good(self, known: Known) -> None:
        """The refusal is raised after the transaction that ended the family, and not within it."""
        with known.blocking_sessions() as sessions:
            issued = [sessions.start(SESSION, str(USER_A))]
            for _ in range(2):
                issued.append(sessions.refresh(issued[-1].refresh_token))
            known.execute("update ringfence.sessions set rotated_at = rotated_at - interval '11 seconds'")
            with pytest.raises(TokenRefused):
                sessions.refresh(issued[0].refresh_token)

        assert known.one("select count(*) from ringfence.sessions where revoked_at is not null") == 1

    def test_many_refreshes_at_once_are_one_rotation(self, known: Known) -> None:
        with known.blocking_sessions() as sessions:
            first = sessions.start(SESSION, str(USER_A)).refresh_token
            with ThreadPoolExecutor(20) as threads:
                found = set(threads.map(lambda _: sessions.refresh(first).refresh_token, range(100)))

        assert len(found) == 1
        assert known.one("select counter from ringfence.sessions") == 1

    def test_after_the_end_nothing_is_asked_and_nothing_is_left(self, known: Known) -> None:
        sessions = known.blocking_sessions()
        sessions.context_for(of(known))  # the first use opens it
        assert connected(known.world.database, "ringfence sessions")
        sessions.close()

        with pytest.raises(CannotJudge):
            sessions.context_for(of(known))
        with pytest.raises(CannotJudge):
            sessions.refresh(sessions._keys.make(SESSION, 0))  # type: ignore[union-attr]
        assert sessions.context_for(of(known, organization=str(ORGANIZATION_A))).user == str(USER_A)
        until(lambda: not connected(known.world.database, "ringfence sessions"), "the end of its connections")
        assert not ours()
        assert known.one("select sum(resolved) from ringfence.token_counts") == 1

        with sessions:  # and it can be opened again
            assert sessions.context_for(of(known)).organization == ORGANIZATION_A

    def test_one_that_nobody_holds_any_more_ends_by_itself(self, known: Known) -> None:
        sessions = known.blocking_sessions()
        sessions.context_for(of(known))
        assert ours()

        del sessions
        gc.collect()
        until(lambda: not ours(), "the end of its threads")

        assert known.one("select sum(resolved) from ringfence.token_counts") == 1

    def test_counts_are_told_while_it_is_open_and_again_when_they_could_not_be(
        self, known: Known, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session_faces, "FLUSH_S", 0.05)
        with known.blocking_sessions() as sessions:

            def cannot_be_told() -> bool:
                try:
                    sessions.flush()  # nothing to tell, while the thread beside tries
                except CannotJudge:
                    return True
                return False

            known.execute("alter table ringfence.token_counts rename to away")
            sessions.context_for(of(known))
            until(cannot_be_told, "a telling that fails")
            known.execute("alter table ringfence.away rename to token_counts")
            until(lambda: known.one("select sum(resolved) from ringfence.token_counts") == 1, "the count")

    def test_refusals_are_those_of_the_other_face(self, known: Known) -> None:
        known.execute(f"insert into user_organizations values ('{USER_A}', '{ORGANIZATION_B}')")
        with known.blocking_sessions() as sessions, pytest.raises(MembershipRefused) as refused:
            sessions.context_for(of(known))

        assert (refused.value.reason, refused.value.status) == ("several", 403)


_WAITING = """
select count(*) from pg_stat_activity where application_name = 'ringfence sessions' and wait_event_type = 'Lock'
"""


class TestRollout:
    @staticmethod
    def ask(rollout: BlockingRollout, user: object = 1, *, legacy: Any = "legacy", tenant: Any = "tenant") -> Any:
        def says(answer: Any) -> Callable[[], Any]:
            def side() -> Any:
                if isinstance(answer, BaseException):
                    raise answer
                return answer

            return side

        return rollout.read(ENDPOINT, user, legacy=says(legacy), tenant=says(tenant))

    @pytest.mark.parametrize("way", ["direct", "pooled"])
    def test_a_change_reaches_every_worker(self, way: str, kept: Operated, tmp_path: Path) -> None:
        def scene(url: str) -> None:
            with BlockingRollout(url) as one, BlockingRollout(url) as other:
                assert self.ask(one) == self.ask(other) == "legacy"
                for mode in (Tenant(), Shadow(), Legacy()):
                    kept.set(ENDPOINT, type(mode).__name__.lower())
                    until(lambda to=mode: one.mode(ENDPOINT) == other.mode(ENDPOINT) == to, str(mode))  # type: ignore[misc]

        if way == "direct":
            scene(kept.url)
        else:
            with pooler(kept.database, tmp_path, "transaction", logins=[kept.login], connections=1) as url:
                scene(url)

    def test_threads_get_the_side_the_rules_name_and_every_answer_is_counted_once(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "tenant_share", 30)
        with BlockingRollout(kept.url) as rollout, ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda user: self.ask(rollout, user), range(400)))

        assert found == ["tenant" if in_share(Decimal(30), user) else "legacy" for user in range(400)]
        seen = kept.listed(ENDPOINT)
        assert (seen["legacy_answers"], seen["tenant_answers"]) == (found.count("legacy"), found.count("tenant"))

    def test_an_endpoint_whose_tenant_side_fails_falls_back_by_itself(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "tenant", observed_min=20)
        with BlockingRollout(kept.url) as rollout, BlockingRollout(kept.url) as other:
            assert other.mode(ENDPOINT) == Tenant()
            for _ in range(19):
                assert self.ask(rollout) == "tenant"
            assert self.ask(rollout, tenant=ValueError("mistake")) == "legacy"
            until(lambda: rollout.mode(ENDPOINT) == Legacy() == other.mode(ENDPOINT), "the fallback")

        assert kept.history(ENDPOINT)[0]["reason"].startswith("1 of 20 answers of the tenant side failed")

    def test_a_no_of_the_tenant_side_is_final_and_a_write_is_made_once(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "tenant", observed_min=1)
        made: list[str] = []

        def lost() -> str:
            made.append("tenant")
            raise ValueError("the answer got lost")

        with BlockingRollout(kept.url) as rollout:
            with pytest.raises(NotAMember):
                self.ask(rollout, legacy=AssertionError("must not be asked"), tenant=NotAMember())
            with pytest.raises(ValueError, match="lost"):
                rollout.write(ENDPOINT, 1, legacy=lambda: made.append("legacy"), tenant=lost)  # type: ignore[arg-type,return-value]

        assert made == ["tenant"]

    def test_shadow_serves_the_legacy_answer_and_a_difference_brings_the_endpoint_back(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "shadow", observed_min=10)
        told: list[Difference] = []
        with BlockingRollout(kept.url, on_difference=told.append, shadows_max=20) as rollout:
            for _ in range(9):
                assert self.ask(rollout, legacy=["a"], tenant=["a"]) == ["a"]
            assert self.ask(rollout, legacy=["a"], tenant=["a", "B-SECRET"]) == ["a"]
            until(lambda: rollout.mode(ENDPOINT) == Legacy(), "the fallback")

        assert [(d.legacy.value, d.tenant.value) for d in told] == [(["a"], ["a", "B-SECRET"])]
        assert kept.history(ENDPOINT)[0]["reason"].startswith("1 of 10 answers of the tenant side differed")

    def test_a_slow_tenant_side_costs_nobody_anything_and_only_so_many_are_asked(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "shadow", observed_min=1000)
        let_go, asked = threading.Event(), []

        def slow() -> str:
            asked.append(threading.current_thread().name)
            assert let_go.wait(WAIT_S_MAX)
            return "legacy"

        with BlockingRollout(kept.url, shadows_max=2, shadow_s_max=0.05) as rollout:
            for _ in range(10):
                assert rollout.read(ENDPOINT, 1, legacy=lambda: "legacy", tenant=slow) == "legacy"
            until(lambda: len(asked) == 2, "both comparisons")
            until(lambda: (rollout.age_s or 0) > 0.1, "a while")
            let_go.set()
            until(lambda: kept.listed(ENDPOINT)["tenant_errors"] == 2, "that they were too late")

        seen = kept.listed(ENDPOINT)
        assert asked == ["ringfence comparison"] * 2
        assert (seen["legacy_answers"], seen["skipped"], seen["compared"]) == (10, 8, 0)

    def test_a_request_that_is_given_up_gives_its_comparison_up(self, kept: Operated) -> None:
        """As Gunicorn does with one that takes too long: SystemExit, in the middle of anything."""
        kept.set(ENDPOINT, "shadow", observed_min=1)
        with BlockingRollout(kept.url) as rollout:
            with pytest.raises(SystemExit):
                self.ask(rollout, legacy=SystemExit(1))
            assert self.ask(rollout) == "legacy"

        seen = kept.listed(ENDPOINT)
        assert (seen["legacy_answers"], seen["compared"]) == (2, 1)

    def test_a_worker_that_cannot_read_the_modes_keeps_the_last_and_a_fresh_one_serves_legacy(
        self, kept: Operated
    ) -> None:
        kept.set(ENDPOINT, "tenant")
        with BlockingRollout(kept.url) as rollout:
            assert self.ask(rollout) == "tenant"
            kept.database.execute(f'alter role "{kept.login}" nologin')
            kept.database.execute(
                f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '{kept.login}'"
            )
            until(lambda: (rollout.age_s or 0) > 1.5, "modes that age")
            assert self.ask(rollout) == "tenant"
            with BlockingRollout(kept.url) as fresh:
                assert (fresh.age_s, self.ask(fresh)) == (None, "legacy")
                kept.database.execute(f'alter role "{kept.login}" login')
                until(lambda: fresh.mode(ENDPOINT) == Tenant(), "the modes again")

    def test_a_database_that_hangs_holds_nobody_up(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "tenant")
        with BlockingRollout(kept.url) as rollout:
            assert rollout.mode(ENDPOINT) == Tenant()
            with kept.database.connect(autocommit=False) as other:
                other.execute("lock table ringfence.endpoints in access exclusive mode")
                until(lambda: (rollout.age_s or 0) > 1.5, "modes that age")
                assert self.ask(rollout) == "tenant"
                other.rollback()
                until(lambda: (rollout.age_s or 9) < 0.5, "fresh modes")
                other.execute("lock table ringfence.endpoints in access exclusive mode")
                rollout.close()  # while it waits for an answer that does not come
                assert not ours()
                other.rollback()

    def test_after_the_end_the_last_modes_hold_and_nothing_is_left(self, kept: Operated) -> None:
        kept.set(ENDPOINT, "tenant")
        rollout = BlockingRollout(kept.url)
        assert self.ask(rollout) == "tenant"  # the first use opens it
        rollout.close()

        assert self.ask(rollout) == "tenant"
        assert not ours()
        until(lambda: not connected(kept.database, "ringfence rollout"), "the end of its connection")
        assert kept.listed(ENDPOINT)["tenant_answers"] == 1
        with rollout:
            assert self.ask(rollout) == "tenant"

    def test_one_that_nobody_holds_any_more_ends_by_itself(self, kept: Operated) -> None:
        rollout = BlockingRollout(kept.url)
        self.ask(rollout)
        assert ours()

        del rollout
        gc.collect()
        until(lambda: not ours(), "the end of its thread")

        assert kept.listed(ENDPOINT)["legacy_answers"] == 1

    def test_whatever_a_refresh_raises_the_thread_goes_on(
        self, kept: Operated, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = True
        real = faces._refresh

        def sometimes(*arguments: Any) -> None:
            if broken:
                raise ValueError("a mode of the next version")
            real(*arguments)

        monkeypatch.setattr(faces, "_refresh", sometimes)
        kept.set(ENDPOINT, "tenant")
        with BlockingRollout(kept.url, refresh_s=0.01) as rollout:
            assert self.ask(rollout) == "legacy"
            broken = False
            until(lambda: rollout.mode(ENDPOINT) == Tenant(), "the modes")
        assert "could not be refreshed" in caplog.text


def test_the_end_of_one_may_come_in_its_own_thread(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage collector runs wherever something is made, so also there; it must neither wait nor fail."""
    monkeypatch.setattr(session_faces, "FLUSH_S", 0.01)
    real, where = session_faces._tell, []

    def tell(*arguments: Any) -> None:
        held.clear()
        gc.collect()
        where.append(threading.current_thread().name)
        real(*arguments)

    sessions = known.blocking_sessions()
    held: list[Any] = [sessions]
    held.append(held)  # a cycle, which nothing but the collector ends
    sessions.context_for(of(known))
    monkeypatch.setattr(session_faces, "_tell", tell)
    del sessions
    until(lambda: where and not ours(), "its end")

    assert set(where) == {"ringfence sessions"}
    assert known.one("select sum(resolved) from ringfence.token_counts") == 1


def test_forked_workers_have_connections_of_their_own_and_tell_what_they_counted(known: Known) -> None:
    """Made and used in the parent, whose messages a child must not mix with its own, and used on afterwards."""
    database = known.world.database
    kept = operated(database)
    kept.set(ENDPOINT, "tenant")
    workers, threads, requests = 3, 4, 20
    arguments = [database.url_as(known.login), kept.url, str(USER_A), known.world.request_role]
    done = subprocess.run(
        [sys.executable, "-m", "support.prefork", *arguments, *map(str, (workers, threads, requests))],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({line["process"] for line in lines}) == 1 + workers
    assert {str(line["kinds"]) for line in lines} == {str([[str(ORGANIZATION_A), "tenant"]])}
    assert sorted(line["answers"] for line in lines) == [1] + [threads * requests] * workers + [2 * threads * requests]
    total = (workers + 2) * threads * requests + 1
    assert known.one("select sum(resolved) from ringfence.token_counts") == total
    assert kept.listed(ENDPOINT)["tenant_answers"] == total


def test_what_is_made_per_process_is_made_once_by_many_threads_and_again_after_an_error() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        if len(made) == 1:
            raise ValueError("not yet")
        return len(made)

    one, gate = PerProcess(make), threading.Barrier(8)

    def at_once(_: int) -> int:
        gate.wait(WAIT_S_MAX)
        return one.get()

    with pytest.raises(ValueError, match="not yet"):
        one.get()
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(at_once, range(8)))

    assert (found, one.made(), one.take(), one.made()) == ({2}, 2, 2, None)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_tenant_database_that_was_opened_before_the_fork_is_refused_and_can_be_opened_anew(world: World) -> None:
    """Two processes on one connection would read each other's answers, and another tenant's rows are among them."""
    query: LiteralString = "select secret from documents"
    with BlockingTenantDatabase(world.url, key=world.key) as database:
        assert database.execute(world.a, query).rows == (("A-SECRET",),)
        child = os.fork()
        if child == 0:
            code = 2
            try:
                try:
                    database.execute(world.b, query)
                except NotOpen as error:
                    database.open()
                    code = (
                        0 if "post_fork" in error.hint and database.execute(world.b, query).value() == "B-SECRET" else 3
                    )
                    database.close()
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        assert database.execute(world.a, query).rows == (("A-SECRET",),)  # neither closed nor mixed up
        child = os.fork()
        if child == 0:
            try:
                database.close()
            finally:
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert database.execute(world.a, query).rows == (("A-SECRET",),)
