"""Where the modes of endpoints are kept: the objects that phase 3 leaves in the database, and the way back.

The objects are in `sql/endpoints_v1.sql`; `ringfence.runtime.rollout` reads them, `ringfence endpoints` writes them.
They live in schema `ringfence` alone, so they have no effect on the catalog that a revert must restore.
"""

from __future__ import annotations

from dataclasses import dataclass

import postgast

from ringfence import sqltext
from ringfence.names import quote_ident

_EXCHANGE = "ringfence.exchange_endpoints_v1(jsonb)"
_FALL_BACK = "ringfence.fall_back_v1(text, bigint, text)"
_SET = "ringfence.set_endpoint_v1(text, text, numeric, numeric, numeric, integer, boolean, text)"

PROBE = "select pg_catalog.to_regprocedure('ringfence.set_endpoint_v1(text, text, numeric, numeric, numeric, integer, boolean, text)') is not null"
"""Whether the objects are there: the last of them is."""


@dataclass(frozen=True, slots=True)
class EndpointObjects:
    """Finished SQL that installs the objects, and that takes them away again; one transaction each."""

    do: tuple[str, ...]
    undo: tuple[str, ...]
    done_when: str = PROBE


def endpoint_objects() -> EndpointObjects:
    """The tables and functions of endpoint modes, to be created by the migrating role in schema `ringfence`.

    Undo begins with the functions: a worker that finds none of them serves the legacy side from then on, whereas one
    that cannot reach the database would go on with the modes it knew.
    """
    return EndpointObjects(
        do=tuple(postgast.split(sqltext.load("ringfence.plan", "endpoints_v1"))),
        undo=(
            f"drop function {_EXCHANGE}, {_FALL_BACK}, {_SET}",
            "drop table ringfence.endpoint_events, ringfence.endpoint_counts, ringfence.endpoints",
        ),
    )


def rollout_login(login: str) -> tuple[str, ...]:
    """A login for `Rollout`: it may report counts, read modes and send an endpoint back to legacy, and nothing else.

    Not the login of request traffic on purpose: SQL slipped into a tenant's transaction would have this power too.
    A password is set by whoever administers the server.
    """
    name = quote_ident(login)
    return (
        f"create role {name} login noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication",
        f"grant usage on schema ringfence to {name}",
        f"grant execute on function {_EXCHANGE} to {name}",
        f"grant execute on function {_FALL_BACK} to {name}",
    )
