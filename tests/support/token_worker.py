"""One worker of an application that issues its own tokens: an ASGI application for the tests of a key rotation.

`POST /login/<session>` issues, `GET /me` verifies, `GET /jwks.json` publishes. Settings come from the environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from functools import partial
from typing import Any

from ringfence.runtime.claims import TokenProfile, Verifier
from ringfence.runtime.envelope import KeysSecret
from ringfence.runtime.issuer import Issuer, Receive, Send
from ringfence.runtime.jwks import JwksClient
from ringfence.runtime.keystore.pg import read_at
from ringfence.runtime.refused import Refused

NAME, AUDIENCE = "https://app.example.com", "authenticated"

issuer = Issuer(
    partial(read_at, os.environ["WORKER_DATABASE_URL"]),
    KeysSecret.from_environment(os.environ),
    issuer=NAME,
    audience=AUDIENCE,
    fresh_s=0.2,
)
verifier = Verifier(
    TokenProfile(NAME, AUDIENCE), JwksClient(os.environ["WORKER_JWKS_URL"], loopback_http_accepted=True)
)


async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """The worker."""
    if scope["type"] != "http":
        return  # no lifespan
    if scope["path"] == "/jwks.json":
        await issuer.app(scope, receive, send)
        return
    try:
        if scope["path"].startswith("/login/"):
            claims = {"sub": "u-1", "role": "authenticated", "session_id": scope["path"].removeprefix("/login/")}
            status, body = 200, await issuer.issue(claims)
        else:
            token = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
            found = await verifier.verify(token)
            status, body = 200, json.dumps({"session": found.session})
    except Refused as error:
        status, body = error.status, error.reason
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
