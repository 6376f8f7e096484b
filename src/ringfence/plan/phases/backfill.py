"""Phase 2, backfill: organizations for users, the right tenant for every row, and the keys that keep it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ringfence.catalog.model import Catalog, ConstraintKind, Table, TableKind
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import ddl, derive, triggers
from ringfence.plan.family import holders, members
from ringfence.plan.model import (
    Backfill,
    Check,
    ConstraintAdded,
    Facts,
    Gate,
    Hazard,
    IndexAdded,
    LockMode,
    NothingToUndo,
    Phase,
    Repeat,
    Statement,
    Step,
    Transaction,
    TriggerAdded,
)
from ringfence.plan.names import CARRY, Namer, object_name, ours
from ringfence.plan.phases.expand import needs_hold
from ringfence.plan.uniqueness import old_clients_left, retire
from ringfence.tenancy import secondkeys
from ringfence.tenancy.model import (
    AssignAdopted,
    InconsistentRule,
    OrphanRule,
    Tenancy,
    TenantTable,
    ThroughForeignKey,
)

ASSIGN_ROWS_MAX = 5000
H21 = Hazard("H21", "rows locked by others are skipped and met again in a later pass")
H22 = Hazard("H22", "writes WAL; paused by replica, slot and archiver lag")
H25 = Hazard("H25", "dead rows are reclaimed pass by pass, so the table hardly grows")
H7 = Hazard("H7", "uniqueness holds before the index is valid: duplicates are looked for first")


def build(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> Phase:
    """Make phase 2 from the tables as they were before phase 1."""
    namer = Namer.of(catalog)
    steps: list[Step] = []
    if not isinstance(tenancy.assignment, AssignAdopted):
        steps += assignment(tenancy)
    for entry in tenancy.tables:
        steps += fill(tenancy, catalog, entry, facts)
    for entry in tenancy.tables:
        steps += presence(tenancy, catalog, entry, namer)
    followed = secondkeys.followers(tenancy, catalog)
    for entry in (t for t in tenancy.tables if t.name in followed):
        steps += unique_key(tenancy, catalog, entry, namer)
    for entry in tenancy.tables:
        steps += references(tenancy, catalog, entry, namer)
    steps += hand_overs(tenancy, catalog, namer, steps)
    # a parent that changed hands between its children's fill and the moment the reference stood left them behind;
    # from here on ON UPDATE CASCADE carries such a change, so one more sweep is the last one needed
    for entry in tenancy.tables:
        steps += fill(tenancy, catalog, entry, facts, settle=True)
    steps += validations(tenancy, steps)
    there: dict[QualifiedName, set[tuple[str, ...]]] = {}
    for step in steps:
        for effect in step.effect:
            if isinstance(effect, IndexAdded):
                there.setdefault(effect.table, set()).add(effect.index.columns)
    for entry in tenancy.tables:
        steps += tenant_led(tenancy, catalog, entry, namer, there)
        steps += indexes(tenancy, catalog, entry, namer, there.get(entry.name, set()))
        steps += tenant_uniques(tenancy, catalog, entry, namer)
    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        family = members(catalog, entry.name)
        steps.append(ddl.final_triggers(tenancy, entry, table, family, needs_hold(table, family, facts)))
    return Phase(
        number=2,
        name="backfill",
        title="organizations assigned, references consistent, NOT NULL",
        entry=Gate("backfill/entry", () if tenancy.isolation else tuple(old_clients_left(tenancy))),
        steps=tuple(steps),
        exit=Gate("backfill/exit", tuple(exit_checks(tenancy, catalog))),
    )


# --- who belongs where -------------------------------------------------------------------------------------------


def assignment(tenancy: Tenancy) -> list[Step]:
    """Organizations and memberships for users that have none; whoever has one was decided on before."""
    m, u = tenancy.memberships, tenancy.users
    key, user = quote_ident(u.key), quote_ident(m.user_column)
    sql = (
        f"with waiting as (\n"
        f"  select w.{key} as user_key from {u.table.sql} w\n"
        f"  where not exists (select from {m.table.sql} x where x.{user} = w.{key})\n"
        f"  limit {derive.parameter('rows_max')}\n"
        f"), given as (\n{triggers.given(tenancy)}\njoin waiting using (user_key)\n"
        f"), made as (\n{triggers.insert_organizations(tenancy)}\n)\n"
        f"{triggers.insert_memberships(tenancy)}"
    )
    return [
        Step(
            id="backfill/memberships",
            title="organizations and memberships for every user that has none",
            action=Repeat(Statement(derive.bindable(sql), LockMode.NONE, (), 1000, 60_000), ASSIGN_ROWS_MAX),
            undo=NothingToUndo("the rows go with their tables, and are kept first by expand/decisions"),
            needs=(ddl.table_privilege(u.table, "SELECT"),),
            proves="every user has exactly one home organization",
        ),
        # without statistics the planner takes the memberships for a handful and loops over them for every row (H27)
        Step(
            id="backfill/statistics",
            title=f"statistics of {m.table}, which every later question joins",
            action=Transaction(
                (
                    Statement(
                        f"analyze {m.table.sql}",
                        LockMode.SHARE_UPDATE_EXCLUSIVE,
                        (m.table,),
                        tenancy.limits.autovacuum_lock_ms,
                        600_000,
                        (ddl.H8,),
                    ),
                )
            ),
            undo=NothingToUndo("statistics only"),
            table=m.table,
            proves="batches are planned for the number of users there is",
        ),
    ]


# --- the fill ----------------------------------------------------------------------------------------------------


def fill(tenancy: Tenancy, catalog: Catalog, entry: TenantTable, facts: Facts, *, settle: bool = False) -> list[Step]:
    """One backfill step per relation that holds rows; `settle` sweeps once more when the references stand."""
    table = catalog.by_name[entry.name]
    family = members(catalog, entry.name)
    hold = needs_hold(table, family, facts)
    return [
        _fill_relation(tenancy, entry, table, holder, facts, hold, settle) for holder in holders(catalog, entry.name)
    ]


def _fill_relation(
    tenancy: Tenancy, entry: TenantTable, table: Table, holder: Table, facts: Facts, hold: bool, settle: bool
) -> Step:
    d = derive.derived(tenancy, entry, table)
    column = quote_ident(entry.column)
    relation = holder.name.sql

    # where no trigger of the application can see it, columns of indexes are named too, see derive.named_too
    quiet = facts.replica_role_allowed and not settle and not hold
    also = "".join(
        f", {quote_ident(c)} = t.{quote_ident(c)}"
        for c in (derive.named_too(holder, entry.column, facts.repeated.get(str(holder.name), ())) if quiet else ())
    )
    rest = derive.rest_of_row(holder, "t", entry.column)
    if facts.returns_old:
        before = ""
        old, new = (derive.rest_of_row(holder, which, entry.column) for which in ("old", "new"))
        intact = f"pg_catalog.record_image_eq({old}, {new})"
    else:
        before = f",\n    {rest} as before"
        intact = f"pg_catalog.record_image_eq(v.before, {rest})"

    def write(where: str) -> str:
        return derive.bindable(
            f"with victim as materialized (\n"
            f"  select t.ctid as place, {d.target} as tenant{before}\n"
            f"  from only {relation} t\n  {d.joins}\n"
            f"  where {where}{d.differs}\n"
            f"  for no key update of t skip locked\n"
            f"), changed as (\n"
            f"  update only {relation} t set {column} = v.tenant{also}\n"
            f"  from victim v where t.ctid = v.place\n"
            f"  returning {intact} as intact\n"
            f")\nselect count(*) as rows, coalesce(bool_and(intact), true) as intact from changed"
        )

    lo, hi = derive.parameter("lo"), derive.parameter("hi")
    place = f"t.ctid >= {lo}::tid and t.ctid < {hi}::tid and {derive.stripe(table, 't')}\n    and "
    settings = ["set local synchronous_commit = off", "set local ringfence.backfill = 'on'"]
    # never while references stand: the replica role would also switch off the checks and cascades that keep them true
    if quiet:
        settings.append("set local session_replication_role = replica")
    stops: list[str] = []
    if entry.orphans is OrphanRule.STOP or tenancy.quarantine_key is None:
        stops.append(derive.orphan_rows(tenancy, entry, table, holder.name))
    suffix = "settle" if settle else "rows"
    identifier = f"backfill/{entry.name}/{suffix}"
    if holder.name != entry.name:
        identifier += f"/{holder.name}"
    return Step(
        id=identifier,
        title=(
            f"a last sweep over {holder.name}, now that references carry every change"
            if settle
            else f"the right tenant for every row of {holder.name}"
        ),
        action=Backfill(
            table=holder.name,
            column=entry.column,
            settings=tuple(settings),
            batch_sql=write(place),
            differs_sql=derive.differing_count(tenancy, entry, table, holder.name),
            analyze_sql=f"analyze {relation}",
            stops_sql="\nunion all\n".join(f"({s})" for s in stops) or None,
            stops_hint=(
                f'decide whose rows these are: repair the reference, or set orphans = "quarantine" for {entry.name}'
                " in ringfence.toml, then ringfence plan --amend and ringfence apply"
            ),
            sweeps_only=settle,
            # rows without any tenant would fail the NOT NULL that comes before the settling, so only a default allows it
            settled_later=not settle and derive.fast_default(tenancy, entry) is not None and _settles(tenancy, entry),
        ),
        undo=NothingToUndo("the values go with their column"),
        table=holder.name,
        needs=(ddl.owner_privilege(holder.name),),
        proves="no row of the table differs from its derived tenant; every batch changed nothing but the tenant column",
    )


def _settles(tenancy: Tenancy, entry: TenantTable) -> bool:
    """Whether the plan has a settling step for the table: it gets a reference or a carrying trigger of its own."""
    return any(isinstance(d, ThroughForeignKey) and d.path[-1].parent in tenancy.by_name for d in entry.derivations)


# --- what keeps it right -----------------------------------------------------------------------------------------


def presence(tenancy: Tenancy, catalog: Catalog, entry: TenantTable, namer: Namer) -> list[Step]:
    """NOT NULL by way of a validated check."""
    table = catalog.by_name[entry.name]
    present = table.column(entry.column)
    if present is not None and present.not_null:
        return []
    check = namer.take(entry.name.schema, entry.name.name, entry.column, "present")
    constraint = object_name(entry.name.name, entry.column, "not_null")
    return [
        ddl.present_check(tenancy, entry, check),
        ddl.validate(tenancy, entry.name, check),
        ddl.not_null(tenancy, entry, table, check, constraint, catalog.server_version),
    ]


def unique_key(tenancy: Tenancy, catalog: Catalog, entry: TenantTable, namer: Namer) -> list[Step]:
    """The unique key (tenant, primary key), for a table whose tenant rows of others follow, and for no other (T18)."""
    steps: list[Step] = []
    root = catalog.by_name[entry.name]
    for table in (root, *(m for m in members(catalog, entry.name) if m.partition_of is None)):
        columns = secondkeys.key_columns(entry, table)
        if not columns or secondkeys.holding(table, columns) is not None:
            continue
        hazard = second_key(table.primary_key)
        name = namer.take(table.name.schema, table.name.name, *columns, "key")
        if table.kind is TableKind.PARTITIONED:
            tree = _tree(catalog, table, name, namer, (*columns, "key"))
            steps += ddl.partitioned_index(tenancy, tree, columns, phase="backfill", unique=True, hazards=(hazard,))
        else:
            one = replace(entry, name=table.name)
            steps.append(
                ddl.index(tenancy, table.name, name, columns, phase="backfill", unique=True, hazards=(hazard,))
            )
            steps.append(ddl.unique_constraint(tenancy, one, name, columns))
    return steps


def second_key(beside: Sequence[str]) -> Hazard:
    """What people must know of a unique index that stands beside one of these columns."""
    return Hazard(
        "T18",
        f"upserts that name ({', '.join(beside)}) can fail with 23505 or 40P01 when others write the same row at the same"
        " moment, and succeed when tried again",
    )


def _tree(
    catalog: Catalog, root: Table, name: str, namer: Namer, parts: Sequence[str]
) -> list[tuple[Table, QualifiedName | None, str]]:
    below = [
        (member, member.partition_of, namer.take(member.name.schema, member.name.name, *parts))
        for member in members(catalog, root.name)
        if member.kind is not TableKind.FOREIGN
    ]
    return [(root, None, name), *below]


def references(tenancy: Tenancy, catalog: Catalog, entry: TenantTable, namer: Namer) -> list[Step]:
    """Tenant-consistent foreign keys for the references that decide the tenant, or that the spec wants now.

    The others can be made inconsistent by old code at any moment (one side changes hands); they are counted at the
    gate and become keys when no old client is left.
    """
    steps: list[Step] = []
    root = catalog.by_name[entry.name]
    for reference in secondkeys.consistent(catalog, entry):
        parent_column = tenancy.by_name[reference.parent].column
        for holder in _key_holders(catalog, entry.name):
            old = holder.constraint(reference.constraint) or next(
                (c for c in holder.foreign_keys if c.columns == reference.columns and c.references == reference.parent),
                None,
            )
            if old is None:
                continue
            columns = (entry.column, *reference.columns)
            index_name = namer.take(holder.name.schema, holder.name.name, *columns, "idx")
            name = namer.take(holder.name.schema, holder.name.name, *columns, "fkey")
            steps.append(ddl.index(tenancy, holder.name, index_name, columns, phase="backfill"))
            steps.append(
                ddl.tenant_reference(tenancy, replace(entry, name=holder.name), reference, old, parent_column, name)
            )
    steps += _carries(tenancy, entry, namer, steps)
    if (
        not any(r.deriving and not r.later and catalog.by_name[r.parent].primary_key for r in entry.references)
        and root.kind is TableKind.ORDINARY
        and not _refers_already(tenancy, root, entry)
    ):
        name = namer.take(entry.name.schema, entry.name.name, entry.column, "fkey")
        steps.append(ddl.organization_reference(tenancy, entry, name))
    return steps


def _carries(tenancy: Tenancy, entry: TenantTable, namer: Namer, made: Sequence[Step]) -> list[Step]:
    tied = {
        constraint.columns[1:]
        for step in made
        for effect in step.effect
        if isinstance(effect, ConstraintAdded) and (constraint := effect.constraint).kind is ConstraintKind.FOREIGN
    }
    steps: list[Step] = []
    for derivation in entry.derivations:
        match derivation:
            case ThroughForeignKey(path) if path[-1].parent in tenancy.by_name and not (
                len(path) == 1 and path[0].columns in tied
            ):
                name = namer.take("ringfence", CARRY, entry.name.schema, entry.name.name, *path[0].columns)
                steps.append(ddl.carry(tenancy, entry, derivation, name))
            case _:
                pass
    return steps


def hand_overs(tenancy: Tenancy, catalog: Catalog, namer: Namer, made: Sequence[Step]) -> list[Step]:
    """What a key would do for free: where rows follow a table by a trigger, and no key of it holds the tenant."""
    carried = {
        effect.table
        for step in made
        for effect in step.effect
        if isinstance(effect, TriggerAdded) and effect.trigger.timing == "after"
    }
    keyed = {e.table for step in made for e in step.effect if isinstance(e, IndexAdded) and e.index.unique}
    steps: list[Step] = []
    for entry in (t for t in tenancy.tables if t.name in carried - keyed):
        table = catalog.by_name[entry.name]
        columns = secondkeys.key_columns(entry, table)
        if columns and secondkeys.holding(table, columns) is None:
            function = ours(namer.take("ringfence", "hand_over", entry.name.schema, entry.name.name))
            steps.append(ddl.hand_over(tenancy, entry, table, function))
    return steps


def _key_holders(catalog: Catalog, name: QualifiedName) -> tuple[Table, ...]:
    # foreign keys NOT VALID cannot stand on a partitioned table before 18, so every leaf gets its own (H9)
    return holders(catalog, name)


def _refers_already(tenancy: Tenancy, table: Table, entry: TenantTable) -> bool:
    return any(c.columns == (entry.column,) and c.references == tenancy.organizations.table for c in table.foreign_keys)


def validations(tenancy: Tenancy, steps: Sequence[Step]) -> list[Step]:
    """VALIDATE for every reference added before, after the last sweep."""
    found: list[Step] = []
    for step in steps:
        match step.effect:
            case (ConstraintAdded(table, constraint),) if constraint.kind is ConstraintKind.FOREIGN:
                assert constraint.references is not None
                found.append(ddl.validate(tenancy, table, constraint.name, constraint.references))
            case _:
                pass
    return found


def tenant_led(
    tenancy: Tenancy,
    catalog: Catalog,
    entry: TenantTable,
    namer: Namer,
    there: dict[QualifiedName, set[tuple[str, ...]]],
) -> list[Step]:
    """A plain index (tenant, primary key) where no unique one is needed: rows of one tenant are found by it."""
    steps: list[Step] = []
    root = catalog.by_name[entry.name]
    for table in (root, *(m for m in members(catalog, entry.name) if m.partition_of is None)):
        columns = secondkeys.key_columns(entry, table)
        made = there.setdefault(table.name, set())
        if (
            not columns
            or any(other[: len(columns)] == columns for other in made)
            or secondkeys.leading(table.indexes, columns) is not None
        ):
            continue
        made.add(columns)
        name = namer.take(table.name.schema, table.name.name, *columns, "idx")
        if table.kind is TableKind.PARTITIONED:
            tree = _tree(catalog, table, name, namer, (*columns, "idx"))
            steps += ddl.partitioned_index(tenancy, tree, columns, phase="backfill")
        else:
            steps.append(ddl.index(tenancy, table.name, name, columns, phase="backfill"))
    return steps


def indexes(
    tenancy: Tenancy, catalog: Catalog, entry: TenantTable, namer: Namer, there: set[tuple[str, ...]]
) -> list[Step]:
    """A tenant-led twin of every plain secondary index: queries of one tenant read one tenant's part of it.

    `there` holds the columns of the indexes that the plan has made for the table so far.
    """
    if tenancy.indexes != "mirror":
        return []
    steps: list[Step] = []
    root = catalog.by_name[entry.name]
    for index in root.indexes:
        if index.unique or not index.plain or index.predicate or index.method != "btree" or not index.valid:
            continue
        columns = (entry.column, *(c for c in index.columns if c != entry.column))
        if entry.column in index.columns[:1] or columns in there:
            continue
        there.add(columns)
        name = namer.take(root.name.schema, root.name.name, *columns, "idx")
        if root.kind is TableKind.PARTITIONED:
            tree = _tree(catalog, root, name, namer, (*columns, "idx"))
            steps += ddl.partitioned_index(tenancy, tree, columns, phase="backfill")
        else:
            steps.append(ddl.index(tenancy, root.name, name, columns, phase="backfill"))
    if not there and root.kind is TableKind.ORDINARY:
        name = namer.take(root.name.schema, root.name.name, entry.column, "idx")
        steps.append(ddl.index(tenancy, root.name, name, (entry.column,), phase="backfill"))
    return steps


def tenant_uniques(tenancy: Tenancy, catalog: Catalog, entry: TenantTable, namer: Namer) -> list[Step]:
    """Uniqueness within a tenant, where the spec says so; the old rule goes only when it says that too."""
    table = catalog.by_name[entry.name]
    steps: list[Step] = []
    for unique in entry.uniques:
        columns = (entry.column, *(c for c in unique.columns if c != entry.column))
        name = namer.take(table.name.schema, table.name.name, *columns, "key")
        old_index = table.index(unique.constraint)
        distinct = old_index is not None and old_index.nulls_not_distinct
        built = ddl.index(
            tenancy,
            table.name,
            name,
            columns,
            phase="backfill",
            unique=True,
            nulls_not_distinct=distinct,
            # a rule for some rows, such as those that are not deleted, is no rule for all
            predicate=old_index.predicate if old_index is not None else None,
            hazards=(second_key(unique.columns),),
        )
        steps.append(replace(built, title=f"{', '.join(unique.columns)} is unique within a tenant of {table.name}"))
        if unique.retire_old and tenancy.isolation is None:
            steps += retire(tenancy, entry, table, unique, namer, phase="backfill")
    return steps


# --- the exit ----------------------------------------------------------------------------------------------------


def exit_checks(tenancy: Tenancy, catalog: Catalog) -> list[Check]:
    """What must hold before anybody may trust the tenant column."""
    checks: list[Check] = []
    for entry in tenancy.tables:
        table = catalog.by_name[entry.name]
        parts = [f"({derive.differing_rows(tenancy, entry, table, h.name)})" for h in holders(catalog, entry.name)]
        if parts:
            checks.append(
                Check(
                    code=f"RFG-DIFFERS:{entry.name}",
                    title=f"every row of {entry.name} has its derived tenant",
                    sql="\nunion all\n".join(parts),
                    hint="ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant",
                )
            )
        if entry.inconsistent is InconsistentRule.STOP:
            for reference in entry.references:
                if reference.deriving:
                    continue
                checks.append(
                    Check(
                        code=f"RFG-INCONSISTENT:{entry.name}:{reference.constraint}",
                        title=f"rows of {entry.name} refer to {reference.parent} of their own tenant",
                        sql=derive.inconsistent_rows(tenancy, entry, table, reference),
                        hint=(
                            "move one side, or decide by rule in ringfence.toml: "
                            f'[tables."{entry.name}"] inconsistent = "first_parent" (keeps the row where it is)'
                        ),
                        acceptable=True,
                    )
                )
    names = ", ".join(quote_literal(h.name.sql) for e in tenancy.tables for h in holders(catalog, e.name))
    if names:
        checks.append(
            Check(
                code="RFG-VALIDATED",
                title="every tenant reference is validated, every tenant index valid",
                sql=(
                    "select c.conrelid::pg_catalog.regclass::text as subject, c.conname || ' is not validated' as detail\n"
                    "from pg_catalog.pg_constraint c\n"
                    f"where c.conrelid::pg_catalog.regclass = any (array[{names}]::pg_catalog.regclass[])\n"
                    "  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a\n"
                    "    where a.attrelid = c.conrelid and a.attnum = any (c.conkey)"
                    f" and a.attname = {quote_literal(tenancy.column)})\n"
                    "union all\n"
                    "select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'\n"
                    "from pg_catalog.pg_index i\n"
                    f"where i.indrelid = any (array[{names}]::pg_catalog.regclass[]) and not i.indisvalid\n"
                    "limit 20"
                ),
                hint="ringfence apply goes on with the step that makes it so",
            )
        )
    return checks
