"""Publications, subscriptions, slots and standbys: what a backfill does to those who read the log."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import sqlread
from ringfence.assess.model import Found, PublishedTable, Rule, Scene, Severity, counted
from ringfence.catalog.model import Table, TableKind
from ringfence.names import QualifiedName, quote_ident, quote_literal

GENERATED_IN_IDENTITY_VERSION = 180000
WAL_BYTES_PER_ROW = 900
"""Upper end of what was measured for one updated row with a handful of indexes (ONLINE_DDL.md H22)."""
LAG_S_MAX = 10.0
SLOT_RETAINED_MB_MAX = 512
MEGABYTE = 1024 * 1024


def published_identity(scene: Scene) -> Iterable[Found]:
    """A publication that cannot send an UPDATE makes the UPDATE itself fail (H24)."""
    targets = {t.name for t in scene.targets}
    for published in scene.observed.published:
        if not published.updates:
            continue
        for table in scene.family(published.table):
            if table.name in targets and table.kind is TableKind.ORDINARY:
                yield from _unsendable(scene, published, table)


def _unsendable(scene: Scene, published: PublishedTable, table: Table) -> Iterable[Found]:
    full = table.replica_identity == "f"
    stored = [c for c in table.columns if c.generated != "v"]
    identity = {c.name for c in stored} if full else set(scene.observed.facts(table.name).identity_columns)
    subject = f"{table.name} in publication {published.publication}"
    publication = quote_ident(published.publication)
    again = (
        f"alter publication {publication} drop table {published.table.sql};\n"
        f"alter publication {publication} add table {published.table.sql};"
    )
    if not identity:
        yield Found(
            subject,
            "has no replica identity and its updates are published: every UPDATE of it fails (55000)",
            hint=f"alter table {table.name.sql} replica identity full;",
        )
        return
    hidden = sorted(
        c.name for c in table.columns if c.generated and c.name in identity and c.name not in published.columns
    )
    virtual = [c.name for c in table.columns if c.generated == "v"] if full else []
    if (hidden or virtual) and scene.catalog.server_version >= GENERATED_IN_IDENTITY_VERSION:
        yield Found(
            subject,
            f"its replica identity holds generated columns that are not published ({', '.join([*hidden, *virtual])}):"
            " every UPDATE of it fails (42P10)",
            hint=(
                f"alter table {table.name.sql} replica identity default;"
                if table.primary_key
                else f"alter publication {publication} set (publish_generated_columns = stored);"
            ),
        )
        return
    missing = sorted(name for name in identity if name not in published.columns and not _generated(table, name))
    if published.column_list and missing:
        yield Found(
            subject,
            f"the column list leaves out {', '.join(missing)} of the replica identity: every UPDATE fails (42P10)",
            detail=f"published columns: {', '.join(published.columns)}",
            hint=f"-- send every column, or add the missing ones to the list:\n{again}",
        )
    if published.row_filter is not None:
        outside = sorted((_filtered(published.row_filter) & {c.name for c in table.columns}) - identity)
        if outside:
            yield Found(
                subject,
                f"the row filter reads {', '.join(outside)}, which the replica identity does not hold: every UPDATE of"
                " it fails (42P10)",
                detail=f"row filter: {published.row_filter}",
                hint=f"alter table {table.name.sql} replica identity full;",
            )


def _generated(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and bool(column.generated)


def _filtered(row_filter: str) -> set[str]:
    return set(sqlread.column_names(row_filter))


def full_identity(scene: Scene) -> Iterable[Found]:
    """REPLICA IDENTITY FULL writes the whole old row for every row the backfill changes."""
    sent = {p.table for p in scene.observed.published if p.updates}
    for table in scene.targets:
        family = {table.name, *([table.partition_of] if table.partition_of else [])}
        if table.replica_identity == "f" and family & sent and table.primary_key:
            yield Found(
                str(table.name),
                "its updates are published with the whole old row: about twice the log for every row of the backfill",
                hint=f"alter table {table.name.sql} replica identity default;",
            )


def published_column(scene: Scene) -> Iterable[Found]:
    """A subscriber that lacks the new column stops at the first row that has it."""
    by_publication: dict[str, list[QualifiedName]] = {}
    for published in scene.observed.published:
        if published.table in scene.gaining and not published.column_list:
            by_publication.setdefault(published.publication, []).append(published.table)
    column = quote_ident(scene.tenancy.column if scene.tenancy is not None else "client_id")
    kind = scene.tenancy.type if scene.tenancy is not None else "uuid"
    whole = {p.name for p in scene.catalog.publications if p.all_tables or p.schemas}
    for name, tables in sorted(by_publication.items()):
        lines = "\n".join(f"alter table {t.sql} add column if not exists {column} {kind};" for t in sorted(set(tables)))
        yield Found(
            f"publication {name}",
            f"will send the tenant column of {counted(len(set(tables)), 'table')}: a PostgreSQL subscriber"
            " that lacks the column stops",
            detail=(
                "change-data-capture readers see a new field, and one change per row that the backfill touches"
                + (
                    "\nit sends new tables too: a subscriber stops at the first row of organizations, memberships or"
                    " schema ringfence until it has those tables; or publish tables by name"
                    if name in whole
                    else ""
                )
            ),
            hint=f"-- on every PostgreSQL subscriber, before phase 1:\n{lines}",
        )


def subscribed(scene: Scene) -> Iterable[Found]:
    """Rows that arrive by a subscription do not fire our triggers."""
    for table in scene.targets:
        subscription = scene.observed.subscribed.get(str(table.name))
        if subscription is not None:
            yield Found(
                str(table.name),
                f"is written by subscription {subscription}, whose rows fire no ordinary trigger and get no tenant",
                detail="once the column must not be null, the subscription stops at the next row (23502)",
                hint=f"alter subscription {quote_ident(subscription)} disable;  -- migrate the publisher first",
            )


def slots(scene: Scene) -> Iterable[Found]:
    """A slot that nobody reads keeps all the log a backfill writes, and a bounded one is lost."""
    limit = scene.tenancy.limits.slot_retained_mb_max if scene.tenancy is not None else SLOT_RETAINED_MB_MAX
    for slot in scene.observed.slots:
        retained_mb = slot.retained_bytes // MEGABYTE
        if not slot.active:
            yield Found(
                f"replication slot {slot.name}",
                f"is read by nobody and holds back {retained_mb} MB of log, soon all that a backfill writes",
                hint=f"select pg_catalog.pg_drop_replication_slot({quote_literal(slot.name)});",
            )
        elif retained_mb > limit:
            yield Found(
                f"replication slot {slot.name}",
                f"its reader is {retained_mb} MB behind; a backfill waits while that is more than {limit} MB",
            )
    kept = scene.observed.setting("max_slot_wal_keep_size")
    rows = sum(max(scene.catalog.measure(t.name).rows_estimate, 0) for t in scene.targets)
    needed_mb = rows * WAL_BYTES_PER_ROW // MEGABYTE
    if scene.observed.slots and kept.isdigit() and needed_mb > int(kept):
        yield Found(
            "setting max_slot_wal_keep_size",
            f"a slot that falls {kept} MB behind is lost, and the backfill writes up to {needed_mb} MB",
            detail="the backfill pauses while a slot lags, so this happens only to a reader that stands still",
            hint=f"alter system set max_slot_wal_keep_size = '{needed_mb}MB';\nselect pg_catalog.pg_reload_conf();",
        )


def standbys(scene: Scene) -> Iterable[Found]:
    """Standbys set the pace of the backfill, and their queries may hold back vacuum."""
    for replica in scene.observed.replicas:
        late = replica.lag_s > LAG_S_MAX
        yield Found(
            f"standby {replica.application or '(unnamed)'}",
            f"is {replica.state} and {replica.lag_s:.1f} s behind"
            + ("; a backfill waits while a standby is that late" if late else ""),
            detail="its queries hold back vacuum here (hot_standby_feedback)" if replica.holds_horizon else "",
            severity=Severity.WARNING if late else Severity.INFO,
        )


RULES = (
    Rule(
        "RFA-PUBLISHED-UPDATE",
        "A publication makes UPDATE fail",
        Severity.ERROR,
        "reference/rules/published-update.md",
        published_identity,
    ),
    Rule(
        "RFA-FULL-IDENTITY",
        "REPLICA IDENTITY FULL in a publication",
        Severity.WARNING,
        "reference/rules/full-identity.md",
        full_identity,
    ),
    Rule(
        "RFA-PUBLISHED-COLUMN",
        "A publication will send the tenant column",
        Severity.WARNING,
        "reference/rules/published-column.md",
        published_column,
    ),
    Rule(
        "RFA-SUBSCRIBED",
        "A subscription writes the table",
        Severity.ERROR,
        "reference/rules/subscribed.md",
        subscribed,
    ),
    Rule("RFA-SLOT", "Replication slots", Severity.WARNING, "reference/rules/slot.md", slots),
    Rule("RFA-STANDBY", "Standbys", Severity.INFO, "reference/rules/standby.md", standbys),
)
