"""What a reader meets once phase 6 is done, made without a lock on any table and rolled back with the trial.

Whoever row security will bind is stood for by a canary, whom the floor binds since phase 4. It has the policies of its
request role and not those of the reader it stands for; without a tenant the floor lets nothing through either way.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Routine, View
from ringfence.names import QualifiedName, bounded_name, quote_ident, quote_literal
from ringfence.plan import policies
from ringfence.plan.enforcing.routines import touched_by
from ringfence.plan.enforcing.scene import Reader, Scene
from ringfence.plan.enforcing.tables import protected
from ringfence.plan.enforcing.views import invoker, reading_views
from ringfence.plan.renaming import Renaming
from ringfence.tenancy.decisions import ROLE
from ringfence.tenancy.isolation import Way

SCHEMA = "ringfence_trial"


@dataclass(frozen=True)
class Ground:
    """Everything trials are made from."""

    scene: Scene
    readers: Mapping[str, Reader]
    canary: str | None
    """The role that stands for whoever row security will bind; None: there is none."""
    floored: frozenset[QualifiedName]
    """Relations whose floor binds the canary already."""

    @functools.cached_property
    def every(self) -> tuple[QualifiedName, ...]:
        """Every relation that holds rows of tenants."""
        return protected(self.scene.tenancy, self.scene.catalog)

    @functools.cached_property
    def reading(self) -> Mapping[QualifiedName, frozenset[QualifiedName]]:
        """For each view over tenant tables, those tables."""
        return reading_views(self.scene)

    @functools.cached_property
    def touching(self) -> Mapping[tuple[QualifiedName, str], frozenset[str]]:
        """For each routine that names tenant tables, by itself or through others, those tables."""
        return touched_by(self.scene)

    def bypasses_then(self, role: str) -> bool:
        """Whether row security will not bind the role."""
        decision = self.scene.isolation.decisions.get(ROLE + role)
        return self.scene.bypasses(role) or (decision is not None and decision.way is Way.BYPASS)

    def stand_in(self, role: str, tables: Iterable[QualifiedName]) -> str | None:
        """Who runs as the role will; None: it will be bound on a table where nobody is bound yet."""
        if self.bypasses_then(role):
            return role
        return self.canary if self.floored.issuperset(tables) else None

    def bypass_given(self) -> Iterator[str]:
        """Roles that are to bypass, and do not yet."""
        for key, decision in sorted(self.scene.isolation.decisions.items()):
            role = key.removeprefix(ROLE)
            if key.startswith(ROLE) and decision.way is Way.BYPASS and not self.scene.bypasses(role):
                yield f"alter role {quote_ident(role)} bypassrls"

    def owner_then(self, thing: View | Routine, key: str) -> str | None:
        """With whose rights a view or routine will read; None: with those of whoever asks."""
        reader = self.readers.get(key)
        way = reader.way if reader is not None else None
        asks = invoker(thing) if isinstance(thing, View) else not thing.security_definer
        if asks or way is Way.INVOKER:
            return None
        return self.scene.isolation.owner if way is Way.OWNER else thing.owner

    def changes(self, view: View) -> bool:
        """Whether a view will read with other rights, or its owner will be bound."""
        owner = self.owner_then(view, str(view.name))
        return not invoker(view) and (owner is None or not self.bypasses_then(owner))


class Afterwards:
    """The views beneath a query copied, and the routines it runs changed, each with the rights it will have."""

    def __init__(
        self, ground: Ground, views: Iterable[QualifiedName], query: str = "", routine: Routine | None = None
    ) -> None:
        self._ground = ground
        self._known = {v.name: v for v in ground.scene.catalog.views if v.kind == "v" and v.name in ground.reading}
        self._views: list[View] = []
        for name in views:
            self._add(name)
        self._renaming = Renaming({v.name: self.name(v.name) for v in self._views})
        if routine is not None:
            self._routines, spoken = _run_by(ground, [routine.definition], {routine.name.name})
        else:
            self._routines, spoken = _run_by(ground, [query, *(v.definition for v in self._views)], set())
        self._beyond = [v for v in self._known.values() if v.name.name in spoken and ground.changes(v)]

    def _add(self, name: QualifiedName) -> None:
        view = self._known.get(name)
        if view is not None and view not in self._views:
            for beneath in view.reads:
                self._add(beneath)
            self._views.append(view)

    @property
    def not_tried(self) -> str | None:
        """Why the state cannot be made; None: it can."""
        for view in self._beyond:
            return f"a function reads {view.name}, whose rights change"
        things: list[View | Routine] = [*self._views, *self._routines]
        for thing in things:
            owner = self._ground.owner_then(thing, _key(thing))
            if owner is not None and self._stands(thing, owner) is None:
                return nobody_bound(owner)
        return None

    def name(self, view: QualifiedName) -> QualifiedName:
        """What a copy is called: the view's own name, so that its columns are spelled as they were."""
        return QualifiedName(bounded_name(SCHEMA, view.schema), view.name)

    def text(self, query: str) -> str:
        """A query of the server's own spelling that reads the copies."""
        return self._renaming.text(query)

    def made(self) -> Iterator[str]:
        """The statements that make it, views from the bottom up."""
        things: list[View | Routine] = [*self._views, *self._routines]
        stand_ins = {s for t in things if (s := self._new_owner(t)) is not None}
        yield from (f"select ringfence_trial.let_v1({quote_literal(role)})" for role in sorted(stand_ins))
        for schema in sorted({self.name(v.name).schema for v in self._views}):
            yield f"create schema {quote_ident(schema)}"
            yield f"grant usage, create on schema {quote_ident(schema)} to public"
        for view in self._views:
            copy, owner = self.name(view.name), self._ground.owner_then(view, str(view.name))
            options = " with (security_invoker = true)" if owner is None else ""
            yield f"create view {copy.sql}{options} as\n{self.text(view.definition)}"
            stands = self._new_owner(view)
            if stands is not None:
                yield f"alter view {copy.sql} owner to {quote_ident(stands)}"
            yield f"grant select on {copy.sql} to public"
        for routine in self._routines:
            owner = self._ground.owner_then(routine, _key(routine))
            if owner is None:
                yield f"alter routine {policies.routine_sql(routine)} security invoker"
            elif (stands := self._new_owner(routine)) is not None:
                yield f"alter routine {policies.routine_sql(routine)} owner to {quote_ident(stands)}"

    def _new_owner(self, thing: View | Routine) -> str | None:
        owner = self._ground.owner_then(thing, _key(thing))
        stands = None if owner is None else self._stands(thing, owner)
        return None if isinstance(thing, Routine) and stands == thing.owner else stands

    def _stands(self, thing: View | Routine, owner: str) -> str | None:
        tables = self._ground.reading[thing.name] if isinstance(thing, View) else self._ground.every
        return self._ground.stand_in(owner, tables)


def nobody_bound(role: str) -> str:
    """Why nothing can be run as the role will be."""
    return f"row security will bind {role}, and there is no canary yet who could stand for it"


def _key(thing: View | Routine) -> str:
    return str(thing.name) if isinstance(thing, View) else f"{thing.name}({thing.arguments})"


def _run_by(ground: Ground, texts: list[str], inside: set[str]) -> tuple[list[Routine], set[str]]:
    """Definer routines over tenant tables that texts name, or routines they name; and every word in routines.

    `inside` are routines whose text is among those given.
    """
    by_word: dict[str, list[Routine]] = {}
    for routine in ground.scene.catalog.routines:
        if (routine.name, routine.arguments) in ground.touching:
            by_word.setdefault(routine.name.name, []).append(routine)
    found: list[Routine] = [r for name in sorted(inside) for r in by_word.get(name, []) if r.security_definer]
    known, spoken = set(inside), set[str]()
    waiting = [(text, bool(inside)) for text in texts]
    while waiting:
        text, of_routine = waiting.pop()
        # a quoted name may hold anything, so it is looked for as it stands
        words = set(re.findall(r"[^\W\d][\w$]*", text)) | {name for name in by_word if f'"{name}"' in text}
        spoken |= words if of_routine else set()
        for word in sorted((words & by_word.keys()) - known):
            known.add(word)
            found += [r for r in by_word[word] if r.security_definer]
            waiting += [(r.definition, True) for r in by_word[word]]
    return found, spoken
