"""Access lists read from the server's text, and said again as GRANT for an object of ours that takes a table's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ringfence.catalog.model import Catalog, Column
from ringfence.names import QualifiedName, quote_ident

_NAME = r'(?:"(?:[^"]|"")*"|[^"=/]*)'
_ITEM = re.compile(rf"({_NAME})=([a-zA-Z*]*)/({_NAME})\Z")
_WORDS = {
    "a": "insert",
    "r": "select",
    "w": "update",
    "d": "delete",
    "D": "truncate",
    "x": "references",
    "t": "trigger",
    "U": "usage",
    "C": "create",
    "m": "maintain",
}
_ORDER = "arwdDxtXUCTcsAm"
"""The order in which aclitem's text lists privileges (ACL_ALL_RIGHTS_STR)."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What one role, or everybody, was granted; `letters` as in the server's text, each maybe with a grant option."""

    role: str
    """'' stands for PUBLIC."""
    letters: tuple[str, ...]
    with_option: frozenset[str] = frozenset()

    @property
    def words(self) -> tuple[str, ...]:
        """The privileges by their names in SQL."""
        return tuple(_WORDS[letter] for letter in self.letters)


def granted(acl: Iterable[str]) -> tuple[Granted, ...]:
    """An access list by grantee, whoever granted it; raises ValueError for a text that is no access list item."""
    found: dict[str, dict[str, bool]] = {}
    for item in acl:
        match = _ITEM.match(item)
        if match is None:
            raise ValueError(f"{item!r} is no access list item")
        letters = found.setdefault(_unquoted(match[1]), {})
        for letter, star in re.findall(r"([a-zA-Z])(\*?)", match[2]):
            letters[letter] = letters.get(letter, False) or bool(star)
    return tuple(
        Granted(role, tuple(sorted(letters, key=_ORDER.index)), frozenset(k for k, star in letters.items() if star))
        for role, letters in sorted(found.items())
    )


def shown(grants: Iterable[Granted], owner: str) -> tuple[str, ...]:
    """The same as the server prints it when the owner has granted everything, sorted as a catalog has it."""

    def item(one: Granted) -> str:
        letters = "".join(k + ("*" if k in one.with_option else "") for k in one.letters)
        return f"{_quoted(one.role)}={letters}/{_quoted(owner)}"

    return tuple(sorted(item(one) for one in grants if one.letters))


def as_granted(
    catalog: Catalog, target: QualifiedName, acl: Sequence[str], columns: Sequence[Column], owner: str
) -> Iterator[str]:
    """REVOKE and GRANT that give a new view exactly a table's access list, of the relation and of single columns.

    The revokes come first: default privileges (Supabase grants everything to its request roles) may have given the view
    more than the table has.
    """
    wanted = {one.role: one for one in granted(acl)}
    given = _by_default(catalog, target.schema, owner)
    too_much = sorted(role for role in given if role != owner)
    if owner in wanted and set(wanted[owner].letters) != _owner_letters(catalog):
        too_much.append(owner)
    if too_much:
        yield f"revoke all on {target.sql} from {', '.join(map(_role, too_much))}"
    for one in wanted.values():
        if one.role == owner and owner not in too_much:
            continue
        yield from _grants(one, target, ())
    for column in columns:
        for one in granted(column.acl):
            yield from _grants(one, target, (column.name,))


def _grants(one: Granted, target: QualifiedName, columns: Sequence[str]) -> Iterator[str]:
    listed = f" ({', '.join(quote_ident(c) for c in columns)})" if columns else ""
    for option in (False, True):
        words = [w for w, letter in zip(one.words, one.letters, strict=True) if (letter in one.with_option) is option]
        if words:
            tail = " with grant option" if option else ""
            yield f"grant {', '.join(w + listed for w in words)} on {target.sql} to {_role(one.role)}{tail}"


def _by_default(catalog: Catalog, schema: str, owner: str) -> frozenset[str]:
    """The roles that a relation made by the migrating role gets grants for without anybody saying so."""
    found = {
        one.role
        for default in catalog.default_acls
        if default.role == catalog.current_user and default.object_type == "r" and default.schema in (None, schema)
        for one in granted(default.acl)
    }
    return frozenset(found - {catalog.current_user, owner})


def owner_of_all(catalog: Catalog, owner: str) -> Granted:
    """What an owner has on a relation of his own when nobody has said otherwise."""
    return Granted(owner, tuple(sorted(_owner_letters(catalog), key=_ORDER.index)))


def _owner_letters(catalog: Catalog) -> set[str]:
    return set("arwdDxt") | ({"m"} if catalog.server_version >= 170000 else set())


def _role(name: str) -> str:
    return quote_ident(name) if name else "public"


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"\w*", name) else '"' + name.replace('"', '""') + '"'
