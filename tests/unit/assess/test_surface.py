"""Who holds what by a grant, and the SQL that takes it back."""

from __future__ import annotations

from dataclasses import replace

import postgast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess import surface
from ringfence.assess.model import Observed, Scene
from ringfence.assess.reach import Grant, parse_acl
from ringfence.catalog.model import Catalog, Membership, Policy, Role
from unit.assess.values import catalog, table

NAMES = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), min_size=1, max_size=15).filter(
    lambda text: text not in ("public", "none")  # words of GRANT, which no role can be called
)


def scene(found_in: Catalog, *roles: Role) -> Scene:
    return Scene(replace(found_in, roles=(Role("me"), *roles)), None, Observed())


@given(NAMES, NAMES, st.sets(st.sampled_from("rawdDxt"), min_size=1))
def test_any_name_is_taken_back_from(one: str, other: str, letters: set[str]) -> None:
    """Whatever a role is called, REVOKE names it and the parser takes it."""
    grants = [Grant(one, frozenset(letters), frozenset(), "me"), Grant(other, frozenset("r"), frozenset(), "me")]

    text = surface.take_back("".join(letters), '"public"."t"', grants)

    (statement,) = postgast.parse(text).stmts
    assert {g.role_spec.rolename for g in statement.stmt.grant_stmt.grantees} == {
        one,
        *([other] if "r" in letters else []),
    }


def test_public_is_a_word() -> None:
    """A role called public cannot exist; PUBLIC must not be quoted."""
    grants = parse_acl(("=r/me", "app=r/me"))

    assert surface.take_back("r", '"public"."t"', grants) == 'revoke select on "public"."t" from "app", public;'


def test_what_an_owner_holds_is_no_grant() -> None:
    """An owner who acts for end users has a rule of its own."""
    here = scene(catalog(table("t", acl=("me=arwdD/me", "app=rD/me"), owner="me")), Role("app"))
    (only,) = here.catalog.tables

    who, grants = surface.given(here, "D", only.acl, only.owner)

    assert who == ("app",)
    assert [g.grantee for g in grants] == ["app"]


def test_grants_come_through_groups() -> None:
    """What a group holds, its members hold, and it is taken from the group."""
    made = table("t", acl=("me=arwdD/me", "app=r/me", "group=D/me"))
    here = scene(catalog(made), Role("group"), Role("app", memberships=(Membership("group"),)))

    who, grants = surface.given(here, "D", made.acl, made.owner)

    assert who == ("app",)
    assert surface.take_back("D", made.name.sql, grants) == 'revoke truncate on "public"."t" from "group";'


@pytest.mark.parametrize(
    ("enabled", "forced", "owner", "expected"),
    [
        (False, False, "stranger", False),
        (True, False, "stranger", True),
        (True, False, "me", False),
        (True, True, "me", True),
        (True, True, "boss", False),
        (True, False, "heir", False),
    ],
)
def test_who_is_bound(enabled: bool, forced: bool, owner: str, expected: bool) -> None:
    """Row security binds everybody but those who bypass it, and owners without FORCE."""
    made = table("t", rls_enabled=enabled, rls_forced=forced)
    roles = (Role("stranger"), Role("boss", bypass_rls=True), Role("heir", memberships=(Membership("me"),)))

    assert surface.bound(scene(catalog(made), *roles), owner, made) is expected


def test_the_role_to_own_tables() -> None:
    """It cannot log in, is bound, nobody who runs requests can become it, and it owns the most."""
    tables = [
        table(name, owner=owner, acl=(f"{owner}=arwd/{owner}", "app=r/x"))
        for name, owner in (("a", "boss"), ("b", "keeper"), ("c", "keeper"), ("d", "reached"), ("e", "login"))
    ]
    roles = (
        Role("boss", superuser=True),
        Role("keeper"),
        Role("reached"),
        Role("login", login=True),
        Role("app"),
        Role("web", login=True, memberships=(Membership("app"), Membership("reached", inherit=False))),
    )

    assert surface.better_owner(scene(catalog(*tables), *roles)) == ("keeper", "")


def test_an_owner_is_made_where_none_is_fit() -> None:
    """With the SQL that makes it, once."""
    made = table("t", owner="boss", acl=("boss=arwd/boss", "app=r/boss"))
    roles = (Role("boss", superuser=True), Role("app"))

    assert surface.better_owner(scene(catalog(made), *roles)) == ("app_owner", 'create role "app_owner" nologin;\n')
    assert surface.better_owner(scene(catalog(made), *roles, Role("app_owner"))) == ("app_owner", "")


def test_gateways_are_logins_that_become_request_roles() -> None:
    """Bypassing logins are administrators', and strangers run no requests."""
    made = table("t", acl=("me=arwd/me", "app=r/me"), policies=(Policy("p", "*", True, ("app",), "true", None),))
    roles = (
        Role("app"),
        Role("web", login=True, inherit=False, memberships=(Membership("app", inherit=False),)),
        Role("admin", login=True, bypass_rls=True, memberships=(Membership("app", inherit=False),)),
        Role("stranger", login=True),
    )

    assert [r.name for r in surface.gateways(scene(catalog(made), *roles))] == ["web"]
