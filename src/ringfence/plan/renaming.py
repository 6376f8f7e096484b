"""A table gets another name: what a step says of it, and what a catalog says of it, under the new one.

Constructors write every name of the application in one way only, schema and name both quoted (law RFL-QUOTED). So a
finished statement can be read for exactly that spelling, and nothing has to be built twice. The names people read (ids,
titles, keys of remembered choices) are spelled otherwise and keep the old name.

The server prints names in a third way, quoted only where needed; the texts of a catalog are read for that.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from ringfence.catalog.model import Catalog, Routine
from ringfence.names import QualifiedName
from ringfence.plan.model import CatalogChange, Check, ColumnNotNull, Gate, Phase, Step
from ringfence.plan.names import object_name, shown, shown_table

Names: TypeAlias = Mapping[QualifiedName, QualifiedName]
"""From the name in the text to the one it becomes."""

_QUOTED = re.compile(r'(?<![".])(?=("(?:[^"]|"")+"\."(?:[^"]|"")+"))')
"""Looked for at every quote, whatever came before: a literal may hold any number of quotes, and so may a name."""
_IDENT = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)'
_SHOWN = re.compile(
    rf"(?<![\w$\".])(?P<table>{_IDENT}\.{_IDENT})(?P<alias>\s+{_IDENT}(?![\w$(\".]))?"
    r"|'(?P<literal>(?:[^']|'')*)'(?P<regclass>::regclass)?"
    r'|"(?:[^"]|"")+"'
)
"""A qualified name, a literal, or a name by itself, which is read so that an apostrophe in it begins no literal."""
_COLUMN_OF = re.compile(rf"(?<![\w$\".])({_IDENT})\.(?=[\"a-z_])")
_ON_TABLE = re.compile(rf" ON (?:ONLY )?({_IDENT}\.{_IDENT}) USING ")


@dataclass(frozen=True)
class Renaming:
    """Names with what is looked up for every statement of a plan: made once, used a hundred thousand times."""

    names: Names

    @functools.cached_property
    def spelled(self) -> Mapping[str, str]:
        """Every quoted spelling of the old names to that of the new one."""
        known: dict[str, str] = {}
        for a, b in self.names.items():
            for old, new in zip(_spellings(a), _spellings(b), strict=True):
                if known.setdefault(old, new) != new:
                    raise ValueError(f"{b} cannot be put where {a} stands: it needs other quotes in a literal")
        return known

    @functools.cached_property
    def in_indexes(self) -> Mapping[str, str]:
        """The server's spelling of the old names to our own of the new ones."""
        return {shown_table(a): b.sql for a, b in self.names.items()}

    @functools.cached_property
    def shown(self) -> Mapping[str, str]:
        """The server's spelling of the old names to that of the new ones."""
        return {shown_table(old): shown_table(new) for old, new in self.names.items()}

    @functools.cached_property
    def aliases(self) -> Mapping[str, str]:
        """By the server's spelling of an old name, the alias that is no longer needed under the new one."""
        return {shown_table(old): shown(new.name) for old, new in self.names.items()}

    def sql(self, text: str) -> str:
        """A finished statement of ours, see `sql_renamed`."""
        pieces: list[str] = []
        done = 0
        for match in _QUOTED.finditer(text):
            new = self.spelled.get(match[1])
            if new is not None and match.start() >= done:
                pieces += text[done : match.start()], new
                done = match.start() + len(match[1])
        found = "".join((*pieces, text[done:]))
        return _ON_TABLE.sub(lambda m: m[0].replace(m[1], self.in_indexes.get(m[1], m[1])), found)

    def text(self, text: str) -> str:
        """A definition in the server's own spelling, see `text_renamed`."""
        return _substitute(text, self.shown, self.aliases)


def sql_renamed(sql: str, names: Names) -> str:
    """A finished statement of ours with tables under their new names, wherever it spells schema and name quoted.

    Also inside string literals ('"public"."documents"'::regclass) and function bodies, and with % doubled for the
    driver. An index definition that the catalog gave (`.. ON public.documents USING ..`) is the only other spelling.
    Raises ValueError for a new name with signs to be doubled that the old one lacks: whether a text is a literal could
    not be told then. Names of ours only ever append to the old one.
    """
    return Renaming(names).sql(sql) if names else sql


def _spellings(name: QualifiedName) -> tuple[str, ...]:
    """The quoted name as it stands bare, in a literal, and each with the driver's doubled %."""
    bare = name.sql
    literal = bare.replace("'", "''")
    escaped = literal.replace("\\", "\\\\")
    return tuple(form for text in (bare, literal, escaped) for form in (text, text.replace("%", "%%")))


def step_renamed(step: Step, renaming: Renaming) -> Step:
    """A step under the new names; its id, title, proof and the privileges asked before phase 1 stay as they are.

    So does the question of a one-way step: it is asked before a revert begins, whatever the table is called then, and
    the old columns it names are found under the plain name at any time.
    """
    names = renaming.names

    def finished(value: Any) -> Any:
        return _walk(value, names, renaming.sql)

    return replace(
        step,
        action=finished(step.action),
        undo=finished(step.undo),
        table=names.get(step.table, step.table) if step.table is not None else None,
        effect=tuple(_effect_renamed(effect, renaming) for effect in step.effect),
        done_when=finished(step.done_when),
    )


def _effect_renamed(effect: CatalogChange, renaming: Renaming) -> CatalogChange:
    renamed: CatalogChange = _walk(effect, renaming.names, renaming.text)
    match renamed:
        case ColumnNotNull(table, column, constraint) if constraint and renamed != effect:
            # the server names this one after the table as it is called at that moment
            return replace(renamed, constraint=object_name(table.name, column, "not_null"))
        case _:
            return renamed


def gate_renamed(gate: Gate, renaming: Renaming) -> Gate:
    """A gate whose checks ask about the tables under their new names."""

    def asked(check: Check) -> Check:
        observed = None if check.observed_sql is None else renaming.sql(check.observed_sql)
        return replace(check, sql=renaming.sql(check.sql), observed_sql=observed)

    return replace(gate, checks=tuple(asked(check) for check in gate.checks))


def phase_renamed(phase: Phase, renaming: Renaming, *, but: Callable[[Step], Step | None] = lambda _: None) -> Phase:
    """A whole phase; `but` gives a step's own form where it has one."""
    return replace(
        phase,
        entry=gate_renamed(phase.entry, renaming),
        steps=tuple(but(step) or step_renamed(step, renaming) for step in phase.steps),
        exit=gate_renamed(phase.exit, renaming),
        back=gate_renamed(phase.back, renaming),
    )


# --- catalogs ----------------------------------------------------------------------------------------------------


def catalog_renamed(catalog: Catalog, names: Names) -> Catalog:
    """The catalog as the server would give it after the tables have been renamed, apart from aliases in queries."""
    renaming = Renaming(names)

    def follows(value: Any) -> Any:
        return _walk(value, names, renaming.text)

    return replace(
        catalog,
        tables=tuple(sorted((follows(t) for t in catalog.tables), key=lambda t: t.name)),
        # a view may bear the very name that a table had: it keeps it
        views=tuple(replace(follows(v), name=v.name) for v in catalog.views),
        routines=tuple(_routine_renamed(r, renaming) for r in catalog.routines),
        sequences=tuple(replace(s, owned_by=_owner_renamed(s.owned_by, names)) for s in catalog.sequences),
        types=follows(catalog.types),
        publications=follows(catalog.publications),
        measures={str(names.get(k, k)): v for k, v in _by_name(catalog).items()},
    )


def _owner_renamed(owned_by: str | None, names: Names) -> str | None:
    """`schema.table.column` as people write it, which is how a catalog keeps it (catalog/assemble.py)."""
    for old, new in names.items() if owned_by is not None else ():
        if owned_by is not None and owned_by.startswith(f"{old}."):
            return f"{new}.{owned_by.removeprefix(f'{old}.')}"
    return owned_by


def _by_name(catalog: Catalog) -> dict[QualifiedName, Any]:
    known = {str(t.name): t.name for t in catalog.tables}
    return {known[k]: v for k, v in catalog.measures.items() if k in known}


def _routine_renamed(routine: Routine, renaming: Renaming) -> Routine:
    """Arguments, result and a BEGIN ATOMIC body follow; a body kept as text says what its author wrote."""
    head, quoted, body = routine.definition.partition("\nAS $")
    return replace(
        routine,
        arguments=renaming.text(routine.arguments),
        returns=renaming.text(routine.returns),
        definition=renaming.text(head) + quoted + body,
    )


def without_aliases(catalog: Catalog, aliases: Mapping[QualifiedName, str]) -> Catalog:
    """The catalog's texts with one spelling for what the server spells in two when a table was renamed.

    A query stored before prints `FROM public.documents__all documents` ever after, and its columns as `documents.id`;
    but a table's own policies and the target of an INSERT name its columns `documents__all.id`.
    """
    same = {shown_table(name): shown_table(name) for name in aliases}
    drop = {shown_table(name): shown(alias) for name, alias in aliases.items()}
    owners = {shown(name.name): shown(alias) for name, alias in aliases.items()}

    def one_spelling(text: str) -> str:
        plain = _substitute(text, same, drop)
        return _COLUMN_OF.sub(lambda m: owners.get(m[1], m[1]) + ".", plain) if "." in plain else plain

    def plain(value: Any) -> Any:
        return _walk(value, {}, one_spelling)

    return replace(
        catalog,
        tables=plain(catalog.tables),
        views=plain(catalog.views),
        routines=tuple(
            replace(r, definition=one_spelling(r.definition)) if "\nAS $" not in r.definition else r
            for r in catalog.routines
        ),
    )


def text_renamed(text: str, names: Names) -> str:
    """A definition in the server's own spelling under the new names.

    Literals are data and stay, apart from 'table'::regclass, which stands for the table. An alias that only kept the
    new name, from before an earlier rename, is no longer needed and goes.
    """
    return Renaming(names).text(text)


def _substitute(text: str, known: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    if "." not in text:
        return text

    def put(found: re.Match[str]) -> str:
        table, literal = found["table"], found["literal"]
        if literal is not None and found["regclass"] is not None:
            meant = known.get(literal.replace("''", "'"))
            return found[0] if meant is None else "'" + meant.replace("'", "''") + "'::regclass"
        if table is None or table not in known:
            return found[0]
        alias = found["alias"] or ""
        return known[table] + ("" if alias.strip() == aliases.get(table) else alias)

    return _SHOWN.sub(put, text)


@dataclass
class LaterTexts:
    """Renames one after the other whose texts are read once, together: a catalog of a thousand tables is large."""

    pending: dict[QualifiedName, QualifiedName] = field(default_factory=dict)

    def meets(self, old: QualifiedName, new: QualifiedName) -> bool:
        """Whether this rename goes on from, or back to, one that waits: then those that wait must be read first."""
        return old in self.pending.values() or new in self.pending

    def flushed(self, catalog: Catalog) -> Catalog:
        """The catalog with every text read; the tables in it bear their new names already."""
        names, self.pending = self.pending, {}
        return catalog_renamed(catalog, names) if names else catalog


# --- values ------------------------------------------------------------------------------------------------------

_SAID_BY_PEOPLE = frozenset({"comment", "why", "stops_hint"})


def _walk(value: Any, names: Names, text: Callable[[str], str]) -> Any:
    """A frozen value with every qualified name and every text in it turned over; comments are people's own words."""
    if isinstance(value, QualifiedName):
        return names.get(value, value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return tuple(_walk(item, names, text) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed: dict[str, Any] = {}
        for item in dataclasses.fields(value):
            old = getattr(value, item.name)
            new = old if item.name in _SAID_BY_PEOPLE else _walk(old, names, text)
            if new is not old:
                changed[item.name] = new
        return replace(value, **changed) if changed else value
    return value
