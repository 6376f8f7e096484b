"""Uploads in object storage: a local folder, or any S3 endpoint. It knows no database and no users.

A file is complete before storage hears of it, and no file is handed out whole whose checksum is not the one that was
noted when it came in.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import KeptFile

if TYPE_CHECKING:
    from obstore.store import ClientConfig  # a type for checkers, not there at run time

UPLOAD_BYTES_MAX = 10 * 1024 * 1024
UPLOAD_TIMEOUT_S = 60
STORE_TIMEOUT_S = 20
SPOOL_BYTES = 512 * 1024
"""What is held in memory of one upload; the rest waits in a temporary file."""
CHUNK_BYTES = 256 * 1024

log = logging.getLogger(__name__)


def open_store(url: str) -> ObjectStore:
    """The store for `s3://bucket?endpoint=URL&region=NAME`, `file:///folder` or a plain folder, which is created.

    Keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, never from the URL. Raises ValueError.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        wanted = dict(parse_qsl(parts.query, keep_blank_values=True))
        endpoint = wanted.pop("endpoint", None)
        region = wanted.pop("region", "us-east-1")
        is_url = endpoint is None or endpoint.startswith(("http://", "https://"))
        if wanted or not is_url or not parts.netloc or "@" in parts.netloc:
            raise ValueError("write the storage as s3://bucket?endpoint=http://127.0.0.1:9000&region=us-east-1")
        prefix = parts.path.strip("/") or None
        timeout: ClientConfig = {"timeout": f"{STORE_TIMEOUT_S}s"}
        if endpoint is None:
            return S3Store(parts.netloc, prefix=prefix, region=region, client_options=timeout)
        return S3Store(
            parts.netloc,
            prefix=prefix,
            region=region,
            endpoint=endpoint,
            virtual_hosted_style_request=False,
            client_options={**timeout, "allow_http": endpoint.startswith("http://")},
        )
    if parts.scheme not in ("", "file"):
        raise ValueError("the storage is a folder or an s3:// URL")
    return LocalStore(Path(parts.path if parts.scheme else url), mkdir=True)


class Files:
    """What the desk does with a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep(self, path: str, stream: AsyncIterator[bytes], sha256: str | None) -> KeptFile:
        """Take a file in; raises a DeskError: 413 too large, 422 not what its sender's `sha256` says, 503.

        Nothing is stored of an upload that broke off: storage gets it only when all of it is here.
        """
        digest = hashlib.sha256()
        size = 0
        with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
            async with _within(UPLOAD_TIMEOUT_S, DeskError(408, "too_slow", "the upload took too long")):
                async for chunk in stream:
                    size += len(chunk)
                    if size > UPLOAD_BYTES_MAX:
                        raise DeskError(413, "too_large", f"a file has at most {UPLOAD_BYTES_MAX} bytes")
                    digest.update(chunk)
                    spool.write(chunk)
            if sha256 is not None and sha256 != digest.hexdigest():
                raise DeskError(422, "damaged", "the file is not what X-Content-SHA256 says")
            spool.seek(0)
            try:
                await obstore.put_async(self._store, path, spool)
            except (BaseError, OSError) as error:
                raise _away(error) from None
        return KeptFile(path, size, digest.hexdigest())

    async def open(self, file: KeptFile) -> AsyncIterator[bytes]:
        """The file's content; raises a DeskError at once: 404 when storage has none of it, 503.

        The last piece is held back until the checksum is right. When it is not, the connection breaks off: whoever
        downloads sees that something is missing, and never a wrong file that looks whole.
        """
        try:
            found = await obstore.get_async(self._store, file.path)
        except FileNotFoundError:
            raise DeskError(404, "file_gone", "the file is not in storage") from None
        except (BaseError, OSError) as error:
            raise _away(error) from None
        return _checked(found.stream(min_chunk_size=CHUNK_BYTES), file)

    async def forget(self, path: str) -> None:
        """Remove a file that no row speaks of; it stays, harmless, when storage is away."""
        try:
            await obstore.delete_async(self._store, path)
        except (BaseError, OSError) as error:
            log.warning("storage: an unused file stays: %s", type(error).__name__)


async def _checked(stream: AsyncIterable[bytes], file: KeptFile) -> AsyncIterator[bytes]:
    digest = hashlib.sha256()
    held = b""
    async for chunk in stream:
        if held:
            yield held
        held = bytes(chunk)
        digest.update(held)
    if digest.hexdigest() != file.sha256:
        log.error("storage: a file's checksum is wrong")
        raise DeskError(500, "damaged", "the file is damaged")
    yield held


class _within:  # noqa: N801  # reads as a word: async with _within(..)
    """`asyncio.timeout` that raises an answer instead of TimeoutError."""

    def __init__(self, seconds: float, answer: DeskError) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._answer = answer

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        try:
            await self._timeout.__aexit__(*error)  # type: ignore[arg-type]
        except TimeoutError:
            raise self._answer from None


def _away(error: Exception) -> DeskError:
    log.warning("storage: %s", type(error).__name__)
    return DeskError(503, "storage_away", "the storage for files did not answer")
