"""A wire that can be told to fail: it reads the frames of PostgreSQL's protocol and cuts exactly where it should.

It stands in front of the migrator alone. Protocol: https://www.postgresql.org/docs/18/protocol-message-formats.html
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from psycopg.conninfo import conninfo_to_dict, make_conninfo

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
TCP_REPAIR = 19
"""Linux: a socket in this mode is closed without a word to the other side, as a machine without power does it."""


class Fault(Enum):
    """What happens to a connection, and when."""

    ANSWER_LOST = "COMMIT forwarded, answer dropped"
    REQUEST_LOST = "COMMIT never forwarded"
    CUT_IN_A_RESULT = "cut in the middle of a result"
    SERVER_NOT_TOLD = "client cut off, server not told"
    CLIENT_NOT_TOLD = "server side gone, client not told"


@dataclass
class Armed:
    """A fault that is waiting for its moment."""

    fault: Fault
    left: int
    """So many occasions are let pass."""
    struck: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Carries connections to a server; at most one fault is armed at a time."""

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts.get("host") or "127.0.0.1"), int(str(parts.get("port") or 5432))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(
            url, host="127.0.0.1", port=self._listener.getsockname()[1], sslmode="disable", gssencmode="disable"
        )
        self._turn = threading.Lock()
        self._armed: Armed | None = None
        self._wires: list[_Wire] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def arm(self, fault: Fault, let_pass: int = 0) -> threading.Event:
        """Let a fault strike a connection of a run, at its moment after so many; the event says that it did."""
        with self._turn:
            self._armed = Armed(fault, let_pass)
            return self._armed.struck

    def strikes(self, *occasion: Fault) -> Fault | None:
        """Asked by a wire at an occasion for these faults: which one strikes now."""
        with self._turn:
            if self._armed is None or self._armed.fault not in occasion:
                return None
            if self._armed.left:
                self._armed.left -= 1
                return None
            armed, self._armed = self._armed, None
            armed.struck.set()
            return armed.fault

    def cut_clients_off(self) -> None:
        """Every client loses its connection at once, and no server learns of it."""
        for wire in self._wires:
            wire.cut_client_off()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # the listener was closed
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._host.startswith("/"):
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            else:
                server = socket.create_connection((self._host, self._port))
            self._wires.append(_Wire(self, client, server))

    def close(self) -> None:
        """End every connection, and whatever was kept from being told."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        for wire in self._wires:
            wire.close()


class _Wire:
    """One connection, a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._of_a_run = False
        self._losing = False
        """A COMMIT is on its way whose answer nobody will get."""
        self._cut = threading.Event()
        for work in (self._up, self._down):
            threading.Thread(target=work, daemon=True).start()

    def _up(self) -> None:
        while not self._cut.is_set():
            code, length = struct.unpack("!II", _swap(_exactly(self._client, 8)))
            if code in (SSL_REQUEST, GSS_REQUEST):
                self._client.sendall(b"N")
                continue
            rest = _exactly(self._client, length - 8)
            self._of_a_run = b"application_name\0ringfence run\0" in rest
            self._send(self._server, struct.pack("!II", length, code) + rest)
            break
        while not self._cut.is_set():
            head = _exactly(self._client, 5)
            body = _exactly(self._client, struct.unpack("!I", head[1:])[0] - 4) if head else b""
            if not head:
                break
            is_commit = head[:1] in b"QP" and b"COMMIT" in body[:16]
            self._losing = self._losing or (is_commit and self._struck(Fault.ANSWER_LOST))
            if is_commit and self._struck(Fault.REQUEST_LOST):
                break
            asks = head[:1] in b"QS"
            if asks and self._struck(Fault.SERVER_NOT_TOLD):
                self._proxy.cut_clients_off()
                return
            if asks and self._struck(Fault.CLIENT_NOT_TOLD):
                self._cut.set()
                self._client.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
                self._client.close()
                self._end(self._server)
                return
            self._send(self._server, head + body)
        self._both()

    def _down(self) -> None:
        first_row = True
        while not self._cut.is_set():
            head = _exactly(self._server, 5)
            if not head:
                break
            body = _exactly(self._server, struct.unpack("!I", head[1:])[0] - 4)
            if self._losing:
                if head[:1] == b"Z":
                    break  # committed, and ready for more that will not come
                continue
            if head[:1] == b"D" and first_row and self._struck(Fault.CUT_IN_A_RESULT):
                self._send(self._client, head + body[: len(body) // 2])
                break
            first_row = head[:1] == b"Z" or (first_row and head[:1] != b"D")
            self._send(self._client, head + body)
        self._both()

    def cut_client_off(self) -> None:
        """The client sees its connection end, the server does not."""
        self._cut.set()
        self._end(self._client)

    def _struck(self, fault: Fault) -> bool:
        return self._of_a_run and self._proxy.strikes(fault) is not None

    def _send(self, side: socket.socket, data: bytes) -> None:
        try:
            side.sendall(data)
        except OSError:
            self._both()  # the other direction was cut

    def _both(self) -> None:
        if self._cut.is_set():
            return
        self._cut.set()
        self._end(self._client)
        self._end(self._server)

    @staticmethod
    def _end(side: socket.socket) -> None:
        with contextlib.suppress(OSError):  # its owner may have ended it first
            side.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End both sides, also one that was not told."""
        self._cut.set()
        for side in (self._client, self._server):
            self._end(side)
            side.close()


def _exactly(side: socket.socket, length: int) -> bytes:
    """So many bytes, or none when the other side is gone."""
    parts = b""
    while len(parts) < length:
        try:
            more = side.recv(length - len(parts))
        except OSError:
            return b""
        if not more:
            return b""
        parts += more
    return parts


def _swap(start: bytes) -> bytes:
    """The first eight bytes of a startup packet with its code before its length; of nobody, a plain startup."""
    return start[4:] + start[:4] if start else struct.pack("!II", 0, 8)


@contextmanager
def proxy_to(url: str) -> Iterator[Proxy]:
    """A proxy in front of a server, for as long as the block lasts."""
    made = Proxy(url)
    try:
        yield made
    finally:
        made.close()
