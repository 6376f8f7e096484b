"""An application served on the loopback by a thread of this process, with real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn

START_S_MAX = 30.0


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The base URL of an application while the block lasts."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=5, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="served")
        thread.start()
        try:
            began = time.monotonic()
            while not server.started:
                assert thread.is_alive(), "the application did not start"
                assert time.monotonic() - began < START_S_MAX
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(START_S_MAX)
            assert not thread.is_alive()


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
        del format, args


class _Threaded(ThreadingMixIn, WSGIServer):
    """A thread for each connection."""

    request_queue_size = 64
    block_on_close = True


@contextmanager
def served_wsgi(app: Any) -> Iterator[str]:
    """The same for a WSGI application, with a thread for each connection."""
    with make_server("127.0.0.1", 0, app, _Threaded, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="served")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(START_S_MAX)
            assert not thread.is_alive()
