"""What a compatibility view cannot do: one rule for each, silent where no view is thought of.

Under `compatibility_view = "always"` what is known to break is a blocker; under "auto" the table stays in its place
and the finding says why, so that somebody chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ringfence.assess.behindview import candidates
from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.names import bounded_name, quote_ident
from ringfence.tenancy.model import ViewRule


def _rule(kind: str, title: str, breaks: str, hint: str) -> Rule:
    return Rule(
        f"RFA-VIEW-{kind.upper()}",
        title,
        Severity.WARNING,
        f"reference/rules/view-{kind}.md",
        _finder(kind, breaks, hint),
    )


def _finder(kind: str, breaks: str, hint: str) -> Callable[[Scene], Iterable[Found]]:
    def find(scene: Scene) -> Iterable[Found]:
        for candidate in candidates(scene):
            reasons = [h.text for h in candidate.hindrances if h.kind == kind]
            if not reasons:
                continue
            always = candidate.entry.compatibility_view is ViewRule.ALWAYS
            name = candidate.entry.name
            yield Found(
                str(name),
                breaks
                if always
                else f"clients prepared * on it, but it stays in its place, for behind a view {_lower(breaks)}",
                detail="\n".join(reasons[:5]) + (f"\nand {len(reasons) - 5} more" if len(reasons) > 5 else ""),
                hint=f"{hint.format(table=name.sql)}\n"
                f'# or choose for this table: [tables."{name}"] compatibility_view = "never"',
                severity=Severity.ERROR if always else Severity.WARNING,
            )

    return find


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def ddl_by_name(scene: Scene) -> Iterable[Found]:
    """Every table that will stand behind a view: the application's migrations do not reach it by its name."""
    for candidate in candidates(scene):
        if not candidate.steps_aside:
            continue
        name = candidate.entry.name
        interim = bounded_name(name.name, "", "all")
        routines = [h.text for h in candidate.hindrances if h.kind == "ddl"]
        yield Found(
            str(name),
            f"from phase 1 to the retirement of its view, migrations of the application must name the table {interim}",
            detail="\n".join(routines),
            hint=f"alter table {quote_ident(name.schema)}.{quote_ident(interim)} ..  -- then: ringfence plan --amend",
        )


RULES = (
    _rule(
        "truncate",
        "TRUNCATE of a table that is to stand behind a view",
        "TRUNCATE fails: the name is not a table (42809)",
        "delete from {table};  -- or empty it under its interim name",
    ),
    _rule(
        "copy",
        "COPY of a table that is to stand behind a view",
        "COPY by its name fails (42809)",
        "-- out:  copy (select .. from {table}) to stdout\n-- in:   copy into a temporary table, then insert .. select",
    ),
    _rule(
        "merge",
        "MERGE into a table that is to stand behind a view",
        "MERGE fails before PostgreSQL 17 (42809)",
        "-- insert into {table} .. on conflict (..) do update set ..",
    ),
    _rule(
        "conflict",
        "ON CONFLICT ON CONSTRAINT of a table that is to stand behind a view",
        "ON CONFLICT ON CONSTRAINT fails: a view has no constraints (42704)",
        "-- name the columns instead: insert into {table} .. on conflict (id) do ..",
    ),
    _rule(
        "system-column",
        "System columns of a table that is to stand behind a view",
        "ctid, xmin and tableoid are not there (42703)",
        "-- select rows by their key, and notice changes by a version column of your own",
    ),
    _rule(
        "sequence",
        "pg_get_serial_sequence of a table that is to stand behind a view",
        "pg_get_serial_sequence gives null, and what reads the sequence by it reads nothing",
        "-- name the sequence, or use insert into {table} .. returning id",
    ),
    _rule(
        "cursor",
        "WHERE CURRENT OF or TABLESAMPLE on a table that is to stand behind a view",
        "WHERE CURRENT OF and TABLESAMPLE fail (0A000)",
        "-- update {table} .. where id = .., with the key the cursor gave",
    ),
    _rule(
        "column-grant",
        "SELECT on single columns of a table that is to stand behind a view",
        "roles that may read single columns only read nothing: the view reads all columns in their name (42501)",
        "-- give these roles a view of their columns, or SELECT on the table: grant select on {table} to ..",
    ),
    _rule(
        "row-type",
        "Functions over the row type of a table that is to stand behind a view",
        "functions over its row type no longer fit: rows that the name gives are rows of the view (42883, 42P13)",
        "-- let the function take the columns it needs, or return table (..)",
    ),
    _rule(
        "published",
        "A published table that is to stand behind a view",
        "subscribers and Realtime filters get its changes under the interim name",
        "-- alter publication .. drop table {table};  -- or let the clients name their columns",
    ),
    _rule(
        "trigger-name",
        "A trigger that asks for its table's name",
        "its trigger functions see the interim name",
        "-- pass the name as an argument: execute function f('documents'), and read TG_ARGV[0]",
    ),
    _rule(
        "inheritance",
        "Inheritance with a table that is to stand behind a view",
        "ONLY does not keep the children's rows out",
        "-- let what says ONLY name the interim table, or leave {table} in its place",
    ),
    Rule(
        "RFA-VIEW-DDL",
        "Migrations of the application name a table that is to stand behind a view",
        Severity.INFO,
        "reference/rules/view-ddl.md",
        ddl_by_name,
    ),
)
