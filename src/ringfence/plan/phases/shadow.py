"""Phase 4, shadow: a canary role lives under enforcement already, and statements are compared between it and today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import postgast

from ringfence import sqltext
from ringfence.catalog.model import Catalog, Policy, Table
from ringfence.names import quote_ident, quote_literal
from ringfence.plan import acl, ddl, derive, files, noting, policies
from ringfence.plan.context import believed, dollar_quote, fits, tenant_path
from ringfence.plan.enforcing.tables import relations
from ringfence.plan.installing import context
from ringfence.plan.model import Check, Gate, Phase, Step, Transaction, UndoWith
from ringfence.plan.policies import Change, together
from ringfence.plan.roles import canaries_of, may_create_roles, may_grant_role, role_made
from ringfence.plan.simulate import apply_effects
from ringfence.tenancy.isolation import Isolation, LegacyPolicies
from ringfence.tenancy.model import Tenancy, TenantTable

FUNCTIONS = (
    "ringfence.shadow_compare(text, text, text, text)",
    "ringfence.shadow_plan_v1(text, text)",
    "ringfence.shadow_write_v1(text, text, text)",
    "ringfence.shadow_read_v1(text, text, text)",
    "ringfence.shadow_record_v1(text, text, text[], text, text, text, bigint, bigint, text)",
    "ringfence.shadow_endpoint_v1()",
    "ringfence.claims_with_tenant()",
    "ringfence.canary_client_id()",
    "ringfence.only_client_id_v1()",
    "ringfence.canary_of(text)",
    "ringfence.in_canary_share(text)",
)
OBJECTS = ("ringfence.shadow_observations", "ringfence.shadow_canaries", "ringfence.shadow_settings")
WRITES = {"r": "select", "a": "insert", "w": "update", "d": "delete"}


def build(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> Phase:
    """Make phase 4 from the catalog before phase 1."""
    steps: list[Step] = []
    before = catalog

    def add(found: Iterable[Step]) -> None:
        nonlocal catalog
        for step in found:
            steps.append(step)
            catalog = apply_effects(catalog, step.effect)

    add([context(tenancy, catalog, "shadow")])
    canaries = canaries_of(tenancy, catalog)
    add([roles(tenancy, canaries)])
    add([objects(tenancy, canaries)])
    for entry, table in tuple(relations(tenancy, catalog)):
        add(canary_floor(tenancy, isolation, entry, catalog.by_name[table.name], canaries))
    stored = files.table(tenancy, catalog, isolation)
    if stored is not None:
        add(
            [files.helper(tenancy, "shadow"), files.canary_floor(tenancy, isolation, stored, sorted(canaries.values()))]
        )
    standing = [(entry, table) for entry, table in relations(tenancy, catalog) if table.rls_enabled]
    noted = [(e, t) for e, t in standing if noting.noted(isolation, before.by_name[t.name])]
    noted_files = stored is not None and noting.noted(isolation, stored)
    if noted or noted_files:
        whole = [table.name for _, table in standing] + ([stored.name] if stored is not None else [])
        chosen = [table.name for _, table in noted] + ([files.OBJECTS] if noted_files else [])
        left_out = [(name, noting.loses(before.by_name[name])) for name in whole if name not in chosen]
        add([noting.objects(tenancy, isolation, left_out)])
        for entry, table in noted:
            add(noting.floor(tenancy, isolation, entry, table))
    if stored is not None and noted_files:
        add([files.noting_floor(tenancy, isolation, stored)])
    return Phase(
        number=4,
        name="shadow",
        title="a canary role lives under enforcement, and statements are compared with today",
        entry=Gate("shadow/entry", ()),
        steps=tuple(steps),
        exit=Gate("shadow/exit", tuple(observed(tenancy, isolation, before, noting=bool(noted or noted_files)))),
    )


# --- the canary --------------------------------------------------------------------------------------------------


def roles(tenancy: Tenancy, canaries: dict[str, str]) -> Step:
    """The canaries, and who may become one."""
    do: list[str] = []
    for role, canary in canaries.items():
        do.append(
            role_made(
                canary,
                "nologin inherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication",
                "rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication",
            )
        )
        do.append(f"grant {quote_ident(role)} to {quote_ident(canary)}")
        do += [f"grant {quote_ident(canary)} to {quote_ident(gateway)}" for gateway in tenancy.gateways]
    undo = [
        f"revoke {quote_ident(canary)} from {', '.join(quote_ident(g) for g in tenancy.gateways)}"
        for canary in canaries.values()
        if tenancy.gateways
    ] + [f"revoke {quote_ident(role)} from {quote_ident(canary)}" for role, canary in canaries.items()]
    return Step(
        id="shadow/canaries",
        title="roles that have what request roles have, and are enforced already",
        action=Transaction(tuple(ddl.plain(sql) for sql in do)),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in undo)),)),
        needs=(may_create_roles(), *(may_grant_role(role) for role in canaries)),
        proves="enforcement can be tried by choosing a role, without DDL and without a lock",
    )


def objects(tenancy: Tenancy, canaries: dict[str, str]) -> Step:
    """Where comparisons are made and kept; logins whose claims are believed may make them."""
    slots = {
        "tenant_path": tenant_path(),
        "active": derive.ACTIVE,
        "gateways": believed(tenancy),
        "tenant_type": tenancy.organizations.key_type,
        "user_type": tenancy.users.key_type,
        "user_fits": fits("ask.user_text", tenancy.users.key_type),
    }
    text = sqltext.fill(sqltext.load("ringfence.plan", "shadow_v1"), body=dollar_quote(*slots.values()), **slots)
    rows = [
        "insert into ringfence.shadow_canaries (role_name, canary) values"
        f" ({quote_literal(role)}, {quote_literal(canary)}) on conflict (role_name) do update set canary = excluded.canary"
        for role, canary in canaries.items()
    ]
    opened: list[str] = []
    if tenancy.gateways:
        callers = ", ".join(quote_ident(g) for g in tenancy.gateways)
        opened = [
            f"grant execute on function {', '.join(FUNCTIONS)} to {callers}",
            f"grant usage on schema ringfence to {callers}",
        ]
    # what phase 3 gave is taken back with phase 3
    kept = tenancy.authentication.logins if tenancy.authentication is not None else ()
    leaving = [quote_ident(g) for g in tenancy.gateways if g not in kept]
    closed = [f"revoke usage on schema ringfence from {', '.join(leaving)}"] if leaving else []
    undo = [*closed, f"drop function if exists {', '.join(FUNCTIONS)}", f"drop table if exists {', '.join(OBJECTS)}"]
    return Step(
        id="shadow/objects",
        title="statements can be run as their role and as the canary, and compared",
        action=Transaction(tuple(ddl.plain(sql) for sql in (*postgast.split(text), *rows, *opened))),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in undo)),)),
        proves="differences are found on real statements before anybody is enforced",
    )


def canary_floor(
    tenancy: Tenancy, isolation: Isolation, entry: TenantTable, table: Table, canaries: dict[str, str]
) -> Iterator[Step]:
    """The floor of phase 6 for the canaries alone; where row security is off, everybody else gets a `true` (law 5.2)."""
    bound = tuple(sorted(c for role, c in canaries.items() if table.owner != role))
    if not bound or (not table.rls_enabled and any(map(_asks_others, table.policies))):
        return
    limits, name = tenancy.limits, table.name
    changes: list[Change] = []
    if not table.rls_enabled:
        # policies that lie there unused must not get a voice
        later = isolation.rules(name).later
        changes += [policies.dropped(limits, name, p) for p in table.policies if p.name not in later]
        changes.append(policies.open_policy(limits, name))
    elif isolation.rules(entry.name).policies is LegacyPolicies.DROP:
        changes.append(policies.canary_opened(limits, name, bound))
    changes.append(policies.canary_floor(limits, name, entry.column, bound, isolation.rules(entry.name).open_when))
    changes.append(policies.row_security(limits, table, forced=False))
    change = together(*changes)
    aside = ddl.step_aside(limits, name)
    yield Step(
        id=f"shadow/{name}/canary",
        title=f"canaries see their tenant's rows of {name} alone; everybody else sees what he saw",
        action=Transaction((aside, *change.do)),
        undo=UndoWith((Transaction((aside, *change.undo)),)),
        table=name,
        effect=change.effect,
        needs=(ddl.owner_privilege(name),),
        proves=f"the floor of {name} can be tried on a share of the requests",
    )


def _asks_others(policy: Policy) -> bool:
    # One that lies there unused would have to be dropped and come back with the name that another table has meanwhile,
    # which may stand behind a compatibility view. Such a table is tried in phase 6 alone.
    return " SELECT " in f"{policy.using} {policy.check}".upper()


# --- the gate ----------------------------------------------------------------------------------------------------


def observed(tenancy: Tenancy, isolation: Isolation, catalog: Catalog, *, noting: bool) -> Iterator[Check]:
    """For each table and command that request roles may use: enough comparisons of every endpoint, and none differs."""
    least, hours = isolation.shadow_observations_min, isolation.shadow_hours
    for entry in tenancy.tables:
        for command in commands(tenancy, catalog.by_name[entry.name]):
            where = f"o.command = {quote_literal(command)} and {quote_literal(entry.name.sql)} = any (o.tables)"
            yield Check(
                code=f"RFG-SHADOW:{entry.name}:{command}",
                title=f"{command} on {entry.name} is the same under enforcement",
                sql=_differing(where) + "\nunion all\n" + _too_seldom(isolation, entry, command, where, noting=noting),
                hint=(
                    f"it needs {least} comparisons of each endpoint, all of them over {hours} hours:"
                    " ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference"
                    " that is what you want goes with delete from ringfence.shadow_observations where .., once its cause"
                    " is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where .."
                ),
                observed_sql=(
                    f"select case when count(*) >= {least} and pg_catalog.max(o.at) - pg_catalog.min(o.at)\n"
                    f"  >= pg_catalog.make_interval(hours => {hours}) then count(*) else 0 end as observed\n"
                    f"from ringfence.shadow_observations o where {where}"
                ),
                acceptable=True,
            )


def _differing(where: str) -> str:
    return (
        "(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,\n"
        "  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '\n"
        "  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail\n"
        f"from ringfence.shadow_observations o where {where} and o.difference is not null\n"
        "group by o.endpoint, o.query_hash, o.difference, o.role_name\nlimit 100)"
    )


def _too_seldom(isolation: Isolation, entry: TenantTable, command: str, where: str, *, noting: bool) -> str:
    # An endpoint is known by its comparisons, or by the noting floor, which needs nothing of the application.
    known = f"select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where {where}"
    if noting:
        known += (
            "\n  union all\n  select n.endpoint, 0, n.times from ringfence.shadow_notes n\n"
            f"  where n.table_name = {quote_literal(entry.name.sql)} and n.command = {quote_literal(command)}\n"
            f"    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => {max(isolation.shadow_hours, 1)})"
        )
    return (
        "(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,\n"
        f"  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of {isolation.shadow_observations_min} times'\n"
        "  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail\n"
        f"from (\n  {known}\n) k\n"
        f"group by k.endpoint having pg_catalog.sum(k.compared) < {isolation.shadow_observations_min}\n"
        "order by 1\nlimit 100)"
    )


def commands(tenancy: Tenancy, table: Table) -> tuple[str, ...]:
    """The commands that some request role is granted on a table."""
    roles = {*tenancy.request_roles, acl.PUBLIC}
    letters = {k for item in acl.read(table.acl) if item.grantee in roles for k in item.letters}
    return tuple(word for letter, word in WRITES.items() if letter in letters)
