"""Signing keys move as they may and back, one signs at a time, and private halves open for nobody without the secret."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ringfence.errors import RingfenceError
from ringfence.runtime.claims import CannotJudge, FixedKeys, TokenProfile, TokenRefused, Verifier
from ringfence.runtime.envelope import EnvelopeRefused, KeysSecret, NoKeysSecret
from ringfence.runtime.issuer import ClaimsTaken, Issuer, NothingToSignWith
from ringfence.runtime.keys import KEYS_MAX as VERIFIER_KEYS_MAX
from ringfence.runtime.keys import parse_key_set
from ringfence.runtime.signing import (
    KEYS_MAX,
    STANDBY_MIN,
    KeyMoveRefused,
    KeyState,
    Move,
    SigningKey,
    create,
    in_use,
    key_set_document,
    restore,
    revoke,
    rotate,
)

SECRET = KeysSecret(1, b"s" * 32)
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
ISSUER, AUDIENCE = "https://app.example.com", "authenticated"
USER = {"sub": "6f1a3c52-0b7e-4d1c-9a51-3f6f0c8f2a11", "role": "authenticated", "session_id": "s-1"}


def moved(keys: Sequence[SigningKey], moves: Sequence[Move], now: datetime) -> list[SigningKey]:
    """What the database makes of moves: one after the other, one key that signs at any moment."""
    found = list(keys)
    for move in moves:
        place = next(i for i, key in enumerate(found) if key.kid == move.kid and key.state is move.old)
        found[place] = replace(found[place], state=move.new, left=move.old, changed_at=now)
        assert sum(key.state is KeyState.IN_USE for key in found) <= 1
    return found


def started(alg: str = "ES256") -> list[SigningKey]:
    key = create([], SECRET, NOW, alg)
    return moved([key], rotate([key], NOW), NOW)


class Keys(RuleBasedStateMachine):
    """Any moves in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[SigningKey] = []
        self.now = NOW

    @rule(minutes=st.integers(0, 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: len(self.keys) < 5)
    @rule(alg=st.sampled_from(["ES256", "EdDSA"]))
    def create(self, alg: str) -> None:
        self.keys.append(create(self.keys, SECRET, self.now, alg))

    @rule(place=st.none() | st.integers(0, 4), accepted=st.booleans())
    def rotate(self, place: int | None, accepted: bool) -> None:
        kid = None if place is None or place >= len(self.keys) else self.keys[place].kid
        before, signing = self.keys, in_use(self.keys)
        try:
            moves = rotate(self.keys, self.now, kid=kid, young_accepted=accepted)
        except KeyMoveRefused:
            return
        self.keys = moved(before, moves, self.now)
        if signing is not None:
            # the way back needs no waiting: verifiers have the key
            back = moved(self.keys, rotate(self.keys, self.now, kid=signing.kid), self.now)
            assert in_use(back).kid == signing.kid  # type: ignore[union-attr]

    @rule(place=st.integers(0, 4), accepted=st.booleans())
    def revoke(self, place: int, accepted: bool) -> None:
        if place >= len(self.keys):
            return
        key = self.keys[place]
        try:
            moves = revoke(self.keys, key.kid, in_use_accepted=accepted)
        except KeyMoveRefused:
            assert key.state is KeyState.IN_USE
            return
        self.keys = moved(self.keys, moves, self.now)
        assert self.keys[place].state is KeyState.REVOKED
        if moves:
            back = moved(self.keys, restore(self.keys, key.kid), self.now)
            expected = KeyState.STANDBY if key.state is KeyState.STANDBY else KeyState.PREVIOUSLY_USED
            assert back[place].state is expected

    @invariant()
    def the_key_set_is_what_verifiers_read(self) -> None:
        found = parse_key_set(key_set_document(self.keys))
        assert found.kids == {key.kid for key in self.keys if key.state.published}
        assert found.skipped == ()

    @invariant()
    def one_signs_at_most(self) -> None:
        assert sum(key.state is KeyState.IN_USE for key in self.keys) <= 1


TestKeys = Keys.TestCase


def test_a_young_key_waits_until_every_verifier_has_it() -> None:
    keys = [*started(), create([], SECRET, NOW)]

    with pytest.raises(KeyMoveRefused) as caught:
        rotate(keys, NOW + STANDBY_MIN - timedelta(seconds=1))
    assert "--now" in caught.value.hint
    assert len(rotate(keys, NOW + STANDBY_MIN)) == 2
    assert len(rotate(keys, NOW, young_accepted=True)) == 2


def test_the_first_key_of_all_waits_for_nobody() -> None:
    key = create([], SECRET, NOW)

    assert rotate([key], NOW) == (Move(key.kid, KeyState.STANDBY, KeyState.IN_USE),)


def test_what_cannot_move_says_why() -> None:
    keys = started()
    revoked = moved(keys, revoke(keys, keys[0].kid, in_use_accepted=True), NOW)
    two = [create([], SECRET, NOW), create([], SECRET, NOW)]

    for refused in (
        lambda: rotate(keys, NOW),
        lambda: rotate(two, NOW),
        lambda: rotate(keys, NOW, kid="nobody"),
        lambda: rotate(keys, NOW, kid=keys[0].kid),
        lambda: rotate(revoked, NOW, kid=revoked[0].kid),
        lambda: revoke(keys, keys[0].kid),
        lambda: restore(keys, keys[0].kid),
        lambda: create([], SECRET, NOW, "HS256"),
        lambda: create([create([], SECRET, NOW) for _ in range(KEYS_MAX)], SECRET, NOW),
    ):
        with pytest.raises(KeyMoveRefused):
            refused()
    assert revoke(revoked, revoked[0].kid) == ()


def test_no_more_keys_are_published_than_verifiers_read() -> None:
    assert KEYS_MAX <= VERIFIER_KEYS_MAX


def test_a_key_id_is_no_option_of_a_command_line() -> None:
    assert all(create([], SECRET, NOW).kid[0] != "-" for _ in range(50))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_an_envelope_opens_with_its_secret_as_its_key_alone(private: bytes, kid: str) -> None:
    envelope = SECRET.wrap(private, kid, "ES256")

    assert SECRET.unwrap(envelope, kid, "ES256") == private
    for other, name, alg in (
        (KeysSecret(1, b"t" * 32), kid, "ES256"),
        (KeysSecret(2, b"s" * 32), kid, "ES256"),
        (SECRET, kid + "x", "ES256"),
        (SECRET, kid, "EdDSA"),
    ):
        with pytest.raises(EnvelopeRefused):
            other.unwrap(envelope, name, alg)


@given(st.data())
def test_a_changed_envelope_is_refused(data: st.DataObject) -> None:
    envelope = bytearray(SECRET.wrap(b"private", "k", "ES256"))
    place = data.draw(st.integers(0, len(envelope) - 1))
    envelope[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(EnvelopeRefused):
        SECRET.unwrap(bytes(envelope), "k", "ES256")


@given(st.binary(max_size=40))
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        SECRET.unwrap(raw, "k", "ES256")


def test_the_secret_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    made = KeysSecret.generate(3)
    path = tmp_path / "secret"
    path.write_text(made.to_text() + "\n")

    assert KeysSecret.from_environment({"RINGFENCE_KEYS_SECRET": made.to_text()}) == made
    assert KeysSecret.from_environment({"RINGFENCE_KEYS_SECRET_FILE": str(path)}) == made
    for wrong in (
        {},
        {"RINGFENCE_KEYS_SECRET": "1:geheim"},
        {"RINGFENCE_KEYS_SECRET": "0:" + made.to_text()[2:]},
        {"RINGFENCE_KEYS_SECRET_FILE": str(tmp_path / "nothing")},
    ):
        with pytest.raises(NoKeysSecret) as caught:
            KeysSecret.from_environment(wrong)
        assert "geheim" not in str(caught.value)
    assert made.to_text()[2:] not in repr(made)


class Store:
    """What an issuer reads its keys from, counted; broken when the test says so."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self.keys, self.reads, self.broken = tuple(keys), 0, False
        self.lock = threading.Lock()

    def __call__(self) -> Sequence[SigningKey]:
        with self.lock:
            self.reads += 1
        if self.broken:
            raise RingfenceError("the database is down")
        return self.keys


def issuer(store: Store, *secrets: KeysSecret, **options: Any) -> Issuer:
    return Issuer(store, secrets or (SECRET,), issuer=ISSUER, audience=AUDIENCE, **options)


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_what_is_issued_is_verified(alg: str) -> None:
    async def scene() -> None:
        made = issuer(Store(started(alg)))
        verifier = Verifier(TokenProfile(ISSUER, AUDIENCE), FixedKeys(parse_key_set(await made.key_set())))

        found = await verifier.verify(await made.issue(USER))

        assert (found.user, found.session) == (USER["sub"], "s-1")

    asyncio.run(scene())


def test_a_rotation_and_a_revocation_reach_the_issuer_without_a_restart() -> None:
    async def scene() -> None:
        store = Store(started())
        made = issuer(store, fresh_s=0.0)
        first = await made.issue(USER)
        store.keys = (*store.keys, create(store.keys, SECRET, NOW))
        store.keys = tuple(moved(store.keys, rotate(store.keys, NOW, young_accepted=True), NOW))
        second = await made.issue(USER)
        profile = TokenProfile(ISSUER, AUDIENCE)
        both = Verifier(profile, FixedKeys(parse_key_set(await made.key_set())))

        assert first.split(".")[0] != second.split(".")[0]
        await both.verify(first)
        await both.verify(second)

        store.keys = tuple(moved(store.keys, revoke(store.keys, store.keys[0].kid), NOW))
        with pytest.raises(TokenRefused):
            await Verifier(profile, FixedKeys(parse_key_set(await made.key_set()))).verify(first)

    asyncio.run(scene())


def test_a_hundred_at_once_are_one_read() -> None:
    async def scene() -> None:
        store = Store(started())
        made = issuer(store, fresh_s=60)
        await asyncio.gather(*(made.issue(USER) for _ in range(100)))

        assert store.reads == 1

    asyncio.run(scene())


def test_a_database_that_is_down_stops_nobody_who_has_the_keys() -> None:
    async def scene() -> None:
        store = Store(started())
        made = issuer(store, fresh_s=0.0)
        await made.issue(USER)
        store.broken = True
        await made.issue(USER)

        with pytest.raises(CannotJudge):
            await issuer(store).issue(USER)

    asyncio.run(scene())


def test_nothing_is_issued_that_should_not_be() -> None:
    async def scene() -> None:
        with pytest.raises(NothingToSignWith):
            await issuer(Store([])).issue(USER)
        with pytest.raises(NothingToSignWith):
            await issuer(Store(started()), KeysSecret(2, b"s" * 32)).issue(USER)
        with pytest.raises(EnvelopeRefused):
            await issuer(Store(started()), KeysSecret(1, b"t" * 32)).issue(USER)
        with pytest.raises(ClaimsTaken):
            await issuer(Store(started())).issue({**USER, "iss": "https://evil.example"})

    asyncio.run(scene())


def test_the_key_set_is_served_and_shows_nothing_private() -> None:
    async def ask(made: Issuer, method: str) -> tuple[int, dict[bytes, bytes], bytes]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        await made.app({"type": "http", "method": method}, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]

    async def scene() -> None:
        store = Store(started())
        made = issuer(store)
        status, headers, body = await ask(made, "GET")

        assert status == 200
        assert headers[b"content-length"] == str(len(body)).encode()
        assert b"max-age=" in headers[b"cache-control"]
        assert set(json.loads(body)["keys"][0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert (await ask(made, "HEAD"))[0::2] == (200, b"")
        assert (await ask(made, "POST"))[0] == 405
        store.broken = True
        assert (await ask(issuer(store), "GET"))[0] == 503

    asyncio.run(scene())
