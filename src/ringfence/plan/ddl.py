"""Every sentence of DDL a plan can say, each born together with its undo and its effect on the catalog.

A function here makes one Step from quoted names. Nothing is decided here: which steps a phase has, and in which order,
is the phase's own file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ringfence.catalog.model import Column, Constraint, ConstraintKind, Index, Table, TableKind, Trigger
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import derive, triggers
from ringfence.plan.model import (
    Action,
    CatalogChange,
    ColumnAdded,
    ColumnNotNull,
    Concurrently,
    ConstraintAdded,
    ConstraintRemoved,
    ConstraintValidated,
    Hazard,
    IndexAdded,
    IndexAttached,
    IndexRemoved,
    LockMode,
    NothingToUndo,
    OneWay,
    Privilege,
    Probe,
    Statement,
    Step,
    Transaction,
    TriggerAdded,
    TriggerRemoved,
    UndoWith,
)
from ringfence.plan.names import (
    CHOICE,
    FILL_INSERT,
    FILL_UPDATE,
    HAND_OVER,
    HOLD,
    SETTLE,
    ours,
    shown,
    shown_table,
    sorted_last,
)
from ringfence.tenancy.model import Limits, Reference, Tenancy, TenantTable, ThroughForeignKey

H1 = Hazard("H1", "queues behind a long reader and everybody behind it: bounded attempts of lock_timeout")
H2 = Hazard("H2", "an autovacuum of the table is cancelled first, by a lock that blocks no query")
H5 = Hazard("H5", "waits for every transaction that was open when it began")
H8 = Hazard("H8", "one maintenance command per table at a time")
H12 = Hazard("H12", "no scan under the strong lock: the validated check proves it")
H14 = Hazard("H14", "locks the referenced table too, for the same short moment")
H15 = Hazard("H15", "clients that prepared SELECT * or RETURNING * on this table fail until they reconnect")


# --- statements --------------------------------------------------------------------------------------------------


def short(
    limits: Limits, sql: str, lock: LockMode, *tables: QualifiedName, hazards: Sequence[Hazard] = (H1,)
) -> Statement:
    """A statement that is fast once it has its lock: tiny lock attempt, small total bound."""
    return Statement(
        sql,
        lock,
        tables,
        lock_timeout_ms=limits.lock_attempt_ms,
        statement_timeout_ms=max(5000, 20 * limits.lock_attempt_ms),
        hazards=tuple(hazards),
    )


def plain(sql: str, *, timeout_ms: int = 5000) -> Statement:
    """A statement that touches only our own objects."""
    return Statement(sql, LockMode.NONE, (), lock_timeout_ms=1000, statement_timeout_ms=timeout_ms)


def step_aside(limits: Limits, table: QualifiedName) -> Statement:
    """The first half of two-step locking (law 4.2): an ordinary autovacuum gives way to it, queries do not notice.

    A 50 ms attempt alone never cancels an autovacuum, which yields only after deadlock_timeout (1 s by default).
    """
    return Statement(
        f"lock table {table.sql} in share update exclusive mode",
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (table,),
        lock_timeout_ms=limits.autovacuum_lock_ms,
        statement_timeout_ms=limits.autovacuum_lock_ms + 1000,
        hazards=(H2,),
    )


def owner_privilege(table: QualifiedName) -> Privilege:
    """The migrating role must own the table or be a member of its owner."""
    return Privilege(
        f"owner of {table}",
        f"select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c"
        f" where c.oid = {quote_literal(table.sql)}::pg_catalog.regclass",
        grant=f"grant <owner of {table}> to current_user",
    )


def table_privilege(table: QualifiedName, privilege: str) -> Privilege:
    """The migrating role must hold a table privilege on a table it need not own."""
    return Privilege(
        f"{privilege} on {table}",
        f"select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass({quote_literal(table.sql)}),"
        f" {quote_literal(privilege)}), true) as allowed",
        grant=f"grant {privilege.lower()} on {table.sql} to current_user",
    )


def schema_privilege(schema: str) -> Privilege:
    """The migrating role must be allowed to create objects in the schema."""
    return Privilege(
        f"CREATE on schema {schema}",
        f"select pg_catalog.has_schema_privilege({quote_literal(schema)}, 'CREATE') as allowed",
        grant=f"grant create on schema {quote_ident(schema)} to current_user",
    )


# --- phase 1: the column and what fills it -----------------------------------------------------------------------


def fill_functions(tenancy: Tenancy, entry: TenantTable, table: Table, hold: bool) -> Step:
    """The functions of one table's triggers; nothing calls them yet, so no lock is needed."""
    statements = [plain(triggers.create_fill(tenancy, entry)), plain(_closed(triggers.fill_function(entry)))]
    names = [triggers.fill_function(entry)]
    settle = triggers.create_settle(tenancy, entry, table)
    if settle is not None:
        statements += [plain(settle), plain(_closed(triggers.settle_function(entry)))]
        names.append(triggers.settle_function(entry))
    choice = triggers.create_choice(tenancy, entry, table)
    if choice is not None:
        statements += [plain(choice), plain(_closed(triggers.choice_function(entry)))]
        names.append(triggers.choice_function(entry))
    if hold:
        statements += [plain(triggers.create_hold(entry, table)), plain(_closed(triggers.hold_function(entry)))]
        names.append(triggers.hold_function(entry))
    drop = Transaction(tuple(plain(f"drop function if exists {n.sql}()") for n in reversed(names)))
    return Step(
        id=f"expand/{entry.name}/functions",
        title=f"functions that give a tenant to what old code writes into {entry.name}",
        action=Transaction(tuple(statements)),
        undo=UndoWith((drop,)),
        table=entry.name,
        proves="plpgsql accepts the functions; the case tests prove what they decide",
    )


def _closed(function: QualifiedName) -> str:
    # a trigger needs no EXECUTE right to fire; nobody else has business calling it
    return f"revoke all on function {function.sql}() from public"


def tenant_column(tenancy: Tenancy, entry: TenantTable, table: Table, family: Sequence[Table], hold: bool) -> Step:
    """The tenant column and its triggers, in one short transaction.

    In one transaction because a gap between DROP DEFAULT and the trigger would let rows in without tenant, and a
    default kept beside the trigger would hide every missing value from it: new rows of all tenants would silently
    become the founding tenant's (law 4.4). `family` holds partitions and inheritance children: the column reaches
    them by recursion, triggers reach partitions but not inheritance children.
    """
    limits = tenancy.limits
    t = entry.name
    column = quote_ident(entry.column)
    default = derive.fast_default(tenancy, entry)
    everyone = (t, *(member.name for member in family))
    do: list[Statement] = [step_aside(limits, t)]
    undo: list[Statement] = [step_aside(limits, t)]
    effect: list[CatalogChange] = []

    def strong(sql: str, *hazards: Hazard) -> Statement:
        return short(limits, sql, LockMode.ACCESS_EXCLUSIVE, *everyone, hazards=(H1, *hazards))

    if not entry.column_exists:
        literal = f" default {default}" if default is not None else ""
        do.append(strong(f"alter table {t.sql} add column {column} {tenancy.type}{literal}", H15))
        if default is not None:
            do.append(strong(f"alter table {t.sql} alter column {column} drop default"))
        effect.append(ColumnAdded(t, Column(name=entry.column, type=tenancy.type, base_type=tenancy.type)))
    holders = (table, *(m for m in family if m.partition_of is None))
    for holder in holders:
        statements, removals, added = _trigger_set(tenancy, entry, holder, table, hold)
        do.extend(strong(sql) for sql in statements)
        undo.extend(strong(sql) for sql in removals)
        effect.extend(added)
    if not entry.column_exists:
        undo.append(strong(f"alter table {t.sql} drop column if exists {column}", H15))
    return Step(
        id=f"expand/{t}/column",
        title=f"tenant column and fill triggers on {t}",
        action=Transaction(tuple(do)),
        undo=UndoWith((Transaction(tuple(undo)),)),
        table=t,
        effect=tuple(effect),
        needs=(owner_privilege(t),),
        proves="old inserts get a tenant from the moment the column exists",
    )


def _trigger_set(
    tenancy: Tenancy, entry: TenantTable, holder: Table, root: Table, hold: bool
) -> tuple[list[str], list[str], list[CatalogChange]]:
    on = holder.name.sql
    column = quote_ident(entry.column)
    create: list[str] = []
    remove: list[str] = []
    added: list[CatalogChange] = []

    def add(
        name: str, timing: str, events: tuple[str, ...], head: str, function: QualifiedName, *, deferred: bool = False
    ) -> None:
        tail = f"execute function {function.sql}()"
        create.append(f"create {head.format(name=quote_ident(name), on=on)} {tail}")
        remove.append(f"drop trigger if exists {quote_ident(name)} on {on}")
        added.append(
            TriggerAdded(
                holder.name, Trigger(name, "", function, timing, events, True, "O", deferred, deferred, deferred)
            )
        )

    fill = triggers.fill_function(entry)
    add(
        sorted_last(holder, FILL_INSERT),
        "before",
        ("insert",),
        "trigger {name} before insert on {on} for each row",
        fill,
    )
    changed = (
        " or ".join(
            f"old.{quote_ident(c)} is distinct from new.{quote_ident(c)}"
            for c in (entry.column, *derive.deriving_columns(entry))
        )
        .replace("{", "{{")
        .replace("}", "}}")
    )
    guard = triggers.GUARD
    add(
        sorted_last(holder, FILL_UPDATE),
        "before",
        ("update",),
        "trigger {name} before update on {on} for each row when ((" + changed + ") and " + guard + ")",
        fill,
    )
    if hold:
        add(
            sorted_last(holder, "~" + HOLD),
            "before",
            ("update",),
            "trigger {name} before update on {on} for each row"
            " when (pg_catalog.current_setting('ringfence.backfill', true) = 'on')",
            triggers.hold_function(entry),
        )
    quarantine = derive.quarantine_of(tenancy, entry)
    if root.primary_key:
        undecided = f"new.{column} is null" if quarantine is None else f"new.{column} = {quarantine}"
        undecided = undecided.replace("{", "{{").replace("}", "}}")
        add(
            SETTLE,
            "after",
            ("insert", "update"),
            "constraint trigger {name} after insert or update on {on} deferrable initially deferred for each row when ("
            + undecided
            + ")",
            triggers.settle_function(entry),
            deferred=True,
        )
    default = derive.fast_default(tenancy, entry)
    if triggers.create_choice(tenancy, entry, root) is not None and default is not None:
        add(
            CHOICE,
            "after",
            ("insert", "update"),
            "trigger {name} after insert or update of "
            + column.replace("{", "{{").replace("}", "}}")
            + " on {on} for each row when (new."
            + column.replace("{", "{{").replace("}", "}}")
            + f" = {default} and "
            + guard
            + ")",
            triggers.choice_function(entry),
        )
    return create, remove, added


# --- phase 2: not null, keys, references, indexes ----------------------------------------------------------------


def present_check(tenancy: Tenancy, entry: TenantTable, name: str) -> Step:
    """`CHECK (column IS NOT NULL) NOT VALID`: new rows are held to it at once, old ones are not read yet.

    Only after the backfill: before it, an UPDATE of an old row without tenant would fail (H11).
    """
    limits = tenancy.limits
    t = entry.name
    body = f"check ({quote_ident(entry.column)} is not null)"
    sql = f"alter table {t.sql} add constraint {quote_ident(name)} {body} not valid"
    drop = f"alter table {t.sql} drop constraint if exists {quote_ident(name)}"
    definition = f"CHECK (({shown(entry.column)} IS NOT NULL)) NOT VALID"
    return Step(
        id=f"backfill/{t}/present",
        title=f"every new row of {t} must have a tenant",
        action=Transaction((step_aside(limits, t), short(limits, sql, LockMode.ACCESS_EXCLUSIVE, t))),
        undo=UndoWith((Transaction((step_aside(limits, t), short(limits, drop, LockMode.ACCESS_EXCLUSIVE, t))),)),
        table=t,
        effect=(
            ConstraintAdded(
                t, Constraint(name, ConstraintKind.CHECK, definition, columns=(entry.column,), validated=False)
            ),
        ),
        needs=(owner_privilege(t),),
        proves="no row without tenant can be written from here on",
    )


def validate(tenancy: Tenancy, table: QualifiedName, constraint: str, *also: QualifiedName) -> Step:
    """VALIDATE CONSTRAINT: reads the table under a lock that blocks neither readers nor writers."""
    limits = tenancy.limits
    statement = Statement(
        f"alter table {table.sql} validate constraint {quote_ident(constraint)}",
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (table, *also),
        lock_timeout_ms=limits.autovacuum_lock_ms,
        statement_timeout_ms=limits.validate_timeout_s * 1000,
        hazards=(H8,),
    )
    return Step(
        id=f"backfill/{table}/validate/{constraint}",
        title=f"prove {constraint} for the rows already in {table}",
        action=Transaction((statement,)),
        undo=NothingToUndo("the constraint itself goes with the step that added it"),
        table=table,
        effect=(ConstraintValidated(table, constraint),),
        needs=(owner_privilege(table),),
        proves=f"{constraint} holds for every row",
    )


def not_null(tenancy: Tenancy, entry: TenantTable, table: Table, check: str, constraint: str, version: int) -> Step:
    """SET NOT NULL, proved by the validated check so that no scan happens under the strong lock; the check then goes."""
    limits = tenancy.limits
    t = entry.name
    column = quote_ident(entry.column)
    present = table.column(entry.column)
    if present is not None and present.not_null:
        raise AssertionError("the phase leaves out columns that are NOT NULL already")

    def strong(sql: str, *hazards: Hazard) -> Statement:
        return short(limits, sql, LockMode.ACCESS_EXCLUSIVE, t, hazards=(H1, *hazards))

    do = (
        step_aside(limits, t),
        strong(f"alter table {t.sql} alter column {column} set not null", H12),
        strong(f"alter table {t.sql} drop constraint if exists {quote_ident(check)}"),
    )
    undo = (step_aside(limits, t), strong(f"alter table {t.sql} alter column {column} drop not null"))
    effect: tuple[CatalogChange, ...] = (
        ColumnNotNull(t, entry.column, constraint if version >= 180000 else ""),
        ConstraintRemoved(t, check),
    )
    return Step(
        id=f"backfill/{t}/not_null",
        title=f"{t}.{entry.column} is NOT NULL",
        action=Transaction(do),
        undo=UndoWith((Transaction(undo),)),
        table=t,
        effect=effect,
        needs=(owner_privilege(t),),
        proves="no row is without tenant",
    )


def index(
    tenancy: Tenancy,
    table: QualifiedName,
    name: str,
    columns: Sequence[str],
    *,
    phase: str,
    unique: bool = False,
    title: str = "",
    nulls_not_distinct: bool = False,
    predicate: str | None = None,
    hazards: tuple[Hazard, ...] = (),
) -> Step:
    """CREATE INDEX CONCURRENTLY, with its debris known: an invalid leftover of the same name is dropped before a try."""
    keys = ", ".join(quote_ident(c) for c in columns)
    kind = "unique index" if unique else "index"
    tail = " nulls not distinct" if nulls_not_distinct else ""
    some = f" where {predicate}" if predicate is not None else ""
    keys_shown = ", ".join(shown(c) for c in columns)
    definition = (
        f"CREATE {'UNIQUE ' if unique else ''}INDEX {shown(name)} ON {shown_table(table)} USING btree ({keys_shown})"
        f"{' NULLS NOT DISTINCT' if nulls_not_distinct else ''}{f' WHERE {predicate}' if predicate is not None else ''}"
    )
    return _concurrently(
        tenancy,
        table,
        f"create {kind} concurrently {quote_ident(name)} on {table.sql} ({keys}){tail}{some}",
        Index(
            name,
            definition,
            tuple(columns),
            unique=unique,
            predicate=predicate,
            nulls_not_distinct=nulls_not_distinct,
        ),
        phase=phase,
        title=title or f"index {name} on {table} ({', '.join(columns)})",
        hazards=hazards,
    )


_UNIQUE_INDEX = re.compile(
    r'CREATE UNIQUE INDEX (?:"(?:[^"]|"")+"|\w+) ON (?:"(?:[^"]|"")+"|\w+)\.(?:"(?:[^"]|"")+"|\w+) USING '
)
"""How pg_get_indexdef begins, up to the method."""


def lookup_index(tenancy: Tenancy, table: QualifiedName, unique: Index, name: str, *, phase: str) -> Step:
    """A plain index in the place of a unique one that goes: whoever knows the value alone still finds its row by it."""
    title = f"index {name}, so that rows of {table} are found without {unique.name} as with it"
    if unique.plain and unique.predicate is None and not unique.include:
        return index(tenancy, table, name, unique.columns, phase=phase, title=title)
    said = _UNIQUE_INDEX.match(unique.definition)
    assert said is not None, "the server's own text"
    rest = unique.definition[said.end() :]
    if unique.nulls_not_distinct:
        rest = rest.replace(" NULLS NOT DISTINCT", "", 1)
    return _concurrently(
        tenancy,
        table,
        f"create index concurrently {quote_ident(name)} on {table.sql} using {rest}",
        Index(
            name,
            f"CREATE INDEX {shown(name)} ON {shown_table(table)} USING {rest}",
            unique.columns,
            include=unique.include,
            method=unique.method,
            predicate=unique.predicate,
            plain=unique.plain,
        ),
        phase=phase,
        title=title,
        hazards=(),
    )


def _concurrently(
    tenancy: Tenancy,
    table: QualifiedName,
    sql: str,
    made: Index,
    *,
    phase: str,
    title: str,
    hazards: tuple[Hazard, ...],
) -> Step:
    limits = tenancy.limits
    name = made.name
    qualified = QualifiedName(table.schema, name)
    statement = Statement(
        sql,
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (table,),
        # a short lock timeout would leave an INVALID index behind (H4): long here, watched by the watchdog
        lock_timeout_ms=0,
        statement_timeout_ms=limits.index_timeout_s * 1000,
        hazards=(H5, H8, *hazards),
    )
    drop = Statement(
        f"drop index concurrently if exists {qualified.sql}",
        LockMode.SHARE_UPDATE_EXCLUSIVE,
        (table,),
        lock_timeout_ms=0,
        statement_timeout_ms=limits.index_timeout_s * 1000,
        hazards=(H5,),
    )
    exists = f"from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass({quote_literal(qualified.sql)})"
    valid = Probe(f"select exists (select {exists} and i.indisvalid and i.indisready and i.indislive) as answer")
    debris = Probe(f"select exists (select {exists} and not (i.indisvalid and i.indisready and i.indislive)) as answer")
    # the undo first asks whether the index is there at all: DROP .. CONCURRENTLY cannot run in a transaction
    gone = Probe(f"select pg_catalog.to_regclass({quote_literal(qualified.sql)}) is null as answer")
    return Step(
        id=f"{phase}/{table}/index/{name}",
        title=title,
        action=Concurrently(statement, debris, drop, valid),
        undo=UndoWith((Concurrently(drop, Probe("select false as answer"), drop, gone),), done_when=gone),
        table=table,
        effect=(IndexAdded(table, made),),
        done_when=valid,
        needs=(owner_privilege(table),),
        proves="the index is valid and ready, as read from pg_index",
    )


def partitioned_index(
    tenancy: Tenancy,
    tree: Sequence[tuple[Table, QualifiedName | None, str]],
    columns: Sequence[str],
    *,
    phase: str,
    unique: bool = False,
    hazards: tuple[Hazard, ...] = (),
) -> tuple[Step, ...]:
    """An index on a partitioned table without blocking writers: ON ONLY each partitioned level, one per leaf (H9).

    `tree` lists the root and everything below it, parents first: the table, its parent, the name of its index. Leaves
    are built concurrently, then each index is attached to its parent's, deepest first; the root's becomes valid with
    the last of them. Dropping the root's index drops the attached ones, which cannot be dropped alone: so the first
    step carries the undo of all.
    """
    limits = tenancy.limits
    keys = ", ".join(quote_ident(c) for c in columns)
    kind = "unique index" if unique else "index"
    head = "CREATE UNIQUE INDEX" if unique else "CREATE INDEX"
    names = {table.name: QualifiedName(table.name.schema, name) for table, _, name in tree}
    everyone = tuple(names)
    drops = Transaction(
        tuple(step_aside(limits, table.name) for table, _, _ in tree)
        + tuple(
            short(limits, f"drop index if exists {name.sql}", LockMode.ACCESS_EXCLUSIVE, *everyone)
            for name in names.values()
        )
    )
    steps: list[Step] = []
    for table, parent, name in tree:
        if table.kind is TableKind.PARTITIONED:
            keys_shown = ", ".join(shown(c) for c in columns)
            definition = f"{head} {shown(name)} ON ONLY {shown_table(table.name)} USING btree ({keys_shown})"
            create = f"create {kind} {quote_ident(name)} on only {table.name.sql} ({keys})"
            steps.append(
                Step(
                    id=f"{phase}/{table.name}/index/{name}",
                    title=f"index {name} declared on the partitioned table {table.name}",
                    action=Transaction((short(limits, create, LockMode.SHARE, table.name),)),
                    undo=NothingToUndo("goes with the root's index") if parent else UndoWith((drops,)),
                    table=table.name,
                    effect=(IndexAdded(table.name, Index(name, definition, tuple(columns), unique=unique)),),
                    needs=(owner_privilege(table.name),),
                    proves="later partitions get the index by themselves",
                )
            )
        else:
            built = index(tenancy, table.name, name, columns, phase=phase, unique=unique, hazards=hazards)
            steps.append(replace(built, undo=NothingToUndo("goes with the root's index, to which it gets attached")))
    for table, parent, name in reversed(tree):
        if parent is None:
            continue
        sql = f"alter index {names[parent].sql} attach partition {names[table.name].sql}"
        steps.append(
            Step(
                id=f"{phase}/{table.name}/attach/{name}",
                title=f"{name} becomes part of {names[parent].name}",
                action=Transaction((short(limits, sql, LockMode.SHARE_UPDATE_EXCLUSIVE, table.name),)),
                undo=NothingToUndo("goes with the root's index"),
                table=table.name,
                effect=(IndexAttached(table.name, name, names[parent]),),
                needs=(owner_privilege(table.name),),
                proves="the partitioned index is valid when its last partition is attached",
            )
        )
    return tuple(steps)


def unique_constraint(tenancy: Tenancy, entry: TenantTable, name: str, columns: Sequence[str]) -> Step:
    """The unique key (tenant, id) as a constraint on an index built before: a moment's lock, no scan."""
    limits = tenancy.limits
    t = entry.name
    sql = f"alter table {t.sql} add constraint {quote_ident(name)} unique using index {quote_ident(name)}"
    keys_shown = ", ".join(shown(c) for c in columns)
    drop = f"alter table {t.sql} drop constraint if exists {quote_ident(name)}"
    return Step(
        id=f"backfill/{t}/unique/{name}",
        title=f"unique key ({', '.join(columns)}) on {t}, the target of tenant-consistent references",
        action=Transaction((step_aside(limits, t), short(limits, sql, LockMode.ACCESS_EXCLUSIVE, t))),
        undo=UndoWith((Transaction((step_aside(limits, t), short(limits, drop, LockMode.ACCESS_EXCLUSIVE, t))),)),
        table=t,
        effect=(
            IndexRemoved(t, name),
            IndexAdded(
                t,
                Index(
                    name,
                    f"CREATE UNIQUE INDEX {shown(name)} ON {shown_table(t)} USING btree ({keys_shown})",
                    tuple(columns),
                    unique=True,
                    constraint=name,
                ),
            ),
            ConstraintAdded(
                t, Constraint(name, ConstraintKind.UNIQUE, f"UNIQUE ({keys_shown})", columns=tuple(columns))
            ),
        ),
        needs=(owner_privilege(t),),
        proves="a parent row and its tenant can be referenced together",
    )


_ACTIONS = {"a": "", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


def tenant_reference(
    tenancy: Tenancy, entry: TenantTable, reference: Reference, old: Constraint, parent_column: str, name: str
) -> Step:
    """The tenant-consistent foreign key beside the old one, NOT VALID at first (law 5.8).

    ON DELETE does what the old key does, but SET NULL and SET DEFAULT name the old columns, or a deleted parent would
    take the row's tenant away. ON UPDATE CASCADE carries an ownership transfer of the parent to its children. The
    deferrability is the old key's, so that a child may still be written before its parent in one transaction.
    """
    t, parent = entry.name, reference.parent
    columns = (entry.column, *reference.columns)
    targets = (parent_column, *reference.parent_columns)
    on_delete = _ACTIONS[old.on_delete or "a"]
    if old.on_delete in ("n", "d"):
        on_delete += " (" + ", ".join(quote_ident(c) for c in reference.columns) + ")"
    defer = (" deferrable" + (" initially deferred" if old.deferred else "")) if old.deferrable else ""
    sql = (
        f"alter table {t.sql} add constraint {quote_ident(name)}"
        f" foreign key ({', '.join(quote_ident(c) for c in columns)})"
        f" references {parent.sql} ({', '.join(quote_ident(c) for c in targets)})"
        f" on update cascade{' on delete ' + on_delete if on_delete else ''}{defer} not valid"
    )
    return _foreign_key(
        tenancy,
        t,
        parent,
        name,
        sql,
        Constraint(
            name,
            ConstraintKind.FOREIGN,
            f"FOREIGN KEY ({', '.join(shown(c) for c in columns)}) REFERENCES {shown_table(parent)}"
            f"({', '.join(shown(c) for c in targets)}) ON UPDATE CASCADE"
            f"{' ON DELETE ' + _shown_action(on_delete, reference.columns) if on_delete else ''}"
            f"{' DEFERRABLE' if old.deferrable else ''}{' INITIALLY DEFERRED' if old.deferred else ''} NOT VALID",
            columns=columns,
            validated=False,
            deferrable=old.deferrable,
            deferred=old.deferred,
            references=parent,
            referenced_columns=targets,
            on_update="c",
            on_delete=old.on_delete or "a",
            match="s",
        ),
        f"reference of {t} to {parent} that carries the tenant",
    )


def organization_reference(tenancy: Tenancy, entry: TenantTable, name: str) -> Step:
    """The tenant column of a root table refers to the organizations table, NOT VALID at first."""
    o = tenancy.organizations
    sql = (
        f"alter table {entry.name.sql} add constraint {quote_ident(name)} foreign key ({quote_ident(entry.column)})"
        f" references {o.table.sql} ({quote_ident(o.key)}) not valid"
    )
    return _foreign_key(
        tenancy,
        entry.name,
        o.table,
        name,
        sql,
        Constraint(
            name,
            ConstraintKind.FOREIGN,
            f"FOREIGN KEY ({shown(entry.column)}) REFERENCES {shown_table(o.table)}({shown(o.key)}) NOT VALID",
            columns=(entry.column,),
            validated=False,
            references=o.table,
            referenced_columns=(o.key,),
            on_update="a",
            on_delete="a",
            match="s",
        ),
        f"the tenant of {entry.name} is an organization",
    )


def _foreign_key(
    tenancy: Tenancy,
    t: QualifiedName,
    parent: QualifiedName,
    name: str,
    sql: str,
    constraint: Constraint,
    title: str,
) -> Step:
    limits = tenancy.limits
    # the parent's autovacuum must give way too; an adopted organizations table may belong to somebody else
    owned = parent != t and (parent in tenancy.by_name or not tenancy.organizations.adopted)
    aside = [step_aside(limits, t), *([step_aside(limits, parent)] if owned else [])]
    drop = f"alter table {t.sql} drop constraint if exists {quote_ident(name)}"
    pair = (t,) if t == parent else (t, parent)
    return Step(
        id=f"backfill/{t}/reference/{name}",
        title=title,
        action=Transaction(
            (
                *aside,
                short(limits, sql, LockMode.SHARE_ROW_EXCLUSIVE, *pair, hazards=(H1, H14)),
            )
        ),
        undo=UndoWith(
            (Transaction((*aside, short(limits, drop, LockMode.ACCESS_EXCLUSIVE, *pair, hazards=(H1, H14)))),)
        ),
        table=t,
        effect=(ConstraintAdded(t, constraint),),
        needs=(owner_privilege(t), table_privilege(parent, "REFERENCES")),
        proves=f"{title}, for every row written from here on",
    )


def carry(tenancy: Tenancy, entry: TenantTable, path: ThroughForeignKey, name: str) -> Step:
    """A parent that changes hands takes its rows along where no tenant reference can carry the change.

    For relations that the database never knew as foreign keys, and for those that lead through other tables.
    """
    limits = tenancy.limits
    parent = path.path[-1].parent
    function = ours(name)
    body = triggers.create_carry(tenancy, entry, path, function)
    column = quote_ident(derive.last_column(tenancy, path))
    create = (
        f"create trigger {quote_ident(name)} after update on {parent.sql} for each row"
        f" when (old.{column} is distinct from new.{column}) execute function {function.sql}()"
    )
    drop = f"drop trigger if exists {quote_ident(name)} on {parent.sql}"
    return Step(
        id=f"backfill/{entry.name}/carry/{name}",
        title=f"rows of {entry.name} follow {parent} when it changes hands",
        action=Transaction(
            (
                plain(body),
                plain(_closed(function)),
                step_aside(limits, parent),
                short(limits, create, LockMode.SHARE_ROW_EXCLUSIVE, parent),
            )
        ),
        undo=UndoWith(
            (
                Transaction(
                    (
                        step_aside(limits, parent),
                        short(limits, drop, LockMode.ACCESS_EXCLUSIVE, parent),
                        plain(f"drop function if exists {function.sql}()"),
                    )
                ),
            )
        ),
        table=parent,
        effect=(TriggerAdded(parent, Trigger(name, "", function, "after", ("update",), True)),),
        needs=(owner_privilege(parent),),
        proves="an ownership transfer reaches rows that no foreign key ties to their parent",
    )


def hand_over(tenancy: Tenancy, entry: TenantTable, table: Table, function: QualifiedName) -> Step:
    """A change of a row's tenant waits for rows below it that are being written, where no key makes it wait."""
    limits = tenancy.limits
    t = table.name
    name = sorted_last(table, HAND_OVER)
    column = quote_ident(entry.column)
    create = (
        f"create trigger {quote_ident(name)} before update on {t.sql} for each row"
        f" when (old.{column} is distinct from new.{column}) execute function {function.sql}()"
    )
    drop = f"drop trigger if exists {quote_ident(name)} on {t.sql}"
    return Step(
        id=f"backfill/{t}/hand_over",
        title=f"{t} changes hands only between writes of the rows that follow it",
        action=Transaction(
            (
                plain(triggers.create_hand_over(table, function)),
                plain(_closed(function)),
                step_aside(limits, t),
                short(limits, create, LockMode.SHARE_ROW_EXCLUSIVE, t),
            )
        ),
        undo=UndoWith(
            (
                Transaction(
                    (
                        step_aside(limits, t),
                        short(limits, drop, LockMode.ACCESS_EXCLUSIVE, t),
                        plain(f"drop function if exists {function.sql}()"),
                    )
                ),
            )
        ),
        table=t,
        effect=(TriggerAdded(t, Trigger(name, "", function, "before", ("update",), True)),),
        needs=(owner_privilege(t),),
        proves="no row that is written at that moment is left behind with the old tenant",
    )


def retire_unique(tenancy: Tenancy, table: Table, old: Constraint | Index, *, phase: str) -> Step:
    """The application-wide unique rule goes; from here on two tenants may use the same value: a one-way step."""
    limits = tenancy.limits
    t = table.name
    name = quote_ident(old.name)
    keys = [quote_ident(c) for c in old.columns]
    some = [old.predicate] if isinstance(old, Index) and old.predicate is not None else []
    if isinstance(old, Constraint):
        drop = f"alter table {t.sql} drop constraint if exists {name}"
        index_columns = ", ".join(keys)
        qualified = QualifiedName(t.schema, old.name)
        tail = (" deferrable" + (" initially deferred" if old.deferred else "")) if old.deferrable else ""
        build = f"create unique index concurrently {name} on {t.sql} ({index_columns})"
        attach = f"alter table {t.sql} add constraint {name} unique using index {name}{tail}"
        removed: tuple[CatalogChange, ...] = (ConstraintRemoved(t, old.name), IndexRemoved(t, old.name))
    else:
        qualified = QualifiedName(t.schema, old.name)
        drop = f"drop index if exists {qualified.sql}"
        build = old.definition.replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY ", 1)
        attach = ""
        removed = (IndexRemoved(t, old.name),)
    exists = f"from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass({quote_literal(qualified.sql)})"
    long = limits.index_timeout_s * 1000
    rebuild: list[Action] = [
        Concurrently(
            Statement(build, LockMode.SHARE_UPDATE_EXCLUSIVE, (t,), 0, long, (H5,)),
            Probe(f"select exists (select {exists} and not (i.indisvalid and i.indisready and i.indislive)) as answer"),
            Statement(
                f"drop index concurrently if exists {qualified.sql}", LockMode.SHARE_UPDATE_EXCLUSIVE, (t,), 0, long
            ),
            Probe(f"select exists (select {exists} and i.indisvalid and i.indisready and i.indislive) as answer"),
        )
    ]
    if attach:
        rebuild.append(Transaction((step_aside(limits, t), short(limits, attach, LockMode.ACCESS_EXCLUSIVE, t))))
    return Step(
        id=f"{phase}/{t}/retire/{old.name}",
        title=f"{old.name} no longer holds across tenants",
        action=Transaction((step_aside(limits, t), short(limits, drop, LockMode.ACCESS_EXCLUSIVE, t))),
        undo=UndoWith(tuple(rebuild)),
        table=t,
        effect=removed,
        needs=(owner_privilege(t),),
        proves="two tenants may use the same value",
        one_way=OneWay(
            f"rows of two tenants may share a value that {old.name} forbids",
            f"select {quote_literal(f'{t} ({chr(44).join(old.columns)})')} as subject,\n"
            f"  pg_catalog.format('%s rows share %s', count(*), row({', '.join(keys)})::text) as detail\n"
            f"from {t.sql} where {' and '.join([*(f'{k} is not null' for k in keys), *some])}\n"
            f"group by {', '.join(keys)} having count(*) > 1\nlimit 100",
            f"rename or remove the rows, then revert again; they are: select * from {t.sql} where (...) shares its value",
        ),
    )


def final_triggers(tenancy: Tenancy, entry: TenantTable, table: Table, family: Sequence[Table], hold: bool) -> Step:
    """After the fill: the update trigger without its backfill guard, and without the helpers only a backfill needs.

    The guard is a session setting anybody can set; from the moment the column is trusted it must not be there.
    """
    limits = tenancy.limits
    do: list[Statement] = [step_aside(limits, entry.name)]
    undo: list[Statement] = [step_aside(limits, entry.name)]
    effect: list[CatalogChange] = []
    # the fill is over here: holding the default's organization is a choice now, and must be remembered on the way back
    chosen = derive.remember_choices(tenancy, entry, table, of_default=True)
    remember = () if chosen is None else (Transaction((plain(chosen, timeout_ms=3_600_000),)),)
    everyone = (entry.name, *(m.name for m in family))
    holders = (table, *(m for m in family if m.partition_of is None))
    for holder in holders:
        create, remove, _ = _trigger_set(tenancy, entry, holder, table, hold)
        name = sorted_last(holder, FILL_UPDATE)
        position = next(i for i, sql in enumerate(create) if quote_ident(name) in sql)
        guarded = create[position]
        statements = [remove[position], guarded.replace(f" and {triggers.GUARD}", "")]
        back = [remove[position], guarded]
        choice = next((i for i, sql in enumerate(create) if quote_ident(CHOICE) in sql), None)
        if choice is not None:
            statements.append(remove[choice])
            back += [remove[choice], create[choice]]
            effect.append(TriggerRemoved(holder.name, CHOICE))
        if hold:
            last = next(i for i, sql in enumerate(create) if triggers.hold_function(entry).sql in sql)
            statements.append(remove[last])
            back += [remove[last], create[last]]
            effect.append(TriggerRemoved(holder.name, sorted_last(holder, "~" + HOLD)))
        do += [short(limits, sql, LockMode.ACCESS_EXCLUSIVE, *everyone) for sql in statements]
        undo += [short(limits, sql, LockMode.ACCESS_EXCLUSIVE, *everyone) for sql in back]
    return Step(
        id=f"backfill/{entry.name}/seal",
        title=f"fill triggers of {entry.name} in their lasting form",
        action=Transaction(tuple(do)),
        undo=UndoWith((*remember, Transaction(tuple(undo)))),
        table=entry.name,
        effect=tuple(effect),
        needs=(owner_privilege(entry.name),),
        proves="no session setting can keep the trigger from deciding the tenant",
    )


# --- texts as the server prints them -----------------------------------------------------------------------------


def _shown_action(action: str, columns: Sequence[str]) -> str:
    head = action.split(" (", maxsplit=1)[0].upper()
    return head + (f" ({', '.join(shown(c) for c in columns)})" if "(" in action else "")
