"""The desk's pure parts: tokens, passwords, and what a storage URL means."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey
from obstore.store import LocalStore, S3Store

from ringfence.demo import seed
from ringfence.demo.desk.__main__ import listen
from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.files import open_store
from ringfence.demo.desk.model import Caller
from ringfence.demo.desk.passwords import ITERATIONS, hash_password, is_password
from ringfence.demo.desk.tokens import LIFETIME_S, SECRET_BYTES_MIN, Tokens

SECRET = "a secret of tests, long enough for HS256"
NOW_S = 1_800_000_000
USER = uuid.UUID("7d9a1a3e-0000-4000-8000-000000000001")
TOKENS = Tokens(SECRET)

callers = st.builds(Caller, st.uuids(), st.uuids(), st.none() | st.uuids())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(callers, st.integers(0, LIFETIME_S - 1))
def test_a_token_says_what_was_put_into_it_until_it_ends(caller: Caller, age_s: int) -> None:
    """For its lifetime and not a second longer."""
    token = TOKENS.issue(caller, NOW_S)

    assert TOKENS.verify(token, NOW_S + age_s) == caller
    with pytest.raises(DeskError, match="token_ended"):
        TOKENS.verify(token, NOW_S + LIFETIME_S)


@given(st.uuids())
def test_a_mobile_token_never_ends(user: uuid.UUID) -> None:
    """It has no session and no organization either."""
    assert TOKENS.verify(TOKENS.issue_mobile(user), NOW_S * 2) == Caller(user)


@given(st.text(max_size=200))
def test_what_is_no_token_is_refused(text: str) -> None:
    """With the same 401 whatever it is."""
    with pytest.raises(DeskError) as refused:
        TOKENS.verify(text, NOW_S)
    assert (refused.value.status, refused.value.code) == (401, "invalid_token")


@given(st.dictionaries(st.sampled_from(["sub", "sid", "role", "exp", "org_id", "iat"]), json_values))
def test_a_well_signed_token_of_any_content_is_refused_or_names_a_user(claims: dict[str, Any]) -> None:
    """Nothing but an answer comes of it, and nobody is let in without a user and the role."""
    try:
        caller = TOKENS.verify(_signed(claims), NOW_S)
    except DeskError as refused:
        status = refused.status
    else:
        status = 200
        assert (claims["role"], claims["sub"]) == ("authenticated", str(caller.user))

    assert status in {200, 401}


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "service_role"},
        {"role": None},
        {"sub": None},
        {"sub": str(USER).upper()},
        {"sub": USER.hex},
        {"sub": f"{{{USER}}}"},
        {"sid": "no uuid"},
        {"org_id": ""},
        {"exp": True},
        {"exp": "1900000000"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": NOW_S},
    ],
)
def test_a_claim_that_is_not_as_it_must_be_refuses_the_token(wrong: dict[str, Any]) -> None:
    """Also the ones that other programs would read charitably."""
    good = {"sub": str(USER), "role": "authenticated"}
    assert TOKENS.verify(_signed(good), NOW_S) == Caller(USER)

    with pytest.raises(DeskError) as refused:
        TOKENS.verify(_signed({**good, **wrong}), NOW_S)
    assert refused.value.status == 401


def test_another_algorithm_or_key_is_refused() -> None:
    """Nor is a token without a signature one of ours."""
    payload = {"sub": str(USER), "role": "authenticated"}
    unsigned = f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(payload)}."
    stronger = jws.serialize_compact(
        {"alg": "HS512"}, json.dumps(payload), OctKey.import_key(SECRET), algorithms=["HS512"]
    )
    for token in (unsigned, stronger, Tokens("x" * SECRET_BYTES_MIN).issue_mobile(USER)):
        with pytest.raises(DeskError, match="invalid_token"):
            TOKENS.verify(token, NOW_S)
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens("x" * (SECRET_BYTES_MIN - 1))


def _signed(claims: dict[str, Any]) -> str:
    return jws.serialize_compact({"alg": "HS256"}, json.dumps(claims), OctKey.import_key(SECRET))


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(
    st.text(max_size=30).filter(_encodable := lambda text: text.isprintable()), st.text(max_size=30).filter(_encodable)
)
def test_a_password_fits_its_own_hash_and_no_other(password: str, other: str) -> None:
    """The hash holds the salt and the number of iterations, and not the password."""
    kept = hash_password(password)

    assert kept.startswith(f"pbkdf2_sha256${ITERATIONS}$")
    assert is_password(password, kept)
    assert is_password(other, kept) == (other == password)


@given(st.none() | st.text(max_size=60) | st.from_regex(r"pbkdf2_sha256\$[0-9]{1,8}\$[A-Za-z=]{0,8}\$[A-Za-z=]{0,8}"))
def test_what_is_no_hash_fits_no_password(kept: str | None) -> None:
    """Whatever stands in the column, nobody logs in with it, and nothing is raised."""
    assert not is_password(seed.PASSWORD, kept)


def test_the_seed_is_the_same_every_time() -> None:
    """Also the hash of the demo's password, which everybody in it has."""
    assert seed.script(seed.ROWS_MIN) == seed.script(seed.ROWS_MIN)
    assert hash_password(seed.PASSWORD, salt=b"document desk") in seed.script(seed.ROWS_MIN)


def test_a_storage_is_a_folder_or_a_bucket(tmp_path: Path) -> None:
    """The folder is created; a bucket takes its endpoint from the URL, and its keys from elsewhere."""
    assert isinstance(open_store(str(tmp_path / "plain")), LocalStore)
    assert isinstance(open_store(f"file://{tmp_path}/named"), LocalStore)
    assert (tmp_path / "plain").is_dir()
    assert (tmp_path / "named").is_dir()
    store = open_store("s3://files/below?endpoint=http://127.0.0.1:9000&region=eu-central-1")
    assert isinstance(store, S3Store)
    assert (store.config["bucket"], store.config["region"], store.prefix) == ("files", "eu-central-1", "below")
    assert isinstance(open_store("s3://files"), S3Store)


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://key:secret@files",
        "s3://files?endpoint",
        "s3://files?secret_access_key=x",
        "ftp://host/x",
        "gs://x",
    ],
)
def test_a_storage_that_is_neither_is_refused(url: str) -> None:
    """And so is a URL with a secret in it: people paste URLs."""
    with pytest.raises(ValueError, match="s3://"):
        open_store(url)


def test_what_the_desk_sends_does_not_wait_for_an_acknowledgement() -> None:
    """Its connections have TCP_NODELAY; else every answer took 40 ms longer."""

    async def accepted() -> int:
        options: asyncio.Queue[int] = asyncio.Queue()

        async def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            await options.put(found)
            writer.close()

        listener = listen(0)
        async with await asyncio.start_server(look, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            found = await options.get()
            writer.close()
            await writer.wait_closed()
        return found

    assert asyncio.run(accepted()) != 0


def test_a_port_that_is_taken_is_said_to_be() -> None:
    """In a sentence that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(DeskError, match="cannot listen on"):
        listen(taken.getsockname()[1])
