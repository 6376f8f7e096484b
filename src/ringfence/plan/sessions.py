"""Which organization a session acts for: tables, functions and the token hook, with a tenancy's own names.

The objects themselves are in `sql/sessions_v1.sql`; here their slots are filled from quoted names.
"""

from __future__ import annotations

from dataclasses import dataclass

import postgast

from ringfence import sqltext
from ringfence.names import quote_ident
from ringfence.plan import derive
from ringfence.plan.context import dollar_quote, fits, tenant_path
from ringfence.tenancy.authentication import Authentication, SessionTable
from ringfence.tenancy.model import Tenancy

HOOK = "ringfence.custom_access_token_hook(jsonb)"
STANDING = "ringfence.standing_v1(text, text, text, integer, integer, bigint)"
COUNT = "ringfence.count_tokens_v1(jsonb, jsonb)"
SWITCH = "ringfence.switch_v1(text, text, text)"
FOR_VERIFIERS = (STANDING, COUNT, SWITCH)
FOR_ISSUERS = (
    "ringfence.issue_v1(text, text)",
    SWITCH,
    "ringfence.start_session_v1(text, text)",
    "ringfence.refresh_v1(text, bigint, integer)",
    "ringfence.end_session_v1(text, text)",
    "ringfence.sign_out_everywhere_v1(text)",
)
EPOCHS = "membership_ended_v1"
_HOOK_LEFT = """\
create or replace function ringfence.custom_access_token_hook(event jsonb) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as 'select event'"""
"""While Auth is configured to call it, a hook that is gone means that nobody can log in. So one stays that does nothing."""


@dataclass(frozen=True, slots=True)
class SessionObjects:
    """Finished SQL that installs the objects, and that takes the functions away again; the tables stay, and so does a hook that does nothing."""

    do: tuple[str, ...]
    undo: tuple[str, ...]


def session_objects(tenancy: Tenancy, said: Authentication) -> SessionObjects:
    """The objects of one tenancy, to be run by the migrating role in one transaction.

    Raises PlanRefused when a key's type is none that a claim can hold.
    """
    m, o = tenancy.memberships, tenancy.organizations
    users, tenants = tenancy.users.key_type, o.key_type
    user, organization = quote_ident(m.user_column), quote_ident(m.organization_column)
    active = f" and ({m.active_condition})" if m.active_condition else ""
    suspended = ""
    if said.suspended is not None:
        suspended = (
            f"\n      and not exists (select from {o.table.sql} o where o.{quote_ident(o.key)} = m.{organization}"
            f" and ({said.suspended}))"
        )
    still_active = ""
    if m.active_condition is not None:
        still_active = (
            f"\n        and (not exists (select from (select old.*) m where ({m.active_condition}))"
            f"\n          or exists (select from (select new.*) m where ({m.active_condition})))"
        )
    several, home = "null", ""
    if said.several_home:
        several, home = f"(select h.organization_key from {derive.HOME} h where h.user_key = $1)", ", else the home one"
    role_of = "null::text"
    if said.role_column is not None:
        role_of = (
            f"(select m.{quote_ident(said.role_column)}::text from {m.table.sql} m"
            f" where m.{user} = ask.user_key and m.{organization} = ask.tenant_key{active} limit 1)"
        )
    slots = {
        "user_type": users,
        "tenant_type": tenants,
        "memberships": m.table.sql,
        "user_column": user,
        "organization_column": organization,
        "active": active,
        "suspended": suspended,
        "still_active": still_active,
        "several": several,
        "home_comment": home,
        "role_of": role_of,
        "user_fits": fits("ask.user_text", users),
        "tenant_fits": fits("ask.tenant_text", tenants),
        "session_gone": _session_gone(said.sessions),
        "tenant_path": tenant_path(),
    }
    script = sqltext.load("ringfence.plan", "sessions_v1")
    filled = sqltext.fill(script, body=dollar_quote(*slots.values()), **slots)
    grants, revokes = _grants(said)
    functions = [
        *FOR_ISSUERS,
        STANDING,
        COUNT,
        *(() if said.hook else (HOOK,)),
        "ringfence.in_upgrade_share(text)",
        "ringfence.session_gone_v1(text)",
        "ringfence.forget_sessions_v1(interval, integer)",
        f"ringfence.default_organization_v1({users})",
        f"ringfence.is_member_v1({users}, {tenants})",
    ]
    return SessionObjects(
        do=(*postgast.split(filled), *grants),
        undo=(
            *revokes,
            *((_HOOK_LEFT,) if said.hook else ()),
            *(f"drop function if exists {function}" for function in functions),
        ),
    )


def _session_gone(table: SessionTable | None) -> str:
    """A condition under which a session has ended in the application's own table; opaque ones are looked up by it."""
    if table is None:
        return "false"
    live = f" and ({table.live})" if table.live else ""
    return (
        "$1 not like 'sha256:%' and not exists (\n"
        f"    select from {table.name.sql} s where s.{quote_ident(table.key)} ="
        f" case when {fits('$1', table.key_type)} then $1::{table.key_type} end{live})"
    )


def _grants(said: Authentication) -> tuple[list[str], list[str]]:
    grants: list[str] = []
    revokes: list[str] = []
    for roles, functions in (
        (said.hook, (HOOK,)),
        (said.issuers, FOR_ISSUERS),
        (said.verifiers, FOR_VERIFIERS),
    ):
        if roles:
            to = ", ".join(quote_ident(role) for role in roles)
            grants.append(f"grant execute on function {', '.join(functions)} to {to}")
    if said.logins:
        grants.append(f"grant usage on schema ringfence to {', '.join(map(quote_ident, said.logins))}")
    # whoever still calls the hook that stays, or reads the signing keys that stay, needs the schema
    leaving = [quote_ident(role) for role in said.logins if role not in (*said.hook, *said.issuers)]
    if leaving:
        revokes.append(f"revoke usage on schema ringfence from {', '.join(leaving)}")
    return grants, revokes
