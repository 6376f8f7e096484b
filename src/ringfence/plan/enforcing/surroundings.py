"""What stands around the tables: the role that owns them, our own functions, new tables, and the way past in need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import postgast

from ringfence import sqltext
from ringfence.catalog.model import Catalog, EventTrigger
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import ddl, policies
from ringfence.plan.enforcing.scene import Reader
from ringfence.plan.enforcing.tables import BREAK_GLASS, relations, shared_use
from ringfence.plan.model import (
    NothingToUndo,
    Phase,
    Privilege,
    Statement,
    Step,
    Transaction,
    TriggerAdded,
    UndoWith,
)
from ringfence.plan.policies import Change, together
from ringfence.plan.rights import EventTriggerAdded, SchemaGrantsChanged
from ringfence.plan.roles import bypassing, may_create_roles, may_grant_on, role_made
from ringfence.tenancy.isolation import Isolation
from ringfence.tenancy.model import Tenancy

NEW_TABLES = "ringfence_new_tables"
NEW_TABLES_FUNCTION = QualifiedName("ringfence", "close_new_table_v1")
NEW_TABLE_TAGS = ("ALTER TABLE", "CREATE TABLE", "CREATE TABLE AS", "SELECT INTO")


def owner_role(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Step:
    """The role that will own every tenant table, and what it needs beside them."""
    name = isolation.owner
    change = together(*shared_use(tenancy, isolation, catalog))
    make = role_made(
        name,
        "nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication",
        "rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication",
    )
    schemas = sorted({e.schema for e in change.effect if isinstance(e, SchemaGrantsChanged)})
    stays = "the role stays, without any right: it belongs to the whole server"
    undo = UndoWith((Transaction(change.undo),)) if change.undo else NothingToUndo(stays)
    return Step(
        id="enforce/owner",
        title=f"role {name}, which is to own every tenant table",
        action=Transaction((ddl.plain(make), ddl.plain(f"grant {quote_ident(name)} to current_user"), *change.do)),
        undo=undo,
        effect=change.effect,
        needs=(bypassing(), may_create_roles(), *(may_grant_on(schema) for schema in schemas)),
        proves="nobody logs in as the owner, and row security binds it",
    )


def writer(tenancy: Tenancy) -> Step:
    """The function that the tenant column's default calls."""
    text = sqltext.fill(sqltext.load("ringfence.plan", "writer_v1"), tenant_type=tenancy.organizations.key_type)
    return Step(
        id="enforce/writer",
        title="the tenant of whoever writes a row",
        action=Transaction(tuple(ddl.plain(s) for s in postgast.split(text))),
        undo=UndoWith((Transaction((ddl.plain("drop function if exists ringfence.writer_client_id()"),)),)),
        proves="a row that names no tenant is its writer's, or derived",
    )


def own_functions(earlier: Sequence[Phase]) -> Iterator[Step]:
    """The functions of our triggers say that nothing may be hidden from them: an error instead of a wrong tenant.

    They run as the migrating role. Should it ever be bound by row security, a parent would be invisible, a row would
    get no tenant or the wrong one, and nobody would notice (law 4.8).
    """
    done: set[QualifiedName] = set()
    for step in (step for phase in earlier for step in phase.steps):
        made = {e.trigger.function for e in step.effect if isinstance(e, TriggerAdded)}
        names = sorted(n for n in made - done if n.schema == "ringfence")
        done |= made
        if not names:
            continue
        yield Step(
            id=f"enforce/unfiltered/{step.id}",
            title=f"functions that derive tenants for {step.table} fail rather than overlook a row",
            action=Transaction(tuple(ddl.plain(f"alter function {n.sql}() set row_security = off") for n in names)),
            undo=UndoWith(
                (Transaction(tuple(ddl.plain(f"alter function {n.sql}() reset row_security") for n in names)),)
            ),
            table=step.table,
            needs=(bypassing(),),
            proves="a tenant is derived from every row there is, or the write fails with an error",
        )


def registry(readers: Sequence[Reader], isolation: Isolation) -> Iterator[Step]:
    """Every decision about readers and writers without a tenant, kept where a reviewer finds it."""
    objects = postgast.split(sqltext.load("ringfence.plan", "contextless_v1"))
    yield Step(
        id="enforce/contextless",
        title="a place for who reads and writes without a tenant, and why",
        action=Transaction(tuple(ddl.plain(s) for s in objects)),
        undo=UndoWith((Transaction((ddl.plain("drop table if exists ringfence.contextless"),)),)),
        proves="who sees every tenant is written down, with the reason",
    )
    known = {reader.key: reader for reader in readers}
    rows = [
        (key, known[key].kind.value if key in known else key.partition(":")[0], decision.way.value, decision.reason)
        for key, decision in sorted(isolation.decisions.items())
    ]
    rows += [
        (
            reader.key,
            reader.kind.value,
            reader.preset.value,
            "safe without a decision: every grantee may read beneath it",
        )
        for reader in readers
        if reader.decision is None and reader.preset is not None
    ]
    for key, kind, way, reason in rows:
        values = ", ".join(quote_literal(v) for v in (key, kind, way, reason))
        insert = (
            f"insert into ringfence.contextless (name, kind, way, reason) values ({values})\n"
            "on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason"
        )
        delete = f"delete from ringfence.contextless where name = {quote_literal(key)}"
        yield Step(
            id=f"enforce/contextless/{key}",
            title=f"{kind} {key}: {way}, {reason}",
            action=Transaction((ddl.plain(insert),)),
            undo=UndoWith((Transaction((ddl.plain(delete),)),)),
            proves="the decision and its reason can be read in the database",
        )


def speaks_for(catalog: Catalog, role: str) -> bool:
    """Whether the migrating role may change another role's default privileges: only its members may."""
    if catalog.current_user_superuser or role == catalog.current_user:
        return True
    roles = {r.name: r for r in catalog.roles}
    found, waiting = {catalog.current_user}, [catalog.current_user]
    while waiting:
        known = roles.get(waiting.pop())
        for name in known.member_of if known is not None else ():
            if name not in found:
                found.add(name)
                waiting.append(name)
    return role in found


def default_privileges(tenancy: Tenancy, catalog: Catalog) -> Iterator[Step]:
    """Tables made from here on are granted to nobody by themselves, where the migrating role may say so."""
    schemas = {table.name.schema for _, table in relations(tenancy, catalog)}
    for default in catalog.default_acls:
        if default.object_type != "r" or (default.schema is not None and default.schema not in schemas):
            continue
        if not speaks_for(catalog, default.role):
            continue  # the exit gate tells what is left
        change = policies.defaults_closed(catalog, default, tenancy.request_roles)
        if not change.do:
            continue
        where = "everywhere" if default.schema is None else f"in {default.schema}"
        yield Step(
            id=f"enforce/defaults/{default.role}/{default.schema or '*'}",
            title=f"tables that {default.role} makes {where} are granted to no request role by themselves",
            action=Transaction(change.do),
            undo=UndoWith((Transaction(change.undo),)),
            effect=change.effect,
            proves="the next table is not open to everybody before somebody says so (R11)",
        )


def new_tables(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Iterator[Step]:
    """The event trigger that closes new tables; only a superuser may make one, otherwise the exit gate looks for them."""
    if not catalog.current_user_superuser:
        return
    schemas = sorted({table.name.schema for _, table in relations(tenancy, catalog)})
    text = sqltext.fill(
        sqltext.load("ringfence.plan", "new_tables_v1"),
        schemas=", ".join(quote_literal(s).strip() for s in schemas),
        owner=quote_literal(isolation.owner).strip(),
    )
    tags = ", ".join(quote_literal(t) for t in NEW_TABLE_TAGS)
    create = (
        f"create event trigger {NEW_TABLES} on ddl_command_end when tag in ({tags})"
        f" execute function {NEW_TABLES_FUNCTION.sql}()"
    )
    yield Step(
        id="enforce/new_tables",
        title="row security is on for every new table, however it is made",
        action=Transaction((*(ddl.plain(s) for s in postgast.split(text)), ddl.plain(create))),
        undo=UndoWith(
            (
                Transaction(
                    (
                        ddl.plain(f"drop event trigger if exists {NEW_TABLES}"),
                        ddl.plain(f"drop function if exists {NEW_TABLES_FUNCTION.sql}()"),
                    )
                ),
            )
        ),
        effect=(
            EventTriggerAdded(EventTrigger(NEW_TABLES, "ddl_command_end", NEW_TABLES_FUNCTION, "O", NEW_TABLE_TAGS)),
        ),
        proves="CREATE TABLE AS, SELECT INTO and new partitions are seen too (O3, O18)",
    )


def break_glass(isolation: Isolation) -> Iterator[Step]:
    """A way past row security for minutes, by name, with a reason that is kept."""
    if not isolation.break_glass:
        return
    make = role_made(
        BREAK_GLASS,
        "nologin nosuperuser bypassrls nocreaterole nocreatedb noreplication",
        "rolcanlogin or rolsuper or not rolbypassrls or rolcreaterole or rolreplication",
    )
    logins = ", ".join(quote_ident(login) for login in isolation.break_glass)
    text = sqltext.fill(
        sqltext.load("ringfence.plan", "break_glass_v1"),
        role=quote_literal(BREAK_GLASS),
        minutes_max=str(isolation.break_glass_minutes_max),
        logins=logins,
    )
    functions = (
        "ringfence.break_glass_open(text, integer), ringfence.break_glass_close(),"
        " ringfence.break_glass_close_expired(), ringfence.break_glass_take_back(text)"
    )
    revokes: list[Statement] = [
        ddl.plain(f"revoke {quote_ident(BREAK_GLASS)} from {logins}"),
        ddl.plain(f"revoke usage on schema ringfence from {logins}"),
    ]
    change = Change(
        (ddl.plain(make), *(ddl.plain(s) for s in postgast.split(text))),
        (ddl.plain(f"drop function if exists {functions}"), *revokes),
    )
    yield Step(
        id="enforce/break_glass",
        title=f"{', '.join(isolation.break_glass)} may pass row security for {isolation.break_glass_minutes_max} minutes",
        action=Transaction(change.do),
        undo=UndoWith((Transaction(change.undo),)),
        needs=(
            may_create_roles(),
            Privilege(
                "may make a role that passes row security",
                "select r.rolsuper or (r.rolbypassrls and pg_catalog.current_setting('server_version_num')::int >= 160000)"
                f" or exists (select from pg_catalog.pg_roles g where g.rolname = {quote_literal(BREAK_GLASS)}"
                " and g.rolbypassrls) as allowed from pg_catalog.pg_roles r where r.rolname = current_user",
                grant=f"create role {quote_ident(BREAK_GLASS)} nologin bypassrls;    -- by a superuser",
            ),
        ),
        proves="nobody needs the service role in an emergency; uses stay in ringfence.break_glass_uses",
    )
