-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  organizationId uuid
-- users          public."User" by id
-- organizations  public."Organization", created
-- memberships    public."Membership", created
-- assignment     users with the same domain in email share an organization
-- tenant table   public."Session": "userId" -> home organization of that user
-- tenant table   public."Trace": "userId" -> home organization of that user
-- tenant table   public."Span": "traceId" -> public."Trace"; of two parents the first decides
-- excluded table public."User": excluded, as the file says
--
-- Run with psql as the migrating role, never inside a transaction. `ringfence apply` does the same
-- with a journal, bounded retries of every lock, and batches that give way to the application.
-- Where a lock is not granted in time the script stops: nothing of that step remains.
-- =================================================================================================
\set ON_ERROR_STOP on
set search_path = '';
set row_security = off;
set client_connection_check_interval = '200ms';
set idle_in_transaction_session_timeout = '60s';
create schema if not exists ringfence;

-- =================================================================================================
-- PHASE 0 prepare: backup, monitoring, migration log, session tracking, validated counts
-- =================================================================================================

-- gate RFG-PRIVILEGES: the migrating role may do every later step; grant what is listed, as the owner of the object or an administrator, then apply again
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select subject, detail from (
select 'CREATE on schema public', 'grant create on schema "public" to current_user' where not coalesce((select pg_catalog.has_schema_privilege('public', 'CREATE') as allowed), false)
union all
select 'REFERENCES on public."User"', 'grant references on "public"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public."Membership"', 'grant select on "public"."Membership" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."Membership"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public."User"', 'grant trigger on "public"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on public."User"', 'grant select on "public"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public."Session"', 'grant <owner of public."Session"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Session"'::pg_catalog.regclass), false)
union all
select 'owner of public."Trace"', 'grant <owner of public."Trace"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Trace"'::pg_catalog.regclass), false)
union all
select 'owner of public."Span"', 'grant <owner of public."Span"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Span"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public."Organization"', 'grant references on "public"."Organization" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."Organization"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public."Trace"', 'grant references on "public"."Trace" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."Trace"'), 'REFERENCES'), true) as allowed), false)
) missing (subject, detail)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-PRIVILEGES: ' || subject, detail = detail;
  end if;
end
$do$;

-- 0.1 tables and helpers in schema ringfence
--   id      prepare/objects
--   proves  our objects are there and no request role can reach them
--   needs   CREATE on the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table if not exists ringfence.tenant_choices (
  table_name text not null,
  row_key text not null,
  organization_key text not null,
  owner_key text,
  primary key (table_name, row_key)
);
comment on table ringfence.tenant_choices is
  'Rows whose tenant a person or new code chose although another would be derived; valid while the owner is the same.';
create table if not exists ringfence.assignment_mapping (
  user_key text not null,
  organization text not null,
  home boolean not null default true,
  primary key (user_key, organization)
);
comment on table ringfence.assignment_mapping is 'The operator''s mapping file: which user belongs to which organization.';
create table if not exists ringfence.kept_rows (
  table_name text not null,
  row_key text not null,
  document jsonb not null,
  primary key (table_name, row_key)
);
comment on table ringfence.kept_rows is
  'Organizations and memberships saved by a revert, used first when the phase is applied again.';
create table if not exists ringfence.session_samples (
  login text not null,
  application text not null,
  first_seen timestamptz not null default pg_catalog.now(),
  last_seen timestamptz not null default pg_catalog.now(),
  connections_max integer not null default 0,
  oldest_backend_start timestamptz,
  primary key (login, application)
);
comment on table ringfence.session_samples is 'Which logins and applications have been seen connected, and when last.';
-- The same key gives the same organization for ever, so revert and re-apply agree on who is who.
create or replace function ringfence.organization_id_v1(key text) returns uuid
language sql immutable parallel safe strict
begin atomic
  select pg_catalog.md5('ringfence:organization:' || key)::uuid;
end;
revoke all on function ringfence.organization_id_v1(text) from public;
commit;
-- undo: nothing, schema ringfence stays: it holds the journal and what people decided

-- 0.2 which logins and applications are connected, and how old their sessions are
--   id      prepare/sessions
--   proves  old clients can be told from new ones by login and application
-- not SQL: reads pg_stat_activity and notes each login and application in ringfence.session_samples
-- undo: nothing, only measures

-- 0.3 latency and errors before anything changes
--   id      prepare/baseline
--   proves  slower can be measured
-- not SQL: reads the server's statistics: latency, errors, locks and size before anything changes
-- undo: nothing, only measures

-- 0.4 backup, restored into a scratch server and compared row by row in sum
--   id      prepare/backup
--   proves  the backup restores to equal counts and checksums for every table
-- not SQL: pg_dump in directory format, restored into a scratch server and compared table by table, jobs = 2, mode = none
-- by hand: pg_dump --format=directory --file=DIRECTORY, then pg_restore it elsewhere
-- undo: nothing, a backup is kept

-- =================================================================================================
-- PHASE 1 expand: client column with defaults on every tenant table, organizations, memberships
-- =================================================================================================

-- 1.1 table public."Organization"
--   id      expand/organizations
--   proves  organizations can be named, by nobody but the owner and the service role
--   needs   CREATE on schema public
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."Organization" (
  "id" uuid primary key default pg_catalog.gen_random_uuid(),
  "name" text not null,
  created_at timestamptz not null default pg_catalog.now()
);
alter table "public"."Organization" enable row level security;
revoke all on table "public"."Organization" from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop table if exists "public"."Organization";
--   commit;

-- 1.2 table public."Membership"
--   id      expand/memberships
--   proves  a user can belong to several organizations, one of them home
--   needs   CREATE on schema public; REFERENCES on public."User"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."Membership" (
  "user_id" text not null,
  "organization_id" uuid not null references "public"."Organization" ("id"),
  role text not null default 'member',
  "is_home" boolean not null default false,
  created_at timestamptz not null default pg_catalog.now(),
  primary key ("user_id", "organization_id")
);
create unique index "Membership_home_key" on "public"."Membership" ("user_id") where "is_home";
create index "Membership_members_idx" on "public"."Membership" ("organization_id", "user_id");
alter table "public"."Membership" enable row level security;
revoke all on table "public"."Membership" from public;
-- SHARE ROW EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Membership" add constraint "Membership_user_fkey" foreign key ("user_id") references "public"."User" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop table if exists "public"."Membership";
--   commit;

-- 1.3 one way to ask for a user's organizations
--   id      expand/views
--   proves  home and active memberships are defined once
--   needs   SELECT on public."Membership"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "public"."Membership" m where m."is_home";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "public"."Membership" m where m."user_id" is not null and m."organization_id" is not null;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.4 the founding organization, the quarantine, and what a former run had decided
--   id      expand/founding
--   proves  decisions survive a revert
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into "public"."Organization" ("id", "name") values ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a', 'Founding organization'), ('0698f3c6-e359-a017-ceac-f7261f13a3ff', 'Quarantine') on conflict do nothing;
-- no table lock; lock 1 s, run 10 min
set local lock_timeout = 1000; set local statement_timeout = 600000;
insert into "public"."Organization"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"public"."Organization", k.document) r
where k.table_name = 'public."Organization"' on conflict do nothing;
insert into "public"."Membership"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"public"."Membership", k.document) r
where k.table_name = 'public."Membership"'
  and exists (select from "public"."User" u where u."id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in public."User" gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on public."User"; SELECT on public."User"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."assign_user"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  with given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "public"."User" u
) a) g
  where user_key = new."id"
  ), made as (
insert into "public"."Organization" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
  )
insert into "public"."Membership" ("user_id", "organization_id", "is_home")
select user_key, organization_key, home from given
on conflict do nothing;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."assign_user"() from public;
-- SHARE UPDATE EXCLUSIVE on public."User"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "public"."User" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public."Session"
--   id      expand/public."Session"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Session"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."organizationId";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."userId";
  end if;
  if given is not null and given is distinct from derived then
    if new."userId" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."userId" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."organizationId" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Session"() from public;
create or replace function "ringfence"."settle_public_Session"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Session" u set "organizationId" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
        where t."id" = new."id" and t."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."organizationId" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Session"() from public;
create or replace function "ringfence"."choice_public_Session"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."userId" and h.organization_key = new."organizationId") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public."Session"', new."id"::text, new."organizationId"::text, new."userId"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_Session"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_Session"();
--   drop function if exists "ringfence"."settle_public_Session"();
--   drop function if exists "ringfence"."fill_public_Session"();
--   commit;

-- 1.7 tenant column and fill triggers on public."Session"
--   id      expand/public."Session"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" add column "organizationId" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" alter column "organizationId" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Session" for each row execute function "ringfence"."fill_public_Session"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Session"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Session" deferrable initially deferred for each row when (new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Session"();
create trigger "ringfence_choice" after insert or update of "organizationId" on "public"."Session" for each row when (new."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Session"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Session";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Session";
--   drop trigger if exists "00_ringfence_settle" on "public"."Session";
--   drop trigger if exists "ringfence_choice" on "public"."Session";
--   -- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Session" drop column if exists "organizationId";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public."Trace"
--   id      expand/public."Trace"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Trace"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."organizationId";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."userId";
  end if;
  if given is not null and given is distinct from derived then
    if new."userId" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."userId" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."organizationId" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Trace"() from public;
create or replace function "ringfence"."settle_public_Trace"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Trace" u set "organizationId" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
        where t."id" = new."id" and t."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."organizationId" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Trace"() from public;
create or replace function "ringfence"."choice_public_Trace"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."userId" and h.organization_key = new."organizationId") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public."Trace"', new."id"::text, new."organizationId"::text, new."userId"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_Trace"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_Trace"();
--   drop function if exists "ringfence"."settle_public_Trace"();
--   drop function if exists "ringfence"."fill_public_Trace"();
--   commit;

-- 1.9 tenant column and fill triggers on public."Trace"
--   id      expand/public."Trace"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" add column "organizationId" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" alter column "organizationId" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Trace" for each row execute function "ringfence"."fill_public_Trace"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Trace" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Trace"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Trace" deferrable initially deferred for each row when (new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Trace"();
create trigger "ringfence_choice" after insert or update of "organizationId" on "public"."Trace" for each row when (new."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Trace"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Trace";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Trace";
--   drop trigger if exists "00_ringfence_settle" on "public"."Trace";
--   drop trigger if exists "ringfence_choice" on "public"."Trace";
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Trace" drop column if exists "organizationId";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public."Span"
--   id      expand/public."Span"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Span"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."organizationId";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."organizationId" into derived from "public"."Trace" p1
      where p1."id" = new."traceId" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."organizationId" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Span"() from public;
create or replace function "ringfence"."settle_public_Span"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Span" u set "organizationId" = s.tenant
  from (select d1_1."organizationId" as tenant from "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
        where t."id" = new."id" and t."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."organizationId" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Span"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_Span"();
--   drop function if exists "ringfence"."fill_public_Span"();
--   commit;

-- 1.11 tenant column and fill triggers on public."Span"
--   id      expand/public."Span"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Span" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" add column "organizationId" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" alter column "organizationId" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Span" for each row execute function "ringfence"."fill_public_Span"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Span" for each row when ((old."organizationId" is distinct from new."organizationId" or old."traceId" is distinct from new."traceId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Span"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Span" deferrable initially deferred for each row when (new."organizationId" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Span"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Span" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Span";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Span";
--   drop trigger if exists "00_ringfence_settle" on "public"."Span";
--   -- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Span" drop column if exists "organizationId";
--   commit;

-- 1.12 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into ringfence.kept_rows (table_name, row_key, document)
--   select 'public."Organization"', t."id"::text, pg_catalog.to_jsonb(t) from "public"."Organization" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into ringfence.kept_rows (table_name, row_key, document)
--   select 'public."Membership"', row(t."user_id", t."organization_id")::text, pg_catalog.to_jsonb(t) from "public"."Membership" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Session"', t."id"::text, t."organizationId"::text, t."userId"::text
--   from "public"."Session" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."organizationId" is not null and t."organizationId" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."organizationId" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Trace"', t."id"::text, t."organizationId"::text, t."userId"::text
--   from "public"."Trace" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."organizationId" is not null and t."organizationId" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."organizationId" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."Session"', 'organizationId'), ('"public"."Trace"', 'organizationId'), ('"public"."Span"', 'organizationId')) w (t, c)
where w.t is not null and (not exists (select from pg_catalog.pg_attribute a
    where a.attrelid = pg_catalog.to_regclass(w.t) and a.attname = w.c and not a.attisdropped)
  or (select count(*) from pg_catalog.pg_trigger g where g.tgrelid = pg_catalog.to_regclass(w.t)
    and g.tgname ~ 'zzz_ringfence_fill_(insert|update)$' and g.tgenabled in ('O', 'A')) < 2)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-FILL: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 2 backfill: organizations assigned, references consistent, NOT NULL
-- =================================================================================================

-- 2.1 organizations and memberships for every user that has none
--   id      backfill/memberships
--   proves  every user has exactly one home organization
--   needs   SELECT on public."User"
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."id" as user_key from "public"."User" w
  where not exists (select from "public"."Membership" x where x."user_id" = w."id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "public"."User" u
) a) g
join waiting using (user_key)
), made as (
insert into "public"."Organization" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
)
insert into "public"."Membership" ("user_id", "organization_id", "is_home")
select user_key, organization_key, home from given
on conflict do nothing$again$ using 5000::bigint;
    get diagnostics changed = row_count;
    commit;
    exit when changed = 0;
  end loop;
end
$do$;
-- undo: nothing, the rows go with their tables, and are kept first by expand/decisions

-- 2.2 statistics of public."Membership", which every later question joins
--   id      backfill/statistics
--   proves  batches are planned for the number of users there is
begin;
-- SHARE UPDATE EXCLUSIVE on public."Membership"; lock 1.5 s, run 10 min
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 600000;
analyze "public"."Membership";
commit;
-- undo: nothing, statistics only

-- 2.3 the right tenant for every row of public."Session"
--   id      backfill/public."Session"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Session"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Session";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Session"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Session" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId"), row(new."id", new."userId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Session"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Session"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public."Trace"
--   id      backfill/public."Trace"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Trace"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Trace";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Trace"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Trace" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId"), row(new."id", new."userId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Trace"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Trace"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public."Span"
--   id      backfill/public."Span"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Span"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Span";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
where t."organizationId" is distinct from coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."organizationId" is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Span"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."organizationId" is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Span" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."traceId", old."parentId"), row(new."id", new."traceId", new."parentId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Span"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Span"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 every new row of public."Session" must have a tenant
--   id      backfill/public."Session"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" add constraint "Session_organizationId_present" check ("organizationId" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Session" drop constraint if exists "Session_organizationId_present";
--   commit;

-- 2.7 prove Session_organizationId_present for the rows already in public."Session"
--   id      backfill/public."Session"/validate/Session_organizationId_present
--   proves  Session_organizationId_present holds for every row
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Session" validate constraint "Session_organizationId_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.8 public."Session".organizationId is NOT NULL
--   id      backfill/public."Session"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" alter column "organizationId" set not null;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" drop constraint if exists "Session_organizationId_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Session" alter column "organizationId" drop not null;
--   commit;

-- 2.9 every new row of public."Trace" must have a tenant
--   id      backfill/public."Trace"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" add constraint "Trace_organizationId_present" check ("organizationId" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Trace" drop constraint if exists "Trace_organizationId_present";
--   commit;

-- 2.10 prove Trace_organizationId_present for the rows already in public."Trace"
--   id      backfill/public."Trace"/validate/Trace_organizationId_present
--   proves  Trace_organizationId_present holds for every row
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Trace" validate constraint "Trace_organizationId_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.11 public."Trace".organizationId is NOT NULL
--   id      backfill/public."Trace"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" alter column "organizationId" set not null;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" drop constraint if exists "Trace_organizationId_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Trace" alter column "organizationId" drop not null;
--   commit;

-- 2.12 every new row of public."Span" must have a tenant
--   id      backfill/public."Span"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Span" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" add constraint "Span_organizationId_present" check ("organizationId" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Span" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Span" drop constraint if exists "Span_organizationId_present";
--   commit;

-- 2.13 prove Span_organizationId_present for the rows already in public."Span"
--   id      backfill/public."Span"/validate/Span_organizationId_present
--   proves  Span_organizationId_present holds for every row
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Span" validate constraint "Span_organizationId_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.14 public."Span".organizationId is NOT NULL
--   id      backfill/public."Span"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Span" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" alter column "organizationId" set not null;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" drop constraint if exists "Span_organizationId_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Span" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Span" alter column "organizationId" drop not null;
--   commit;

-- 2.15 index Trace_organizationId_id_key on public."Trace" (organizationId, id)
--   id      backfill/public."Trace"/index/Trace_organizationId_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Trace"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Trace_organizationId_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Trace_organizationId_id_key";
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "Trace_organizationId_id_key" on "public"."Trace" ("organizationId", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Trace_organizationId_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Trace_organizationId_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Trace_organizationId_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Trace_organizationId_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.16 unique key (organizationId, id) on public."Trace", the target of tenant-consistent references
--   id      backfill/public."Trace"/unique/Trace_organizationId_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" add constraint "Trace_organizationId_id_key" unique using index "Trace_organizationId_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Trace" drop constraint if exists "Trace_organizationId_id_key";
--   commit;

-- 2.17 the tenant of public."Session" is an organization
--   id      backfill/public."Session"/reference/Session_organizationId_fkey
--   proves  the tenant of public."Session" is an organization, for every row written from here on
--   needs   owner of public."Session"; REFERENCES on public."Organization"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Organization"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Organization" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Session", public."Organization"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" add constraint "Session_organizationId_fkey" foreign key ("organizationId") references "public"."Organization" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Organization"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Organization" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session", public."Organization"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Session" drop constraint if exists "Session_organizationId_fkey";
--   commit;

-- 2.18 the tenant of public."Trace" is an organization
--   id      backfill/public."Trace"/reference/Trace_organizationId_fkey
--   proves  the tenant of public."Trace" is an organization, for every row written from here on
--   needs   owner of public."Trace"; REFERENCES on public."Organization"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Organization"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Organization" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Trace", public."Organization"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Trace" add constraint "Trace_organizationId_fkey" foreign key ("organizationId") references "public"."Organization" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Organization"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Organization" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace", public."Organization"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Trace" drop constraint if exists "Trace_organizationId_fkey";
--   commit;

-- 2.19 index Span_organizationId_traceId_idx on public."Span" (organizationId, traceId)
--   id      backfill/public."Span"/index/Span_organizationId_traceId_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Span"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Span_organizationId_traceId_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Span_organizationId_traceId_idx";
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Span_organizationId_traceId_idx" on "public"."Span" ("organizationId", "traceId");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Span_organizationId_traceId_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Span_organizationId_traceId_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Span_organizationId_traceId_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Span_organizationId_traceId_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.20 reference of public."Span" to public."Trace" that carries the tenant
--   id      backfill/public."Span"/reference/Span_organizationId_traceId_fkey
--   proves  reference of public."Span" to public."Trace" that carries the tenant, for every row written from here on
--   needs   owner of public."Span"; REFERENCES on public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Span" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Span", public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Span" add constraint "Span_organizationId_traceId_fkey" foreign key ("organizationId", "traceId") references "public"."Trace" ("organizationId", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Span" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Span", public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Span" drop constraint if exists "Span_organizationId_traceId_fkey";
--   commit;

-- 2.21 a last sweep over public."Session", now that references carry every change
--   id      backfill/public."Session"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Session"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Session"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Session" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId"), row(new."id", new."userId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Session"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Session"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.22 a last sweep over public."Trace", now that references carry every change
--   id      backfill/public."Trace"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Trace"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Trace"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Trace" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId"), row(new."id", new."userId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Trace"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Trace"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.23 a last sweep over public."Span", now that references carry every change
--   id      backfill/public."Span"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Span"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
where t."organizationId" is distinct from coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."organizationId" is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Span"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."organizationId" is distinct from coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."organizationId" is not null or t."organizationId" is null or t."organizationId" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Span" t set "organizationId" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."traceId", old."parentId"), row(new."id", new."traceId", new."parentId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Span"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Span"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.24 prove Session_organizationId_fkey for the rows already in public."Session"
--   id      backfill/public."Session"/validate/Session_organizationId_fkey
--   proves  Session_organizationId_fkey holds for every row
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session", public."Organization"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Session" validate constraint "Session_organizationId_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.25 prove Trace_organizationId_fkey for the rows already in public."Trace"
--   id      backfill/public."Trace"/validate/Trace_organizationId_fkey
--   proves  Trace_organizationId_fkey holds for every row
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace", public."Organization"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Trace" validate constraint "Trace_organizationId_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.26 prove Span_organizationId_traceId_fkey for the rows already in public."Span"
--   id      backfill/public."Span"/validate/Span_organizationId_traceId_fkey
--   proves  Span_organizationId_traceId_fkey holds for every row
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span", public."Trace"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Span" validate constraint "Span_organizationId_traceId_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 index Session_organizationId_id_idx on public."Session" (organizationId, id)
--   id      backfill/public."Session"/index/Session_organizationId_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Session"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Session_organizationId_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Session_organizationId_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Session_organizationId_id_idx" on "public"."Session" ("organizationId", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Session_organizationId_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Session_organizationId_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Session_organizationId_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Session_organizationId_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.28 index Span_organizationId_id_idx on public."Span" (organizationId, id)
--   id      backfill/public."Span"/index/Span_organizationId_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Span"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Span_organizationId_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Span_organizationId_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Span_organizationId_id_idx" on "public"."Span" ("organizationId", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Span_organizationId_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Span_organizationId_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Span_organizationId_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Span_organizationId_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.29 fill triggers of public."Session" in their lasting form
--   id      backfill/public."Session"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Session";
create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId")) execute function "ringfence"."fill_public_Session"();
drop trigger if exists "ringfence_choice" on "public"."Session";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Session"', t."id"::text, t."organizationId"::text, t."userId"::text
--   from "public"."Session" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."organizationId" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Session";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Session"();
--   drop trigger if exists "ringfence_choice" on "public"."Session";
--   create trigger "ringfence_choice" after insert or update of "organizationId" on "public"."Session" for each row when (new."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Session"();
--   commit;

-- 2.30 fill triggers of public."Trace" in their lasting form
--   id      backfill/public."Trace"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Trace"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Trace" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Trace";
create trigger "zzz_ringfence_fill_update" before update on "public"."Trace" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId")) execute function "ringfence"."fill_public_Trace"();
drop trigger if exists "ringfence_choice" on "public"."Trace";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Trace"', t."id"::text, t."organizationId"::text, t."userId"::text
--   from "public"."Trace" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."organizationId" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Trace"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Trace" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Trace"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Trace";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Trace" for each row when ((old."organizationId" is distinct from new."organizationId" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Trace"();
--   drop trigger if exists "ringfence_choice" on "public"."Trace";
--   create trigger "ringfence_choice" after insert or update of "organizationId" on "public"."Trace" for each row when (new."organizationId" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Trace"();
--   commit;

-- 2.31 fill triggers of public."Span" in their lasting form
--   id      backfill/public."Span"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Span"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Span" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Span";
create trigger "zzz_ringfence_fill_update" before update on "public"."Span" for each row when ((old."organizationId" is distinct from new."organizationId" or old."traceId" is distinct from new."traceId")) execute function "ringfence"."fill_public_Span"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Span"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Span" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Span"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Span";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Span" for each row when ((old."organizationId" is distinct from new."organizationId" or old."traceId" is distinct from new."traceId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Span"();
--   commit;

-- gate RFG-DIFFERS:public."Session": every row of public."Session" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Session" row ' || t."id"::text as subject,
  'has ' || coalesce(t."organizationId"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Session": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Trace": every row of public."Trace" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Trace" row ' || t."id"::text as subject,
  'has ' || coalesce(t."organizationId"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Trace" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Trace"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."organizationId" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."organizationId" is null or t."organizationId" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."organizationId"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."organizationId" is null or t."organizationId" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Trace": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Span": every row of public."Span" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Span" row ' || t."id"::text as subject,
  'has ' || coalesce(t."organizationId"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Span" t
  left join "public"."Trace" d1_1 on d1_1."id" = t."traceId"
where t."organizationId" is distinct from coalesce(d1_1."organizationId", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."organizationId" is not null or t."organizationId" is null or t."organizationId" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Span": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-VALIDATED: every tenant reference is validated, every tenant index valid; ringfence apply goes on with the step that makes it so
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select c.conrelid::pg_catalog.regclass::text as subject, c.conname || ' is not validated' as detail
from pg_catalog.pg_constraint c
where c.conrelid::pg_catalog.regclass = any (array['"public"."Session"', '"public"."Trace"', '"public"."Span"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'organizationId')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."Session"', '"public"."Trace"', '"public"."Span"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
