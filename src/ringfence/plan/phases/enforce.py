"""Phase 6, enforce: what only old clients needed goes when none of them is left, then rows belong to their tenant.

The compatibility views first: the table gets its name back, with all its columns. What isolation asks for is in
`plan/enforcing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ringfence.catalog.model import Catalog, View
from ringfence.names import quote_ident, quote_literal
from ringfence.plan import compatibility, ddl, grants
from ringfence.plan.ddl import plain, short, step_aside
from ringfence.plan.enforcing import isolate
from ringfence.plan.model import (
    Check,
    CompatibilityView,
    Gate,
    LockMode,
    Phase,
    SchemaRemoved,
    Statement,
    Step,
    TableRenamed,
    Transaction,
    UndoWith,
    ViewAdded,
    ViewRemoved,
)
from ringfence.plan.renaming import Renaming
from ringfence.tenancy.model import StarReader, Tenancy

CREATES_FUNCTION = "create or replace function "


def build(
    tenancy: Tenancy, catalog: Catalog, views: Sequence[CompatibilityView], earlier: Sequence[Phase]
) -> Phase | None:
    """Make phase 6 from the views there are, what isolation asks for, and the phases before, built with plain names.

    None: nothing to retire and nothing to enforce.
    """
    isolated = isolate.NOTHING
    if tenancy.isolation is not None:
        isolated = isolate.enforce(tenancy, catalog, tenancy.isolation, earlier)
    if not views and not isolated.steps:
        return None
    title = "tables get their names back when no client is left that needs their old columns"
    if isolated.steps:
        title = "row security for everybody, owner and grants in their lasting form"
    retired = tuple(retirement(tenancy, catalog, views, earlier)) if views else ()
    waits = (*(old_clients(tenancy, view) for view in views), *((compatibility.dependents(views),) if views else ()))
    return Phase(
        number=6,
        name="enforce",
        title=title,
        entry=Gate("enforce/entry", (*waits, *isolated.entry)),
        steps=(*retired, *isolated.steps),
        exit=Gate("enforce/exit", (*((names_back(views),) if views else ()), *isolated.exit)),
    )


def retirement(
    tenancy: Tenancy, catalog: Catalog, views: Sequence[CompatibilityView], earlier: Sequence[Phase]
) -> Iterator[Step]:
    """The steps in three rounds: the names, the functions that say them, and what bridged the two."""
    for view in views:
        yield retire(tenancy, catalog, view)
    yield from functions(views, earlier)
    for view in views:
        yield bridge_away(tenancy, catalog, view)
    yield schema_away(tenancy, catalog, views)


# --- who is still in the way -------------------------------------------------------------------------------------


def old_clients(tenancy: Tenancy, view: CompatibilityView) -> Check:
    """No client that needs the view is connected or was seen in the quiet hours, all of which were watched.

    Judged by login and application and never by the age of a session: an old program can reconnect at any time.
    """
    hours = tenancy.old_clients_quiet_hours
    kinds = [r for r in view.readers if r.login or r.application]
    if kinds:
        sql, observed = _still_there(kinds, hours), _watched(hours)
    else:
        sql = "select null::text as subject, null::text as detail where false"
        observed = "select 0::bigint as observed"  # nobody has said who needs it, so nobody can tell whether he is gone
    return Check(
        code=f"RFG-OLD-CLIENTS:{view.table}",
        title=f"nobody who needs the old columns of {view.table} was connected for {hours} hours",
        sql=sql,
        hint=(
            "upgrade or stop the clients that are named. New code may share their login: then say which applications are"
            " old, [[clients]] login = .., application = .., selects_star = true, and amend the plan. Hours count that"
            " were watched: call ringfence status at least once an hour; [soak] old_clients_quiet_hours is the bound"
        ),
        observed_sql=observed,
        acceptable=True,
    )


def _still_there(kinds: Sequence[StarReader], hours: int) -> str:
    values = ",\n    ".join(
        f"({quote_literal(k.login)}, {quote_literal(k.application)}, {quote_literal(k.source)})" for k in kinds
    )
    return (
        f"with kinds (login, application, source) as (\n    values {values}\n"
        "), seen (login, application, last_seen, sessions) as (\n"
        "  select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), pg_catalog.now(), count(*)\n"
        "  from pg_catalog.pg_stat_activity a\n"
        "  where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()\n"
        "    and (a.backend_type is null or a.backend_type = 'client backend')\n"
        "  group by 1, 2\n"
        "  union all\n"
        "  select s.login, s.application, s.last_seen, 0 from ringfence.session_samples s\n"
        f"  where s.last_seen >= pg_catalog.now() - pg_catalog.make_interval(hours => {hours})\n"
        ")\n"
        "select pg_catalog.format('%s (%s)', coalesce(nullif(s.application, ''), '(no application name)'), s.login)"
        " as subject,\n"
        "  case when max(s.sessions) > 0 then pg_catalog.format('%s connected now', max(s.sessions))\n"
        "    else 'last seen at ' || pg_catalog.to_char(max(s.last_seen), 'YYYY-MM-DD HH24:MI TZ') end\n"
        "  || '; takes all columns (' || pg_catalog.string_agg(distinct k.source, ', ') || ')' as detail\n"
        "from seen s join kinds k\n"
        f"  on {_fits('s.login', 'k.login')} and {_fits('s.application', 'k.application')}\n"
        "where s.application not like 'ringfence%'\n"
        "group by s.login, s.application\norder by max(s.sessions) desc, 1\nlimit 20"
    )


def _fits(said: str, wanted: str) -> str:
    return (
        f"({wanted} = '' or {said} = {wanted} or (pg_catalog.right({wanted}, 1) = '*'"
        f" and pg_catalog.starts_with({said}, pg_catalog.left({wanted}, -1))))"
    )


def _watched(hours: int) -> str:
    return (
        f"select case when count(*) >= {hours} then count(*) else 0 end as observed\n"
        "from ringfence.session_watches w\n"
        "where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now())"
        f" - pg_catalog.make_interval(hours => {hours})"
    )


# --- the way out -------------------------------------------------------------------------------------------------


def retire(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> Step:
    """Both views go and the table takes its name back, in one short transaction.

    New code that prepared through the full view finds the same columns in the same order under the same name. A bridge
    stands under the interim name, for our own trigger functions say it until the next round.
    """
    limits = tenancy.limits
    back = short(
        limits,
        f"alter table {view.base.sql} rename to {quote_ident(view.table.name)}",
        LockMode.ACCESS_EXCLUSIVE,
        view.base,
    )
    aside = short(
        limits,
        f"alter table {view.table.sql} rename to {quote_ident(view.base.name)}",
        LockMode.ACCESS_EXCLUSIVE,
        view.table,
    )
    bridge = _bridge(tenancy, catalog, view)
    do = (step_aside(limits, view.base), *compatibility.drop_views(limits, view), back, *bridge)
    undo = (
        step_aside(limits, view.table),
        short(limits, f"drop view if exists {view.base.sql}", LockMode.ACCESS_EXCLUSIVE, view.base),
        aside,
        *compatibility.create_views(tenancy, catalog, view),
    )
    return Step(
        id=f"enforce/{view.table}/retire",
        title=f"{view.table} is the table itself again, with all its columns",
        action=Transaction(do),
        undo=UndoWith((Transaction(undo),)),
        table=view.table,
        effect=(
            ViewRemoved(view.full),
            ViewRemoved(view.table),
            TableRenamed(view.base, view.table.name),
            ViewAdded(_bridge_view(tenancy, catalog, view)),
        ),
        needs=(ddl.owner_privilege(view.table),),
        proves="one name, one table; statements that new code prepared go on",
    )


def _bridge(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> tuple[Statement, ...]:
    listed = ", ".join(quote_ident(c) for c in (*view.columns, tenancy.column))
    create = f"create view {view.base.sql} with (security_invoker = true) as\nselect {listed} from {view.table.sql}"
    me = catalog.current_user
    nobody = grants.as_granted(catalog, view.base, (), (), me)
    return (plain(create), *(plain(sql) for sql in nobody))


def _bridge_view(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> View:
    me = catalog.current_user
    return View(
        name=view.base,
        kind="v",
        definition="",
        owner=me,
        options=("security_invoker=true",),
        acl=grants.shown((grants.owner_of_all(catalog, me),), me),
        reads=(view.table,),
        columns=(*view.columns, tenancy.column),
    )


def functions(views: Sequence[CompatibilityView], earlier: Sequence[Phase]) -> Iterator[Step]:
    """Every function of ours that says an interim name says the plain one from here on."""
    renaming = Renaming(compatibility.names_of(views))
    for phase in earlier:
        for step in phase.steps:
            match step.action:
                case Transaction(statements):
                    pairs = [
                        (s, replace(s, sql=renaming.sql(s.sql)))
                        for s in statements
                        if s.sql.startswith(CREATES_FUNCTION)
                    ]
                case _:
                    continue
            changed = [(with_plain, with_base) for with_plain, with_base in pairs if with_plain != with_base]
            if step.id in compatibility.BEFORE or not changed:
                continue
            yield Step(
                id=f"enforce/{step.id.partition('/')[2]}" + ("" if step.id.endswith("/functions") else "/functions"),
                title=f"trigger functions of {step.table} say the tables' own names again",
                action=Transaction(tuple(with_plain for with_plain, _ in changed)),
                undo=UndoWith((Transaction(tuple(with_base for _, with_base in changed)),)),
                table=step.table,
                proves="nothing of ours needs an interim name any more",
            )


def bridge_away(tenancy: Tenancy, catalog: Catalog, view: CompatibilityView) -> Step:
    """The bridge under the interim name goes; statements that ran through it have ended, or are waited for."""
    drop = short(tenancy.limits, f"drop view if exists {view.base.sql}", LockMode.ACCESS_EXCLUSIVE, view.base)
    return Step(
        id=f"enforce/{view.table}/bridge",
        title=f"the interim name {view.base} is gone",
        action=Transaction((drop,)),
        undo=UndoWith((Transaction(_bridge(tenancy, catalog, view)),)),
        table=view.table,
        effect=(ViewRemoved(view.base),),
        proves="nothing bears the interim name",
    )


def schema_away(tenancy: Tenancy, catalog: Catalog, views: Sequence[CompatibilityView]) -> Step:
    """The schema of the full views goes; a search path that names it does no harm."""
    made = compatibility.new_schema(tenancy, catalog, views)
    assert isinstance(made.action, Transaction)
    assert isinstance(made.undo, UndoWith)
    (dropped,) = made.undo.actions
    assert isinstance(dropped, Transaction)
    return Step(
        id="enforce/compatibility",
        title=f"schema {tenancy.compatibility_schema} is gone",
        action=dropped,
        undo=UndoWith((made.action,)),
        effect=(SchemaRemoved(tenancy.compatibility_schema),),
        proves="nothing is left of the compatibility views",
    )


def names_back(views: Sequence[CompatibilityView]) -> Check:
    """Each name is a table again, as read back from the catalog."""
    values = ", ".join(f"({quote_literal(v.table.sql)}, {quote_literal(v.base.sql)})" for v in views)
    return Check(
        code="RFG-NAMES-BACK",
        title="every table bears its own name again",
        sql=(
            "select v.t as subject, 'is not the table itself, or the interim name is still there' as detail\n"
            f"from (values {values}) v (t, b)\n"
            "where pg_catalog.to_regclass(v.b) is not null or not exists (select from pg_catalog.pg_class c\n"
            "    where c.oid = pg_catalog.to_regclass(v.t) and c.relkind in ('r', 'p'))"
        ),
        hint="ringfence apply goes on with the step that makes it so",
    )
