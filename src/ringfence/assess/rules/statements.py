"""What clients send: statements that fail, or fail until they reconnect, when a table gains a column."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import sqlread
from ringfence.assess.behindview import candidates
from ringfence.assess.model import Found, Rule, Scene, Severity, StatementSeen, counted
from ringfence.names import QualifiedName, quote_ident, quote_literal

SHOWN_MAX = 3
TEXT_SHOWN_MAX = 160
PLACES_SHOWN_MAX = 10


def select_star(scene: Scene) -> Iterable[Found]:
    """Prepared statements whose result has one column per column of the table (ONLINE_DDL.md H15)."""
    by_table: dict[QualifiedName, list[StatementSeen]] = {}
    for statement in scene.observed.statements or ():
        stars = {star for result in sqlread.read_statement(statement.text).results for star in result.stars}
        for table in {scene.resolve(star.schema, star.name) for star in stars} - {None}:
            assert table is not None
            by_table.setdefault(table, []).append(statement)
    behind = {c.entry.name for c in candidates(scene) if c.steps_aside}
    for table, statements in sorted(by_table.items()):
        if table in behind:
            yield Found(
                str(table),
                "clients read all its columns with *: it steps aside for a view of its old columns in phase 1",
                detail=_shown(statements),
                hint="-- say which of them are old, so that the view can go one day (ringfence.toml):\n"
                f'-- [[clients]] login = .., application = .., selects_star = true, tables = ["{table}"]',
                severity=Severity.INFO,
            )
            continue
        roles = sorted({s.role for s in statements})
        yield Found(
            str(table),
            "clients read all its columns with *: a session that prepared such a statement fails once the column is"
            " there",
            detail=f"{_shown(statements)}\n0A000 cached plan must not change result type, until the session reconnects",
            hint=(
                "-- name the columns in these statements, or recycle the idle sessions right after the column came:\n"
                "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity\n"
                f"where datname = pg_catalog.current_database() and state = 'idle' and usename in"
                f" ({', '.join(quote_literal(r) for r in roles)});"
            ),
        )


def statements_unseen(scene: Scene) -> Iterable[Found]:
    """Without pg_stat_statements nobody knows what clients send."""
    if scene.observed.statements_complete and scene.observed.statements is not None:
        return
    me = quote_ident(scene.catalog.current_user)
    extension = next((e for e in scene.catalog.extensions if e.name == "pg_stat_statements"), None)
    first = (
        "create extension if not exists pg_stat_statements;"
        if extension is None
        else f"grant usage on schema {quote_ident(extension.schema)} to {me};"
    )
    yield Found(
        scene.catalog.database,
        "what clients send cannot be seen, so the rules about statements prove nothing",
        detail=(
            "pg_stat_statements is not installed, not loaded, or hides other roles' texts;"
            " only the last statement of each connected session was looked at"
        ),
        hint=(
            "-- as an administrator; needs shared_preload_libraries = 'pg_stat_statements' and a restart:\n"
            f"{first}\ngrant pg_read_all_stats to {me};"
        ),
    )


def sources_unread(scene: Scene) -> Iterable[Found]:
    """Statements in the application's source that are put together at run time, and files nobody could read."""
    cut = [s for s in scene.observed.sources if not sqlread.read_statement(s.text).complete]
    if not cut and not scene.observed.sources_unread:
        return
    lines = [f"{s.place}: {' '.join(s.text.split())[:TEXT_SHOWN_MAX]}" for s in cut] + list(
        scene.observed.sources_unread
    )
    more = f"\nand {len(lines) - PLACES_SHOWN_MAX} more" if len(lines) > PLACES_SHOWN_MAX else ""
    yield Found(
        "the application's source",
        f"{counted(len(cut), 'statement')} and {counted(len(scene.observed.sources_unread), 'file')} could not be read:"
        " the rules about statements prove nothing about them",
        detail="\n".join(lines[:PLACES_SHOWN_MAX]) + more,
        hint="# look yourself: does one of them prepare * of a table? Then declare its client: [[clients]]",
    )


def copy_without_columns(scene: Scene) -> Iterable[Found]:
    """COPY .. FROM without a column list expects one field per column."""
    for statement in scene.observed.statements or ():
        for named in sqlread.read_statement(statement.text).copies_in:
            table = scene.resolve(named.schema, named.name)
            if table is not None:
                columns = ", ".join(quote_ident(c.name) for c in scene.gaining[table].columns if not c.generated)
                yield Found(
                    str(table),
                    "clients load it with COPY and no column list: files written before have one field too few",
                    detail=f"{_shown([statement])}\n22P04 missing data for the new column",
                    hint=f"copy {table.sql} ({columns}) from stdin",
                )


def _shown(statements: list[StatementSeen]) -> str:
    often = sorted(statements, key=lambda s: (-s.calls, s.text))
    lines = []
    for s in often[:SHOWN_MAX]:
        text = " ".join(s.text.split())
        cut = text if len(text) <= TEXT_SHOWN_MAX else text[: TEXT_SHOWN_MAX - 2] + ".."
        who = f"{s.role} ({s.application})" if s.application else s.role
        lines.append(f"{who}, {counted(s.calls, 'call')}: {cut}")
    if len(often) > SHOWN_MAX:
        lines.append(f"and {counted(len(often) - SHOWN_MAX, 'more statement')}")
    return "\n".join(lines)


RULES = (
    Rule(
        "RFA-SELECT-STAR",
        "Clients prepare SELECT * or RETURNING *",
        Severity.WARNING,
        "reference/rules/select-star.md",
        select_star,
    ),
    Rule(
        "RFA-STATEMENTS-UNSEEN",
        "What clients send cannot be seen",
        Severity.INFO,
        "reference/rules/statements-unseen.md",
        statements_unseen,
    ),
    Rule(
        "RFA-SOURCE-UNREAD",
        "The application's source could not be read to its end",
        Severity.INFO,
        "reference/rules/source-unread.md",
        sources_unread,
    ),
    Rule(
        "RFA-COPY",
        "Clients COPY without a column list",
        Severity.WARNING,
        "reference/rules/copy.md",
        copy_without_columns,
    ),
)
