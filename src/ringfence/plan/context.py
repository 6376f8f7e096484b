"""Who is asking: the helpers that policies call, installed with a tenancy's own names, and the way back.

The objects themselves are in `sql/context_v1.sql`; here their slots are filled from quoted names. Law 5.4 of the design
says whose word counts, `docs/why/sealed-context.md` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import postgast

from ringfence import sqltext
from ringfence.names import quote_ident, quote_literal
from ringfence.plan.model import PlanRefused
from ringfence.runtime.context import TENANT_CLAIM
from ringfence.runtime.seal import SEAL_SECONDS_MAX, SealKey
from ringfence.tenancy.model import Tenancy

KEEPER = "ringfence_keeper"
"""The role that owns helpers, keys and memberships; nobody logs in as it."""

_UUID_SHAPE = "________-____-____-____-____________"
_NUMBERS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The largest of each type: a claim that does not fit is no row and not an error."""
_TEXTS = frozenset({"text", "character varying"})


@dataclass(frozen=True, slots=True)
class ContextObjects:
    """Finished SQL that installs the helpers, and that takes them away again."""

    do: tuple[str, ...]
    undo: tuple[str, ...]


def context_objects(
    tenancy: Tenancy,
    memberships_owner: str,
    *,
    memberships_forced: bool = False,
    keeper: str = KEEPER,
    tenant_claim: Sequence[str] = TENANT_CLAIM,
) -> ContextObjects:
    """The helpers of one tenancy, to be run by the migrating role in one transaction.

    Args:
        tenancy: Gives memberships, key types and gateways their names.
        memberships_owner: The role that owns the memberships table now, which undo gives it back to.
        memberships_forced: Whether that table has FORCE ROW LEVEL SECURITY now, which undo restores.
        keeper: The role that owns the helpers; created when it is not there.
        tenant_claim: The path of the tenant in the claims.

    Raises PlanRefused when a key's type is none that a claim can hold.
    """
    m = tenancy.memberships
    role, table, schema = quote_ident(keeper), m.table.sql, quote_ident(m.table.schema)
    slots = {
        "keeper": role,
        "memberships": table,
        "memberships_schema": schema,
        "user_column": quote_ident(m.user_column),
        "organization_column": quote_ident(m.organization_column),
        "active": f" and ({m.active_condition})" if m.active_condition else "",
        "user_type": tenancy.users.key_type,
        "tenant_type": tenancy.organizations.key_type,
        "user_fits": fits("ask.user_text", tenancy.users.key_type),
        "tenant_fits": fits("ask.tenant_text", tenancy.organizations.key_type),
        "tenant_path": _path(tenant_claim),
        "gateways": believed(tenancy),
        "seal_seconds_max": str(SEAL_SECONDS_MAX),
    }
    script = sqltext.load("ringfence.plan", "context_v1")
    filled = sqltext.fill(script, body=dollar_quote(*slots.values()), **slots)
    force = (f"alter table {table} force row level security",) if memberships_forced else ()
    return ContextObjects(
        do=(*_keeper(keeper), *postgast.split(filled)),
        undo=(
            "drop procedure ringfence.enter_v1(text, text, text, boolean)",
            "drop function ringfence.client_ids(), ringfence.client_id(), ringfence.user_id(), ringfence.believed_claims()",
            "drop table ringfence.context_keys",
            *force,
            f"alter table {table} owner to {quote_ident(memberships_owner)}",
            f"revoke all on schema ringfence from {role}",
            f"revoke all on schema {schema} from {role}",
        ),
    )


def store_key(key: SealKey) -> tuple[str, tuple[int, bytes, bytes]]:
    """The statement that makes the database accept a key's seals, and its values, which are always bound.

    Run it where parameters are not logged (`set local log_parameter_max_length = 0`): a key does not expire.
    """
    return (
        "insert into ringfence.context_keys (id, inner_pad, outer_pad) values (%s, %s, %s)",
        (key.id, *key.pads()),
    )


def request_login(login: str, request_roles: Sequence[str]) -> tuple[str, ...]:
    """A login for request traffic: it may become the request roles and is a member of nothing wider.

    It has no privilege of its own and inherits none, so SQL that resets the role has nothing. A password is set by
    whoever administers the server.
    """
    name = quote_ident(login)
    return (
        f"create role {name} login noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication",
        *(f"grant {quote_ident(role)} to {name}" for role in request_roles),
        # to call enter_v1; the request roles themselves need no look into this schema
        f"grant usage on schema ringfence to {name}",
    )


def _keeper(keeper: str) -> tuple[str, ...]:
    role, literal = quote_ident(keeper), quote_literal(keeper).strip()
    body = dollar_quote(role)
    # Roles belong to the whole cluster, so another database may have made it; if it could do more than own things,
    # every helper would run with those powers.
    return (
        f"do {body}\nbegin\n"
        f"  if not exists (select from pg_catalog.pg_roles where rolname = {literal}) then\n"
        f"    create role {role} nologin noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;\n"
        "  elsif exists (select from pg_catalog.pg_roles where rolname = " + literal + "\n"
        "      and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then\n"
        f"    raise exception 'role %, which is to own the helpers, can do more than own them', {literal}\n"
        "      using errcode = 'RF430', hint = 'choose another name for it, or take its attributes away';\n"
        f"  end if;\nend\n{body}",
        # the migrating role must stay able to change what the keeper owns, and pg_dump to read it
        f"grant {role} to current_user",
    )


def dollar_quote(*texts: str) -> str:
    """A dollar quote that none of the texts ends: names are the application's, and may hold anything."""
    tag = "function"
    while any(f"${tag}$" in text for text in texts):
        tag += "_"
    return f"${tag}$"


def fits(variable: str, key_type: str) -> str:
    """A condition under which a claim's text can be cast to the key's type without an error.

    Raises PlanRefused when the type is none that a claim can hold.
    """
    if key_type == "uuid":
        # canonical and nothing else: hyphens in four places and nowhere else, and hexadecimal digits; a regular expression
        # that counts, and translate() too, say the same and take six times as long, twice in every statement
        return f"{variable} like '{_UUID_SHAPE}' and {variable} not like '%-%-%-%-%-%' and {variable} !~ '[^0-9a-f-]'"
    largest = _NUMBERS.get(key_type)
    if largest is not None:
        # what has fewer digits than the largest always fits, and is asked first; of as many digits, texts sort as numbers
        fewer = len(str(largest)) - 1
        return (
            f"({variable} ~ '^(0|-?[1-9][0-9]{{0,{fewer - 1}}})$'"
            f" or {variable} ~ '^[1-9][0-9]{{{fewer}}}$' and {variable} <= '{largest}' collate \"C\")"
        )
    if key_type.partition("(")[0] in _TEXTS:
        return f"{variable} <> ''"
    raise PlanRefused(
        f"a claim cannot hold a key of type {key_type}",
        hint="organizations and users need keys of type uuid, smallint, integer, bigint, text or character varying",
    )


def believed(tenancy: Tenancy) -> str:
    """The logins whose claims are believed, as an SQL list that is never empty."""
    return ", ".join(quote_literal(g).strip() for g in tenancy.gateways) or "null"


def tenant_path(claim: Sequence[str] = TENANT_CLAIM) -> str:
    """Where in the claims the tenant is, as an SQL array."""
    return _path(claim)


def _path(claim: Sequence[str]) -> str:
    """A claim's path as a text[] literal of quoted elements."""
    elements = ", ".join(quote_literal(part).strip() for part in claim)
    return f"array[{elements}]"
