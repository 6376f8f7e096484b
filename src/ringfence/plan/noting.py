"""The floor that only notes what enforcement would hide: where it may stand, and the steps that put it there.

Any policy that looks at rows stands in front of conditions that could tell about rows they are refused: PostgreSQL
evaluates an operator that is not leakproof after it, and so cannot use an index for it. A table that has such a policy
already loses nothing by another; one that has none could see its text search read the whole table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

import postgast

from ringfence import sqltext
from ringfence.catalog.model import Index, Table
from ringfence.names import QualifiedName
from ringfence.plan import ddl, policies
from ringfence.plan.context import believed, dollar_quote
from ringfence.plan.model import Step, Transaction, UndoWith
from ringfence.tenancy.isolation import Isolation, Notes
from ringfence.tenancy.model import Tenancy, TenantTable

NOTES_MAX = 100_000
FUNCTIONS = (
    "ringfence.note_v1(text, text)",
    "ringfence.note_client_id_v1()",
    "ringfence.note_keep_v1(jsonb)",
    "ringfence.noted_tenant_v1()",
    "ringfence.noted_nested_v1()",
)
LEAKPROOF = frozenset(
    (
        *("smallint", "integer", "bigint", "real", "double precision", "money", "oid", "boolean", "uuid", "bytea"),
        *("text", "character varying", "character", "name", '"char"', "bit", "bit varying"),
        *("date", "interval", "time with time zone", "time without time zone"),
        *("timestamp with time zone", "timestamp without time zone"),
        *("inet", "macaddr", "macaddr8", "pg_lsn", "tid", "xid8"),
    )
)
"""Types all of whose comparisons are leakproof (pg_proc.proleakproof of the default B-tree classes, 15 to 18)."""
_LENGTH = re.compile(r"\(\d+(?:,\d+)?\)")


def loses(table: Table) -> tuple[str, ...]:
    """Indexes of a table, as it is before phase 4, that queries could no longer use behind a policy of ours; sorted."""
    return () if _guarded(table) else tuple(sorted(i.name for i in table.indexes if not _leakproof(table, i)))


def _guarded(table: Table) -> bool:
    # a permissive `true` is no condition, and with it the others are none: the planner leaves them out
    return table.rls_enabled and not any(
        p.permissive and p.command in "*r" and p.using == "true" for p in table.policies
    )


def _leakproof(table: Table, index: Index) -> bool:
    types = {c.name: _LENGTH.sub("", c.type) for c in table.columns}
    return (
        index.method in ("btree", "hash")
        and re.search(r"_ops\b", index.definition) is None
        and all(types.get(name) in LEAKPROOF for name in index.columns)
    )


def noted(isolation: Isolation, before: Table) -> bool:
    """Whether a table gets the noting floor."""
    match isolation.notes:
        case Notes.AUTO:
            return not loses(before)
        case Notes.ALWAYS:
            return True
        case Notes.NEVER:
            return False
        case _:
            assert_never(isolation.notes)


def objects(tenancy: Tenancy, isolation: Isolation, left_out: list[tuple[QualifiedName, tuple[str, ...]]]) -> Step:
    """What the policies ask, and where notes are kept."""
    slots = {
        "gateways": believed(tenancy),
        "tenant_type": tenancy.organizations.key_type,
        "notes_max": str(NOTES_MAX),
    }
    text = sqltext.fill(sqltext.load("ringfence.plan", "noting_v1"), body=dollar_quote(*slots.values()), **slots)
    undo = [f"drop function if exists {', '.join(FUNCTIONS)}", "drop table if exists ringfence.shadow_notes"]
    without = "; ".join(f"{name} ({', '.join(indexes)})" for name, indexes in left_out)
    return Step(
        id="shadow/notes",
        title="one statement in "
        f"{isolation.note_one_in} is looked at, and what enforcement would hide is noted"
        + (f"; not on tables that would lose an index by it: {without}" if without else ""),
        action=Transaction(tuple(ddl.plain(sql) for sql in postgast.split(text))),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in undo)),)),
        proves="callers, tables and endpoints that will be different are known by name before anybody is enforced",
    )


def floor(tenancy: Tenancy, isolation: Isolation, entry: TenantTable, table: Table) -> Iterator[Step]:
    """The noting floor of one relation whose row security is on; what a partition meets counts for its root."""
    if not table.rls_enabled:
        return
    name = table.name
    change = policies.noting_floor(
        tenancy.limits, name, entry.column, entry.name, isolation.note_one_in, isolation.rules(entry.name).open_when
    )
    aside = ddl.step_aside(tenancy.limits, name)
    yield Step(
        id=f"shadow/{name}/note",
        title=f"statements that meet rows of other tenants in {name} are noted, a sample; nobody sees a row less",
        action=Transaction((aside, *change.do)),
        undo=UndoWith((Transaction((aside, *change.undo)),)),
        table=name,
        effect=change.effect,
        needs=(ddl.owner_privilege(name),),
        proves=f"who leans on rows of other tenants in {name} is known",
    )
