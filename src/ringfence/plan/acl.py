"""Access lists as the catalog prints them, read into values and changed as PostgreSQL would change them.

`aclitem` text is `grantee=letters/grantor`, an empty grantee is PUBLIC, a letter with `*` carries the grant option
(PostgreSQL, "Privileges"). Nothing here makes SQL; `policies.py` says what these values mean in GRANT and REVOKE.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from ringfence.errors import RingfenceError

PUBLIC = ""
"""The grantee of an item that everybody has."""
ORDER = "arwdDxtXUCTcsAm"
"""The order in which the server prints privilege letters (ACL_ALL_RIGHTS_STR)."""
WORDS = {
    "a": "insert",
    "r": "select",
    "w": "update",
    "d": "delete",
    "D": "truncate",
    "x": "references",
    "t": "trigger",
    "m": "maintain",
    "X": "execute",
    "U": "usage",
    "C": "create",
    "c": "connect",
    "T": "temporary",
    "s": "set",
    "A": "alter system",
}
_NAME = r'(?:"(?:[^"]|"")*"|[^"=/]*)'
_ITEM = re.compile(rf"({_NAME})=((?:[a-zA-Z]\*?)*)/({_NAME})\Z")


class UnreadableAcl(RingfenceError):
    """An access list has a form that PostgreSQL does not print."""

    code = "RF440"


@dataclass(frozen=True, slots=True)
class Item:
    """What one role was granted by another; names are unquoted, PUBLIC is the empty text."""

    grantee: str
    letters: str
    """Sorted as the server prints them."""
    grantor: str
    options: str = ""
    """Those of the letters that carry the grant option."""

    def __str__(self) -> str:
        """As the server prints it."""
        letters = "".join(k + ("*" if k in self.options else "") for k in self.letters)
        return f"{_printed(self.grantee)}={letters}/{_printed(self.grantor)}"

    def only(self, letters: Collection[str]) -> Item:
        """The same grant of these letters alone."""
        return replace(
            self,
            letters="".join(k for k in self.letters if k in letters),
            options="".join(k for k in self.options if k in letters),
        )

    def without(self, letters: Collection[str]) -> Item:
        """The same grant without these letters."""
        return self.only([k for k in self.letters if k not in letters])


def read(acl: Iterable[str]) -> tuple[Item, ...]:
    """An access list as values; raises UnreadableAcl."""
    return tuple(_item(text) for text in acl)


def show(items: Iterable[Item]) -> tuple[str, ...]:
    """Values as the catalog reads them: items without letters left out, sorted by code point."""
    return tuple(sorted(str(item) for item in items if item.letters))


def owner_changed(acl: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    """The access list after ALTER .. OWNER TO: the new owner takes the old one's place, twins are merged (aclnewowner)."""
    merged: dict[tuple[str, str], Item] = {}
    for item in read(acl):
        grantee, grantor = (new if name == old else name for name in (item.grantee, item.grantor))
        before = merged.get((grantee, grantor), Item(grantee, "", grantor))
        merged[(grantee, grantor)] = Item(
            grantee, _union(before.letters, item.letters), grantor, _union(before.options, item.options)
        )
    return show(merged.values())


def granted(acl: Iterable[str], grantee: str, letters: str, grantor: str) -> tuple[str, ...]:
    """The access list after GRANT without grant option."""
    items = list(read(acl))
    for place, item in enumerate(items):
        if (item.grantee, item.grantor) == (grantee, grantor):
            items[place] = replace(item, letters=_union(item.letters, letters))
            return show(items)
    return show([*items, Item(grantee, _union("", letters), grantor)])


def cut(
    acl: Iterable[str], grantees: Collection[str], letters: Collection[str]
) -> tuple[tuple[str, ...], tuple[Item, ...]]:
    """The access list without these letters for these grantees, and what was taken, in an order REVOKE can follow.

    Whoever got a letter from one of them by its grant option loses it too, as REVOKE .. CASCADE would have it, and
    comes first, so that no REVOKE meets a grant that depends on it.
    """
    left = list(read(acl))
    waiting = set(grantees)
    taken: list[tuple[str, Item]] = []
    for letter in sorted(letters, key=ORDER.index):
        losing = {g for g in waiting if any(i.grantee == g and letter in i.letters for i in left)}
        while True:
            more = {i.grantee for i in left if i.grantor in losing and letter in i.letters} - losing
            if not more:
                break
            losing |= more
        taken += [(letter, item) for item in left if item.grantee in losing and letter in item.letters]
        left = [item.without(letter) if item.grantee in losing else item for item in left]
    return show(left), _deepest_first(taken)


def _deepest_first(taken: Sequence[tuple[str, Item]]) -> tuple[Item, ...]:
    """Each grant after those that depend on it; letters of one grant stand together where nothing depends on it."""
    if not {item.grantor for _, item in taken} & {item.grantee for _, item in taken}:
        whole: dict[tuple[str, str], str] = {}
        for letter, item in taken:
            whole[(item.grantee, item.grantor)] = whole.get((item.grantee, item.grantor), "") + letter
        return tuple(
            next(i for _, i in taken if (i.grantee, i.grantor) == key).only(letters)
            for key, letters in sorted(whole.items())
        )
    ordered: list[Item] = []
    for letter in dict.fromkeys(letter for letter, _ in taken):
        rest = sorted((i.only(letter) for k, i in taken if k == letter), key=lambda i: (i.grantor, i.grantee))
        while rest:
            free = [i for i in rest if not any(o.grantor == i.grantee for o in rest)]
            if not free:  # PostgreSQL refuses grants in a circle, so a text that shows one was not printed by it
                raise UnreadableAcl("grants depend on one another in a circle", detail=", ".join(map(str, rest)))
            ordered += free
            rest = [i for i in rest if i not in free]
    return tuple(ordered)


def _union(one: str, other: str) -> str:
    return "".join(sorted(set(one) | set(other), key=ORDER.index))


def _item(text: str) -> Item:
    match = _ITEM.match(text)
    if match is None:
        raise UnreadableAcl(f"{text!r} is no item of an access list", subject=text)
    letters = [found[0] for found in re.findall(r"[a-zA-Z]\*?", match[2])]
    options = [found[0] for found in re.findall(r"[a-zA-Z]\*", match[2])]
    unknown = [k for k in letters if k not in ORDER]
    if unknown:
        raise UnreadableAcl(f"{text!r} has the unknown privilege {unknown[0]!r}", subject=text)
    return Item(_unquoted(match[1]), _union("", "".join(letters)), _unquoted(match[3]), _union("", "".join(options)))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _printed(name: str) -> str:
    return name if re.fullmatch(r"\w*", name) else '"' + name.replace('"', '""') + '"'
