"""What differs between two catalogs, said per object and per part of it, for people and for drift decisions.

Two catalogs are compared through one view of them: every object and every part of a table (column, constraint, index,
trigger, policy, rule) under a subject of its own. An object that appears or goes is one difference, whatever hangs on
it; of a changed one only what changed is shown.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ringfence.catalog.model import Catalog, Routine, Table, View
from ringfence.names import QualifiedName, display_ident


class DifferenceKind(enum.Enum):
    """What happened to the subject from the first catalog to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; `before` is empty for what was added, `after` for what was removed."""

    kind: DifferenceKind
    subject: str
    """The object as people write it: `table public.t`, `public.t constraint t_pkey`."""
    before: str
    after: str
    object: QualifiedName | None = None
    """The table, view, routine, sequence or type it belongs to; None for schemas, publications, grants to come."""
    part: str = ""
    """'' for the object itself, otherwise column, column order, constraint, index, trigger, policy or rule."""
    name: str = ""
    """The part's own name, or the object's name where it has no schema."""


Ignoring: TypeAlias = Collection[QualifiedName] | Callable[[Difference], bool]

_PARTS = {
    "columns": "column",
    "constraints": "constraint",
    "indexes": "index",
    "triggers": "trigger",
    "policies": "policy",
    "rules": "rule",
}


def compare(
    before: Catalog, after: Catalog, *, ignoring: Ignoring = (), restored: bool = False
) -> tuple[Difference, ...]:
    """Everything that enters the fingerprint and is not the same, in order of kind of object, name and part.

    `ignoring` leaves objects aside by name, or single differences by a predicate (true: leave it aside). `restored`
    says that one of the two went through a dump: texts that the server writes in another way after that are the same.
    """
    found = (difference for pair in _kinds(before, after) for difference in _objects(*pair))
    if restored:
        found = (d for d in found if d.kind is not DifferenceKind.CHANGED or settled(d.before) != settled(d.after))
    if callable(ignoring):
        return tuple(d for d in found if not ignoring(d))
    names = frozenset(ignoring)
    return tuple(d for d in found if d.object not in names)


def equal(before: Catalog, after: Catalog, *, ignoring: Ignoring = (), restored: bool = False) -> bool:
    """Whether nothing differs; without options the same as equal fingerprints."""
    return not compare(before, after, ignoring=ignoring, restored=restored)


_LITERAL = r"'(?:[^']|'')*'::[a-z ]+(?:\(\d+\))?"
_CAST_ARRAY = re.compile(rf"\(ARRAY\[({_LITERAL}(?:, {_LITERAL})*)\]\)::([a-z ]+)\[\]")


def settled(text: str) -> str:
    """A definition as it reads after a dump and a restore.

    `x varchar check (x in ('a', 'b'))` comes back from the server as a cast of an array; parsed again, the cast moves
    to each element and stays there. Without this every such table would count as changed on a clone.
    """
    return _CAST_ARRAY.sub(
        lambda found: "ARRAY[" + ", ".join(f"({item})::{found[2]}" for item in re.findall(_LITERAL, found[1])) + "]",
        text,
    )


def describe(differences: Iterable[Difference]) -> str:
    """The differences as lines for people, '' when there are none."""
    return "\n".join(_lines(differences))


def _lines(differences: Iterable[Difference]) -> Iterator[str]:
    for d in differences:
        match d.kind:
            case DifferenceKind.ADDED:
                yield f"+ {d.subject}: {d.after}"
            case DifferenceKind.REMOVED:
                yield f"- {d.subject}: {d.before}"
            case DifferenceKind.CHANGED:
                yield f"~ {d.subject}"
                yield f"    before: {d.before}"
                yield f"    after:  {d.after}"


_Kind: TypeAlias = tuple[str, Sequence[Any], Sequence[Any]]


def _kinds(before: Catalog, after: Catalog) -> Iterator[_Kind]:
    # The same lists as Catalog.fingerprint, so that "equal" means one thing.
    yield "schema", before.schemas, after.schemas
    yield "type", before.types, after.types
    yield "sequence", before.sequences, after.sequences
    yield "table", before.tables, after.tables
    yield "view", before.views, after.views
    yield "routine", before.routines, after.routines
    yield "publication", before.publications, after.publications
    yield "default privileges", before.default_acls, after.default_acls
    yield "event trigger", before.event_triggers, after.event_triggers


def _objects(kind: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
    old, new = {_key(o): o for o in before}, {_key(o): o for o in after}
    for key in sorted(old.keys() | new.keys()):
        was, is_ = old.get(key), new.get(key)
        one: Any = is_ if was is None else was
        name = one.name if isinstance(getattr(one, "name", None), QualifiedName) else None
        place = _Place(f"{kind} {_shown(one)}", name, "", key[0] if name is None else name.name)
        yield from _differs(place, was, is_)
        if was is not None and is_ is not None and isinstance(was, (Table, View)) and type(was) is type(is_):
            yield from _parts(was, is_)


def _parts(before: Table | View, after: Table | View) -> Iterator[Difference]:
    for field, part in _PARTS.items():
        old_items, new_items = getattr(before, field, ()), getattr(after, field, ())
        if isinstance(before, View) and field == "columns":
            continue  # a view's columns are names only and stand with the view itself
        old, new = {i.name: i for i in old_items}, {i.name: i for i in new_items}
        for name in [*old, *(n for n in new if n not in old)]:
            place = _Place(f"{before.name} {part} {display_ident(name)}", before.name, part, name)
            yield from _differs(place, old.get(name), new.get(name))
        if field == "columns":
            # An added or removed column is a difference of its own; the order is one only among those that stay.
            was, is_ = [n for n in old if n in new], [n for n in new if n in old]
            if was != is_:
                place = _Place(f"{before.name} column order", before.name, "column order", "")
                yield place.difference(DifferenceKind.CHANGED, ", ".join(was), ", ".join(is_))


@dataclass(frozen=True, slots=True)
class _Place:
    subject: str
    object: QualifiedName | None
    part: str
    name: str

    def difference(self, kind: DifferenceKind, before: str, after: str) -> Difference:
        return Difference(kind, self.subject, before, after, self.object, self.part, self.name)


def _differs(place: _Place, before: Any, after: Any) -> Iterator[Difference]:
    if before is None:
        yield place.difference(DifferenceKind.ADDED, "", _said(after))
    elif after is None:
        yield place.difference(DifferenceKind.REMOVED, _said(before), "")
    elif before != after:
        old, new = _facts(before), _facts(after)
        changed = [fact for fact in old if old[fact] != new.get(fact)] + [fact for fact in new if fact not in old]
        if changed:
            yield place.difference(
                DifferenceKind.CHANGED,
                "; ".join(f"{fact} {_text(old.get(fact))}" for fact in changed),
                "; ".join(f"{fact} {_text(new.get(fact))}" for fact in changed),
            )


def _facts(item: Any) -> Mapping[str, Any]:
    """The fields that speak of the item as a whole, with their values; lists without order are compared sorted."""
    apart = _PARTS if isinstance(item, Table) else {k: v for k, v in _PARTS.items() if k != "columns"}
    own = isinstance(item, (Table, View))
    return {
        f.name: getattr(item, f.name)
        for f in dataclasses.fields(item)
        if f.name != "name" and not (own and f.name in apart)
    }


def _said(item: Any) -> str:
    if isinstance(item, Table):
        return f"{item.kind.name.lower()} ({', '.join(f'{display_ident(c.name)} {c.type}' for c in item.columns)})"
    definition = getattr(item, "definition", None)
    if definition is not None:
        return str(definition)
    defaults = {f.name: f.default for f in dataclasses.fields(item)}
    return "; ".join(f"{k} {_text(v)}" for k, v in _facts(item).items() if v != defaults[k])


def _text(value: Any) -> str:
    match value:
        case None | "" | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case enum.Enum():
            return value.name.lower()
        case _:
            return str(value)


def _key(item: Any) -> tuple[str, ...]:
    """What makes an object of its kind the same one in both catalogs."""
    if isinstance(item, Routine):
        return (item.name.schema, item.name.name, item.arguments)
    name = getattr(item, "name", None)
    match name:
        case QualifiedName():
            return (name.schema, name.name)
        case str():
            return (name,)
        case _:
            return (item.role, item.schema or "", item.object_type)


def _shown(item: Any) -> str:
    if isinstance(item, Routine):
        return f"{item.name}({item.arguments})"
    name = getattr(item, "name", None)
    match name:
        case QualifiedName():
            return str(name)
        case str():
            return display_ident(name)
        case _:
            where = f" in {display_ident(item.schema)}" if item.schema else ""
            return f"of {display_ident(item.role)}{where} for {item.object_type}"
