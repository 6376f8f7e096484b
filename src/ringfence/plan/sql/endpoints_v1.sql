-- Which side of the application answers which endpoint, what was seen of it, and why it was changed.
-- Installed by phase 3. The logins of request traffic may touch none of it; a login of its own calls the two functions
-- below, so that SQL slipped into a tenant's transaction cannot send an endpoint back to the side without tenants.
create table ringfence.endpoints (
    endpoint text primary key check (pg_catalog.char_length(endpoint) between 1 and 200),
    mode text not null default 'legacy' check (mode in ('legacy', 'shadow', 'tenant_share', 'tenant')),
    percent numeric(5, 2) check (percent between 0 and 100),
    error_share_max numeric not null default 0.01 check (error_share_max between 0 and 1),
    difference_share_max numeric not null default 0.001 check (difference_share_max between 0 and 1),
    observed_min integer not null default 50 check (observed_min > 0),
    falls_back boolean not null default true,
    revision bigint not null default 1,
    mode_since timestamptz not null default pg_catalog.now(),
    check ((mode = 'tenant_share') = (percent is not null))
);
comment on table ringfence.endpoints is 'Which side of the application answers which endpoint';

-- Ten seconds a row, so that a fault of this minute is not hidden behind the successes of last week.
create table ringfence.endpoint_counts (
    endpoint text not null references ringfence.endpoints on delete cascade,
    revision bigint not null,
    slot timestamptz not null,
    legacy_answers bigint not null,
    tenant_answers bigint not null,
    tenant_runs bigint not null,
    tenant_errors bigint not null,
    compared bigint not null,
    differed bigint not null,
    skipped bigint not null,
    primary key (endpoint, revision, slot)
);
create index "endpoint_counts_slot" on ringfence.endpoint_counts ("slot");
comment on table ringfence.endpoint_counts is 'What the workers saw of each endpoint, ten seconds a row, kept for a day';

create table ringfence.endpoint_events (
    id bigint generated always as identity primary key,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    endpoint text not null,
    kind text not null check (kind in ('set', 'fallback')),
    mode_before text,
    percent_before numeric(5, 2),
    mode_after text not null,
    percent_after numeric(5, 2),
    revision bigint not null,
    reason text not null,
    login text not null default session_user
);
create index "endpoint_events_endpoint" on ringfence.endpoint_events ("endpoint", "id");
comment on table ringfence.endpoint_events is 'Every change of an endpoint, by whom and why';

revoke all on ringfence.endpoints, ringfence.endpoint_counts, ringfence.endpoint_events from public;

-- What a worker calls twice a second: its counts in, the modes out, in one round trip and without a session, so that it
-- also works through a transaction pooler, where LISTEN does not.
create function ringfence.exchange_endpoints_v1(counts jsonb) returns table (
    endpoint text, mode text, percent numeric, error_share_max numeric, difference_share_max numeric,
    observed_min integer, falls_back boolean, revision bigint,
    tenant_runs bigint, tenant_errors bigint, compared bigint, differed bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
-- a worker that waits here shows its application yesterday's modes
set lock_timeout = '300ms'
as $function$
#variable_conflict use_column
begin
    if jsonb_array_length(counts) > 0 then
        -- An endpoint that the application has and nobody named is listed as legacy. In order, so that two workers
        -- never wait for each other; bounded, so that names made of paths cannot fill the table.
        insert into ringfence.endpoints (endpoint)
            select distinct c ->> 'endpoint' from jsonb_array_elements(counts) c
            where char_length(c ->> 'endpoint') between 1 and 200
                and not exists (select from ringfence.endpoints e where e.endpoint = c ->> 'endpoint')
            order by 1
            limit greatest(0, 1000 - (select count(*) from ringfence.endpoints))
            on conflict do nothing;
        insert into ringfence.endpoint_counts as k
            select c.endpoint, c.revision, date_bin('10 seconds', now(), 'epoch'), sum(greatest(c.legacy_answers, 0)),
                sum(greatest(c.tenant_answers, 0)), sum(greatest(c.tenant_runs, 0)),
                sum(greatest(c.tenant_errors, 0)), sum(greatest(c.compared, 0)), sum(greatest(c.differed, 0)),
                sum(greatest(c.skipped, 0))
            from jsonb_to_recordset(counts) as c (
                endpoint text, revision bigint, legacy_answers bigint, tenant_answers bigint, tenant_runs bigint,
                tenant_errors bigint, compared bigint, differed bigint, skipped bigint
            )
            join ringfence.endpoints e on e.endpoint = c.endpoint
            group by c.endpoint, c.revision
            order by c.endpoint, c.revision
            on conflict (endpoint, revision, slot) do update set
                legacy_answers = k.legacy_answers + excluded.legacy_answers,
                tenant_answers = k.tenant_answers + excluded.tenant_answers,
                tenant_runs = k.tenant_runs + excluded.tenant_runs,
                tenant_errors = k.tenant_errors + excluded.tenant_errors,
                compared = k.compared + excluded.compared,
                differed = k.differed + excluded.differed,
                skipped = k.skipped + excluded.skipped;
        delete from ringfence.endpoint_counts k using (
            select o.endpoint, o.revision, o.slot from ringfence.endpoint_counts o
                where o.slot < now() - interval '1 day' limit 1000 for update skip locked
        ) o where k.endpoint = o.endpoint and k.revision = o.revision and k.slot = o.slot;
    end if;
    return query
        select e.endpoint, e.mode, e.percent, e.error_share_max, e.difference_share_max, e.observed_min, e.falls_back,
            e.revision, coalesce(s.runs, 0), coalesce(s.errors, 0), coalesce(s.compared, 0), coalesce(s.differed, 0)
        from ringfence.endpoints e
        left join lateral (
            select sum(k.tenant_runs)::bigint as runs, sum(k.tenant_errors)::bigint as errors,
                sum(k.compared)::bigint as compared, sum(k.differed)::bigint as differed
            from ringfence.endpoint_counts k
            where k.endpoint = e.endpoint and k.revision = e.revision and k.slot > now() - interval '60 seconds'
        ) s on true;
end
$function$;

-- What a worker calls when its rules say that an endpoint must go back. Of many workers that say so, one is first: the
-- revision is another one afterwards.
create function ringfence.fall_back_v1(endpoint_name text, seen_revision bigint, reason text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $function$
declare
    old record;
begin
    select * into old from ringfence.endpoints e
        where e.endpoint = endpoint_name and e.revision = seen_revision and e.mode <> 'legacy' and e.falls_back
        for update;
    if not found then
        return false;
    end if;
    update ringfence.endpoints e set mode = 'legacy', percent = null, revision = e.revision + 1, mode_since = now()
        where e.endpoint = endpoint_name;
    insert into ringfence.endpoint_events
        (endpoint, kind, mode_before, percent_before, mode_after, percent_after, revision, reason)
        values (endpoint_name, 'fallback', old.mode, old.percent, 'legacy', null, old.revision + 1, left(reason, 500));
    return true;
end
$function$;

-- What the operator's command calls; null keeps what is. Invoker's rights: whoever may write the table may call it.
create function ringfence.set_endpoint_v1(
    endpoint_name text, new_mode text, new_percent numeric, new_error_share_max numeric,
    new_difference_share_max numeric, new_observed_min integer, new_falls_back boolean, reason text
) returns void
language plpgsql volatile security invoker
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $function$
declare
    old record;
    known boolean;
begin
    select * into old from ringfence.endpoints e where e.endpoint = endpoint_name for update;
    known := found;
    insert into ringfence.endpoints as e (endpoint) values (endpoint_name) on conflict do nothing;
    update ringfence.endpoints e set
        mode = coalesce(new_mode, e.mode),
        percent = case
            when coalesce(new_mode, e.mode) = 'tenant_share' then coalesce(new_percent, e.percent)
        end,
        error_share_max = coalesce(new_error_share_max, e.error_share_max),
        difference_share_max = coalesce(new_difference_share_max, e.difference_share_max),
        observed_min = coalesce(new_observed_min, e.observed_min),
        falls_back = coalesce(new_falls_back, e.falls_back),
        -- what was seen under the old setting says nothing about the new one
        revision = e.revision + 1,
        mode_since = case when coalesce(new_mode, e.mode) = e.mode and known then e.mode_since else now() end
        where e.endpoint = endpoint_name;
    insert into ringfence.endpoint_events
        (endpoint, kind, mode_before, percent_before, mode_after, percent_after, revision, reason)
        select endpoint_name, 'set', old.mode, old.percent, e.mode, e.percent, e.revision, left(set_endpoint_v1.reason, 500)
        from ringfence.endpoints e where e.endpoint = endpoint_name;
end
$function$;

revoke all on function ringfence.exchange_endpoints_v1(jsonb) from public;
revoke all on function ringfence.fall_back_v1(text, bigint, text) from public;
revoke all on function ringfence.set_endpoint_v1(text, text, numeric, numeric, numeric, integer, boolean, text) from public;
