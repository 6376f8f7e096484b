"""Mapping files: who belongs where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.spec.mapping import parse_mapping, read_mapping
from ringfence.spec.model import MappingEntry
from ringfence.spec.problems import SpecInvalid


def test_the_first_organization_of_a_user_is_home_unless_another_is_marked() -> None:
    """Home is always exactly one."""
    entries = parse_mapping("user,organization,home\n1,acme,\n1,beta,yes\n2,acme,\n2,beta,\n", "m.csv")

    assert entries == (
        MappingEntry("1", "acme", home=False),
        MappingEntry("1", "beta", home=True),
        MappingEntry("2", "acme", home=True),
        MappingEntry("2", "beta", home=False),
    )


def test_quotes_spaces_and_columns_in_any_order() -> None:
    """The file is ordinary CSV, as a spreadsheet writes it."""
    text = '\ufefforganization, user\r\n"Smith, Jones & Co", 17 \r\n\r\n'.removeprefix("\ufeff")

    assert parse_mapping(text, "m.csv") == (MappingEntry("17", "Smith, Jones & Co", home=True),)


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("", 1, "the first line is ''"),
        ("users,organization\n1,a\n", 1, "did you mean 'user'"),
        ("user\n1\n", 1, "expected user,organization"),
        ("user,organization\n", 1, "names no user"),
        ("user,organization\n1\n", 2, "1 fields, the header has 2"),
        ("user,organization\n\n1,a\n,b\n", 4, "user is empty"),
        ("user,organization\n1,\n", 2, "organization is empty"),
        ("user,organization,home\n1,a,maybe\n", 2, "'maybe' is not known"),
        ("user,organization\n1,a\n1,a\n", 3, "stands on line 2 already"),
        ("user,organization,home\n1,a,t\n1,b,t\n", 3, "two homes, the other one on line 2"),
        ('user,organization\n1,"a\n', 2, "not CSV"),
    ],
)
def test_each_mistake_is_named_with_its_line(text: str, line: int, fragment: str) -> None:
    """A wrong line is found by its number, not by reading the file."""
    with pytest.raises(SpecInvalid) as caught:
        parse_mapping(text, "m.csv")

    assert caught.value.where is not None
    assert str(caught.value.where) == f"m.csv:{line}"
    assert fragment in str(caught.value)


def test_many_mistakes_are_reported_together_but_not_without_end() -> None:
    """A file with the wrong separator does not fill the screen."""
    with pytest.raises(SpecInvalid) as caught:
        parse_mapping("user,organization\n" + "1;a\n" * 5000, "m.csv")

    assert len(caught.value.problems) == 51


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """Never an empty mapping instead of a missing one."""
    with pytest.raises(SpecInvalid, match="cannot read the mapping file"):
        read_mapping(tmp_path / "none.csv")


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8).filter(str.strip)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=20, unique_by=lambda t: (t[0].strip(), t[1].strip())))
def test_every_user_has_exactly_one_home(pairs: list[tuple[str, str]]) -> None:
    """Whatever is in the file, no user is left without a home and none has two."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    entries = parse_mapping("user,organization\n" + "".join(f"{quoted(u)},{quoted(o)}\n" for u, o in pairs), "m.csv")

    assert [(e.user_key, e.organization) for e in entries] == [(u.strip(), o.strip()) for u, o in pairs]
    for user in {e.user_key for e in entries}:
        assert sum(e.home for e in entries if e.user_key == user) == 1
