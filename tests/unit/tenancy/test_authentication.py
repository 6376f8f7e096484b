"""`[authenticate]`: who calls the hook, where sessions are, and names that are not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.catalog.model import Catalog, Role
from ringfence.spec.load import parse_spec
from ringfence.spec.problems import SpecInvalid
from ringfence.tenancy.authentication import Authentication, SessionTable
from ringfence.tenancy.problems import TenancyInvalid
from ringfence.tenancy.resolve import resolve
from support.tables import catalog, name, table

USERS = table("auth.users", "id uuid key", "email text")
PEOPLE = table("people", "id uuid key", "email text")
SESSIONS = table("auth.sessions", "id uuid key", "user_id uuid -> auth.users")
LOGINS = table("logins", "token_id bigint key", "ended_at timestamp with time zone")
ROLES = tuple(
    Role(role, superuser=False, inherit=True, bypass_rls=False, login=True)
    for role in ("postgres", "supabase_auth_admin", "auth_server", "api")
)
SUPABASE = replace(catalog(USERS, SESSIONS), roles=ROLES)
OWN = replace(catalog(USERS, PEOPLE, LOGINS), roles=ROLES)
ON = "[authenticate]\nenabled = true\n"


def said(text: str, on: Catalog, users: str = "auth.users") -> Authentication | None:
    """Load and resolve; every table the file does not name is excluded."""
    rest = "".join(
        f'[tables."{t.name.schema}.{t.name.name}"]\nscope = "excluded"\n'
        for t in on.tables
        if t.name.schema == "public"
    )
    return resolve(parse_spec(f'[tenant]\nusers = "{users}"\n{text}{rest}', "ringfence.toml"), on).authentication


def test_without_it_there_is_no_phase() -> None:
    assert said("", SUPABASE) is None
    assert said('[authenticate]\nissuers = "nobody"\n', SUPABASE) is None, "and nothing of it is checked"


def test_a_supabase_project_needs_no_more_than_to_ask_for_it() -> None:
    found = said(ON, SUPABASE)

    assert found is not None
    assert found.hook == ("supabase_auth_admin",)
    assert found.sessions == SessionTable(name("auth.sessions"), "id", "uuid")


def test_a_server_that_also_has_a_supabase_project_is_not_one() -> None:
    found = said(ON, OWN, users="public.people")

    assert found is not None
    assert (found.hook, found.sessions) == ((), None)


def test_a_hook_can_be_declined() -> None:
    found = said(ON + "hook = []\n", SUPABASE)

    assert found is not None
    assert found.hook == ()


def test_names_are_taken_as_they_are() -> None:
    found = said(
        ON + 'issuers = "auth_server"\nverifiers = ["api", "auth_server"]\nseveral = "home"\nsessions = "logins"\n'
        'sessions_key = "token_id"\nsessions_live = "ended_at is null"\nlegacy_lifetime_days = 90\n'
        "[soak]\nauthenticate_hours = 6\n[gates]\ntenant_context_share_min = 1\nlegacy_token_share_max = 0.01\n",
        OWN,
    )

    assert found is not None
    assert found.logins == ("supabase_auth_admin", "auth_server", "api")
    assert found.sessions == SessionTable(name("logins"), "token_id", "bigint", "ended_at is null")
    assert (found.several_home, found.legacy_lifetime_days, found.hours) == (True, 90, 6)
    assert (found.tenant_share_min, found.legacy_share_max) == (1.0, 0.01)


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ('issuers = "auth_sever"', "auth_sever"),
        ('verifiers = ["api", "apo"]', "apo"),
        ('hook = "supabase_auth_amin"', "supabase_auth_amin"),
        ('sessions = "public.longins"', "public.longins"),
        ('sessions = "logins"\nsessions_key = "id"', "public.logins"),
    ],
)
def test_what_is_not_there_is_named(line: str, subject: str) -> None:
    with pytest.raises(TenancyInvalid) as refused:
        said(ON + line + "\n", OWN)

    assert len(refused.value.problems) == 1
    assert subject in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        'several = "first"',
        "legacy_lifetime_days = 0",
        "legacy_lifetime_days = 0.5",
        "enabled = 1",
        "share = 0.5",
        "[gates]\ntenant_context_share_min = 1.1",
        "[gates]\nlegacy_token_share_max = true",
    ],
)
def test_other_values_are_refused(line: str) -> None:
    with pytest.raises(SpecInvalid):
        said(f"{'' if line.startswith('[') else '[authenticate]'}\n{line}\n", SUPABASE)
