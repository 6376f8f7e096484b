"""What a policy expression says, freed from syntax: columns, what the session says of itself, comparisons, subqueries.

`termread.py` makes these values from the server's own text, with the bodies of helper functions put in where they are
called; `ways.py` judges them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypeAlias

from ringfence.names import QualifiedName


@dataclass(frozen=True, slots=True)
class Const:
    """A literal; None is NULL, True and False the booleans, anything else its text."""

    value: str | bool | None


@dataclass(frozen=True, slots=True)
class Own:
    """A column of the row that the policy judges."""

    column: str
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Inner:
    """A column of a row that a subquery reads. `alias` is unique within the expression."""

    alias: str
    relation: QualifiedName | None
    column: str


@dataclass(frozen=True, slots=True)
class Session:
    """What the session says of who asks. `source` is 'claim', 'setting', 'role', 'client' or 'ringfence'.

    'claim' is a verified claim, 'setting' another setting of the session, 'role' current_user and its like, 'client'
    what the caller wrote itself (headers, user_metadata), 'ringfence' our own verified context.
    """

    source: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or operator whose value depends on nothing but its arguments."""

    name: str
    args: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A function that could be read only in parts, or not at all.

    `says` is what it asks of the session, however deep; `unread` when part of it cannot be seen.
    """

    name: QualifiedName
    args: tuple[Term, ...]
    says: frozenset[Session] = frozenset()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right`; op is '=', '<>' or the operator's own name, `all_of` for `op ALL (..)`."""

    op: str
    left: Term
    right: Term
    all_of: bool = False


@dataclass(frozen=True, slots=True)
class Same:
    """IS NOT DISTINCT FROM."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    args: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them."""

    args: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT."""

    arg: Term


@dataclass(frozen=True, slots=True)
class IsNull:
    """IS NULL."""

    arg: Term


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first that is not null."""

    args: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """CASE: (condition, value) in order; `otherwise` is NULL when there is no ELSE."""

    branches: tuple[tuple[Term, Term], ...]
    otherwise: Term


@dataclass(frozen=True, slots=True)
class Reading:
    """A relation that is read, and as whom: '' for whoever asks, the owner inside a SECURITY DEFINER helper."""

    relation: QualifiedName
    acting: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT: the rows for which `where` (joins included) holds, and what each gives."""

    where: Term
    outputs: tuple[Term, ...]
    reads: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A subquery. `asks` is 'exists' or 'value' (scalar, array, or the set on the right of IN)."""

    asks: str
    selects: tuple[Select, ...]
    """One, or the arms of a UNION."""


Term: TypeAlias = (
    Const | Own | Inner | Session | Apply | Opaque | Compare | Same | And | Or | Not | IsNull | Coalesce | Case | Query
)

TRUE, FALSE, NULL = Const(True), Const(False), Const(None)


def children(term: Term) -> tuple[Term, ...]:
    """The terms directly inside another one."""
    match term:
        case Const() | Own() | Inner() | Session():
            return ()
        case Apply() | Opaque() | And() | Or() | Coalesce():
            return term.args
        case Compare() | Same():
            return (term.left, term.right)
        case Not() | IsNull():
            return (term.arg,)
        case Case():
            return (*(part for branch in term.branches for part in branch), term.otherwise)
        case Query():
            return tuple(part for select in term.selects for part in (select.where, *select.outputs))


@functools.lru_cache(maxsize=65536)
def leaves(term: Term) -> frozenset[Term]:
    """Every column and word of the session in it, at any depth."""
    match term:
        case Own() | Inner() | Session():
            return frozenset({term})
        case Opaque():
            return frozenset[Term]().union(term.says, *(leaves(a) for a in term.args))
        case _:
            return frozenset[Term]().union(*(leaves(part) for part in children(term)))


@functools.lru_cache(maxsize=65536)
def unread(term: Term) -> bool:
    """Whether a part of it could not be read."""
    return (isinstance(term, Opaque) and term.unread) or any(unread(part) for part in children(term))


@functools.lru_cache(maxsize=65536)
def readings(term: Term) -> frozenset[Reading]:
    """Every relation that is read inside it."""
    own = frozenset(r for s in term.selects for r in s.reads) if isinstance(term, Query) else frozenset[Reading]()
    return own.union(*(readings(part) for part in children(term)))
