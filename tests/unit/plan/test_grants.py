"""Access lists: the server's text read, said again as GRANT, and printed as the server would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog.model import Catalog, Column, DefaultAcl
from ringfence.names import QualifiedName
from ringfence.plan.grants import Granted, as_granted, granted, shown

VIEW = QualifiedName("public", "v")
roles = st.sampled_from(["", "anon", 'Odd "Role"', "role-with-dash", "a=b/c"])
letters = st.lists(st.sampled_from("arwdDxtm"), min_size=1, unique=True).map(
    lambda f: tuple(sorted(f, key="arwdDxtm".index))
)


@given(
    st.lists(
        st.builds(lambda r, k, n: Granted(r, k, frozenset(k[:n])), roles, letters, st.integers(0, 3)),
        unique_by=lambda g: g.role,
    )
)
def test_what_is_printed_is_read_again(grants: list[Granted]) -> None:
    """Whatever the roles are called, and with grant options."""
    assert granted(shown(grants, "the owner")) == tuple(sorted(grants, key=lambda g: g.role))


def test_grants_of_several_grantors_are_one() -> None:
    """The new object has one grantor, its owner; a grant option from either counts."""
    assert granted(("anon=r/owner", "anon=r*w/deputy")) == (Granted("anon", ("r", "w"), frozenset("r")),)


def test_a_text_that_is_no_item_is_an_error() -> None:
    """Nothing is granted on a guess."""
    with pytest.raises(ValueError, match="no access list item"):
        granted(("what is this",))


def test_default_privileges_are_taken_back_first() -> None:
    """A view that default privileges open to everybody would show what the table does not."""
    catalog = Catalog(
        180000,
        "d",
        "me",
        False,
        default_acls=(
            DefaultAcl("me", "public", "r", ("anon=arwdDxtm/me", "=r/me")),
            DefaultAcl("me", "other", "r", ("elsewhere=r/me",)),
            DefaultAcl("somebody", "public", "r", ("not_ours=r/somebody",)),
        ),
    )

    said = list(
        as_granted(catalog, VIEW, ("me=arwdDxtm/me", "anon=r*/me"), (Column("a", "int", acl=("anon=w/me",)),), "me")
    )

    assert said == [
        'revoke all on "public"."v" from public, "anon"',
        'grant select on "public"."v" to "anon" with grant option',
        'grant update ("a") on "public"."v" to "anon"',
    ]


def test_an_owner_who_gave_up_a_right_has_it_on_the_view_neither() -> None:
    """The owner's own entry is copied when it is not the usual one."""
    catalog = Catalog(160000, "d", "me", False)

    said = list(as_granted(catalog, VIEW, ("me=r/me",), (), "me"))

    assert said == ['revoke all on "public"."v" from "me"', 'grant select on "public"."v" to "me"']
