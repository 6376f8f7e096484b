"""Files of Supabase Storage: paths begin with the tenant, and old paths stay readable through who owns them (law 5.9).

The table `storage.objects` is the platform's and stays so: its owner, its row security and the application's policies on
it are left alone. What comes is a floor, as on every tenant table, that looks at the path instead of a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import postgast

from ringfence import sqltext
from ringfence.catalog.model import Catalog, Table
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import acl, ddl, derive, policies
from ringfence.plan.context import dollar_quote, fits
from ringfence.plan.model import Check, PlanRefused, Privilege, Step, Transaction, UndoWith
from ringfence.plan.names import ASKED, CANARY, CANARY_ASKED, FLOOR, POLICY_PREFIX
from ringfence.plan.policies import Change, together
from ringfence.tenancy.isolation import Isolation, Way
from ringfence.tenancy.model import Tenancy
from ringfence.tenancy.platform_tables import is_supabase

OBJECTS = QualifiedName("storage", "objects")
LOGIN = "supabase_storage_admin"


def table(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> Table | None:
    """The table of files where their paths are to begin with the tenant; None where nobody decided so.

    Raises PlanRefused where the floor would not hold, or would stop Storage.
    """
    found = objects(catalog)
    decision = isolation.decisions.get(str(OBJECTS))
    if found is None or decision is None or decision.way is not Way.TENANT:
        return None
    if not found.rls_enabled:
        raise PlanRefused(
            f"row security is off on {OBJECTS}, so no policy there holds",
            subject=str(OBJECTS),
            hint=f"alter table {OBJECTS.sql} enable row level security;    -- as {found.owner}, who owns it",
        )
    # roles belong to the whole server: one that may do nothing here is another database's
    works_here = {found.owner, *(item.grantee for item in acl.read(found.acl))}
    if LOGIN not in tenancy.gateways and LOGIN in works_here:
        raise PlanRefused(
            f"Storage logs in as {LOGIN}, whose claims are not believed: every request for a file would fail",
            subject=LOGIN,
            hint=f'[roles] gateways = ["authenticator", "{LOGIN}"]',
        )
    return found


def objects(catalog: Catalog) -> Table | None:
    """The table of files, where this is a Supabase project's database."""
    return catalog.table(OBJECTS) if is_supabase(catalog) else None


def helper(tenancy: Tenancy, phase: str) -> Step:
    """The function that says whose a file with an old path is."""
    organizations = tenancy.organizations
    slots = {
        "tenant_type": organizations.key_type,
        "user_type": tenancy.users.key_type,
        "user_fits": fits("ask.user_text", tenancy.users.key_type),
        "first_fits": fits("ask.first", organizations.key_type),
        "organizations": organizations.table.sql,
        "organization_key": quote_ident(organizations.key),
        "active": derive.ACTIVE,
    }
    text = sqltext.fill(sqltext.load("ringfence.plan", "files_v1"), body=dollar_quote(*slots.values()), **slots)
    gone = f"drop function if exists ringfence.old_file_v1(text, text, {organizations.key_type})"
    return Step(
        id=f"{phase}/files",
        title="whose a file is whose path does not begin with an organization",
        action=Transaction(tuple(ddl.plain(sql) for sql in postgast.split(text))),
        undo=UndoWith((Transaction((ddl.plain(gone),)),)),
        proves="files from before stay readable for whoever's organization owns them",
    )


def canary_floor(tenancy: Tenancy, isolation: Isolation, found: Table, canaries: Sequence[str]) -> Step:
    """Phase 4: the canaries see their tenant's files alone, everybody else what he saw."""
    change = _floor(tenancy, isolation, found, CANARY, CANARY_ASKED, canaries)
    return _step(
        tenancy,
        change,
        f"shadow/{OBJECTS}/canary",
        "canaries see files of their tenant alone; nobody else sees one less",
    )


def noting_floor(tenancy: Tenancy, isolation: Isolation, found: Table) -> Step:
    """Phase 4: what would be hidden or refused is noted, and let through."""
    change = policies.noting_file_floor(
        tenancy.limits, OBJECTS, isolation.note_one_in, owner=_owner(found), shared_buckets=isolation.shared_buckets
    )
    return _step(
        tenancy,
        change,
        f"shadow/{OBJECTS}/note",
        "requests for files of other tenants and for old paths are noted, a sample",
    )


def floor(tenancy: Tenancy, isolation: Isolation, found: Table) -> Step:
    """Phase 6: the floor for everybody; what phase 4 tried goes in the same transaction."""
    tried = [policies.dropped(tenancy.limits, OBJECTS, p) for p in found.policies if p.name.startswith(POLICY_PREFIX)]
    change = together(*tried, _floor(tenancy, isolation, found, FLOOR, ASKED, ("public",)))
    return _step(tenancy, change, f"enforce/{OBJECTS}/paths", "files belong to the tenant that their path begins with")


def _floor(tenancy: Tenancy, isolation: Isolation, found: Table, name: str, asked: str, roles: Sequence[str]) -> Change:
    return policies.file_floor(
        tenancy.limits, OBJECTS, name, asked, owner=_owner(found), roles=roles, shared_buckets=isolation.shared_buckets
    )


def _owner(found: Table, alias: str = "") -> str:
    """Who stored a file: `owner_id`, and in older versions of Storage `owner`."""
    if found.column("owner_id") is None:
        return f"{alias}owner::text"
    return f"{alias}owner_id" if found.column("owner") is None else f"coalesce({alias}owner_id, {alias}owner::text)"


def _step(tenancy: Tenancy, change: Change, step_id: str, title: str) -> Step:
    aside = ddl.step_aside(tenancy.limits, OBJECTS)
    return Step(
        id=step_id,
        title=title,
        action=Transaction((aside, *change.do)),
        undo=UndoWith((Transaction((aside, *change.undo)),)),
        table=OBJECTS,
        effect=change.effect,
        needs=(may_make_policies(),),
        proves="nobody reads, writes, moves or deletes a file of another tenant by guessing its path",
    )


def may_make_policies() -> Privilege:
    """Its owner may; on hosted Supabase `postgres` does not own it, and the platform's supautils lets it all the same."""
    return Privilege(
        f"policies on {OBJECTS}",
        "select (pg_catalog.pg_has_role(c.relowner, 'USAGE')\n"
        "  or coalesce(nullif(pg_catalog.current_setting('supautils.policy_grants', true), '')::jsonb\n"
        f"    -> current_user::text ? {quote_literal(str(OBJECTS))}, false))\n"
        "  and pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') as allowed\n"
        f"from pg_catalog.pg_class c where c.oid = {quote_literal(OBJECTS.sql)}::pg_catalog.regclass",
        grant=f"grant {LOGIN} to current_user;    -- by a superuser; hosted projects: migrate as postgres",
    )


# --- gates -------------------------------------------------------------------------------------------------------


def whose(tenancy: Tenancy, isolation: Isolation, found: Table) -> Check:
    """Files that nobody will see any more, and files that somebody else would: counted by bucket, never named."""
    organizations, key = tenancy.organizations.table.sql, quote_ident(tenancy.organizations.key)
    shared = ", ".join(quote_literal(b) for b in isolation.shared_buckets) or "null"
    return Check(
        code="RFG-FILES",
        title="every file has one tenant: by its path, or by its owner's only organization",
        sql=(
            "with files as (\n"
            f"  select o.bucket_id, {_owner(found, 'o.')} as owner_key, pg_catalog.split_part(o.name, '/', 1) as first,\n"
            f"    exists (select from {organizations} g where g.{key}::text = pg_catalog.split_part(o.name, '/', 1)) as named\n"
            f"  from {OBJECTS.sql} o\n"
            "), owners as (\n"
            f"  select m.user_key::text as owner_key, count(*) as many from {derive.ACTIVE} m group by 1\n"
            ")\n"
            "select f.bucket_id as subject, count(*)\n"
            "  || ' files begin with the key of an organization that their owner does not belong to: it will see them' as detail\n"
            "from files f where f.named and f.owner_key is not null and not exists (\n"
            f"  select from {derive.ACTIVE} m where m.user_key::text = f.owner_key and m.organization_key::text = f.first)\n"
            "group by f.bucket_id\n"
            "union all\n"
            "select f.bucket_id, count(*) || ' files have no owner, or one who belongs to no or to several organizations:'\n"
            "  || ' no end user will see them'\n"
            "from files f left join owners w on w.owner_key = f.owner_key\n"
            f"where not f.named and coalesce(w.many, 0) <> 1 and (f.bucket_id in ({shared})) is not true\n"
            "group by f.bucket_id\nlimit 100"
        ),
        hint=(
            "move them under their tenant with Storage's own move, as the service role: <organization>/<old path>; or name"
            " buckets that are everybody's in [isolation] shared_buckets"
        ),
        acceptable=True,
    )


def stands(isolation: Isolation) -> Check:
    """The floor is there for every command, TO PUBLIC, and row security is on."""
    del isolation
    own = f"SELECT ({ASKED})::text"
    return Check(
        code="RFG-FILE-FLOOR",
        title=f"{OBJECTS} has a floor for every command",
        sql=(
            f"select {quote_literal(str(OBJECTS))} as subject, case when c.oid is null then 'is gone'\n"
            "  when not c.relrowsecurity then 'row security is off' else 'its floor has a hole' end as detail\n"
            f"from (select pg_catalog.to_regclass({quote_literal(OBJECTS.sql)}) as oid) w\n"
            "left join pg_catalog.pg_class c on c.oid = w.oid\n"
            "where c.oid is null or not c.relrowsecurity\n"
            "  or not array['a', 'd', 'r', 'w']::text[] <@ array(\n"
            "    select p.polcmd from pg_catalog.pg_policy p where p.polrelid = c.oid and not p.polpermissive\n"
            f"      and p.polname::text ~ '^{FLOOR}' and p.polroles = '{{0}}'::oid[]\n"
            "      and pg_catalog.strpos(coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')\n"
            f"        || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), {quote_literal(own)}) > 0)::text[]"
        ),
        hint="ringfence status says which step makes it so; Supabase's dashboard can delete policies",
    )


def checks_before(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> Iterator[Check]:
    """What phase 6 asks about files before it begins."""
    found = table(tenancy, catalog, isolation)
    if found is not None:
        yield whose(tenancy, isolation, found)


def checks_after(tenancy: Tenancy, catalog: Catalog, isolation: Isolation) -> Iterator[Check]:
    """What phase 6 asks about files at its end."""
    if table(tenancy, catalog, isolation) is not None:
        yield stands(isolation)
