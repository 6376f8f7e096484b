"""A TCP proxy before the server that counts round trips: how often a client spoke after it had been answered."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK_BYTES = 65536
DEFAULT_PORT = 5432


@dataclass
class Counter:
    """What went through the proxy so far."""

    url: str = ""
    round_trips: int = 0
    _answered: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self) -> None:
        """The client spoke: a new round trip, unless it is still saying what it began to say."""
        with self._lock:
            self.round_trips += self._answered
            self._answered = False

    def answered(self) -> None:
        """The server spoke."""
        with self._lock:
            self._answered = True


@contextlib.contextmanager
def counting(url: str) -> Iterator[Counter]:
    """A proxy for one client at a time; closed with all its connections at the end."""
    parts = conninfo_to_dict(url)
    host, port = str(parts.get("host") or "127.0.0.1"), int(str(parts.get("port") or DEFAULT_PORT))
    listening = socket.create_server(("127.0.0.1", 0))
    counter = Counter(make_conninfo(url, host="127.0.0.1", port=listening.getsockname()[1]))
    open_sockets: list[socket.socket] = [listening]
    threads: list[threading.Thread] = []

    def carry(source: socket.socket, target: socket.socket, note: Callable[[], None]) -> None:
        with contextlib.suppress(OSError):  # one side hung up, and so does the other
            while data := source.recv(CHUNK_BYTES):
                note()
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:  # closed below
                return
            if host.startswith("/"):
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{host}/.s.PGSQL.{port}")
            else:
                server = socket.create_connection((host, port))
            open_sockets.extend((client, server))
            for ends in ((client, server, counter.asked), (server, client, counter.answered)):
                thread = threading.Thread(target=carry, args=ends, daemon=True)
                threads.append(thread)
                thread.start()

    acceptor = threading.Thread(target=serve, daemon=True)
    acceptor.start()
    try:
        yield counter
    finally:
        for end in open_sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        acceptor.join(timeout=10)
        for thread in threads:
            thread.join(timeout=10)
