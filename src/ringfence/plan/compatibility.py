"""Old clients that prepared SELECT * keep working: the table steps aside for a view of its old columns (law 4.12).

In one transaction with the new column the table is renamed and a view of the old columns stands under its old name.
A statement prepared before resolves the name anew and finds the columns it knows. Everything later is said of the
table under its interim name: see `renaming`. New code finds all columns under the plain name in a schema of its own,
which it puts first in its search path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ringfence import sqltext
from ringfence.catalog.model import Catalog, Schema, Table, TableKind, View
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import ddl, grants
from ringfence.plan.ddl import plain, short, step_aside
from ringfence.plan.model import (
    Check,
    CompatibilityView,
    Facts,
    Hazard,
    LockMode,
    Phase,
    PlanRefused,
    Privilege,
    SchemaAdded,
    Statement,
    Step,
    TableRenamed,
    Transaction,
    UndoWith,
    ViewAdded,
)
from ringfence.plan.names import Namer
from ringfence.plan.renaming import Names, Renaming, phase_renamed, step_renamed
from ringfence.tenancy.clients import star_readers
from ringfence.tenancy.model import Limits, StarReader, Tenancy, TenantTable, ViewRule

H1 = ddl.H1
H15 = Hazard("H15", "clients that prepared SELECT * or RETURNING * go on through a view of the old columns")
SCHEMA_STEP = "expand/compatibility"
BEFORE = frozenset({"expand/organizations", "expand/memberships", "expand/views", "expand/founding", "expand/sign_up"})
"""Steps that run, and are undone, while every table still has its plain name."""


# --- which tables ------------------------------------------------------------------------------------------------


def choose(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> tuple[tuple[CompatibilityView, ...], tuple[str, ...]]:
    """The tables that step aside, and notes on those that might have but do not.

    Raises PlanRefused where the spec asks for what cannot be: a schema that is taken, two views of one name.
    """
    namer = Namer.of(catalog)
    standing = {view.table: view for view in facts.views_standing}
    views: list[CompatibilityView] = []
    notes: list[str] = []
    for entry in tenancy.tables:
        if str(entry.name) in facts.standing:
            views += [standing[entry.name]] if entry.name in standing else []
            continue
        readers = star_readers(tenancy, entry.name, facts.star_readers.get(str(entry.name), ()))
        why_not = _why_not(entry, catalog.by_name[entry.name], readers, facts.hindrances.get(str(entry.name), ()))
        if why_not is None:
            views.append(_view(tenancy, catalog.by_name[entry.name], readers, namer))
        elif why_not:
            notes.append(f"{entry.name}: {why_not}")
    kept, twice = _once(views)
    notes += [f"{view.table}: {_taken_by(kept, view)}" for view in twice]
    for view in twice:
        if tenancy.by_name[view.table].compatibility_view is ViewRule.ALWAYS:
            raise PlanRefused(
                f"{view.table} cannot stand behind a view: {_taken_by(kept, view)}",
                subject=str(view.table),
                hint=f'[tables."{view.table}"]\ncompatibility_view = "never"',
            )
    if kept and not facts.views_standing:
        _refuse_taken(tenancy, catalog)
    notes += [f"{v.table}: is {v.base} from phase 1 on, behind a view of its old columns; {_for_whom(v)}" for v in kept]
    return tuple(kept), tuple(notes)


def _why_not(entry: TenantTable, table: Table, readers: Sequence[StarReader], hindrances: Sequence[str]) -> str | None:
    """None: the table steps aside. A text says why it does not; an empty one, that there is nothing to say."""
    if entry.compatibility_view is ViewRule.NEVER:
        return "stays in its place as the spec says, and clients that prepared * on it break" if readers else ""
    if entry.column_exists or table.kind is TableKind.FOREIGN:
        return ""
    if entry.compatibility_view is ViewRule.ALWAYS:
        return None
    if not readers:
        return ""
    if hindrances:
        return (
            "clients prepared * on it, but a view would break something else, so it stays in its place: "
            + "; ".join(hindrances)
        )
    return None


def _view(tenancy: Tenancy, table: Table, readers: tuple[StarReader, ...], namer: Namer) -> CompatibilityView:
    base = QualifiedName(table.name.schema, namer.take(table.name.schema, table.name.name, "", "all"))
    full = QualifiedName(tenancy.compatibility_schema, table.name.name)
    return CompatibilityView(table.name, base, full, tuple(c.name for c in table.columns), readers)


def _once(views: Sequence[CompatibilityView]) -> tuple[list[CompatibilityView], list[CompatibilityView]]:
    kept: dict[QualifiedName, CompatibilityView] = {}
    twice = [view for view in views if kept.setdefault(view.full, view) is not view]
    return list(kept.values()), twice


def _taken_by(kept: Sequence[CompatibilityView], view: CompatibilityView) -> str:
    other = next(k for k in kept if k.full == view.full)
    return f"its view of all columns would be {view.full}, which is that of {other.table}"


def _refuse_taken(tenancy: Tenancy, catalog: Catalog) -> None:
    name = tenancy.compatibility_schema
    if any(s.name == name for s in catalog.schemas):
        raise PlanRefused(
            f"schema {name}, where new code would find the full tables, is there already",
            subject=name,
            hint='[compatibility]\nschema = "next_columns"    # a name that is free; or compatibility_view = "never"',
        )


def _for_whom(view: CompatibilityView) -> str:
    if not view.readers:
        return "the spec asks for it"
    who = sorted({reader_text(r) for r in view.readers})
    return "for " + ", ".join(who[:4]) + (f" and {len(who) - 4} more" if len(who) > 4 else "")


def reader_text(reader: StarReader) -> str:
    """A client as people name it."""
    match reader.login, reader.application:
        case "", "":
            return f"statements at {reader.source}"
        case login, "":
            return f"login {login} ({reader.source})"
        case "", application:
            return f"application {application} ({reader.source})"
        case login, application:
            return f"{application} of login {login} ({reader.source})"


def names_of(views: Sequence[CompatibilityView]) -> Names:
    """From the plain name of each table to the one it has behind its view."""
    return {view.table: view.base for view in views}


# --- phases ------------------------------------------------------------------------------------------------------


def behind_views(phase: Phase, tenancy: Tenancy, catalog: Catalog, views: Sequence[CompatibilityView]) -> Phase:
    """A phase that was built as if no table ever stepped aside, with the tables behind views under their base names."""
    renaming = Renaming(names_of(views))
    by_step = {f"expand/{view.table}/column": view for view in views}

    def own(step: Step) -> Step | None:
        if step.id in BEFORE:
            return step
        view = by_step.get(step.id)
        return None if view is None else _steps_aside(step, tenancy, catalog, view, renaming)

    renamed = phase_renamed(phase, renaming, but=own)
    if phase.number != 1:
        return renamed
    first = next(i for i, step in enumerate(renamed.steps) if step.id.endswith("/functions"))
    steps = (*renamed.steps[:first], new_schema(tenancy, catalog, views), *renamed.steps[first:])
    back = replace(renamed.back, checks=(*renamed.back.checks, dependents(views)))
    return replace(renamed, steps=steps, back=back)


def new_schema(tenancy: Tenancy, catalog: Catalog, views: Sequence[CompatibilityView]) -> Step:
    """The schema in which new code finds the full tables, open to whoever may use the tables' own schemas."""
    name = tenancy.compatibility_schema
    schema = quote_ident(name)
    homes = {view.table.schema for view in views}
    roles = sorted(
        {
            one.role
            for known in catalog.schemas
            if known.name in homes
            for one in grants.granted(known.acl)
            if "U" in one.letters and one.role != catalog.current_user
        }
    )
    to = ", ".join(quote_ident(role) if role else "public" for role in roles)
    opened = [plain(f"grant usage on schema {schema} to {to}")] if roles else []
    mine = grants.Granted(catalog.current_user, ("U", "C"))
    acl = grants.shown((mine, *(grants.Granted(role, ("U",)) for role in roles)), catalog.current_user)
    script = sqltext.load("ringfence.plan", "compatibility_v1")
    watches = [plain(s.strip()) for s in script.split(";\n") if s.strip()]
    return Step(
        id=SCHEMA_STEP,
        title=f"schema {name}, where new code finds the full tables (search_path = {name}, ..)",
        action=Transaction((plain(f"create schema {schema}"), *opened, *watches)),
        undo=UndoWith((Transaction((plain(f"drop schema if exists {schema}"),)),)),
        effect=(SchemaAdded(Schema(name, catalog.current_user, acl)),),
        needs=(
            Privilege(
                "CREATE on the database",
                "select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as allowed",
                grant="grant create on database <this one> to current_user",
            ),
        ),
        proves="whoever may use the tables' schema may use this one",
    )


def _steps_aside(step: Step, tenancy: Tenancy, catalog: Catalog, view: CompatibilityView, renaming: Renaming) -> Step:
    """The column step of one table, with the rename before it and the views behind it, in the same transaction.

    Forward the table's own lock comes first and the views are new, so nobody can hold what we wait for. Back the views
    go first: a reader takes the view's lock before the table's, and so do we, or both would wait for each other.
    """
    assert isinstance(step.action, Transaction)
    assert isinstance(step.undo, UndoWith)
    (back,) = step.undo.actions
    assert isinstance(back, Transaction)
    aside, *rest = step.action.statements
    later, before = step_renamed(step, renaming), step_aside(tenancy.limits, view.base)
    assert isinstance(later.action, Transaction)
    assert isinstance(later.undo, UndoWith)
    (later_back,) = later.undo.actions
    assert isinstance(later_back, Transaction)
    family = tuple(dict.fromkeys(t for s in rest for t in s.tables))
    rename = short(
        tenancy.limits,
        f"alter table {view.table.sql} rename to {quote_ident(view.base.name)}",
        LockMode.ACCESS_EXCLUSIVE,
        *family,
        hazards=(H1, H15),
    )
    renamed_family = tuple(renaming.names.get(t, t) for t in family)
    rename_back = short(
        tenancy.limits,
        f"alter table {view.base.sql} rename to {quote_ident(view.table.name)}",
        LockMode.ACCESS_EXCLUSIVE,
        *renamed_family,
    )
    table = catalog.by_name[view.table]
    do = (aside, rename, *(_calmed(s) for s in later.action.statements[1:]), *create_views(tenancy, catalog, view))
    undo = (before, *drop_views(tenancy.limits, view), *map(_calmed, later_back.statements[1:]), rename_back)
    return replace(
        later,
        title=f"{step.title}; old clients reach it through a view of its old columns",
        action=Transaction(do),
        undo=UndoWith((Transaction(undo),)),
        table=view.table,
        effect=(TableRenamed(view.table, view.base.name), *later.effect, *_views_added(tenancy, catalog, view)),
        needs=(*step.needs, *_needs(table, catalog)),
        proves="old statements, prepared ones too, see the columns they know; new code sees all of them",
    )


def _calmed(statement: Statement) -> Statement:
    """H15 is what the view is there for: the statement carries the milder text."""
    return replace(statement, hazards=tuple(H15 if h.code == "H15" else h for h in statement.hazards))


def _needs(table: Table, catalog: Catalog) -> Iterator[Privilege]:
    yield ddl.schema_privilege(table.name.schema)
    if table.owner != catalog.current_user:
        schema, owner = table.name.schema, quote_literal(table.owner)
        yield Privilege(
            f"CREATE on schema {schema} for {table.owner}, who will own the view of {table.name}",
            f"select pg_catalog.has_schema_privilege({owner}, {quote_literal(schema)}, 'CREATE')"
            f" or (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as allowed",
            grant=f"grant create on schema {quote_ident(schema)} to {quote_ident(table.owner)}",
        )


# --- the views ---------------------------------------------------------------------------------------------------


def create_views(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> tuple[Statement, ...]:
    """Both views with the table's grants: the old columns under the plain name, all of them for new code."""
    everything = (*view.columns, tenancy.column)
    return tuple(
        plain(sql)
        for name, columns in ((view.table, view.columns), (view.full, everything))
        for sql in _create(tenancy, catalog, view, name, columns)
    )


def _create(
    tenancy: Tenancy, catalog: Catalog, view: CompatibilityView, name: QualifiedName, columns: Sequence[str]
) -> Iterator[str]:
    table = catalog.by_name[view.table]
    listed = ", ".join(quote_ident(c) for c in columns)
    # security_invoker: whoever asks is judged by the table's own grants and policies, as before (CREATE VIEW, 15)
    yield f"create view {name.sql} with (security_invoker = true) as\nselect {listed} from {view.base.sql}"
    comment = table.comment
    if name == view.table:
        if comment is not None:
            yield f"comment on view {name.sql} is {quote_literal(comment).strip()}"
    else:
        yield f"comment on view {name.sql} is {quote_literal(_explained(view, tenancy)).strip()}"
    if table.owner != catalog.current_user:
        yield f"alter view {name.sql} owner to {quote_ident(table.owner)}"
    yield from grants.as_granted(catalog, name, table.acl, table.columns, table.owner)


def _explained(view: CompatibilityView, tenancy: Tenancy) -> str:
    return (
        f"{view.table} with {tenancy.column}, for code that has {tenancy.compatibility_schema} first in its search_path"
    )


def _views_added(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> Iterator[ViewAdded]:
    table = catalog.by_name[view.table]
    for name, columns, comment in (
        (view.table, view.columns, table.comment),
        (view.full, (*view.columns, tenancy.column), _explained(view, tenancy)),
    ):
        yield ViewAdded(
            View(
                name=name,
                kind="v",
                definition="",
                owner=table.owner,
                options=("security_invoker=true",),
                acl=grants.shown(grants.granted(table.acl), table.owner),
                reads=(view.base,),
                columns=columns,
                comment=comment,
            )
        )


def drop_views(limits: Limits, view: CompatibilityView) -> tuple[Statement, ...]:
    """Both views go, the one of new code first; never with CASCADE: what leans on them is somebody's."""
    return tuple(
        short(limits, f"drop view if exists {name.sql}", LockMode.ACCESS_EXCLUSIVE, name)
        for name in (view.full, view.table)
    )


def dependents(views: Sequence[CompatibilityView]) -> Check:
    """What somebody built on a view of ours since, which would keep the view from going."""
    names = ", ".join(quote_literal(name.sql) for view in views for name in (view.table, view.full))
    # once a view has been retired its name is the table's, on which anybody may build
    ours_now = (
        f"select c.oid from pg_catalog.unnest(array[{names}]) v"
        " join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(v) and c.relkind = 'v'"
    )
    schemas = ", ".join(sorted({quote_literal(view.full.schema) for view in views}))
    ours = ", ".join(quote_literal(view.full.name) for view in views)
    return Check(
        code="RFG-VIEW-IN-USE",
        title="nothing was built on the compatibility views",
        sql=(
            "select w.ev_class::pg_catalog.regclass::text as subject,\n"
            "  'reads ' || d.refobjid::pg_catalog.regclass::text || ', which is about to go' as detail\n"
            "from pg_catalog.pg_depend d join pg_catalog.pg_rewrite w on w.oid = d.objid\n"
            f"where d.refobjid in ({ours_now})\n"
            "  and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.ev_class <> d.refobjid\n"
            "union\n"
            "select pg_catalog.format('%s(%s)', p.oid::pg_catalog.regproc, pg_catalog.pg_get_function_identity_arguments(p.oid)),\n"
            "  'leans on ' || t.typname || ', the row type of a view that is about to go'\n"
            "from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid\n"
            "join pg_catalog.pg_type t on t.oid = d.refobjid or t.typrelid = d.refobjid\n"
            "where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass\n"
            f"  and t.typrelid in ({ours_now})\n"
            "union\n"
            "select c.oid::pg_catalog.regclass::text, 'stands in a schema that is about to go'\n"
            "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n"
            f"where n.nspname in ({schemas}) and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relname not in ({ours})\n"
            "limit 20"
        ),
        hint="drop what is named, or rebuild it on the table itself, which bears the name with __all at its end",
    )


def known_names(views: Sequence[CompatibilityView]) -> Mapping[QualifiedName, QualifiedName]:
    """Every name of a table behind a view to the plain one: the table's own, and the full view's."""
    return {name: view.table for view in views for name in (view.base, view.full)}
