"""Access lists as values: what is read is shown again, and what is cut leaves nothing that depends on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.plan import acl

NAMES = st.sampled_from(["", "anon", "Odd Name", 'with"quote', "a=b/c", "manager"])
LETTERS = st.sets(st.sampled_from(acl.ORDER), min_size=1).map(lambda found: "".join(sorted(found, key=acl.ORDER.index)))


@st.composite
def items(draw: st.DrawFn) -> acl.Item:
    """Any item: PUBLIC can hold no grant option, and nobody is granted by PUBLIC."""
    grantee = draw(NAMES)
    letters = draw(LETTERS)
    options = "" if grantee == "" else "".join(k for k in letters if draw(st.booleans()))
    return acl.Item(grantee, letters, draw(NAMES.filter(bool)), options)


@given(st.lists(items(), max_size=6))
def test_what_is_shown_is_read_again(found: list[acl.Item]) -> None:
    """The server's text and the value say the same."""
    assert sorted(map(str, acl.read(acl.show(found)))) == list(acl.show(found))


@given(st.lists(items(), max_size=6), LETTERS)
def test_nothing_is_left_of_what_is_cut(found: list[acl.Item], letters: str) -> None:
    """After a cut the roles hold none of the letters, and the rest is as it was."""
    before = acl.show([i for i in found if i.grantor == "owner" or i.grantor not in {o.grantee for o in found}])

    left, taken = acl.cut(before, {"", "anon"}, letters)

    assert not any(set(i.letters) & set(letters) for i in acl.read(left) if i.grantee in ("", "anon"))
    for item in acl.read(left):
        assert str(item) in before or set(item.letters).isdisjoint(letters) or item.grantee not in ("", "anon")
    assert all(set(i.letters) <= set(letters) for i in taken)


def test_a_grant_that_depends_on_another_is_taken_first() -> None:
    """Authenticated granted what it had with grant option: that goes before, or REVOKE would refuse."""
    before = ("authenticated=Dt*/owner", "helper=t/authenticated", "owner=arwdDxt/owner")

    left, taken = acl.cut(before, {"authenticated"}, "Dxt")

    assert left == ("owner=arwdDxt/owner",)
    assert [str(i) for i in taken] == ["authenticated=D/owner", "helper=t/authenticated", "authenticated=t*/owner"]


def test_letters_of_one_grant_go_in_one_sentence() -> None:
    """Nothing depends on them, so there is no reason to say three."""
    _, taken = acl.cut(("anon=arwdDxt/owner", "=r/owner"), {"", "anon"}, "Dxt")

    assert [str(i) for i in taken] == ["anon=Dxt/owner"]


def test_a_new_owner_takes_the_old_ones_place() -> None:
    """Also where the new owner was granted something before: the two items become one."""
    before = ("anon=r/postgres", "keeper=r/postgres", "postgres=arwdDxt/postgres")

    assert acl.owner_changed(before, "postgres", "keeper") == ("anon=r/keeper", "keeper=arwdDxt/keeper")


@pytest.mark.parametrize("text", ["", "anon", "anon=r", "anon=?/postgres", '"open=r/postgres', "anon=rr r/postgres"])
def test_a_text_the_server_never_prints_is_refused(text: str) -> None:
    """Reading it wrong would write it wrong."""
    with pytest.raises(acl.UnreadableAcl):
        acl.read((text,))
