"""What can be wrong with a configuration file, each with its place, so that all of it can be said at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar

from ringfence.errors import RingfenceError
from ringfence.spec.model import Where


class SpecInvalid(RingfenceError):
    """The configuration file cannot be used as it is.

    `problems` holds every single problem in the file's order; a lone problem is raised as itself.
    """

    code = "RF110"
    exit_code: ClassVar[int] = 2

    def __init__(
        self, message: str = "", *, detail: str = "", hint: str = "", subject: str = "", where: Where | None = None
    ) -> None:
        self.where = where
        super().__init__(f"{where}: {message}" if where else message, detail=detail, hint=hint, subject=subject)
        self.problems: tuple[SpecInvalid, ...] = (self,)


class SpecUnreadable(SpecInvalid):
    """The file cannot be opened or is not UTF-8 text."""

    code = "RF111"


class NotToml(SpecInvalid):
    """The file is not TOML."""

    code = "RF112"


class UnknownKey(SpecInvalid):
    """The file has a key that Ringfence does not know."""

    code = "RF113"


class WrongValue(SpecInvalid):
    """A key has a value of the wrong type or outside of what is allowed."""

    code = "RF114"


class BadName(SpecInvalid):
    """A name in the file cannot be the name of a table or column."""

    code = "RF115"


class BadDerivation(SpecInvalid):
    """A `derive` line does not follow the grammar."""

    code = "RF116"


class SaidTwice(SpecInvalid):
    """Two places in the file say different things about the same object."""

    code = "RF117"


class SomethingMissing(SpecInvalid):
    """The file leaves out something it cannot do without."""

    code = "RF118"


class MappingInvalid(SpecInvalid):
    """A line of the mapping file cannot be used."""

    code = "RF119"


def raise_problems(problems: Sequence[SpecInvalid], source: str) -> None:
    """Raise what was found: nothing, the one problem itself, or a SpecInvalid that holds them all."""
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    ordered = sorted(problems, key=lambda p: p.where.line if p.where else 0)
    together = SpecInvalid(
        f"{source} has {len(ordered)} problems",
        subject=source,
        detail="\n".join(f"{p.code} {p.message}" + (f"\n    {p.hint}" if p.hint else "") for p in ordered),
        hint="correct them in any order and run the same command again",
    )
    together.problems = tuple(ordered)
    raise together


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, None when nothing is near. Case alone never separates two words."""
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None
