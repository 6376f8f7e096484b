"""`python -m ringfence.demo.desk`: one version of the desk on one port of the loopback interface.

    DESK_DATABASE_URL=postgresql://localhost/desk DESK_JWT_SECRET=.. DESK_JOB_KEY=.. \
    python -m ringfence.demo.desk --version before --port 8001 --storage ./files

Prints `listening on 127.0.0.1:8001` once it serves. SIGTERM and Ctrl-C end it after the requests in flight. Secrets
come from the environment alone: a command line can be read by everybody on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import uvicorn

from ringfence.demo.desk import app, auth, before, compared, sealed, tenant, tenantauth
from ringfence.demo.desk.after import After
from ringfence.demo.desk.auth import Auth
from ringfence.demo.desk.before import Before
from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.files import Files, open_store
from ringfence.demo.desk.isolated import Isolated
from ringfence.demo.desk.model import Desk
from ringfence.demo.desk.moving import Moving
from ringfence.demo.desk.pg import Database, login_url
from ringfence.demo.desk.publishedkeys import PublishedKeys
from ringfence.demo.desk.routes import Parts
from ringfence.demo.desk.tenant import ServiceDatabase, Tenants
from ringfence.demo.desk.tenantauth import Returning, TenantAuth, TokenParts
from ringfence.demo.desk.tokens import Tokens
from ringfence.errors import RingfenceError
from ringfence.runtime import SealKey
from ringfence.runtime.claims import Verifier
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.issuer import Issuer
from ringfence.runtime.keystore import pg as keystore
from ringfence.runtime.rollout import Rollout
from ringfence.runtime.sessions import RefreshKey, RefreshKeys, Sessions

HOST = "127.0.0.1"
KEEP_ALIVE_S = 75
SHUTDOWN_S = 15
BACKLOG = 512
WINDOW_S = 90 * 86400
"""How long tokens of before are believed, counted from the start, unless it is said when that ends."""
LOGINS = {"before": before.LOGIN, "after": tenant.LOGIN, "isolated": sealed.DOOR, "moving": tenant.LOGIN}


class Served(uvicorn.Server):
    """A server that says when it serves."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell whoever waits for it on our stdout."""
        await super().startup(sockets)
        if sockets and not self.should_exit:
            host, port = sockets[0].getsockname()[:2]
            print(f"listening on {host}:{port}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; 0 after that, 1 without database or port, 2 when a setting is missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        url = _secret(os.environ, options.database_url_env)
        tokens = Tokens(_secret(os.environ, "DESK_JWT_SECRET"))
        job_key = _secret(os.environ, "DESK_JOB_KEY")
        files = Files(open_store(options.storage))
    except ValueError as error:
        parser.error(str(error))
    try:
        asyncio.run(serve(options, url, tokens, job_key, files))
    except (DeskError, RingfenceError) as error:
        print(f"the desk cannot start: {error.message}", file=sys.stderr)
        return 1
    return 0


async def serve(options: argparse.Namespace, url: str, tokens: Tokens, job_key: str, files: Files) -> None:
    """Connect, serve, and leave nothing open."""
    desk_database, auth_database = Database(url, LOGINS[options.version]), Database(url, auth.LOGIN)
    desk, resources = _desk(options, url, desk_database)
    doors, beside = _auth(options, url, (auth_database, desk, tokens))
    server = Served(_config(Parts(desk, doors, files, job_key)))
    # Heard before uvicorn listens for signals, and after: it raises the one that ended it once more, which is no reason
    # to die of it.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, server)
    if options.stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), daemon=True).start()
    async with AsyncExitStack() as stack:
        for database in (desk_database, auth_database):
            stack.push_async_callback(database.close)
            await database.open()
        for resource in (*resources, *beside):
            await stack.enter_async_context(resource)
        listener = listen(options.port)
        stack.callback(listener.close)
        if not server.should_exit:
            await server.serve(sockets=[listener])


def _desk(
    options: argparse.Namespace, url: str, database: Database
) -> tuple[Desk, Sequence[AbstractAsyncContextManager[object]]]:
    """The version that was asked for, and what must be open while it serves."""
    gateway = Database(url, compared.GATEWAY)

    def maybe_compared(way: Tenants) -> tuple[Tenants, Sequence[AbstractAsyncContextManager[object]]]:
        if not options.compare:
            return way, ()
        comparisons = compared.Comparisons(gateway, options.compare)
        return compared.ComparedDatabase(way, comparisons), (_opened(gateway),)

    match options.version:
        case "before":
            return Before(database), ()
        case "after":
            way, resources = maybe_compared(ServiceDatabase(database))
            return After(way), resources
        case "moving":
            old = Database(url, before.LOGIN)
            rollout = Rollout(_secret(os.environ, "DESK_ROLLOUT_URL"), application="document-desk rollout")
            moving = Moving(Before(old), After(ServiceDatabase(database)), rollout)
            moving.faults = {name for name in os.environ.get("DESK_FAULTS", "").split(", ") if name}
            return moving, (_opened(old), rollout)
        case _:
            key = SealKey.from_text(_secret(os.environ, "DESK_SEAL_KEY"))
            runtime = sealed.open_runtime(url, key)
            way, resources = maybe_compared(sealed.SealedDatabase(runtime, database, options.role))
            return Isolated(way), (runtime, *resources)


def _auth(
    options: argparse.Namespace, url: str, common: tuple[Database, Desk, Tokens]
) -> tuple[Auth, Sequence[AbstractAsyncContextManager[object]]]:
    """The auth server with the tokens that were asked for, and what must be open while it serves."""
    if options.tokens == "plain":
        return Auth(*common), ()
    at = login_url(url, auth.LOGIN.name, "public")
    issuer = Issuer(
        partial(keystore.read_at, at),
        KeysSecret.from_environment(os.environ),
        issuer=tenantauth.ISSUER,
        audience=tenantauth.AUDIENCE,
    )
    keys = PublishedKeys(issuer)
    refresh_key = RefreshKey(1, _secret(os.environ, "DESK_REFRESH_SECRET").encode())
    sessions = Sessions(at, refresh_keys=RefreshKeys(refresh_key), application="document-desk sessions")
    profile = tenantauth.profile(_secret(os.environ, "DESK_JWT_SECRET"), options.window_closes_at)
    parts = TokenParts(Verifier(profile, keys), issuer, sessions)
    kind = TenantAuth if options.tokens == "tenant" else Returning
    return kind(*common, parts), (keys, sessions)


@asynccontextmanager
async def _opened(database: Database) -> AsyncIterator[None]:
    await database.open()
    try:
        yield
    finally:
        await database.close()


def _config(parts: Parts) -> uvicorn.Config:
    return uvicorn.Config(
        app.build(parts),
        access_log=False,
        backlog=BACKLOG,
        lifespan="off",
        log_level="critical",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


def listen(port: int) -> socket.socket:
    """A listening socket whose connections send at once.

    asyncio sets TCP_NODELAY only where the protocol is named. Without it the body of an answer waits for the client's
    acknowledgement of its head, which comes 40 ms later: seen as 46 ms instead of 3 for every request.
    Raises a 503 DeskError when the port is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise DeskError(503, "port", f"cannot listen on {HOST}:{port}: {error.strerror}") from None
    return listener


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


def _stop_at_end_of_stdin(server: uvicorn.Server) -> None:
    """Whoever started us holds the other end of the pipe; when it is gone, however it went, so are we."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _stop(server)


def _secret(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise ValueError(f"set {name} in the environment")
    return value


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: give 0 to 1")
    return share


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ringfence.demo.desk",
        description="The demo's application, a document desk, in one of its versions.",
        epilog="From the environment: DESK_DATABASE_URL (the desk uses logins of its own, whatever user it names), "
        "DESK_JWT_SECRET (32 bytes or more), DESK_JOB_KEY, RINGFENCE_KEYS_SECRET and DESK_REFRESH_SECRET (32 bytes or"
        " more) unless tokens are plain, DESK_SEAL_KEY when isolated, DESK_ROLLOUT_URL and maybe"
        " DESK_FAULTS (endpoints whose new side fails on purpose) when moving, and for S3 AWS_ACCESS_KEY_ID"
        " and AWS_SECRET_ACCESS_KEY.",
    )
    parser.add_argument(
        "--version",
        choices=tuple(LOGINS),
        required=True,
        help="without tenants, with them, isolated, or both of the first two",
    )
    parser.add_argument(
        "--tokens",
        choices=("plain", "tenant", "returning"),
        default="plain",
        help="those of before, those that name the organization, or both believed and those of before given out",
    )
    parser.add_argument(
        "--window-closes-at",
        type=int,
        default=int(time.time()) + WINDOW_S,
        metavar="SECONDS",
        help="since 1970: from then on no token of before is believed (in 90 days)",
    )
    parser.add_argument(
        "--compare",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="of the statements of after and isolated, 0 to 1, to be compared with enforcement (phase 4)",
    )
    parser.add_argument(
        "--role",
        default=sealed.REQUEST_ROLE,
        metavar="NAME",
        help="what requests of isolated act as: a canary, before enforcement",
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="0 (the default) takes a free one")
    parser.add_argument(
        "--storage", required=True, metavar="URL", help="a folder, or s3://bucket?endpoint=URL&region=NAME"
    )
    parser.add_argument(
        "--database-url-env",
        default="DESK_DATABASE_URL",
        metavar="NAME",
        help="the variable that holds the database URL",
    )
    parser.add_argument(
        "--stop-with-stdin", action="store_true", help="end when stdin ends, as it does with its parent"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
