-- What would be different under enforcement, found out on real statements: each is run as its own role and as the
-- canary, from one snapshot, and what differs is kept. Nothing of this is in the way of anybody who does not call it.
create unlogged table if not exists ringfence.shadow_observations (
  id bigint generated always as identity primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  endpoint text not null,
  command text not null,
  tables text[] not null,
  role_name text not null,
  canary text not null,
  query_hash text not null,
  rows_now bigint,
  rows_canary bigint,
  difference text
);
create index if not exists "shadow_observations_at_idx" on ringfence.shadow_observations ("at");
comment on table ringfence.shadow_observations is
  'Statements run as their own role and as the canary; difference is null where both saw the same. Holds no values.';

create table if not exists ringfence.shadow_canaries (
  role_name text primary key,
  canary text not null
);

create table if not exists ringfence.shadow_settings (
  only_row boolean primary key default true check (only_row),
  canary_share double precision not null default 0 check (canary_share between 0 and 1)
);
insert into ringfence.shadow_settings default values on conflict do nothing;
comment on table ringfence.shadow_settings is
  'Which share of users acts as the canary; an UPDATE widens it or takes it back, for the next request, without a lock.';
revoke all on ringfence.shadow_observations, ringfence.shadow_canaries, ringfence.shadow_settings from public;

-- Whether a user acts as the canary: the same answer each time, and whoever is in at five percent is in at ten.
create or replace function ringfence.in_canary_share(user_key text) returns boolean
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select ('x' || pg_catalog.substr(pg_catalog.md5('ringfence canary ' || user_key), 1, 8))::pg_catalog.bit(32)::bigint
    % 10000 < s.canary_share * 10000
  from ringfence.shadow_settings s
$function$;

-- The role that stands for another in comparisons; null: there is none.
create or replace function ringfence.canary_of(role_name text) returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select c.canary from ringfence.shadow_canaries c where c.role_name = canary_of.role_name
$function$;

-- The one organization of the user whom the claims name, where they name no tenant: a caller that knows nothing of
-- tenants yet has one all the same. Null where the claims name a tenant, where he belongs to none or to several, and for
-- logins whose claims are not believed.
create or replace function ringfence.only_client_id_v1() returns {{tenant_type}}
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
#variable_conflict use_column
<<ask>>
declare
  claims jsonb;
  user_text text;
  found_keys {{tenant_type}}[];
begin
  if (session_user in ({{gateways}})) is not true then
    return null;
  end if;
  claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  user_text := claims ->> 'sub';
  if claims #>> {{tenant_path}} is not null or ({{user_fits}}) is not true then
    return null;
  end if;
  -- two are enough to know that nobody can say which
  select array_agg(f.organization_key) into ask.found_keys from (
    select m.organization_key from {{active}} m where m.user_key = ask.user_text::{{user_type}} limit 2
  ) f;
  return case when cardinality(found_keys) = 1 then found_keys[1] end;
end
{{body}};

-- The tenant that a canary acts for: the caller's, or that of a caller who names none and belongs to one alone.
create or replace function ringfence.canary_client_id() returns {{tenant_type}}
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
begin
  return coalesce(ringfence.client_id(), ringfence.only_client_id_v1());
end
{{body}};

-- The claims of this request; where they name no tenant, with the only one that they can mean.
create or replace function ringfence.claims_with_tenant() returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as {{body}}
declare
  claims text := current_setting('request.jwt.claims', true);
  tenant text := ringfence.only_client_id_v1()::text;
begin
  if tenant is null then
    return claims;
  end if;
  return jsonb_set(
    case when jsonb_typeof(claims::jsonb -> ({{tenant_path}})[1]) = 'object' then claims::jsonb
         else jsonb_set(claims::jsonb, ({{tenant_path}})[1:1], '{}') end,
    {{tenant_path}}, to_jsonb(tenant))::text;
end
{{body}};

-- What a statement belongs to, when nobody says so: the application's own word, what Storage is at, the resource that
-- PostgREST was asked for (a path that is no name may hold somebody's data), or the program.
create or replace function ringfence.shadow_endpoint_v1() returns text
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select pg_catalog.left(coalesce(
    nullif(pg_catalog.current_setting('ringfence.endpoint', true), ''),
    nullif(pg_catalog.current_setting('storage.operation', true), ''),
    case when pg_catalog.current_setting('request.path', true) ~ '^/(rpc/)?[A-Za-z_][A-Za-z0-9_]*$'
      then pg_catalog.concat_ws(' ', nullif(pg_catalog.current_setting('request.method', true), ''),
                                pg_catalog.current_setting('request.path', true)) end,
    pg_catalog.current_setting('application_name'), ''), 120)
$function$;

-- How many rows a query gives a role, and a sum of their hashes. STABLE, so that two calls in one statement see one
-- snapshot: a row that somebody commits in between is no difference.
create or replace function ringfence.shadow_read_v1(role_name text, claims text, query text, out rows bigint, out digest numeric, out failed text)
language plpgsql stable
as $function$
declare
  before text := pg_catalog.current_setting('request.jwt.claims', true);
begin
  perform pg_catalog.set_config('role', role_name, true), pg_catalog.set_config('request.jwt.claims', claims, true);
  execute pg_catalog.format(
    'select pg_catalog.count(*), coalesce(pg_catalog.sum(pg_catalog.hashtextextended(q::pg_catalog.text, 0)::pg_catalog.numeric), 0) from (%s) q',
    query) into rows, digest;
  perform pg_catalog.set_config('role', 'none', true), pg_catalog.set_config('request.jwt.claims', before, true);
exception when others then
  failed := sqlstate;  -- what the role may not do is an answer too; the settings went back with the subtransaction
end
$function$;

-- How many rows a write touches as a role. It is rolled back in any case; numbers drawn from sequences are not.
create or replace function ringfence.shadow_write_v1(role_name text, claims text, query text, out rows bigint, out failed text)
language plpgsql
as $function$
declare
  touched bigint;
begin
  perform pg_catalog.set_config('role', role_name, true), pg_catalog.set_config('request.jwt.claims', claims, true);
  execute query;
  get diagnostics touched = row_count;
  set constraints all immediate;
  raise exception using errcode = 'RFS00';
exception
  when sqlstate 'RFS00' then
    rows := touched;
  when others then
    failed := sqlstate;
end
$function$;

-- What a statement would touch, as a role; null where the role may not run it.
create or replace function ringfence.shadow_plan_v1(role_name text, query text) returns jsonb
language plpgsql
as $function$
declare
  plan jsonb;
begin
  perform pg_catalog.set_config('role', role_name, true);
  execute 'explain (verbose, format json) ' || query into plan;
  perform pg_catalog.set_config('role', 'none', true);
  return plan;
exception when others then
  return null;  -- planning fails as running would (1/0 is computed here), and the comparison says with which error
end
$function$;

-- Runs a statement as a role and as its canary and keeps what came of it. Call it as the login, before SET ROLE, with
-- the request's claims set and values put into the statement; a share of requests is enough. Returns the difference,
-- null for none. In a read-only transaction nothing is kept but a line in the server's log.
create or replace function ringfence.shadow_compare(
  role_name text, query text, endpoint text default '', as_role text default null
) returns text
language plpgsql
as $function$
declare
  canary text := ringfence.canary_of(coalesce(as_role, role_name));
  claims text := pg_catalog.current_setting('request.jwt.claims', true);
  with_tenant text := ringfence.claims_with_tenant();
  statement text := pg_catalog.rtrim(query, E' \t\n;');
  place text := coalesce(nullif(endpoint, ''), ringfence.shadow_endpoint_v1());
  plan jsonb;
  command text;
  touched text[];
  now_rows bigint; now_digest numeric; now_failed text;
  then_rows bigint; then_digest numeric; then_failed text;
  difference text;
begin
  if canary is null then
    raise exception 'no canary stands for %', coalesce(as_role, role_name) using errcode = 'RF434';
  end if;
  plan := ringfence.shadow_plan_v1(role_name, statement);
  command := coalesce(
    pg_catalog.lower(pg_catalog.jsonb_path_query_first(plan, '$.** ? (@."Node Type" == "ModifyTable")."Operation"') #>> '{}'),
    'select');
  select coalesce(pg_catalog.array_agg(distinct t.name), '{}') into touched
  from pg_catalog.jsonb_path_query(plan, '$.** ? (exists (@."Relation Name") && exists (@."Schema"))') node,
  lateral (
    select '"' || pg_catalog.replace(n.nspname, '"', '""') || '"."' || pg_catalog.replace(c.relname, '"', '""') || '"' as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = coalesce(
      pg_catalog.pg_partition_root(pg_catalog.to_regclass(
        pg_catalog.format('%I.%I', node ->> 'Schema', node ->> 'Relation Name'))),
      pg_catalog.to_regclass(pg_catalog.format('%I.%I', node ->> 'Schema', node ->> 'Relation Name')))
  ) t;
  for attempt in 1 .. 2 loop
    if command = 'select' then
      select a.rows, a.digest, a.failed, b.rows, b.digest, b.failed
        into now_rows, now_digest, now_failed, then_rows, then_digest, then_failed
        from ringfence.shadow_read_v1(role_name, claims, statement) a,
             ringfence.shadow_read_v1(canary, with_tenant, statement) b;
    else
      select a.rows, a.failed into now_rows, now_failed from ringfence.shadow_write_v1(role_name, claims, statement) a;
      select b.rows, b.failed into then_rows, then_failed from ringfence.shadow_write_v1(canary, with_tenant, statement) b;
    end if;
    -- one that did not get its locks in time, or was the victim of a deadlock, says nothing about enforcement
    if now_failed in ('55P03', '40P01', '40001') or then_failed in ('55P03', '40P01', '40001') then
      return null;
    end if;
    difference := case
      when now_failed is not distinct from then_failed and now_failed is not null then null
      when then_failed is not null then 'fails under enforcement: ' || then_failed
      when now_failed is not null then 'fails today: ' || now_failed
      when then_rows < now_rows then 'fewer rows'
      when then_rows > now_rows then 'more rows'
      when now_digest is distinct from then_digest then 'other rows'
    end;
    -- a write has no snapshot to share: what somebody else did meanwhile will not happen twice
    exit when difference is null or command = 'select';
  end loop;
  if pg_catalog.current_setting('transaction_read_only')::boolean then
    raise log 'ringfence shadow: endpoint=% command=% tables=% difference=%', place, command, touched, coalesce(difference, 'none');
  else
    perform ringfence.shadow_record_v1(
      place, command, touched, role_name, canary, pg_catalog.md5(statement), now_rows, then_rows, difference);
  end if;
  return difference;
end
$function$;

create or replace function ringfence.shadow_record_v1(
  endpoint text, command text, tables text[], role_name text, canary text, query_hash text, rows_now bigint,
  rows_canary bigint, difference text
) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $function$
  insert into ringfence.shadow_observations
    (endpoint, command, tables, role_name, canary, query_hash, rows_now, rows_canary, difference)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
$function$;

revoke all on function ringfence.only_client_id_v1(), ringfence.in_canary_share(text), ringfence.canary_of(text), ringfence.claims_with_tenant(),
  ringfence.shadow_read_v1(text, text, text), ringfence.shadow_write_v1(text, text, text),
  ringfence.shadow_plan_v1(text, text), ringfence.shadow_compare(text, text, text, text),
  ringfence.shadow_record_v1(text, text, text[], text, text, text, bigint, bigint, text) from public;
-- the canaries' floor asks this one, and whoever is in a canary must be able to
grant execute on function ringfence.canary_client_id(), ringfence.shadow_endpoint_v1() to public;
