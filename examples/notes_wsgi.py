"""Notes of an organization over WSGI, for servers with threads: what a Flask or Django application puts together, too.

`build` takes what differs between a test and production: the database, who verifies tokens, and the code of before,
which knows no organizations and answers until the endpoint is moved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ringfence.runtime import BlockingTenantDatabase, TenantContext
from ringfence.runtime.integrations.authenticate import BlockingAuthenticator
from ringfence.runtime.integrations.wsgi import TenantMiddleware, context_of
from ringfence.runtime.rollout import BlockingRollout

BODY_BYTES_MAX = 8000
Notes = list[dict[str, Any]]


def build(
    database: BlockingTenantDatabase,
    authenticator: BlockingAuthenticator,
    rollout: BlockingRollout,
    notes_of_before: Callable[[str], Notes],
) -> Any:
    """The application, ready to be served. Open the database in each worker; the others begin by themselves."""

    def list_notes(context: TenantContext) -> Notes:
        def tenant() -> Notes:
            # read-only, so that a mistake of the new side cannot write while the two are compared
            with database.tenant(context, read_only=True) as tx:
                return tx.execute("select id, body from notes order by id desc limit 100").dicts()

        user = str(context.user)
        return rollout.read("GET /notes", user, legacy=lambda: notes_of_before(user), tenant=tenant)

    def add_note(context: TenantContext, body: str) -> dict[str, Any]:
        answer = database.execute(context, "insert into notes (body) values (%s) returning id, body", [body])
        return answer.dicts()[0]

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/healthz":
                status, answer = "200 OK", "ok"
            case "GET", "/notes":
                status, answer = "200 OK", list_notes(context_of(environ))
            case "POST", "/notes":
                body = _text(environ)
                if body is None:
                    status, answer = "422 Unprocessable Content", "a note is a text in JSON"
                else:
                    status, answer = "201 Created", add_note(context_of(environ), body)
            case _:
                status, answer = "404 Not Found", "there is nothing here"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    return TenantMiddleware(application, authenticator, open_paths=["/healthz"])


def _text(environ: dict[str, Any]) -> str | None:
    """The body of a request, if it is a text that PostgreSQL can hold."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
        return None
    try:
        body = json.loads(environ["wsgi.input"].read(int(length)))
        text = body["body"]
        text.encode()  # half a character is none
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return text if 0 < len(text) <= 2000 and "\0" not in text else None
