"""A TCP proxy that keeps everything for a while, so that a server on this machine looks like one in another house."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

CHUNK_BYTES = 65536


@contextlib.contextmanager
def delayed(port: int, one_way_s: float) -> Iterator[int]:
    """A port that leads to `port` of this machine, each direction delayed; a process of its own, stopped at the end."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, one_way_s, theirs), daemon=True)
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join(timeout=10)


def _serve(port: int, one_way_s: float, told: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told.send(listening.getsockname()[1])
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for one, other in ((client, server), (server, client)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_carry, args=(one, other, one_way_s), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, one_way_s: float) -> None:
    """Carry bytes one way. A request or an answer that fits one read is late by the delay and not by more."""
    with contextlib.suppress(OSError):  # either side hung up, and so does the other
        while data := source.recv(CHUNK_BYTES):
            time.sleep(one_way_s)
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
