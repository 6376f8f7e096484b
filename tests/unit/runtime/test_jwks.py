"""The key set over HTTP: one fetch for all, seldom, bounded, and kept while the issuer is down."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ringfence.runtime.claims import CannotJudge, FixedKeys, TokenRefused, Verifier
from ringfence.runtime.jwks import COOLDOWN_S, FRESH_S, STALE_S_MAX, InvalidSource, JwksClient
from ringfence.runtime.keys import EMPTY, KeySet, parse_key_set
from ringfence.runtime.threads import BlockingVerifier
from support import token_vectors as v
from support.issuer import Answers, issuer

FEWER = json.dumps({"keys": json.loads(v.JWKS)["keys"][1:]}).encode()


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def client(answers: Answers, clock: Clock, **options: Any) -> JwksClient:
    return JwksClient(answers.url, loopback_http_accepted=True, clock=clock, **options)


def with_issuer(scene: Callable[[Answers, Clock], Coroutine[Any, Any, None]], body: bytes = v.JWKS) -> None:
    async def play() -> None:
        async with issuer(body) as answers:
            await scene(answers, Clock())

    asyncio.run(asyncio.wait_for(play(), 30))


async def settled(keys: JwksClient) -> None:
    """Until no fetch is under way."""
    flight = keys._in_flight()
    if flight is not None:
        await flight


def test_a_hundred_who_wait_are_one_fetch() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.held = asyncio.Event()
        keys = client(answers, clock)
        waiting = [asyncio.create_task(keys.ask("es-1")) for _ in range(100)]
        await answers.arrived.wait()
        answers.held.set()
        found = await asyncio.gather(*waiting)

        assert answers.asked == 1
        assert len({one.fingerprint for one in found}) == 1

    with_issuer(scene)


def test_one_who_leaves_takes_the_keys_from_nobody() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.held = asyncio.Event()
        keys = client(answers, clock)
        first, second = (asyncio.create_task(keys.ask("es-1")) for _ in range(2))
        await answers.arrived.wait()
        first.cancel()
        answers.held.set()

        assert (await second).find("ES256", "es-1") is not None
        with pytest.raises(asyncio.CancelledError):
            await first

    with_issuer(scene)


def test_a_flood_of_unknown_key_ids_is_one_fetch() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        keys = client(answers, clock)
        verify = Verifier(v.PROFILES["plain"], keys, clock=lambda: v.NOW)
        await verify.verify(v.token())
        clock.now_s += COOLDOWN_S
        for n in range(200):
            with pytest.raises(TokenRefused):
                await verify.verify(v.token(header={"kid": f"x{n}"}))

        assert answers.asked == 2
        assert (await verify.verify(v.token())).user == v.USER

    with_issuer(scene)


def test_a_new_key_is_found_when_its_first_token_comes() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.body = FEWER
        keys = client(answers, clock)
        await keys.ask("rs-1")
        answers.body = v.JWKS
        clock.now_s += COOLDOWN_S

        assert (await keys.ask("es-1")).find("ES256", "es-1") is not None

    with_issuer(scene)


def test_keys_are_fetched_anew_beside_the_requests() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        keys = client(answers, clock)
        old = await keys.ask("es-1")
        answers.body = FEWER
        clock.now_s += FRESH_S + 1

        assert keys.known() is old  # at once, whatever the issuer does
        await settled(keys)
        now = keys.known()
        assert now is not None
        assert "es-1" not in now.kids
        assert answers.asked == 2

    with_issuer(scene)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 500 Internal Server Error\r\n", v.JWKS),
        (b"HTTP/1.1 200 OK\r\n", b"<html>"),
        (b"HTTP/1.1 200 OK\r\n", b'{"keys":1}'),
        (b"HTTP/1.1 204 No Content\r\n", b""),
        (b"no HTTP at all\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", v.JWKS),
    ],
    ids=["500", "html", "no keys", "204", "no http", "gzip"],
)
def test_what_is_no_key_set_leaves_the_known_one(head: bytes, body: bytes) -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        keys = client(answers, clock)
        good = await keys.ask("es-1")
        answers.head, answers.body = head, body
        clock.now_s += FRESH_S + 1
        keys.known()
        await settled(keys)

        assert keys.failure is not None
        assert await keys.ask("es-1") is good
        # a key id that may be new is not called false while nobody can be asked
        with pytest.raises(CannotJudge) as caught:
            await keys.ask("es-2")
        assert 0 < caught.value.retry_after_s <= COOLDOWN_S
        clock.now_s += STALE_S_MAX
        assert keys.known() is None
        with pytest.raises(CannotJudge):
            await keys.ask("es-1")

    with_issuer(scene)


def test_an_issuer_that_comes_back_is_believed_again() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        good, answers.head = answers.head, b"HTTP/1.1 503 Service Unavailable\r\n"
        keys = client(answers, clock)
        for _ in range(5):
            with pytest.raises(CannotJudge):
                await keys.ask("es-1")
        assert answers.asked == 1

        answers.head = good
        clock.now_s += COOLDOWN_S
        assert (await keys.ask("es-1")).kids == {"es-1", "rs-1", "ed-1"}
        assert keys.failure is None

    with_issuer(scene)


def test_a_redirect_is_not_followed() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.head = f"HTTP/1.1 302 Found\r\nLocation: {answers.url}\r\n".encode()
        keys = client(answers, clock)
        with pytest.raises(CannotJudge):
            await keys.ask("es-1")

        assert answers.asked == 1
        assert keys.failure == "the answer is 302"

    with_issuer(scene)


def test_a_document_without_end_is_cut_off() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.endless = True
        keys = client(answers, clock)
        with pytest.raises(CannotJudge):
            await keys.ask("es-1")

        assert keys.failure is not None
        assert "bytes" in keys.failure

    with_issuer(scene)


def test_an_issuer_that_says_nothing_is_given_up() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        answers.held = asyncio.Event()
        keys = client(answers, clock, timeout_s=0.05)
        with pytest.raises(CannotJudge):
            await keys.ask("es-1")

        assert keys.failure is not None
        assert "Timeout" in keys.failure

    with_issuer(scene)


def test_nobody_listens() -> None:
    async def scene(answers: Answers, clock: Clock) -> None:
        keys = JwksClient("http://127.0.0.1:1/jwks.json", loopback_http_accepted=True)
        with pytest.raises(CannotJudge):
            await keys.ask("es-1")

    with_issuer(scene)


def test_another_event_loop_fetches_for_itself() -> None:
    """Synchronous frameworks run each request in a loop of its own; a fetch that another one began is not theirs."""

    async def once(keys: JwksClient) -> None:
        async with issuer(v.JWKS) as answers:
            keys._url = answers.url
            assert (await keys.ask("es-1")).kids

    clock = Clock()
    keys = JwksClient("http://127.0.0.1:1/", loopback_http_accepted=True, clock=clock)
    for _ in range(2):
        asyncio.run(once(keys))
        clock.now_s += STALE_S_MAX + 1
    assert keys.fetches == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/jwks",
        "http://127.0.0.1/jwks",
        "https://user:password@issuer.example/jwks",
        "https:///jwks",
        "https://issuer.example/jwks#a",
        "https://issuer.example:port/jwks",
        "file:///etc/passwd",
        "",
        "issuer.example/jwks",
    ],
)
def test_keys_come_over_https_only(url: str) -> None:
    with pytest.raises(InvalidSource) as caught:
        JwksClient(url)
    assert "password@" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://issuer.example/jwks", "http://127.0.0.1.evil.example/jwks"])
def test_the_switch_for_tests_opens_this_machine_alone(url: str) -> None:
    with pytest.raises(InvalidSource):
        JwksClient(url, loopback_http_accepted=True)


def test_loops_that_end_with_their_request_still_learn_of_a_revoked_key() -> None:
    """One loop a request: fetches beside the requests are cancelled with them, so one of them has to wait."""
    clock = Clock()
    started, stop, urls = threading.Event(), threading.Event(), []
    answers: list[Answers] = []

    async def serve() -> None:
        async with issuer(v.JWKS) as one:
            urls.append(one.url)
            answers.append(one)
            started.set()
            await asyncio.to_thread(stop.wait, 30)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert started.wait(10)
        verify = Verifier(
            v.PROFILES["plain"], JwksClient(urls[0], loopback_http_accepted=True, clock=clock), clock=lambda: v.NOW
        )
        asyncio.run(verify.verify(v.token()))
        answers[0].body = FEWER
        clock.now_s += 2 * FRESH_S + 1

        with pytest.raises(TokenRefused):
            asyncio.run(verify.verify(v.token()))
    finally:
        stop.set()
        thread.join(10)


def test_the_synchronous_face_verifies_in_threads() -> None:
    verifier = BlockingVerifier(Verifier(v.PROFILES["plain"], FixedKeys(parse_key_set(v.JWKS)), clock=lambda: v.NOW))
    with verifier, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: verifier.verify(v.token(v.claims(tv=n))).token_version, range(50)))
        with pytest.raises(TokenRefused):
            verifier.verify("nonsense")

    assert found == list(range(50))
    assert not any(thread.name == "ringfence verifier" for thread in threading.enumerate())


def test_the_synchronous_face_gives_up_in_time() -> None:
    class Slow(FixedKeys):
        def known(self) -> None:
            return None

        async def ask(self, kid: str | None) -> KeySet:
            await asyncio.Event().wait()
            raise AssertionError

    with (
        BlockingVerifier(Verifier(v.PROFILES["plain"], Slow(EMPTY)), wait_s_max=0.05) as verifier,
        pytest.raises(CannotJudge),
    ):
        verifier.verify(v.token())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_synchronous_face_works_after_a_fork() -> None:
    with BlockingVerifier(
        Verifier(v.PROFILES["plain"], FixedKeys(parse_key_set(v.JWKS)), clock=lambda: v.NOW)
    ) as verifier:
        verifier.verify(v.token())
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if verifier.verify(v.token()).user == v.USER else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
