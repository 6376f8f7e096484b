"""Stand-ins for extensions that the scratch server does not have: same names, same signatures, nothing behind them.

A clone has no rows, so almost nothing of an extension is ever called in a rehearsal; but a default of
`uuid_generate_v4()`, a column of type citext or a trigger in another language must have something to refer to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.names import QualifiedName, quote_ident
from ringfence.rehearse.model import StandIn

_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_ORDER = ("language", "wrapper", "type", "routine")


def stand_ins(parts: Iterable[Mapping[str, Any]]) -> tuple[StandIn, ...]:
    """The stand-ins for the parts of missing extensions, types before the routines that speak of them."""
    ordered = sorted(parts, key=lambda p: (_ORDER.index(p["kind"]), p["extension"], p["name"]))
    return tuple(_stand_in(part) for part in ordered)


def _stand_in(part: Mapping[str, Any]) -> StandIn:
    extension, name = part["extension"], part["name"]
    match part["kind"]:
        case "language":
            # Bodies are not looked at before somebody calls them.
            made = f"create trusted language {quote_ident(name)} handler pg_catalog.plpgsql_call_handler"
            return StandIn(extension, None, (made,))
        case "wrapper":
            return StandIn(extension, None, (f"create foreign data wrapper {quote_ident(name)}",))
        case "type":
            place = QualifiedName(part["schema"], name)
            return StandIn(extension, place, _type(place))
        case _:
            return StandIn(extension, QualifiedName(part["schema"], name), (_routine(part),))


def _type(name: QualifiedName) -> tuple[str, ...]:
    """A type that stores text and is taken for text wherever an operator or an index asks what it is."""
    # The input and output routines bear the type's own name, which is free: routines and types do not meet.
    return (
        f"create type {name.sql}",
        f"create function {name.sql}(cstring) returns {name.sql} language internal immutable strict as 'textin'",
        f"create function {name.sql}({name.sql}) returns cstring language internal immutable strict as 'textout'",
        f"create type {name.sql} (input = {name.sql}, output = {name.sql}, like = pg_catalog.text, collatable = true)",
        f"create cast ({name.sql} as pg_catalog.text) without function as implicit",
        f"create cast (pg_catalog.text as {name.sql}) without function as assignment",
    )


def _routine(part: Mapping[str, Any]) -> str:
    name = QualifiedName(part["schema"], part["name"])
    match (part["result"], part["is_set"]):
        case ("trigger", _):
            body = "begin return coalesce(new, old); end"
        case ("void" | "event_trigger", _) | (_, True):
            body = "begin return; end"
        case ("uuid", _):
            body = "begin return pg_catalog.gen_random_uuid(); end"
        case _:
            body = "begin return null; end"
    return (
        f"create function {name.sql}({part['arguments']}) returns {part['result']}"
        f" language plpgsql {_VOLATILITY[part['volatility']]} as '{body}'"
    )
