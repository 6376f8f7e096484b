-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  Tenant ID uuid
-- users          "Order Desk"."User" by Id
-- organizations  "Order Desk"."Organizations", created
-- memberships    "Order Desk"."User Organizations", created
-- assignment     users with the same domain in "E-Mail" share an organization
-- tenant table   "Order Desk".select: "User Id" -> home organization of that user
-- tenant table   "Order Desk"."Übergröße_straße_名前": "{curly}" -> "Order Desk".select
-- tenant table   public.a23456789_123456789_123456789_123456789_123456789_123456789_123: b23456789_123456789_123456789_123456789_123456789_123456789_123 -> home organization of that user
-- excluded table "Order Desk"."User": holds the users, who belong to organizations through memberships
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
select 'CREATE on schema Order Desk', 'grant create on schema "Order Desk" to current_user' where not coalesce((select pg_catalog.has_schema_privilege('Order Desk', 'CREATE') as allowed), false)
union all
select 'REFERENCES on "Order Desk"."User"', 'grant references on "Order Desk"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."User"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on "Order Desk"."User Organizations"', 'grant select on "Order Desk"."User Organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."User Organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on "Order Desk"."User"', 'grant trigger on "Order Desk"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."User"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on "Order Desk"."User"', 'grant select on "Order Desk"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."User"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of "Order Desk".select', 'grant <owner of "Order Desk".select> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"Order Desk"."select"'::pg_catalog.regclass), false)
union all
select 'owner of "Order Desk"."Übergröße_straße_名前"', 'grant <owner of "Order Desk"."Übergröße_straße_名前"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"Order Desk"."Übergröße_straße_名前"'::pg_catalog.regclass), false)
union all
select 'owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123', 'grant <owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on "Order Desk"."Organizations"', 'grant references on "Order Desk"."Organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."Organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on "Order Desk".select', 'grant references on "Order Desk"."select" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"Order Desk"."select"'), 'REFERENCES'), true) as allowed), false)
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

-- 1.1 table "Order Desk"."Organizations"
--   id      expand/organizations
--   proves  organizations can be named, by nobody but the owner and the service role
--   needs   CREATE on schema Order Desk
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "Order Desk"."Organizations" (
  "id" uuid primary key default pg_catalog.gen_random_uuid(),
  "name" text not null,
  created_at timestamptz not null default pg_catalog.now()
);
alter table "Order Desk"."Organizations" enable row level security;
revoke all on table "Order Desk"."Organizations" from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop table if exists "Order Desk"."Organizations";
--   commit;

-- 1.2 table "Order Desk"."User Organizations"
--   id      expand/memberships
--   proves  a user can belong to several organizations, one of them home
--   needs   CREATE on schema Order Desk; REFERENCES on "Order Desk"."User"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "Order Desk"."User Organizations" (
  "user_id" uuid not null,
  "organization_id" uuid not null references "Order Desk"."Organizations" ("id"),
  role text not null default 'member',
  "is_home" boolean not null default false,
  created_at timestamptz not null default pg_catalog.now(),
  primary key ("user_id", "organization_id")
);
create unique index "User Organizations_home_key" on "Order Desk"."User Organizations" ("user_id") where "is_home";
create index "User Organizations_members_idx" on "Order Desk"."User Organizations" ("organization_id", "user_id");
alter table "Order Desk"."User Organizations" enable row level security;
revoke all on table "Order Desk"."User Organizations" from public;
-- SHARE ROW EXCLUSIVE on "Order Desk"."User"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."User Organizations" add constraint "User Organizations_user_fkey" foreign key ("user_id") references "Order Desk"."User" ("Id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on "Order Desk"."User"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop table if exists "Order Desk"."User Organizations";
--   commit;

-- 1.3 one way to ask for a user's organizations
--   id      expand/views
--   proves  home and active memberships are defined once
--   needs   SELECT on "Order Desk"."User Organizations"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "Order Desk"."User Organizations" m where m."is_home";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "Order Desk"."User Organizations" m where m."user_id" is not null and m."organization_id" is not null;
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
insert into "Order Desk"."Organizations" ("id", "name") values ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a', 'Founding organization'), ('0698f3c6-e359-a017-ceac-f7261f13a3ff', 'Quarantine') on conflict do nothing;
-- no table lock; lock 1 s, run 10 min
set local lock_timeout = 1000; set local statement_timeout = 600000;
insert into "Order Desk"."Organizations"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"Order Desk"."Organizations", k.document) r
where k.table_name = '"Order Desk"."Organizations"' on conflict do nothing;
insert into "Order Desk"."User Organizations"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"Order Desk"."User Organizations", k.document) r
where k.table_name = '"Order Desk"."User Organizations"'
  and exists (select from "Order Desk"."User" u where u."Id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in "Order Desk"."User" gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on "Order Desk"."User"; SELECT on "Order Desk"."User"
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
select u."Id" as user_key,
  case when nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."Id"::text else 'domain:' || nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "Order Desk"."User" u
) a) g
  where user_key = new."Id"
  ), made as (
insert into "Order Desk"."Organizations" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
  )
insert into "Order Desk"."User Organizations" ("user_id", "organization_id", "is_home")
select user_key, organization_key, home from given
on conflict do nothing;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."assign_user"() from public;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."User"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."User" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on "Order Desk"."User"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "Order Desk"."User" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."User"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."User" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."User"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into "Order Desk".select
--   id      expand/"Order Desk".select/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_Order Desk_select"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."Tenant ID";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."User Id";
  end if;
  if given is not null and given is distinct from derived then
    if new."User Id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."User Id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."Tenant ID" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_Order Desk_select"() from public;
create or replace function "ringfence"."settle_Order Desk_select"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "Order Desk"."select" u set "Tenant ID" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
        where t."from" = new."from" and t."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."from" = new."from"
    and s.tenant is not null and u."Tenant ID" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_Order Desk_select"() from public;
create or replace function "ringfence"."choice_Order Desk_select"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."User Id" and h.organization_key = new."Tenant ID") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('"Order Desk".select', new."from"::text, new."Tenant ID"::text, new."User Id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_Order Desk_select"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_Order Desk_select"();
--   drop function if exists "ringfence"."settle_Order Desk_select"();
--   drop function if exists "ringfence"."fill_Order Desk_select"();
--   commit;

-- 1.7 tenant column and fill triggers on "Order Desk".select
--   id      expand/"Order Desk".select/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" add column "Tenant ID" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" alter column "Tenant ID" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "Order Desk"."select" for each row execute function "ringfence"."fill_Order Desk_select"();
create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."select" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."User Id" is distinct from new."User Id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_Order Desk_select"();
create constraint trigger "00_ringfence_settle" after insert or update on "Order Desk"."select" deferrable initially deferred for each row when (new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_Order Desk_select"();
create trigger "ringfence_choice" after insert or update of "Tenant ID" on "Order Desk"."select" for each row when (new."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_Order Desk_select"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "Order Desk"."select";
--   drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."select";
--   drop trigger if exists "00_ringfence_settle" on "Order Desk"."select";
--   drop trigger if exists "ringfence_choice" on "Order Desk"."select";
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."select" drop column if exists "Tenant ID";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into "Order Desk"."Übergröße_straße_名前"
--   id      expand/"Order Desk"."Übergröße_straße_名前"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_Order Desk_Übergröße_straße_名前"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."Tenant ID";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."Tenant ID" into derived from "Order Desk"."select" p1
      where p1."from" = new."{curly}" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."Tenant ID" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_Order Desk_Übergröße_straße_名前"() from public;
create or replace function "ringfence"."settle_Order Desk_Übergröße_straße_名前"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "Order Desk"."Übergröße_straße_名前" u set "Tenant ID" = s.tenant
  from (select d1_1."Tenant ID" as tenant from "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
        where t."id" = new."id" and t."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."Tenant ID" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_Order Desk_Übergröße_straße_名前"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_Order Desk_Übergröße_straße_名前"();
--   drop function if exists "ringfence"."fill_Order Desk_Übergröße_straße_名前"();
--   commit;

-- 1.9 tenant column and fill triggers on "Order Desk"."Übergröße_straße_名前"
--   id      expand/"Order Desk"."Übergröße_straße_名前"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" add column "Tenant ID" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" alter column "Tenant ID" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "Order Desk"."Übergröße_straße_名前" for each row execute function "ringfence"."fill_Order Desk_Übergröße_straße_名前"();
create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."Übergröße_straße_名前" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."{curly}" is distinct from new."{curly}") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_Order Desk_Übergröße_straße_名前"();
create constraint trigger "00_ringfence_settle" after insert or update on "Order Desk"."Übergröße_straße_名前" deferrable initially deferred for each row when (new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_Order Desk_Übergröße_straße_名前"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "Order Desk"."Übergröße_straße_名前";
--   drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."Übergröße_straße_名前";
--   drop trigger if exists "00_ringfence_settle" on "Order Desk"."Übergröße_straße_名前";
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."Übergröße_straße_名前" drop column if exists "Tenant ID";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.a23456789_123456789_123456789_123456789_123456789_123456789_123
--   id      expand/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."Tenant ID";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."b23456789_123456789_123456789_123456789_123456789_123456789_123";
  end if;
  if given is not null and given is distinct from derived then
    if new."b23456789_123456789_123456789_123456789_123456789_123456789_123" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."Tenant ID" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"() from public;
create or replace function "ringfence"."settle_public_a23456789_123456789_123456789_123456789__f326dd4a"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" u set "Tenant ID" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
        where t."id" = new."id" and t."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."Tenant ID" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_a23456789_123456789_123456789_123456789__f326dd4a"() from public;
create or replace function "ringfence"."choice_public_a23456789_123456789_123456789_123456789__dbfed500"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."b23456789_123456789_123456789_123456789_123456789_123456789_123" and h.organization_key = new."Tenant ID") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.a23456789_123456789_123456789_123456789_123456789_123456789_123', new."id"::text, new."Tenant ID"::text, new."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_a23456789_123456789_123456789_123456789__dbfed500"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_a23456789_123456789_123456789_123456789__dbfed500"();
--   drop function if exists "ringfence"."settle_public_a23456789_123456789_123456789_123456789__f326dd4a"();
--   drop function if exists "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"();
--   commit;

-- 1.11 tenant column and fill triggers on public.a23456789_123456789_123456789_123456789_123456789_123456789_123
--   id      expand/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" add column "Tenant ID" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" alter column "Tenant ID" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row execute function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"();
create trigger "zzz_ringfence_fill_update" before update on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."b23456789_123456789_123456789_123456789_123456789_123456789_123" is distinct from new."b23456789_123456789_123456789_123456789_123456789_123456789_123") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" deferrable initially deferred for each row when (new."Tenant ID" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_a23456789_123456789_123456789_123456789__f326dd4a"();
create trigger "ringfence_choice" after insert or update of "Tenant ID" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row when (new."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_a23456789_123456789_123456789_123456789__dbfed500"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   drop trigger if exists "00_ringfence_settle" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   drop trigger if exists "ringfence_choice" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" drop column if exists "Tenant ID";
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
--   select '"Order Desk"."Organizations"', t."id"::text, pg_catalog.to_jsonb(t) from "Order Desk"."Organizations" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into ringfence.kept_rows (table_name, row_key, document)
--   select '"Order Desk"."User Organizations"', row(t."user_id", t."organization_id")::text, pg_catalog.to_jsonb(t) from "Order Desk"."User Organizations" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select '"Order Desk".select', t."from"::text, t."Tenant ID"::text, t."User Id"::text
--   from "Order Desk"."select" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
--   where t."Tenant ID" is not null and t."Tenant ID" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."Tenant ID" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123', t."id"::text, t."Tenant ID"::text, t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
--   from "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
--   where t."Tenant ID" is not null and t."Tenant ID" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."Tenant ID" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"Order Desk"."select"', 'Tenant ID'), ('"Order Desk"."Übergröße_straße_名前"', 'Tenant ID'), ('"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"', 'Tenant ID')) w (t, c)
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
--   needs   SELECT on "Order Desk"."User"
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."Id" as user_key from "Order Desk"."User" w
  where not exists (select from "Order Desk"."User Organizations" x where x."user_id" = w."Id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."Id" as user_key,
  case when nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."Id"::text else 'domain:' || nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."E-Mail"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "Order Desk"."User" u
) a) g
join waiting using (user_key)
), made as (
insert into "Order Desk"."Organizations" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
)
insert into "Order Desk"."User Organizations" ("user_id", "organization_id", "is_home")
select user_key, organization_key, home from given
on conflict do nothing$again$ using 5000::bigint;
    get diagnostics changed = row_count;
    commit;
    exit when changed = 0;
  end loop;
end
$do$;
-- undo: nothing, the rows go with their tables, and are kept first by expand/decisions

-- 2.2 statistics of "Order Desk"."User Organizations", which every later question joins
--   id      backfill/statistics
--   proves  batches are planned for the number of users there is
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."User Organizations"; lock 1.5 s, run 10 min
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 600000;
analyze "Order Desk"."User Organizations";
commit;
-- undo: nothing, statistics only

-- 2.3 the right tenant for every row of "Order Desk".select
--   id      backfill/"Order Desk".select/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of "Order Desk".select
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "Order Desk"."select";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."User Id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."User Id" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"Order Desk"."select"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."from" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."User Id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."User Id" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "Order Desk"."select" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."from", old."User Id", old."say ""hi""", old."50% off"), row(new."from", new."User Id", new."say ""hi""", new."50% off")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"Order Desk"."select"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"Order Desk"."select"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of "Order Desk"."Übergröße_straße_名前"
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "Order Desk"."Übergröße_straße_名前";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
where t."Tenant ID" is distinct from coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."Tenant ID" is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"Order Desk"."Übergröße_straße_名前"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."Tenant ID" is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "Order Desk"."Übergröße_straße_名前" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."{curly}", old."d'accord"), row(new."id", new."{curly}", new."d'accord")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"Order Desk"."Übergröße_straße_名前"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"Order Desk"."Übergröße_straße_名前"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."b23456789_123456789_123456789_123456789_123456789_123456789_123" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."b23456789_123456789_123456789_123456789_123456789_123456789_123" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."b23456789_123456789_123456789_123456789_123456789_123456789_123"), row(new."id", new."b23456789_123456789_123456789_123456789_123456789_123456789_123")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 every new row of "Order Desk".select must have a tenant
--   id      backfill/"Order Desk".select/present
--   proves  no row without tenant can be written from here on
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" add constraint "select_Tenant ID_present" check ("Tenant ID" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."select" drop constraint if exists "select_Tenant ID_present";
--   commit;

-- 2.7 prove select_Tenant ID_present for the rows already in "Order Desk".select
--   id      backfill/"Order Desk".select/validate/select_Tenant ID_present
--   proves  select_Tenant ID_present holds for every row
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "Order Desk"."select" validate constraint "select_Tenant ID_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.8 "Order Desk".select.Tenant ID is NOT NULL
--   id      backfill/"Order Desk".select/not_null
--   proves  no row is without tenant
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" alter column "Tenant ID" set not null;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" drop constraint if exists "select_Tenant ID_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."select" alter column "Tenant ID" drop not null;
--   commit;

-- 2.9 every new row of "Order Desk"."Übergröße_straße_名前" must have a tenant
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" add constraint "Übergröße_straße_名前_Tenant ID_present" check ("Tenant ID" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."Übergröße_straße_名前" drop constraint if exists "Übergröße_straße_名前_Tenant ID_present";
--   commit;

-- 2.10 prove Übergröße_straße_名前_Tenant ID_present for the rows already in "Order Desk"."Übergröße_straße_名前"
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/validate/Übergröße_straße_名前_Tenant ID_present
--   proves  Übergröße_straße_名前_Tenant ID_present holds for every row
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "Order Desk"."Übergröße_straße_名前" validate constraint "Übergröße_straße_名前_Tenant ID_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.11 "Order Desk"."Übergröße_straße_名前".Tenant ID is NOT NULL
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/not_null
--   proves  no row is without tenant
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" alter column "Tenant ID" set not null;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" drop constraint if exists "Übergröße_straße_名前_Tenant ID_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."Übergröße_straße_名前" alter column "Tenant ID" drop not null;
--   commit;

-- 2.12 every new row of public.a23456789_123456789_123456789_123456789_123456789_123456789_123 must have a tenant
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" add constraint "a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54" check ("Tenant ID" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" drop constraint if exists "a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54";
--   commit;

-- 2.13 prove a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54 for the rows already in public.a23456789_123456789_123456789_123456789_123456789_123456789_123
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/validate/a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54
--   proves  a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54 holds for every row
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" validate constraint "a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.14 public.a23456789_123456789_123456789_123456789_123456789_123456789_123.Tenant ID is NOT NULL
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/not_null
--   proves  no row is without tenant
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" alter column "Tenant ID" set not null;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" drop constraint if exists "a23456789_123456789_123456789_123456789_123456789_1234_77fa0b54";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" alter column "Tenant ID" drop not null;
--   commit;

-- 2.15 index select_Tenant ID_from_key on "Order Desk".select (Tenant ID, from)
--   id      backfill/"Order Desk".select/index/select_Tenant ID_from_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of "Order Desk".select
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_from_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "Order Desk"."select_Tenant ID_from_key";
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (from) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "select_Tenant ID_from_key" on "Order Desk"."select" ("Tenant ID", "from");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_from_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "Order Desk"."select_Tenant ID_from_key";
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "Order Desk"."select_Tenant ID_from_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_from_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.16 unique key (Tenant ID, from) on "Order Desk".select, the target of tenant-consistent references
--   id      backfill/"Order Desk".select/unique/select_Tenant ID_from_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" add constraint "select_Tenant ID_from_key" unique using index "select_Tenant ID_from_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."select" drop constraint if exists "select_Tenant ID_from_key";
--   commit;

-- 2.17 the tenant of "Order Desk".select is an organization
--   id      backfill/"Order Desk".select/reference/select_Tenant ID_fkey
--   proves  the tenant of "Order Desk".select is an organization, for every row written from here on
--   needs   owner of "Order Desk".select; REFERENCES on "Order Desk"."Organizations"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Organizations"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on "Order Desk".select, "Order Desk"."Organizations"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."select" add constraint "select_Tenant ID_fkey" foreign key ("Tenant ID") references "Order Desk"."Organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Organizations"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select, "Order Desk"."Organizations"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."select" drop constraint if exists "select_Tenant ID_fkey";
--   commit;

-- 2.18 index Übergröße_straße_名前_Tenant ID_{curly}_idx on "Order Desk"."Übergröße_straße_名前" (Tenant ID, {curly})
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/index/Übergröße_straße_名前_Tenant ID_{curly}_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx";
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Übergröße_straße_名前_Tenant ID_{curly}_idx" on "Order Desk"."Übergröße_straße_名前" ("Tenant ID", "{curly}");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx";
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_{curly}_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.19 reference of "Order Desk"."Übergröße_straße_名前" to "Order Desk".select that carries the tenant
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/reference/Übergröße_straße_名前_Tenant ID_{curly}_fkey
--   proves  reference of "Order Desk"."Übergröße_straße_名前" to "Order Desk".select that carries the tenant, for every row written from here on
--   needs   owner of "Order Desk"."Übergröße_straße_名前"; REFERENCES on "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on "Order Desk"."Übergröße_straße_名前", "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "Order Desk"."Übergröße_straße_名前" add constraint "Übergröße_straße_名前_Tenant ID_{curly}_fkey" foreign key ("Tenant ID", "{curly}") references "Order Desk"."select" ("Tenant ID", "from") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前", "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "Order Desk"."Übergröße_straße_名前" drop constraint if exists "Übergröße_straße_名前_Tenant ID_{curly}_fkey";
--   commit;

-- 2.20 the tenant of public.a23456789_123456789_123456789_123456789_123456789_123456789_123 is an organization
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/reference/a23456789_123456789_123456789_123456789_123456789_1234_214caedb
--   proves  the tenant of public.a23456789_123456789_123456789_123456789_123456789_123456789_123 is an organization, for every row written from here on
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123; REFERENCES on "Order Desk"."Organizations"
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Organizations"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123, "Order Desk"."Organizations"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" add constraint "a23456789_123456789_123456789_123456789_123456789_1234_214caedb" foreign key ("Tenant ID") references "Order Desk"."Organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Organizations"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123, "Order Desk"."Organizations"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" drop constraint if exists "a23456789_123456789_123456789_123456789_123456789_1234_214caedb";
--   commit;

-- 2.21 a last sweep over "Order Desk".select, now that references carry every change
--   id      backfill/"Order Desk".select/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of "Order Desk".select
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."User Id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."User Id" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"Order Desk"."select"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."from" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."User Id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."User Id" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "Order Desk"."select" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."from", old."User Id", old."say ""hi""", old."50% off"), row(new."from", new."User Id", new."say ""hi""", new."50% off")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"Order Desk"."select"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"Order Desk"."select"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.22 a last sweep over "Order Desk"."Übergröße_straße_名前", now that references carry every change
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
where t."Tenant ID" is distinct from coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."Tenant ID" is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"Order Desk"."Übergröße_straße_名前"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."Tenant ID" is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "Order Desk"."Übergröße_straße_名前" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."{curly}", old."d'accord"), row(new."id", new."{curly}", new."d'accord")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"Order Desk"."Übergröße_straße_名前"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"Order Desk"."Übergröße_straße_名前"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.23 a last sweep over public.a23456789_123456789_123456789_123456789_123456789_123456789_123, now that references carry every change
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."b23456789_123456789_123456789_123456789_123456789_123456789_123" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."b23456789_123456789_123456789_123456789_123456789_123456789_123" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t set "Tenant ID" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."b23456789_123456789_123456789_123456789_123456789_123456789_123"), row(new."id", new."b23456789_123456789_123456789_123456789_123456789_123456789_123")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.24 prove select_Tenant ID_fkey for the rows already in "Order Desk".select
--   id      backfill/"Order Desk".select/validate/select_Tenant ID_fkey
--   proves  select_Tenant ID_fkey holds for every row
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select, "Order Desk"."Organizations"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "Order Desk"."select" validate constraint "select_Tenant ID_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.25 prove Übergröße_straße_名前_Tenant ID_{curly}_fkey for the rows already in "Order Desk"."Übergröße_straße_名前"
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/validate/Übergröße_straße_名前_Tenant ID_{curly}_fkey
--   proves  Übergröße_straße_名前_Tenant ID_{curly}_fkey holds for every row
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前", "Order Desk".select; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "Order Desk"."Übergröße_straße_名前" validate constraint "Übergröße_straße_名前_Tenant ID_{curly}_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.26 prove a23456789_123456789_123456789_123456789_123456789_1234_214caedb for the rows already in public.a23456789_123456789_123456789_123456789_123456789_123456789_123
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/validate/a23456789_123456789_123456789_123456789_123456789_1234_214caedb
--   proves  a23456789_123456789_123456789_123456789_123456789_1234_214caedb holds for every row
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123, "Order Desk"."Organizations"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" validate constraint "a23456789_123456789_123456789_123456789_123456789_1234_214caedb";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 index select_Tenant ID_User Id_idx on "Order Desk".select (Tenant ID, User Id)
--   id      backfill/"Order Desk".select/index/select_Tenant ID_User Id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of "Order Desk".select
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_User Id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "Order Desk"."select_Tenant ID_User Id_idx";
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "select_Tenant ID_User Id_idx" on "Order Desk"."select" ("Tenant ID", "User Id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_User Id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "Order Desk"."select_Tenant ID_User Id_idx";
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "Order Desk"."select_Tenant ID_User Id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"Order Desk"."select_Tenant ID_User Id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.28 index Übergröße_straße_名前_Tenant ID_id_idx on "Order Desk"."Übergröße_straße_名前" (Tenant ID, id)
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/index/Übergröße_straße_名前_Tenant ID_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx";
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Übergröße_straße_名前_Tenant ID_id_idx" on "Order Desk"."Übergröße_straße_名前" ("Tenant ID", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"Order Desk"."Übergröße_straße_名前_Tenant ID_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.29 index a23456789_123456789_123456789_123456789_123456789_1234_c31c3748 on public.a23456789_123456789_123456789_123456789_123456789_123456789_123 (Tenant ID, id)
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/index/a23456789_123456789_123456789_123456789_123456789_1234_c31c3748
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748";
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "a23456789_123456789_123456789_123456789_123456789_1234_c31c3748" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" ("Tenant ID", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748";
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."a23456789_123456789_123456789_123456789_123456789_1234_c31c3748"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.30 fill triggers of "Order Desk".select in their lasting form
--   id      backfill/"Order Desk".select/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of "Order Desk".select
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."select" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."select";
create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."select" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."User Id" is distinct from new."User Id")) execute function "ringfence"."fill_Order Desk_select"();
drop trigger if exists "ringfence_choice" on "Order Desk"."select";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select '"Order Desk".select', t."from"::text, t."Tenant ID"::text, t."User Id"::text
--   from "Order Desk"."select" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
--   where t."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."Tenant ID" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk".select; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."select" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk".select; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."select";
--   create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."select" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."User Id" is distinct from new."User Id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_Order Desk_select"();
--   drop trigger if exists "ringfence_choice" on "Order Desk"."select";
--   create trigger "ringfence_choice" after insert or update of "Tenant ID" on "Order Desk"."select" for each row when (new."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_Order Desk_select"();
--   commit;

-- 2.31 fill triggers of "Order Desk"."Übergröße_straße_名前" in their lasting form
--   id      backfill/"Order Desk"."Übergröße_straße_名前"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of "Order Desk"."Übergröße_straße_名前"
begin;
-- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
-- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."Übergröße_straße_名前";
create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."Übergröße_straße_名前" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."{curly}" is distinct from new."{curly}")) execute function "ringfence"."fill_Order Desk_Übergröße_straße_名前"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "Order Desk"."Übergröße_straße_名前" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on "Order Desk"."Übergröße_straße_名前"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "Order Desk"."Übergröße_straße_名前";
--   create trigger "zzz_ringfence_fill_update" before update on "Order Desk"."Übergröße_straße_名前" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."{curly}" is distinct from new."{curly}") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_Order Desk_Übergröße_straße_名前"();
--   commit;

-- 2.32 fill triggers of public.a23456789_123456789_123456789_123456789_123456789_123456789_123 in their lasting form
--   id      backfill/public.a23456789_123456789_123456789_123456789_123456789_123456789_123/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.a23456789_123456789_123456789_123456789_123456789_123456789_123
begin;
-- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
create trigger "zzz_ringfence_fill_update" before update on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."b23456789_123456789_123456789_123456789_123456789_123456789_123" is distinct from new."b23456789_123456789_123456789_123456789_123456789_123456789_123")) execute function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"();
drop trigger if exists "ringfence_choice" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123', t."id"::text, t."Tenant ID"::text, t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
--   from "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
--   where t."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."Tenant ID" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.a23456789_123456789_123456789_123456789_123456789_123456789_123; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row when ((old."Tenant ID" is distinct from new."Tenant ID" or old."b23456789_123456789_123456789_123456789_123456789_123456789_123" is distinct from new."b23456789_123456789_123456789_123456789_123456789_123456789_123") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_a23456789_123456789_123456789_123456789_12_3133dfcc"();
--   drop trigger if exists "ringfence_choice" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123";
--   create trigger "ringfence_choice" after insert or update of "Tenant ID" on "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" for each row when (new."Tenant ID" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_a23456789_123456789_123456789_123456789__dbfed500"();
--   commit;

-- gate RFG-DIFFERS:"Order Desk".select: every row of "Order Desk".select has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select '"Order Desk".select row ' || t."from"::text as subject,
  'has ' || coalesce(t."Tenant ID"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "Order Desk"."select" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."User Id"
  left join "ringfence"."tenant_choices" c on c.table_name = '"Order Desk".select' and c.row_key = t."from"::text and c.owner_key is not distinct from t."User Id"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."User Id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."User Id" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:"Order Desk".select: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:"Order Desk"."Übergröße_straße_名前": every row of "Order Desk"."Übergröße_straße_名前" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select '"Order Desk"."Übergröße_straße_名前" row ' || t."id"::text as subject,
  'has ' || coalesce(t."Tenant ID"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "Order Desk"."Übergröße_straße_名前" t
  left join "Order Desk"."select" d1_1 on d1_1."from" = t."{curly}"
where t."Tenant ID" is distinct from coalesce(d1_1."Tenant ID", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."Tenant ID" is not null or t."Tenant ID" is null or t."Tenant ID" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:"Order Desk"."Übergröße_straße_名前": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.a23456789_123456789_123456789_123456789_123456789_123456789_123: every row of public.a23456789_123456789_123456789_123456789_123456789_123456789_123 has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123 row ' || t."id"::text as subject,
  'has ' || coalesce(t."Tenant ID"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."a23456789_123456789_123456789_123456789_123456789_123456789_123" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.a23456789_123456789_123456789_123456789_123456789_123456789_123' and c.row_key = t."id"::text and c.owner_key is not distinct from t."b23456789_123456789_123456789_123456789_123456789_123456789_123"::text
where t."Tenant ID" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."Tenant ID" is null or t."Tenant ID" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."b23456789_123456789_123456789_123456789_123456789_123456789_123" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."b23456789_123456789_123456789_123456789_123456789_123456789_123" and m.organization_key = t."Tenant ID"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."Tenant ID" is null or t."Tenant ID" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.a23456789_123456789_123456789_123456789_123456789_123456789_123: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"Order Desk"."select"', '"Order Desk"."Übergröße_straße_名前"', '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'Tenant ID')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"Order Desk"."select"', '"Order Desk"."Übergröße_straße_名前"', '"public"."a23456789_123456789_123456789_123456789_123456789_123456789_123"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
