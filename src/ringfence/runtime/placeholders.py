"""From psycopg's placeholders to PostgreSQL's: `%s` and `%(name)s` become `$1`, `$2` ..; `%%` is a percent sign.

The same rules as psycopg's own cursors have, so that a query can move between both. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from ringfence.errors import RingfenceError

PARAMETERS_MAX = 65535
"""The protocol counts them in 16 bits (PostgreSQL docs, "Message Formats", Bind)."""

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]

_PLAIN = frozenset({tuple, list})
"""What parameters nearly always are; asking an abstract class costs more than the rest of a translation kept ready."""

_PLACEHOLDER = re.compile(r"%(?:%|s|\((?P<name>[^)]+)\)s|(?P<odd>.?))", re.DOTALL)


class WrongParameters(RingfenceError):
    """A query and its parameters do not fit together."""

    code = "RF912"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A query with `$n`, and where the values come from: names in order, or how many there must be."""

    sql: bytes
    names: tuple[str, ...] | None
    count: int

    def values(self, parameters: Parameters) -> Sequence[object]:
        """The values in the order of the numbers; raises WrongParameters when they do not fit."""
        if self.names is None:
            if type(parameters) in _PLAIN and len(parameters) == self.count:
                return cast("Sequence[object]", parameters)
            if isinstance(parameters, Mapping) and not self.count:
                return ()
            if isinstance(parameters, Mapping | str | bytes):
                raise WrongParameters("the query has positional placeholders (%s), so its parameters are a sequence")
            if len(parameters) != self.count:
                raise WrongParameters(
                    f"the query has {self.count} placeholders, {len(parameters)} parameters were given"
                )
            return parameters
        if not isinstance(parameters, Mapping):
            raise WrongParameters("the query has named placeholders (%(name)s), so its parameters are a mapping")
        missing = [name for name in self.names if name not in parameters]
        if missing:
            raise WrongParameters("the query names parameters that were not given", detail=", ".join(missing))
        return [parameters[name] for name in self.names]


@functools.lru_cache(maxsize=1024)
def numbered(query: str) -> Numbered:
    """Translate one query; raises WrongParameters for a lone % and for placeholders of both kinds."""
    names: dict[str, int] = {}
    pieces: list[str] = []
    positional = end = 0
    for match in _PLACEHOLDER.finditer(query):
        pieces.append(query[end : match.start()])
        end = match.end()
        name, odd = match["name"], match["odd"]
        if match.group() == "%%":
            pieces.append("%")
        elif name is not None:
            pieces.append(f"${names.setdefault(name, len(names) + 1)}")
        elif odd is not None:
            raise WrongParameters(f"%{odd} is no placeholder", hint="write %s or %(name)s, and %% for a percent sign")
        else:
            positional += 1
            pieces.append(f"${positional}")
    pieces.append(query[end:])
    if positional and names:
        raise WrongParameters("the query mixes positional and named placeholders")
    if max(positional, len(names)) > PARAMETERS_MAX:
        raise WrongParameters(f"a query has {PARAMETERS_MAX} parameters at most")
    return Numbered("".join(pieces).encode(), tuple(names) if names else None, positional)
