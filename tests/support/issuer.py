"""An issuer's key set over plain HTTP on the loopback, that a test can break in every way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Answers:
    """What the server says next; `asked` counts the requests."""

    body: bytes
    head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    asked: int = 0
    held: asyncio.Event | None = None
    endless: bool = False
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""


@asynccontextmanager
async def issuer(body: bytes) -> AsyncIterator[Answers]:
    """The server, for as long as the block runs."""
    answers = Answers(body)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            answers.asked += 1
            answers.arrived.set()
            if answers.held is not None:
                await answers.held.wait()
            if answers.endless:
                writer.write(answers.head + b"Connection: close\r\n\r\n")
                while True:
                    writer.write(b" " * 4096)
                    await writer.drain()
            length = f"Content-Length: {len(answers.body)}\r\nConnection: close\r\n\r\n"
            writer.write(answers.head + length.encode() + answers.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    answers.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield answers
    finally:
        if answers.held is not None:
            answers.held.set()
        server.close()
        await server.wait_closed()
