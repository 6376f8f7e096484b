"""Who may do what, read from ACL texts and memberships."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess.reach import Grant, Reach, parse_acl
from ringfence.catalog.model import Catalog, Column, Membership, Role, Schema
from unit.assess.values import catalog, column, table

OWNED = ("me=arwdDxt/me",)


def with_roles(found_in: Catalog, *roles: Role) -> Catalog:
    return replace(found_in, roles=(Role("me", login=True), *roles))


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("=r/me", Grant("public", frozenset("r"), frozenset(), "me")),
        ("app=arw*d/me", Grant("app", frozenset("arwd"), frozenset("w"), "me")),
        ('"a=b"=X/"o""x"', Grant("a=b", frozenset("X"), frozenset(), 'o"x')),
        ("app=/me", Grant("app", frozenset(), frozenset(), "me")),
    ],
)
def test_an_acl_entry(item: str, expected: Grant) -> None:
    """Quotes, PUBLIC and grant options are read as the server writes them."""
    assert parse_acl((item,)) == (expected,)


def test_what_is_no_acl_entry_is_an_error() -> None:
    """A grant that cannot be read must not count as no grant."""
    with pytest.raises(ValueError, match="no ACL entry"):
        parse_acl(("nonsense",))


def test_privileges_come_through_inherited_memberships_only() -> None:
    """A membership without INHERIT gives nothing until SET ROLE."""
    roles = (
        Role("group"),
        Role("heir", memberships=(Membership("group"),)),
        Role("stranger", memberships=(Membership("group", inherit=False),)),
    )
    reach = Reach(with_roles(catalog(table("t", acl=(*OWNED, "group=r/me"))), *roles))
    (only,) = reach.catalog.tables

    assert reach.may_on("heir", "r", only)
    assert not reach.may_on("stranger", "r", only)
    assert "group" in reach.may_become("stranger")
    assert not reach.may_on("heir", "w", only)
    assert reach.request_roles == ("group", "heir")


def test_a_grant_on_a_column_reaches_the_table() -> None:
    """One column is enough to read rows; another column stays closed."""
    made = table("t", column("id"), column("secret", acl=("app=r/me",)), acl=OWNED)
    reach = Reach(with_roles(catalog(made), Role("app")))

    assert reach.who("r", made) == ("app",)
    assert reach.who("r", made, "id") == ()


def test_without_usage_on_the_schema_nothing_is_reached() -> None:
    """A grant on a table in a closed schema is worth nothing."""
    made = table("t", acl=(*OWNED, "app=r/me"))
    closed = with_roles(catalog(made, schemas=(Schema("public", "me", ("me=UC/me",)),)), Role("app"))
    opened = replace(closed, schemas=(Schema("public", "me", ("me=UC/me", "=U/me")),))

    assert Reach(closed).who("r", made) == ()
    assert Reach(opened).who("r", made) == ("app",)


def test_who_acts_for_end_users() -> None:
    """The spec first, then the platform's roles with a grant here, then every role that row security binds."""
    made = table("t", acl=(*OWNED, "app=r/me", "boss=r/me"))
    roles = (Role("anon"), Role("app"), Role("boss", bypass_rls=True))
    plain = with_roles(catalog(made), *roles)
    platform = with_roles(catalog(replace(made, acl=(*made.acl, "anon=r/me"))), *roles)
    to_all = with_roles(catalog(replace(made, acl=(*OWNED, "=r/me"))), *roles)

    assert Reach(plain, ("web",)).request_roles == ("web",)
    assert Reach(plain).request_roles == ("app",)
    assert Reach(platform).request_roles == ("anon",)
    assert Reach(to_all).request_roles == ("public",)
    assert Reach(with_roles(catalog(replace(made, acl=OWNED)), *roles)).request_roles == ()


def test_reading_everything_is_reading_this() -> None:
    """pg_read_all_data reads every table without a grant, pg_write_all_data writes it."""
    made = table("t", acl=OWNED)
    roles = (
        Role("reader", memberships=(Membership("pg_read_all_data"),)),
        Role("writer", memberships=(Membership("pg_write_all_data"),)),
    )
    reach = Reach(with_roles(catalog(made), *roles))

    assert reach.who("r", made) == ("reader",)
    assert reach.who("awd", made) == ("writer",)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=15))
def test_memberships_in_a_circle_end(edges: list[tuple[int, int, bool]]) -> None:
    """The server forbids circles; a catalog put together by hand must not hang us, and held is within may_become."""
    roles = tuple(
        Role(str(n), memberships=tuple(Membership(str(b), inherit=i) for a, b, i in edges if a == n)) for n in range(6)
    )
    reach = Reach(replace(catalog(), roles=roles))

    for role in reach.roles:
        assert {role, "public"} <= reach.held(role) <= reach.may_become(role)


def test_columns_without_grants_say_nothing() -> None:
    """Most columns have no ACL of their own."""
    made = table("t", Column("id", "integer"), acl=OWNED)

    assert Reach(with_roles(catalog(made), Role("app"))).who("rawd", made) == ()
