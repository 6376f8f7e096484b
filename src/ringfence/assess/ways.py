"""In how many ways a policy lets a row through, and what each way asks of the row and of who asks.

A boolean term becomes a disjunction of *ways*, each a conjunction of *facts*. A way is safe when it ties a column of
the row to the session, directly or through rows of other tables: columns, rows and the session are points, equality
connects points, and the question is what is connected with the session. A condition that only looks at the row, or
only at the session, connects nothing. Each branch is thereby decided on its own: `a or b and c` has two ways, and the
second does not excuse the first.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ringfence.assess.facts import Fact, Flag, Judged, Point, Way, Ways
from ringfence.assess.terms import (
    And,
    Apply,
    Case,
    Coalesce,
    Compare,
    Const,
    Inner,
    IsNull,
    Not,
    Opaque,
    Or,
    Own,
    Query,
    Same,
    Session,
    Term,
    children,
    leaves,
    unread,
)

WAYS_MAX = 256
"""More ways than this are not told apart; the expression then counts as unread."""


ALWAYS: Ways = (frozenset(),)
NEVER: Ways = ()


class TooManyWays(Exception):
    """The product of alternatives has grown beyond WAYS_MAX."""


@functools.lru_cache(maxsize=16384)
def judged(term: Term) -> tuple[Judged, ...]:
    """Every way in which a term is true; one way that counts as unread when there are too many."""
    try:
        return tuple(Judged(way) for way in _ways(term))
    except (TooManyWays, RecursionError):
        return (Judged(frozenset({Fact(frozenset(), frozenset(), frozenset({Flag.UNREAD}))})),)


def joined(*clauses: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """The ways in which all of several clauses are true; those of the first when there are too many."""
    if len(clauses) == 1:
        return clauses[0]
    try:
        return tuple(Judged(way) for way in _all(tuple(w.way for w in clause) for clause in clauses))
    except TooManyWays:
        return clauses[0]


# --- terms become ways -------------------------------------------------------------------------------------------


def _ways(term: Term) -> Ways:
    match term:
        case Const():
            return ALWAYS if term.value is True else NEVER
        case And():
            return _all(_ways(arg) for arg in term.args)
        case Or():
            return _any(_ways(arg) for arg in term.args)
        case Not():
            return _never(term.arg)
        case Compare():
            return _any(
                _all((left_way, right_way, _compare(term, left, right)))
                for left_way, left in _values(term.left)
                for right_way, right in _values(term.right)
            )
        case Same():
            both_null = And((IsNull(term.left), IsNull(term.right)))
            return _any((_ways(Compare("=", term.left, term.right)), _ways(both_null)))
        case IsNull():
            return _is_null(term.arg)
        case Coalesce() | Case():
            return _any(_all((way, _ways(value))) for way, value in _values(term))
        case Query() if term.asks == "exists":
            return _any(_rows(select.where, term) for select in term.selects)
        case Query():
            return _any(_all((way, _ways(value))) for way, value in _values(term))
        case Opaque():
            return _fact(_call(term))
        case Own() | Inner() | Session() | Apply():
            return _fact(Fact(_joined((term,)) if isinstance(term, Apply) else frozenset(), leaves(term), _read(term)))


def _never(term: Term) -> Ways:
    """The ways in which a term is false."""
    match term:
        case Const():
            return ALWAYS if term.value is False else NEVER
        case And():
            return _any(_never(arg) for arg in term.args)
        case Or():
            return _all(_never(arg) for arg in term.args)
        case Not():
            return _ways(term.arg)
        case Compare(op="=" | "<>"):
            return _ways(replace(term, op="<>" if term.op == "=" else "=", all_of=not term.all_of))
        case IsNull():
            return _is_not_null(term.arg)
        case _:
            flags = _read(term)
            seen = leaves(term)
            tied = isinstance(term, (Compare, Same, Opaque)) and _own(seen) and _sessions(seen)
            return _fact(Fact(frozenset(), seen, flags | ({Flag.INVERTED} if tied else frozenset())))


def _is_null(arg: Term) -> Ways:
    match arg:
        case Own(not_null=True):
            return NEVER
        case Own():
            return _fact(Fact(frozenset(), leaves(arg), frozenset({Flag.NO_TENANT})))
        case Const():
            return ALWAYS if arg.value is None else NEVER
        case Coalesce():
            return _all(_is_null(a) for a in arg.args)
        case _ if not _may_be_null(arg):
            return NEVER
        case _:
            seen = leaves(arg)
            flag = Flag.UNSET if _sessions(seen) else Flag.NO_TENANT if _own(seen) else Flag.UNFILTERED
            return _fact(Fact(frozenset(), seen, frozenset({flag})))


def _is_not_null(arg: Term) -> Ways:
    seen = leaves(arg)
    signed_in = bool(_sessions(seen)) and not _own(seen) and not any(isinstance(t, Inner) for t in seen)
    return _fact(Fact(frozenset(), seen, frozenset({Flag.SIGNED_IN}) if signed_in else frozenset()))


def _values(term: Term) -> list[tuple[Ways, Term]]:
    """What a term may be worth, each with the ways in which it is worth that."""
    found: list[tuple[Ways, Term]] = []
    match term:
        case Coalesce():
            before: Ways = ALWAYS
            for arg in term.args:
                found += [(_all((before, way)), value) for way, value in _values(arg)]
                before = _all((before, _is_null(arg)))
        case Case():
            missed: Ways = ALWAYS
            for condition, result in term.branches:
                found += [(_all((missed, _ways(condition), way)), value) for way, value in _values(result)]
                missed = _all((missed, _not_true(condition)))
            found += [(_all((missed, way)), value) for way, value in _values(term.otherwise)]
        case Query(asks="value"):
            for select in term.selects:
                rows = _ways(select.where)
                output = select.outputs[0] if select.outputs else Const(None)
                found += [(_all((rows, way)), value) for way, value in _values(output)]
        case Apply():
            for combination in itertools.product(*(_values(arg) for arg in term.args)):
                found.append(
                    (_all(way for way, _ in combination), replace(term, args=tuple(v for _, v in combination)))
                )
                if len(found) > WAYS_MAX:
                    raise TooManyWays
        case _:
            found.append((ALWAYS, term))
    return [(way, value) for way, value in found if way and value != Const(None)]


def _not_true(term: Term) -> Ways:
    """False or null: what CASE and IF go on after.

    The null half is a way of its own only where the session may be silent; elsewhere it says nothing new.
    """
    ways = _never(term)
    if (not ways or _sessions(leaves(term))) and _may_be_null(term):
        return _any((ways, ALWAYS if term == Const(None) else _is_null(term)))
    return ways


def _may_be_null(term: Term) -> bool:
    match term:
        case Const():
            return term.value is None
        case Own():
            return not term.not_null
        case IsNull() | Same() | Opaque() | Query(asks="exists"):
            return False
        case Coalesce():
            return all(_may_be_null(arg) for arg in term.args)
        case Inner() | Session() | Query():
            return True
        case And() | Or() | Not() | Compare() | Apply() | Case():
            return any(_may_be_null(part) for part in children(term))


def _rows(where: Term, query: Query) -> Ways:
    """A row exists: the ways of its conditions, marked when nothing in one asks who wants to know."""
    found = []
    for way in _ways(where):
        judgement = Judged(way)
        if judgement.session or judgement.flags & {Flag.CAPTURED, Flag.UNREAD}:
            found.append(way)
        else:
            found.append(way | {Fact(frozenset(), leaves(query), frozenset({Flag.UNFILTERED}))})
    return tuple(found)


def _compare(term: Compare, left: Term, right: Term) -> Ways:
    seen = leaves(left) | leaves(right)
    flags = _read(left) | _read(right)
    if left == right and leaves(left) and not flags:
        # a column compared with itself: a name in a subquery that meant the other table (escape P10)
        return _fact(Fact(frozenset(), seen, frozenset({Flag.CAPTURED})))
    own, session = _own(seen), _sessions(seen)
    if (own and isinstance(left, Const)) or (own and isinstance(right, Const)):
        flags |= {Flag.CONSTANT}
    if session and not own and _is_role_word(left, right):
        flags |= {Flag.SIGNED_IN}
    if term.op in ("=", "@>", "<@", "&&", "~~", "?", "?|") and not (term.all_of and term.op == "="):
        return _fact(Fact(_joined((left, right)), seen, flags))
    wrong = bool(session) and (own or any(isinstance(t, Inner) for t in seen))
    return _fact(Fact(frozenset(), seen, flags | ({Flag.INVERTED} if wrong else frozenset())))


def _is_role_word(left: Term, right: Term) -> bool:
    """auth.role() = 'authenticated', which every signed-in user is."""
    return {left, right} == {Session("claim", "role"), Const("authenticated")}


def _call(call: Opaque) -> Fact:
    """A function of which only the parts are known: it is taken to tie its arguments to what it asks the session."""
    edges = {(a, b) for a in _points(call) for b in _points(call) if a < b}
    flags = _read(call)
    if not call.unread and not _sessions(leaves(call)):
        flags |= {Flag.UNFILTERED}
    return Fact(frozenset(edges), leaves(call), flags)


def _joined(sides: tuple[Term, ...]) -> frozenset[tuple[Point, Point]]:
    """The points that an equality connects: all of one side with all of the other, and those of a side as well."""
    points = sorted({point for side in sides for point in _points(side)})
    return frozenset(itertools.combinations(points, 2))


def _points(term: Term) -> frozenset[Point]:
    return frozenset(_point(leaf) for leaf in leaves(term))


def _point(leaf: Term) -> Point:
    match leaf:
        case Own():
            return f"own:{leaf.column}"
        case Inner(column="raw_user_meta_data"):
            return "client"
        case Inner():
            return f"row:{leaf.alias}"
        case Session(source="client" | "role"):
            return leaf.source
        case _:
            return "session"


def _own(seen: Iterable[Term]) -> bool:
    return any(isinstance(t, Own) for t in seen)


def _sessions(seen: Iterable[Term]) -> bool:
    return any(isinstance(t, Session) for t in seen)


def _read(term: Term) -> frozenset[Flag]:
    return frozenset({Flag.UNREAD}) if unread(term) else frozenset()


def _fact(fact: Fact) -> Ways:
    return (frozenset({fact}),)


def _any(parts: Iterable[Ways]) -> Ways:
    return _bounded(dict.fromkeys(way for part in parts for way in part))


def _all(parts: Iterable[Ways]) -> Ways:
    found: Ways = ALWAYS
    for part in parts:
        found = _bounded(dict.fromkeys(a | b for a in found for b in part))
    return found


def _bounded(ways: Iterable[Way]) -> Ways:
    def taken() -> Iterator[Way]:
        for number, way in enumerate(ways):
            if number >= WAYS_MAX:
                raise TooManyWays
            yield way

    return tuple(taken())
