"""Upserts that lose their promise: a second unique key will stand beside the one they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ringfence.assess import sqlread
from ringfence.assess.behindview import BY_HAND, CALLS_MIN
from ringfence.assess.model import Found, Rule, Scene, Severity, counted
from ringfence.assess.sqlread import Upsert
from ringfence.catalog.model import Table
from ringfence.names import QualifiedName, quote_ident
from ringfence.tenancy.secondkeys import second_keys

SHOWN_MAX = 5
TEXT_SHOWN_MAX = 160


def upsert_race(scene: Scene) -> Iterable[Found]:
    """ON CONFLICT names one key; the second one is checked as in any other insert (T18)."""
    if scene.tenancy is None:
        return
    keys = second_keys(scene.tenancy, scene.catalog)
    seen = _upserts(scene, {key.table for key in keys})
    for key in keys:
        table = scene.catalog.by_name[key.table]
        lines = list(
            dict.fromkeys(where for upsert, where in seen.get(key.table, ()) if _names(table, upsert, key.beside))
        )
        if not lines:
            continue
        more = [f"and {counted(len(lines) - SHOWN_MAX, 'more statement')}"] if len(lines) > SHOWN_MAX else []
        beside, columns = ", ".join(key.beside), ", ".join(key.columns)
        later = [
            f'-- or without such a key: [tables."{child}"] references = {{ {quote_ident(name)} = "later" }}'
            for child, name in key.references
        ]
        yield Found(
            str(key.table),
            f"is upserted by ({beside}), and gets a second unique key ({columns}): two that write the same row at the"
            " same moment may then see 23505 or 40P01",
            detail="\n".join([f"needed because {key.needed_by}", *lines[:SHOWN_MAX], *more]),
            hint="\n".join(
                [
                    "-- let the application try such a statement again on 23505 and 40P01, or leave out no key:",
                    f"-- insert into {key.table.sql} .. on conflict do nothing;  then update .. where ..",
                    "-- then: ringfence apply --accept RFA-UPSERT-RACE --reason '..'",
                    *later,
                ]
            ),
        )


def _upserts(scene: Scene, tables: set[QualifiedName]) -> Mapping[QualifiedName, list[tuple[Upsert, str]]]:
    bare = {name.name: name for name in sorted(tables, reverse=True)}
    found: dict[QualifiedName, list[tuple[Upsert, str]]] = {}
    for upsert, where in _everywhere(scene):
        # without a schema one of that name in any: the search path of whoever runs it is not known
        into = QualifiedName(upsert.into.schema, upsert.into.name) if upsert.into.schema else bare.get(upsert.into.name)
        if into in tables:
            assert into is not None
            found.setdefault(into, []).append((upsert, where))
    return found


def _everywhere(scene: Scene) -> Iterator[tuple[Upsert, str]]:
    """Every upsert of clients, routines and source, with who does it; what was typed by hand is no client's."""
    for statement in scene.observed.statements or ():
        by_hand = statement.application.lower().startswith(BY_HAND)
        if by_hand or "ringfence" in statement.text or (not statement.of_session and statement.calls < CALLS_MIN):
            continue
        text = " ".join(statement.text.split())
        shown = text if len(text) <= TEXT_SHOWN_MAX else text[: TEXT_SHOWN_MAX - 2] + ".."
        who = f"{statement.role} ({statement.application})" if statement.application else statement.role
        for upsert in _read(statement.text):
            yield upsert, f"{who} sends: {shown}"
    for routine in scene.catalog.routines:
        foreign = routine.extension is not None or routine.kind not in ("f", "p") or routine.name.schema == "ringfence"
        if not foreign and "conflict" in routine.definition.lower():
            for upsert in sqlread.read_routine(routine.definition).upserts:
                yield upsert, f"{routine.name}({routine.arguments}) does it"
    for source in scene.observed.sources:
        for upsert in _read(source.text):
            yield upsert, f"{source.place} does it"


def _read(text: str) -> tuple[Upsert, ...]:
    # most statements say nothing of a conflict, and a parser takes its time for each
    return sqlread.read_statement(text).upserts if "conflict" in text.lower() else ()


def _names(table: Table, upsert: Upsert, columns: tuple[str, ...]) -> bool:
    """Whether it meets its rows by the key of these columns, in whatever order it says them."""
    if upsert.constraint:
        constraint, index = table.constraint(upsert.constraint), table.index(upsert.constraint)
        meant = constraint.columns if constraint is not None else index.columns if index is not None else ()
        return set(meant) == set(columns)
    return set(upsert.columns) == set(columns)


RULES = (
    Rule(
        "RFA-UPSERT-RACE",
        "Upserts beside a second unique key",
        Severity.ERROR,
        "reference/rules/upsert-race.md",
        upsert_race,
    ),
)
