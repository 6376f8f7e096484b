"""Functions that an attacker may call: which ones are tried, and with what arguments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.catalog.model import Catalog, Routine
from ringfence.names import QualifiedName
from ringfence.verify.fill import literal
from ringfence.verify.rows import Party

_LANGUAGES = ("sql", "plpgsql")
_NO_RESULT = ("trigger", "event_trigger", "internal")
_ARGUMENT = re.compile(r'(?:"(?:[^"]|"")*"|[^,"])+')
_WHOLE = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


def tried(catalog: Catalog, tenant_tables: Iterable[QualifiedName]) -> Iterator[Routine]:
    """Functions that cannot write, and name a tenant table: a volatile one could send mail or draw numbers.

    PostgreSQL refuses to write in STABLE and IMMUTABLE functions ("Function Volatility Categories").
    """
    names = "|".join(re.escape(t.name) for t in tenant_tables)
    if not names:
        return
    word = re.compile(rf"\b(?:{names})\b")
    for routine in catalog.routines:
        if (
            routine.kind == "f"
            and routine.language in _LANGUAGES
            and routine.volatility in ("s", "i")
            and routine.name.schema != "ringfence"
            and routine.extension is None
            and routine.returns not in _NO_RESULT
            and word.search(routine.definition)
        ):
            yield routine


def called(routine: Routine, key: str, key_type: str) -> str:
    """The call, `key` in every argument of the key's type; texts match everything, and numbers are large.

    Literals carry no type, so that PostgreSQL takes that of the argument.
    """
    values: list[str] = []
    for argument in _ARGUMENT.findall(routine.arguments):
        text = argument.strip()
        if text.startswith("OUT "):
            continue
        values.append(_value(text, key, key_type))
    return f"{routine.name.sql}({', '.join(values)})"


def slots(routine: Routine, other: Party, organization_type: str, user_type: str) -> dict[str, str]:
    """Slots of one function; without a key among its arguments one call is enough."""
    by_organization = called(routine, other.organization_text, organization_type)
    by_user = called(routine, other.user_text, user_type)
    found = {"call_organization": by_organization}
    if by_user != by_organization:
        found["call_user"] = by_user
    return found


def _value(argument: str, key: str, key_type: str) -> str:
    if argument.endswith(key_type):
        return literal(key)
    if argument.endswith(("text", "character varying")):
        return "'%'"
    if argument.endswith(_WHOLE):
        return "'1000'"
    if argument.endswith("boolean"):
        return "'true'"
    if argument.endswith(("json", "jsonb")):
        return "'{}'"
    return "null"
