"""One way for each table, chosen so that no table ever waits for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringfence.names import QualifiedName
from ringfence.tenancy.people import Confidence
from ringfence.tenancy.rank import NEAR, Candidate


@dataclass(frozen=True, slots=True)
class Choice:
    """The ways a table derives its tenant, in the order they are tried, and the ways left aside."""

    ways: tuple[Candidate, ...]
    aside: tuple[Candidate, ...]
    circle: tuple[QualifiedName, ...] = ()
    """Better parents that would have closed a circle."""

    @property
    def confidence(self) -> Confidence:
        """High: a foreign key that is never null and has no rival. Low: only bystanders know the row."""
        first = self.ways[0]
        if first.weak:
            return Confidence.LOW
        rival = any(c.score > first.score - NEAR and c.target is not None for c in self.aside)
        covered = not all(way.nullable for way in self.ways)
        if first.declared and covered and not rival and not self.circle:
            return Confidence.HIGH
        return Confidence.MEDIUM


def choose(candidates: Mapping[QualifiedName, Sequence[Candidate]]) -> dict[QualifiedName, Choice]:
    """Choose for every table that has candidates; those whose parents all wait for one another are left out.

    The result has no circle: a way is only ever chosen when the table it leads to has been decided before.
    """
    ranked = {name: sorted(found, key=lambda c: (-c.score, c.derive)) for name, found in candidates.items() if found}
    decided: dict[QualifiedName, Candidate] = {}
    passed_over: dict[QualifiedName, tuple[QualifiedName, ...]] = {}
    waiting = sorted(ranked)
    while waiting and any(_open(way, decided) for name in waiting for way in ranked[name]):
        ready = [name for name in waiting if _open(ranked[name][0], decided)]
        for name in ready:
            decided[name] = ranked[name][0]
        if not ready:
            # the best ways of all that wait lead into a circle: open it where the second best is strongest
            way, name = _opening(waiting, ranked, decided)
            better = [c.target for c in ranked[name][: ranked[name].index(way)] if c.target is not None]
            decided[name] = way
            passed_over[name] = tuple(better)
        waiting = [name for name in waiting if name not in decided]
    needs = {name: {way.target} if way.target is not None else set() for name, way in decided.items()}
    return {
        name: _with_others(name, decided[name], ranked[name], needs, passed_over.get(name, ()))
        for name in sorted(decided)
    }


def _opening(
    waiting: Sequence[QualifiedName],
    ranked: Mapping[QualifiedName, Sequence[Candidate]],
    decided: Mapping[QualifiedName, Candidate],
) -> tuple[Candidate, QualifiedName]:
    """The strongest way out among the tables on a circle; among all that wait when none of those has one."""
    best = {name: ranked[name][0].target for name in waiting}
    on_circle: set[QualifiedName] = set()
    for start in waiting:
        path: list[QualifiedName] = []
        here: QualifiedName | None = start
        while here is not None and here in best and here not in path:
            path.append(here)
            here = best[here]
        if here in path:
            on_circle.update(path[path.index(here) :])
    ways = [(way, name) for name in waiting for way in ranked[name] if _open(way, decided)]
    return max([item for item in ways if item[1] in on_circle] or ways, key=lambda item: (item[0].score, item[1]))


def _open(way: Candidate, decided: Mapping[QualifiedName, Candidate]) -> bool:
    return way.target is None or way.target in decided


def _with_others(
    name: QualifiedName,
    first: Candidate,
    ranked: Sequence[Candidate],
    needs: dict[QualifiedName, set[QualifiedName]],
    circle: tuple[QualifiedName, ...],
) -> Choice:
    """Add further ways for rows in which the first one is null, until one is never null."""
    ways = [first]
    aside: list[Candidate] = []
    for other in ranked:
        if other is first:
            continue
        useful = all(w.nullable for w in ways) and not other.weak and not first.weak
        if useful and (other.target is None or (other.target in needs and not _reaches(needs, other.target, name))):
            ways.append(other)
            if other.target is not None:
                needs[name].add(other.target)
        else:
            aside.append(other)
    return Choice(tuple(ways), tuple(aside), circle)


def _reaches(needs: Mapping[QualifiedName, set[QualifiedName]], start: QualifiedName, goal: QualifiedName) -> bool:
    waiting = [start]
    seen: set[QualifiedName] = set()
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            waiting.extend(needs.get(here, ()))
    return False
