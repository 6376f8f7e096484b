"""Parents before children, or the circle that makes it impossible."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from ringfence.names import QualifiedName

Needs = Mapping[QualifiedName, AbstractSet[QualifiedName]]
"""For each table the tables its tenant is derived from."""


def find_cycle(needs: Needs) -> tuple[QualifiedName, ...] | None:
    """A circle as the tables on it, each followed by the one it derives from, the first one by name at the front.

    None when there is none. Which of several circles is named depends on names alone.
    """
    done: set[QualifiedName] = set()
    for start in sorted(needs):
        path: list[QualifiedName] = []
        waiting = [(start, iter(sorted(needs[start])))] if start not in done else []
        if waiting:
            path.append(start)
        while waiting:
            _, parents = waiting[-1]
            parent = next(parents, None)
            if parent is None:
                waiting.pop()
                done.add(path.pop())
            elif parent in path:
                circle = path[path.index(parent) :]
                front = circle.index(min(circle))
                return tuple(circle[front:] + circle[:front])
            elif parent in needs and parent not in done:
                path.append(parent)
                waiting.append((parent, iter(sorted(needs[parent]))))
    return None


def parents_first(needs: Needs) -> tuple[QualifiedName, ...]:
    """Every table after all tables it derives from; among those that could come next, the first one by name.

    There must be no circle.
    """
    children: dict[QualifiedName, list[QualifiedName]] = {}
    open_needs: dict[QualifiedName, int] = {}
    for table, parents in needs.items():
        known = [p for p in parents if p in needs]
        open_needs[table] = len(known)
        for parent in known:
            children.setdefault(parent, []).append(table)
    ready = sorted((t for t, count in open_needs.items() if count == 0), reverse=True)
    ordered: list[QualifiedName] = []
    while ready:
        table = ready.pop()
        ordered.append(table)
        for child in children.get(table, ()):
            open_needs[child] -= 1
            if open_needs[child] == 0:
                ready.append(child)
        ready.sort(reverse=True)
    assert len(ordered) == len(needs), "find_cycle comes first"
    return tuple(ordered)
