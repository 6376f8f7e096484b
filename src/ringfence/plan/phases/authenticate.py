"""Phase 3, authenticate: new tokens carry the tenant, old ones go on to work, and what is left of them is measured."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.catalog.model import Catalog, Trigger
from ringfence.names import quote_ident, quote_literal
from ringfence.plan import ddl, endpoints, keys, sessions
from ringfence.plan.model import (
    Check,
    Facts,
    Gate,
    LockMode,
    Phase,
    Step,
    Transaction,
    TriggerAdded,
    UndoWith,
)
from ringfence.plan.names import ours
from ringfence.plan.roles import bypassing
from ringfence.tenancy.authentication import Authentication
from ringfence.tenancy.model import Tenancy

TRIGGER = "ringfence_membership_ended"


def build(tenancy: Tenancy, catalog: Catalog, said: Authentication, facts: Facts) -> Phase:
    """Make phase 3 from the catalog before phase 1."""
    return Phase(
        number=3,
        name="authenticate",
        title="tokens carry the tenant, old ones work to the end of their life",
        entry=Gate("authenticate/entry", ()),
        steps=(
            objects(tenancy, said),
            epochs(tenancy, catalog, facts),
            *((signing_keys(said),) if said.issuers else ()),
            endpoint_modes(),
        ),
        exit=Gate("authenticate/exit", tuple(measured(said))),
    )


def objects(tenancy: Tenancy, said: Authentication) -> Step:
    """Tables, functions and the token hook; nothing calls them yet, and no session gets a tenant before a share is set."""
    made = sessions.session_objects(tenancy, said)
    needs = [ddl.table_privilege(tenancy.memberships.table, "SELECT"), bypassing()]
    if said.sessions is not None:
        needs.append(ddl.table_privilege(said.sessions.name, "SELECT"))
    return Step(
        id="authenticate/sessions",
        title="the organization of each session, the token hook, refresh tokens, and counts of what is left",
        action=Transaction(tuple(ddl.plain(sql) for sql in made.do)),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in made.undo)),)),
        needs=tuple(needs),
        proves="a token can say for which organization it was made, and nobody loses a session over it",
    )


def epochs(tenancy: Tenancy, catalog: Catalog, facts: Facts) -> Step:
    """A membership that ends is noted, so that a token from before does not hold for somebody who was added again."""
    m, limits = tenancy.memberships, tenancy.limits
    table = catalog.table(m.table)
    mine = table is None or table.owner == catalog.current_user
    aside = [ddl.step_aside(limits, m.table)] if mine or str(m.table) in facts.may_lock else []
    create = (
        f"create trigger {quote_ident(TRIGGER)} after delete or update on {m.table.sql}"
        f" for each row execute function {ours(sessions.EPOCHS).sql}()"
    )
    # a function takes its triggers along, whoever owns the table
    drop = f"drop function if exists {ours(sessions.EPOCHS).sql}() cascade"
    made = Trigger(TRIGGER, "", ours(sessions.EPOCHS), "after", ("delete", "update"), True)
    return Step(
        id="authenticate/epochs",
        title=f"memberships of {m.table} that end are noted",
        action=Transaction((*aside, ddl.short(limits, create, LockMode.SHARE_ROW_EXCLUSIVE, m.table))),
        undo=UndoWith((Transaction((*aside, ddl.short(limits, drop, LockMode.ACCESS_EXCLUSIVE, m.table))),)),
        table=m.table,
        effect=(TriggerAdded(m.table, made),),
        needs=(ddl.table_privilege(m.table, "TRIGGER"),),
        proves="a removed member who is added again has to get a new token",
    )


def signing_keys(said: Authentication) -> Step:
    """Where the keys of an application that issues its own tokens are kept, their private halves encrypted."""
    made = keys.key_objects(said.issuers)
    return Step(
        id="authenticate/keys",
        title="signing keys of the application's own issuers",
        action=Transaction(tuple(ddl.plain(sql) for sql in made.do)),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in made.undo)),)),
        proves="tokens can be signed with a key that no verifier holds, and the key can be changed under way",
    )


def endpoint_modes() -> Step:
    """Where the modes of endpoints are kept; every endpoint is legacy until somebody sets it."""
    made = endpoints.endpoint_objects()
    return Step(
        id="authenticate/endpoints",
        title="which side of the application answers which endpoint",
        action=Transaction(tuple(ddl.plain(sql) for sql in made.do)),
        undo=UndoWith((Transaction(tuple(ddl.plain(sql) for sql in made.undo)),)),
        proves="endpoints can be switched one by one, and fall back by themselves",
    )


# --- the gate ----------------------------------------------------------------------------------------------------


def measured(said: Authentication) -> Iterator[Check]:
    """What must have been seen: requests with a tenant, no legacy token any more, endpoints on the new side."""
    yield Check(
        code="RFG-TENANT-CONTEXT",
        title=f"{said.tenant_share_min:.4g} of the requests have a tenant",
        sql=(
            "select 'requests without a tenant' as subject,\n"
            "  (t.several + t.none) || ' of ' || t.requests || ' requests: ' || t.several || ' of users of several organizations who"
            " have chosen none, ' || t.none || ' of users of none' as detail\n"
            f"from ({_counts(said.hours)}) t\n"
            f"where t.requests - t.several - t.none < {said.tenant_share_min!r} * t.requests"
        ),
        hint=(
            'let users of several organizations choose one (switch), or set [authenticate] several = "home";'
            " users of none need a membership. [gates] tenant_context_share_min is the bound"
        ),
        observed_sql=_observed(said, said.hours),
        acceptable=True,
    )
    days = said.legacy_lifetime_days
    for code, column, what, hint in (
        (
            "RFG-LEGACY-SIGNATURE",
            "t.legacy_signature",
            "with a legacy signature",
            "some issuer still signs with the old secret, or its tokens live longer than legacy_lifetime_days",
        ),
        (
            "RFG-LEGACY-TENANT",
            "t.resolved + t.several + t.none",
            "with a token that names no tenant",
            "widen the share: update ringfence.authenticate_settings set upgrade_share = 1, and wait for the refreshes",
        ),
    ):
        yield Check(
            code=code,
            title=f"no request {what} for {days} days, longer than any of them lives",
            sql=(
                f"select 'requests {what}' as subject, ({column}) || ' of ' || t.requests || ' requests' as detail\n"
                f"from ({_counts(days * 24)}) t where {column} > {said.legacy_share_max!r} * t.requests"
            ),
            hint=f"{hint}. The window may close when this holds; [gates] legacy_token_share_max is the bound",
            observed_sql=_observed(said, days * 24),
            acceptable=True,
        )
    yield Check(
        code="RFG-LEGACY-SESSIONS",
        title=f"no session of the last {days} days is left without a tenant",
        sql=(
            "select 'sessions without a tenant' as subject, count(*) || ' sessions, last seen '\n"
            "  || pg_catalog.to_char(pg_catalog.max(s.legacy_seen_at), 'YYYY-MM-DD HH24:MI TZ') as detail\n"
            "from ringfence.sessions s where s.legacy_seen_at > pg_catalog.now() - pg_catalog.make_interval(days => "
            f"{days})\n"
            "  and s.revoked_at is null and (s.tenant_since is null or s.tenant_since < s.legacy_seen_at)\n"
            "having count(*) > 0"
        ),
        hint="they get their tenant with the next refresh; those that never refresh are over when their token is",
        observed_sql=_observed(said, said.hours),
        acceptable=True,
    )
    yield Check(
        code="RFG-ENDPOINTS",
        title="every endpoint is answered by the side that knows tenants",
        sql=(
            "select e.endpoint as subject, e.mode || coalesce(' ' || e.percent || ' %', '') || ' since '\n"
            "  || pg_catalog.to_char(e.mode_since, 'YYYY-MM-DD HH24:MI TZ') as detail\n"
            f"from ringfence.endpoints e where e.mode <> {quote_literal('tenant')} order by 1 limit 100"
        ),
        hint="ringfence endpoints shows them; ringfence endpoints set moves one",
        observed_sql="select count(*) as observed from ringfence.endpoints",
        acceptable=True,
    )


def _counts(hours: int) -> str:
    """One row of sums over the last hours."""
    columns = ("with_tenant", "resolved", "several", "none", "legacy_signature")
    sums = ", ".join(f"coalesce(pg_catalog.sum(c.{k}), 0) as {k}" for k in columns)
    return (
        f"select {sums},\n    coalesce(pg_catalog.sum(c.with_tenant + c.resolved + c.several + c.none), 0) as requests\n"
        "  from ringfence.token_counts c\n"
        f"  where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => {hours})"
    )


def _observed(said: Authentication, hours: int) -> str:
    """Requests that were counted, zero unless counting went on from the beginning of that time to now.

    Silence proves nothing: workers that stopped counting would look like users who stopped using old tokens. So a day
    without a single request, or the hours that the gate of a shorter time allows, is a hole.
    """
    hole = min(hours, 24)
    return (
        f"select case when t.requests >= {said.requests_min}\n"
        f"  and t.first_slot <= pg_catalog.now() - pg_catalog.make_interval(hours => {hours})\n"
        f"  and t.hole <= pg_catalog.make_interval(hours => {hole + 1}) then t.requests::bigint else 0 end as observed\n"
        "from (select pg_catalog.sum(s.requests) as requests, pg_catalog.min(s.slot) as first_slot,\n"
        "    pg_catalog.max(s.until - s.slot) as hole\n"
        "  from (select c.slot, c.with_tenant + c.resolved + c.several + c.none as requests,\n"
        "      coalesce(pg_catalog.lead(c.slot) over (order by c.slot), pg_catalog.now()) as until\n"
        "    from ringfence.token_counts c\n"
        f"    where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => {hours + 25})) s) t"
    )
