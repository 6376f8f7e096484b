"""Uploads to a real S3 endpoint: the same desk, another storage URL."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.store import S3Store

from support.desk import DeskProcess

NO_ENDPOINT = "no S3 endpoint"
# An S3 gateway to a folder (Apache-2.0), which checks signatures as S3 does; built once and kept in the cache folder.
MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
BUILD_TIMEOUT_S = 480
START_TIMEOUT_S = 30
BUCKET = "desk-files"
ACCESS_KEY = "desk-access-key"
SECRET_KEY = "a secret key of tests"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="session")
def gateway() -> Path:
    """The gateway's program, built from its published source when Go is there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ringfence-tests"
    program = cache / re.sub(r"[^\w.]+", "-", MODULE.rpartition("/")[2])
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        pytest.skip(f"{NO_ENDPOINT}: Go is not installed, and builds the gateway ({MODULE})")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        built = subprocess.run(
            [go, "install", MODULE],
            env={**os.environ, "GOBIN": fresh, "GOFLAGS": "-mod=mod -p=2"},
            capture_output=True,
            text=True,
            timeout=BUILD_TIMEOUT_S,
        )
        if built.returncode:
            pytest.skip(f"{NO_ENDPOINT}: {MODULE} could not be built")
        (Path(fresh) / "versitygw").replace(program)
    return program


@pytest.fixture
def endpoint(gateway: Path, tmp_path: Path) -> Iterator[str]:
    """A gateway on the loopback interface with one empty bucket."""
    folder = tmp_path / "gateway"
    (folder / BUCKET).mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sidecar = tmp_path / "sidecar"
    sidecar.mkdir()
    process = subprocess.Popen(
        [gateway, "--port", f"127.0.0.1:{port}", "posix", "--sidecar", sidecar, folder],
        env={**os.environ, "ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            assert process.poll() is None, "the gateway ended"
            assert time.monotonic() < deadline, "the gateway did not start"
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/", timeout=1)
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


def _keys(secret: str = SECRET_KEY) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": secret}


def test_files_go_to_s3_and_come_back(plain_url: str, endpoint: str) -> None:
    """Empty, small, and larger than one part; what the bucket holds is what was sent, and damage is noticed."""
    bucket = S3Store(
        BUCKET,
        endpoint=endpoint,
        region="us-east-1",
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    storage = f"s3://{BUCKET}?endpoint={endpoint}&region=us-east-1"
    with DeskProcess("before", plain_url, storage, environment=_keys()) as desk:
        anna = desk.sign_up()
        document = anna.document()["id"]
        for content in (b"", b"small", os.urandom(9_000_000)):
            row = anna.send("POST", f"/documents/{document}/uploads?name=a.bin", 201, content=content)

            assert row["sha256"] == hashlib.sha256(content).hexdigest()
            assert bytes(obstore.get(bucket, row["path"]).bytes()) == content
            assert anna.call("GET", f"/uploads/{row['id']}").content == content

        obstore.put(bucket, row["path"], b"damaged")
        with pytest.raises(httpx.RemoteProtocolError):
            anna.call("GET", f"/uploads/{row['id']}")
        obstore.delete(bucket, row["path"])
        assert anna.get(f"/uploads/{row['id']}", 404)["code"] == "file_gone"


def test_nothing_is_stored_with_wrong_keys(plain_url: str, endpoint: str) -> None:
    """The desk says that storage is away, writes no row, and keeps the key to itself."""
    wrong = "not the secret key"
    storage = f"s3://{BUCKET}?endpoint={endpoint}&region=us-east-1"
    with DeskProcess("before", plain_url, storage, environment=_keys(wrong)) as desk:
        anna = desk.sign_up()
        path = f"/documents/{anna.document()['id']}/uploads"
        answer = anna.call("POST", f"{path}?name=a", content=b"x")

        assert (answer.status_code, answer.json()["code"]) == (503, "storage_away")
        assert anna.get(path) == []
        assert wrong not in answer.text + desk.stop()
