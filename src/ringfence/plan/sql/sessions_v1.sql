-- Which organization a session acts for, which sessions still come without one, and how refresh tokens turn.
-- Installed by phase 3. Request roles may touch none of it: the logins that the spec names call the functions below.
-- The tables stay when the phase is reverted: whoever is logged in is still logged in when it is applied again.
create table if not exists ringfence.sessions (
  session_key text primary key check (pg_catalog.char_length(session_key) between 1 and 200),
  user_key {{user_type}} not null,
  organization_key {{tenant_type}},
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  tenant_since timestamptz,
  legacy_seen_at timestamptz,
  counter bigint not null default 0,
  rotated_at timestamptz,
  revoked_at timestamptz,
  revoked_why text
);
create index if not exists "sessions_legacy_seen_at_idx" on ringfence.sessions ("legacy_seen_at") where "legacy_seen_at" is not null;
comment on table ringfence.sessions is
  'The organization of each session, once it has one; it is never replaced by another unless its user chooses. Holds no token.';

create table if not exists ringfence.token_versions (
  user_key {{user_type}} primary key,
  version integer not null default 1,
  since timestamptz not null default pg_catalog.clock_timestamp()
);
comment on table ringfence.token_versions is 'Users whose earlier tokens are all over, by version; everybody else has version 1.';

create table if not exists ringfence.membership_epochs (
  user_key {{user_type}},
  organization_key {{tenant_type}},
  epoch integer not null default 1,
  primary key (user_key, organization_key)
);
comment on table ringfence.membership_epochs is
  'How often a membership has ended, plus one: a token from before does not hold for somebody who was added again.';

create table if not exists ringfence.token_counts (
  slot timestamptz primary key,
  with_tenant bigint not null default 0,
  resolved bigint not null default 0,
  several bigint not null default 0,
  none bigint not null default 0,
  legacy_signature bigint not null default 0
);
comment on table ringfence.token_counts is
  'Requests by the minute: tenant in the token, found by membership, not found; and those with a legacy signature.';

create table if not exists ringfence.authenticate_settings (
  only_row boolean primary key default true check (only_row),
  upgrade_share double precision not null default 0 check (upgrade_share between 0 and 1)
);
insert into ringfence.authenticate_settings default values on conflict do nothing;
comment on table ringfence.authenticate_settings is
  'Which share of sessions gets its tenant with the next token; an UPDATE widens it or takes it back, without a lock.';
revoke all on ringfence.sessions, ringfence.token_versions, ringfence.membership_epochs, ringfence.token_counts,
  ringfence.authenticate_settings from public;

-- Whether a session gets its tenant: the same answer each time, and whoever is in at five percent is in at ten.
create or replace function ringfence.in_upgrade_share(session_key text) returns boolean
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select ('x' || pg_catalog.substr(pg_catalog.md5('ringfence upgrade ' || session_key), 1, 8))::pg_catalog.bit(32)::bigint
    % 10000 < s.upgrade_share * 10000
  from ringfence.authenticate_settings s
$function$;

-- Whether a user may act for an organization now. Suspended members and suspended organizations may not.
create or replace function ringfence.is_member_v1(user_key {{user_type}}, organization_key {{tenant_type}}) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
  select exists (
    select from {{memberships}} m
    where m.{{user_column}} = $1 and m.{{organization_column}} = $2{{active}}{{suspended}}
  )
$function$;

-- Whether a session is over in the table where the application, or Supabase, keeps its own.
create or replace function ringfence.session_gone_v1(session_key text) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as {{body}}
  select {{session_gone}}
{{body}};

-- The organization of a user who has chosen none: the only one there is{{home_comment}}. With several and no rule it is
-- null, and `several` says so: an invitation must not move anybody's work to another organization.
create or replace function ringfence.default_organization_v1(
  user_key {{user_type}}, out organization_key {{tenant_type}}, out memberships integer
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as {{body}}
#variable_conflict use_column
<<ask>>
declare
  found_keys {{tenant_type}}[];
begin
  select pg_catalog.array_agg(f.organization_key) into ask.found_keys from (
    select m.{{organization_column}} as organization_key from {{memberships}} m
    where m.{{user_column}} = $1{{active}}{{suspended}} limit 2
  ) f;
  memberships := coalesce(pg_catalog.cardinality(ask.found_keys), 0);
  organization_key := case when memberships = 1 then ask.found_keys[1] when memberships > 1 then {{several}} end;
end
{{body}};

-- What a request may do that was not asked in a tenant's own transaction: tokens without tenant, and strict checks.
-- Null for the organization: the session's own, else the user's default one. One row, always; `outcome` says how it ends.
create or replace function ringfence.standing_v1(
  session_key text, user_text text, organization_text text, token_version integer, membership_epoch integer,
  issued_at bigint, out outcome text, out organization text
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as {{body}}
<<ask>>
declare
  user_text text := standing_v1.user_text;
  user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
  tenant_text text := standing_v1.organization_text;
  tenant_key {{tenant_type}} := case when {{tenant_fits}} then ask.tenant_text::{{tenant_type}} end;
  version record;
  session record;
  fallback record;
begin
  outcome := 'none';
  if ask.user_key is null then
    return;
  end if;
  select v.version, v.since into ask.version from ringfence.token_versions v where v.user_key = ask.user_key;
  if found and coalesce(standing_v1.token_version < ask.version.version,
      coalesce(standing_v1.issued_at, 0) < pg_catalog.date_part('epoch', ask.version.since)) then
    outcome := 'old_version';
    return;
  end if;
  if standing_v1.session_key is not null then
    select s.user_key, s.organization_key, s.revoked_at into ask.session
      from ringfence.sessions s where s.session_key = standing_v1.session_key;
    if found and (ask.session.revoked_at is not null or ask.session.user_key <> ask.user_key)
        or ringfence.session_gone_v1(standing_v1.session_key) then
      outcome := 'session_ended';
      return;
    end if;
    if standing_v1.organization_text is null then
      ask.tenant_key := ask.session.organization_key;
    elsif ask.session.organization_key <> ask.tenant_key then
      outcome := 'other_organization';
      return;
    end if;
  end if;
  if ask.tenant_key is null and standing_v1.organization_text is null then
    select d.organization_key, d.memberships into ask.fallback from ringfence.default_organization_v1(ask.user_key) d;
    ask.tenant_key := ask.fallback.organization_key;
    if ask.tenant_key is null then
      outcome := case when ask.fallback.memberships > 1 then 'several' else 'none' end;
      return;
    end if;
  end if;
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    outcome := 'no_member';
    return;
  end if;
  if standing_v1.membership_epoch < (select e.epoch from ringfence.membership_epochs e
      where e.user_key = ask.user_key and e.organization_key = ask.tenant_key) then
    outcome := 'old_epoch';
    return;
  end if;
  outcome := 'member';
  organization := ask.tenant_key::text;
end
{{body}};

-- What the next token of a session says of its tenant; no row when it says nothing. The first one fixes the session's
-- organization. A session whose organization is over for its user gets none until the user chooses another.
create or replace function ringfence.issue_v1(session_key text, user_text text)
returns table (organization text, org_role text, token_version integer, membership_epoch integer)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as {{body}}
<<ask>>
declare
  user_text text := issue_v1.user_text;
  user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
  tenant_key {{tenant_type}};
  session record;
begin
  if ask.user_key is null or not coalesce(ringfence.in_upgrade_share(coalesce(issue_v1.session_key, issue_v1.user_text)), false) then
    return;
  end if;
  select s.user_key, s.organization_key, s.tenant_since, s.revoked_at into ask.session
    from ringfence.sessions s where s.session_key = issue_v1.session_key;
  if ask.session.revoked_at is not null or ask.session.user_key <> ask.user_key then
    return;
  end if;
  ask.tenant_key := coalesce(ask.session.organization_key,
    (select d.organization_key from ringfence.default_organization_v1(ask.user_key) d));
  -- at most once in a while, so that a refresh is a read: tenant_since only has to be later than what was seen without
  if ask.tenant_key is not null and issue_v1.session_key is not null and (
      ask.session.organization_key is null or ask.session.tenant_since is null
      or ask.session.tenant_since < pg_catalog.clock_timestamp() - interval '1 minute') then
    insert into ringfence.sessions as s (session_key, user_key, organization_key, tenant_since)
      values (issue_v1.session_key, ask.user_key, ask.tenant_key, pg_catalog.clock_timestamp())
      on conflict on constraint sessions_pkey do update
        set organization_key = coalesce(s.organization_key, excluded.organization_key), tenant_since = excluded.tenant_since
        where s.user_key = excluded.user_key and s.revoked_at is null
      returning s.organization_key into ask.tenant_key;
    if not found then
      return;
    end if;
  end if;
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    return;
  end if;
  return query select ask.tenant_key::text, {{role_of}},
    coalesce((select v.version from ringfence.token_versions v where v.user_key = ask.user_key), 1),
    coalesce((select e.epoch from ringfence.membership_epochs e
      where e.user_key = ask.user_key and e.organization_key = ask.tenant_key), 1);
end
{{body}};

-- The custom access token hook of Supabase Auth, called for each token it issues. It may fail in one direction only: the
-- token goes out without tenant, and its requests are resolved by membership. Nobody is locked out, and nobody gets a
-- tenant that is not his. Bounded far below the two seconds that Auth waits.
create or replace function ringfence.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $function$
<<ask>>
declare
  claims jsonb := event -> 'claims';
  metadata jsonb;
  issued record;
begin
  if pg_catalog.jsonb_typeof(claims) is distinct from 'object' then
    return event;
  end if;
  -- what stands there was not written by us, and may be of another day; #- fails where an array is in its way
  claims := claims - array['org_id', 'org_role', 'tv', 'mep'];
  if pg_catalog.jsonb_typeof(claims #> ({{tenant_path}})[1:pg_catalog.cardinality({{tenant_path}}) - 1]) = 'object' then
    claims := claims #- {{tenant_path}};
  end if;
  begin
    for issued in select * from ringfence.issue_v1(claims ->> 'session_id', event ->> 'user_id') loop
      metadata := pg_catalog.jsonb_build_object('org_id', issued.organization, 'tv', issued.token_version, 'mep', issued.membership_epoch);
      if issued.org_role is not null then
        metadata := metadata || pg_catalog.jsonb_build_object('org_role', issued.org_role);
      end if;
      claims := pg_catalog.jsonb_set(
        case when pg_catalog.jsonb_typeof(claims -> ({{tenant_path}})[1]) = 'object' or pg_catalog.cardinality({{tenant_path}}) = 1
          then claims else pg_catalog.jsonb_set(claims, ({{tenant_path}})[1:1], '{}') end,
        {{tenant_path}}, pg_catalog.to_jsonb(issued.organization)) || metadata;
    end loop;
  exception
    -- a cancelled query too: at its own limit Auth would take no answer for a refusal, and log nobody in
    when query_canceled or others then
      raise warning 'ringfence: a token goes out without tenant (%)', sqlstate;
  end;
  return pg_catalog.jsonb_set(event, '{claims}', claims);
end
$function$;

-- The user of a session chooses the organization it acts for; the next token says so.
create or replace function ringfence.switch_v1(session_key text, user_text text, organization_text text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as {{body}}
<<ask>>
declare
  user_text text := switch_v1.user_text;
  user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
  tenant_text text := switch_v1.organization_text;
  tenant_key {{tenant_type}} := case when {{tenant_fits}} then ask.tenant_text::{{tenant_type}} end;
begin
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    return 'no_member';
  end if;
  insert into ringfence.sessions as s (session_key, user_key, organization_key)
    values (switch_v1.session_key, ask.user_key, ask.tenant_key)
    on conflict on constraint sessions_pkey do update set organization_key = excluded.organization_key
    where s.user_key = excluded.user_key and s.revoked_at is null;
  return case when found then 'switched' else 'session_ended' end;
end
{{body}};

-- A family of refresh tokens begins, or an old session turns into one. Twice is harmless as long as nothing was made of
-- the first answer, since a client that never got it asks again.
create or replace function ringfence.start_session_v1(session_key text, user_text text, out outcome text, out counter bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as {{body}}
<<ask>>
declare
  user_text text := start_session_v1.user_text;
  user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
  known record;
begin
  outcome := 'unknown';
  if ask.user_key is null then
    return;
  end if;
  insert into ringfence.sessions (session_key, user_key) values (start_session_v1.session_key, ask.user_key)
    on conflict do nothing;
  select s.user_key, s.counter, s.revoked_at into ask.known
    from ringfence.sessions s where s.session_key = start_session_v1.session_key for update;
  if ask.known.user_key <> ask.user_key then
    return;
  end if;
  outcome := case when ask.known.revoked_at is not null then 'revoked' when ask.known.counter > 0 then 'reused' else 'started' end;
  counter := ask.known.counter;
end
{{body}};

-- A refresh token is used. Its family has one active token, the one with the family's counter. Its parent is answered with
-- the active one again (the answer was lost), and so is any older one within the grace (several requests at once). Any
-- other was copied by somebody, and nobody can tell who is the thief: the family ends (RFC 9700, 4.14.2).
create or replace function ringfence.refresh_v1(
  session_key text, presented bigint, grace_s integer, out outcome text, out user_text text, out counter bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
<<ask>>
declare
  known record;
begin
  select s.user_key, s.counter, s.rotated_at, s.revoked_at into ask.known
    from ringfence.sessions s where s.session_key = refresh_v1.session_key for update;
  if not found or presented > ask.known.counter then
    outcome := 'unknown';
    return;
  end if;
  if ask.known.revoked_at is not null or ringfence.session_gone_v1(refresh_v1.session_key) then
    outcome := 'revoked';
    return;
  end if;
  user_text := ask.known.user_key::text;
  counter := ask.known.counter;
  if presented = ask.known.counter then
    outcome := 'rotated';
    counter := ask.known.counter + 1;
    update ringfence.sessions s set counter = refresh_v1.counter, rotated_at = pg_catalog.clock_timestamp()
      where s.session_key = refresh_v1.session_key;
  elsif presented = ask.known.counter - 1
      or ask.known.rotated_at > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => grace_s) then
    outcome := 'repeated';
  else
    outcome := 'reused';
    update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = 'reused'
      where s.session_key = refresh_v1.session_key;
  end if;
end
$function$;

-- A session ends; its refresh tokens and, where sessions are looked at, its access tokens end with it.
create or replace function ringfence.end_session_v1(session_key text, why text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
  update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = $2
  where s.session_key = $1 and s.revoked_at is null
$function$;

-- All tokens of a user from before this moment are over, old and new.
create or replace function ringfence.sign_out_everywhere_v1(user_text text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as {{body}}
<<ask>>
declare
  user_text text := sign_out_everywhere_v1.user_text;
  user_key {{user_type}} := case when {{user_fits}} then ask.user_text::{{user_type}} end;
  version integer;
begin
  insert into ringfence.token_versions as v (user_key, version) values (ask.user_key, 2)
    on conflict on constraint token_versions_pkey do update set version = v.version + 1, since = pg_catalog.clock_timestamp()
    returning v.version into ask.version;
  update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = 'signed out everywhere'
    where s.user_key = ask.user_key and s.revoked_at is null;
  return ask.version;
end
{{body}};

-- What the workers counted, some seconds at a time: numbers, and the sessions that came without a tenant.
create or replace function ringfence.count_tokens_v1(counts jsonb, legacy jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as {{body}}
begin
  insert into ringfence.token_counts as c (slot, with_tenant, resolved, several, none, legacy_signature)
    select pg_catalog.date_trunc('minute', pg_catalog.clock_timestamp()), n.with_tenant, n.resolved, n.several, n.none, n.legacy_signature
    from pg_catalog.jsonb_to_record(counts) n (with_tenant bigint, resolved bigint, several bigint, none bigint, legacy_signature bigint)
    on conflict on constraint token_counts_pkey do update set
      with_tenant = c.with_tenant + excluded.with_tenant, resolved = c.resolved + excluded.resolved,
      several = c.several + excluded.several, none = c.none + excluded.none,
      legacy_signature = c.legacy_signature + excluded.legacy_signature;
  -- in one order, so that two workers never wait for one another in a circle
  insert into ringfence.sessions as s (session_key, user_key, legacy_seen_at)
    select distinct on (ask.session_text) ask.session_text, ask.user_text::{{user_type}}, pg_catalog.clock_timestamp()
    from pg_catalog.jsonb_to_recordset(legacy) l (s text, u text),
      lateral (select l.s as session_text, l.u as user_text) ask
    where pg_catalog.char_length(ask.session_text) between 1 and 200 and {{user_fits}}
    order by ask.session_text
    on conflict on constraint sessions_pkey do update set legacy_seen_at = excluded.legacy_seen_at
      where s.user_key = excluded.user_key;
end
{{body}};

-- Sessions that nobody has used for so long go, a bounded number at a time; whoever comes back logs in again.
create or replace function ringfence.forget_sessions_v1(quiet interval, rows_max integer) returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
  with gone as (
    delete from ringfence.sessions s where s.session_key in (
      select o.session_key from ringfence.sessions o
      where greatest(o.created_at, o.tenant_since, o.legacy_seen_at, o.rotated_at, o.revoked_at) < pg_catalog.clock_timestamp() - $1
      limit $2 for update skip locked)
    returning 1)
  select pg_catalog.count(*) from gone
$function$;

-- A membership that ends starts another epoch, so that a token from before does not hold when it begins again.
create or replace function ringfence.membership_ended_v1() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as {{body}}
begin
  if tg_op = 'UPDATE' then
    if new.{{user_column}} is not distinct from old.{{user_column}}
        and new.{{organization_column}} is not distinct from old.{{organization_column}}{{still_active}} then
      return null;
    end if;
  end if;
  if old.{{user_column}} is not null and old.{{organization_column}} is not null then
    insert into ringfence.membership_epochs as e (user_key, organization_key, epoch)
      values (old.{{user_column}}, old.{{organization_column}}, 2)
      on conflict on constraint membership_epochs_pkey do update set epoch = e.epoch + 1;
  end if;
  return null;
end
{{body}};

revoke all on function ringfence.in_upgrade_share(text), ringfence.is_member_v1({{user_type}}, {{tenant_type}}),
  ringfence.default_organization_v1({{user_type}}), ringfence.session_gone_v1(text),
  ringfence.standing_v1(text, text, text, integer, integer, bigint), ringfence.issue_v1(text, text),
  ringfence.custom_access_token_hook(jsonb), ringfence.switch_v1(text, text, text),
  ringfence.start_session_v1(text, text), ringfence.refresh_v1(text, bigint, integer),
  ringfence.end_session_v1(text, text), ringfence.sign_out_everywhere_v1(text), ringfence.count_tokens_v1(jsonb, jsonb),
  ringfence.forget_sessions_v1(interval, integer), ringfence.membership_ended_v1() from public;
