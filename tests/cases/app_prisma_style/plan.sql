-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          public."User" by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     every user gets an organization of their own
-- tenant table   public."Account": "userId" -> home organization of that user
-- tenant table   public."Project": "ownerId" -> home organization of that user
-- tenant table   public."Document": "projectId" -> public."Project"
-- tenant table   public."AuditEvent": "documentId" -> public."Document"; else "actorId" -> home organization of that user
-- tenant table   public."Comment": "documentId" -> public."Document"
-- tenant table   public."Session": "userId" -> home organization of that user
-- tenant table   public."_DocumentWatchers": "A" -> public."Document"
-- excluded table public."User": excluded, as the file says
-- shared table   public."VerificationToken": shared by all tenants, as the file says
-- excluded table public._prisma_migrations: excluded, as the file says
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
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public."User"', 'grant trigger on "public"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on public."User"', 'grant select on "public"."User" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public."Account"', 'grant <owner of public."Account"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Account"'::pg_catalog.regclass), false)
union all
select 'owner of public."Project"', 'grant <owner of public."Project"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Project"'::pg_catalog.regclass), false)
union all
select 'owner of public."Document"', 'grant <owner of public."Document"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Document"'::pg_catalog.regclass), false)
union all
select 'owner of public."AuditEvent"', 'grant <owner of public."AuditEvent"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."AuditEvent"'::pg_catalog.regclass), false)
union all
select 'owner of public."Comment"', 'grant <owner of public."Comment"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Comment"'::pg_catalog.regclass), false)
union all
select 'owner of public."Session"', 'grant <owner of public."Session"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Session"'::pg_catalog.regclass), false)
union all
select 'owner of public."_DocumentWatchers"', 'grant <owner of public."_DocumentWatchers"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."_DocumentWatchers"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public."Project"', 'grant references on "public"."Project" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."Project"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public."Document"', 'grant references on "public"."Document" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."Document"'), 'REFERENCES'), true) as allowed), false)
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

-- 1.1 table public.organizations
--   id      expand/organizations
--   proves  organizations can be named, by nobody but the owner and the service role
--   needs   CREATE on schema public
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."organizations" (
  "id" uuid primary key default pg_catalog.gen_random_uuid(),
  "name" text not null,
  created_at timestamptz not null default pg_catalog.now()
);
alter table "public"."organizations" enable row level security;
revoke all on table "public"."organizations" from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop table if exists "public"."organizations";
--   commit;

-- 1.2 table public.user_organizations
--   id      expand/memberships
--   proves  a user can belong to several organizations, one of them home
--   needs   CREATE on schema public; REFERENCES on public."User"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."user_organizations" (
  "user_id" text not null,
  "organization_id" uuid not null references "public"."organizations" ("id"),
  role text not null default 'member',
  "is_home" boolean not null default false,
  created_at timestamptz not null default pg_catalog.now(),
  primary key ("user_id", "organization_id")
);
create unique index "user_organizations_home_key" on "public"."user_organizations" ("user_id") where "is_home";
create index "user_organizations_members_idx" on "public"."user_organizations" ("organization_id", "user_id");
alter table "public"."user_organizations" enable row level security;
revoke all on table "public"."user_organizations" from public;
-- SHARE ROW EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "public"."User" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public."User"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop table if exists "public"."user_organizations";
--   commit;

-- 1.3 one way to ask for a user's organizations
--   id      expand/views
--   proves  home and active memberships are defined once
--   needs   SELECT on public.user_organizations
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "public"."user_organizations" m where m."is_home";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."organization_id" as organization_key
from "public"."user_organizations" m where m."user_id" is not null and m."organization_id" is not null;
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
insert into "public"."organizations" ("id", "name") values ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a', 'Founding organization'), ('0698f3c6-e359-a017-ceac-f7261f13a3ff', 'Quarantine') on conflict do nothing;
-- no table lock; lock 1 s, run 10 min
set local lock_timeout = 1000; set local statement_timeout = 600000;
insert into "public"."organizations"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"public"."organizations", k.document) r
where k.table_name = 'public.organizations' on conflict do nothing;
insert into "public"."user_organizations"
select r.* from ringfence.kept_rows k, pg_catalog.jsonb_populate_record(null::"public"."user_organizations", k.document) r
where k.table_name = 'public.user_organizations'
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
select u."id" as user_key, 'user:' || u."id"::text as key, 'Personal organization'::text as name, true as home
from "public"."User" u
) a) g
  where user_key = new."id"
  ), made as (
insert into "public"."organizations" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
  )
insert into "public"."user_organizations" ("user_id", "organization_id", "is_home")
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

-- 1.6 functions that give a tenant to what old code writes into public."Account"
--   id      expand/public."Account"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Account"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
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
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Account"() from public;
create or replace function "ringfence"."settle_public_Account"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Account" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Account"() from public;
create or replace function "ringfence"."choice_public_Account"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."userId" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public."Account"', new."id"::text, new."client_id"::text, new."userId"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_Account"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_Account"();
--   drop function if exists "ringfence"."settle_public_Account"();
--   drop function if exists "ringfence"."fill_public_Account"();
--   commit;

-- 1.7 tenant column and fill triggers on public."Account"
--   id      expand/public."Account"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Account" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Account" for each row execute function "ringfence"."fill_public_Account"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Account" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Account"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Account" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Account"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Account" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Account"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Account" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Account";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Account";
--   drop trigger if exists "00_ringfence_settle" on "public"."Account";
--   drop trigger if exists "ringfence_choice" on "public"."Account";
--   -- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Account" drop column if exists "client_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public."Project"
--   id      expand/public."Project"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Project"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."ownerId";
  end if;
  if given is not null and given is distinct from derived then
    if new."ownerId" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."ownerId" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Project"() from public;
create or replace function "ringfence"."settle_public_Project"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Project" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Project"() from public;
create or replace function "ringfence"."choice_public_Project"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."ownerId" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public."Project"', new."id"::text, new."client_id"::text, new."ownerId"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_Project"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_Project"();
--   drop function if exists "ringfence"."settle_public_Project"();
--   drop function if exists "ringfence"."fill_public_Project"();
--   commit;

-- 1.9 tenant column and fill triggers on public."Project"
--   id      expand/public."Project"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Project" for each row execute function "ringfence"."fill_public_Project"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Project" for each row when ((old."client_id" is distinct from new."client_id" or old."ownerId" is distinct from new."ownerId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Project"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Project" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Project"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Project" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Project"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Project";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Project";
--   drop trigger if exists "00_ringfence_settle" on "public"."Project";
--   drop trigger if exists "ringfence_choice" on "public"."Project";
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Project" drop column if exists "client_id";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public."Document"
--   id      expand/public."Document"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Document"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."client_id" into derived from "public"."Project" p1
      where p1."id" = new."projectId" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Document"() from public;
create or replace function "ringfence"."settle_public_Document"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Document" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Document"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_Document"();
--   drop function if exists "ringfence"."fill_public_Document"();
--   commit;

-- 1.11 tenant column and fill triggers on public."Document"
--   id      expand/public."Document"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Document" for each row execute function "ringfence"."fill_public_Document"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Document" for each row when ((old."client_id" is distinct from new."client_id" or old."projectId" is distinct from new."projectId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Document"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Document" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Document"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Document";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Document";
--   drop trigger if exists "00_ringfence_settle" on "public"."Document";
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Document" drop column if exists "client_id";
--   commit;

-- 1.12 functions that give a tenant to what old code writes into public."AuditEvent"
--   id      expand/public."AuditEvent"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_AuditEvent"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."client_id" into derived from "public"."Document" p1
      where p1."id" = new."documentId" for key share of p1;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."actorId";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_AuditEvent"() from public;
create or replace function "ringfence"."settle_public_AuditEvent"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."AuditEvent" u set "client_id" = s.tenant
  from (select coalesce(d1_1."client_id", d2.organization_key) as tenant from "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_AuditEvent"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_AuditEvent"();
--   drop function if exists "ringfence"."fill_public_AuditEvent"();
--   commit;

-- 1.13 tenant column and fill triggers on public."AuditEvent"
--   id      expand/public."AuditEvent"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."AuditEvent" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."AuditEvent" for each row execute function "ringfence"."fill_public_AuditEvent"();
create trigger "zzz_ringfence_fill_update" before update on "public"."AuditEvent" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId" or old."actorId" is distinct from new."actorId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_AuditEvent"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."AuditEvent" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_AuditEvent"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."AuditEvent" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."AuditEvent";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."AuditEvent";
--   drop trigger if exists "00_ringfence_settle" on "public"."AuditEvent";
--   -- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."AuditEvent" drop column if exists "client_id";
--   commit;

-- 1.14 functions that give a tenant to what old code writes into public."Comment"
--   id      expand/public."Comment"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Comment"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."client_id" into derived from "public"."Document" p1
      where p1."id" = new."documentId" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Comment"() from public;
create or replace function "ringfence"."settle_public_Comment"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Comment" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Comment"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_Comment"();
--   drop function if exists "ringfence"."fill_public_Comment"();
--   commit;

-- 1.15 tenant column and fill triggers on public."Comment"
--   id      expand/public."Comment"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Comment" for each row execute function "ringfence"."fill_public_Comment"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Comment" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Comment"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Comment" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Comment"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Comment";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Comment";
--   drop trigger if exists "00_ringfence_settle" on "public"."Comment";
--   -- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Comment" drop column if exists "client_id";
--   commit;

-- 1.16 functions that give a tenant to what old code writes into public."Session"
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
  given uuid := new."client_id";
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
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Session"() from public;
create or replace function "ringfence"."settle_public_Session"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Session" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Session"() from public;
create or replace function "ringfence"."choice_public_Session"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."userId" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public."Session"', new."id"::text, new."client_id"::text, new."userId"::text)
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

-- 1.17 tenant column and fill triggers on public."Session"
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
alter table "public"."Session" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Session" for each row execute function "ringfence"."fill_public_Session"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Session"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Session" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_Session"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Session" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Session"();
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
--   alter table "public"."Session" drop column if exists "client_id";
--   commit;

-- 1.18 functions that give a tenant to what old code writes into public."_DocumentWatchers"
--   id      expand/public."_DocumentWatchers"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public__DocumentWatchers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."client_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select p1."client_id" into derived from "public"."Document" p1
      where p1."id" = new."A" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public__DocumentWatchers"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."fill_public__DocumentWatchers"();
--   commit;

-- 1.19 tenant column and fill triggers on public."_DocumentWatchers"
--   id      expand/public."_DocumentWatchers"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."_DocumentWatchers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."_DocumentWatchers" for each row execute function "ringfence"."fill_public__DocumentWatchers"();
create trigger "zzz_ringfence_fill_update" before update on "public"."_DocumentWatchers" for each row when ((old."client_id" is distinct from new."client_id" or old."A" is distinct from new."A") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public__DocumentWatchers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."_DocumentWatchers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."_DocumentWatchers";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."_DocumentWatchers";
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."_DocumentWatchers" drop column if exists "client_id";
--   commit;

-- 1.20 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into ringfence.kept_rows (table_name, row_key, document)
--   select 'public.organizations', t."id"::text, pg_catalog.to_jsonb(t) from "public"."organizations" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into ringfence.kept_rows (table_name, row_key, document)
--   select 'public.user_organizations', row(t."user_id", t."organization_id")::text, pg_catalog.to_jsonb(t) from "public"."user_organizations" t
--   on conflict (table_name, row_key) do update set document = excluded.document;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Account"', t."id"::text, t."client_id"::text, t."userId"::text
--   from "public"."Account" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Project"', t."id"::text, t."client_id"::text, t."ownerId"::text
--   from "public"."Project" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Session"', t."id"::text, t."client_id"::text, t."userId"::text
--   from "public"."Session" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."Account"', 'client_id'), ('"public"."Project"', 'client_id'), ('"public"."Document"', 'client_id'), ('"public"."AuditEvent"', 'client_id'), ('"public"."Comment"', 'client_id'), ('"public"."Session"', 'client_id'), ('"public"."_DocumentWatchers"', 'client_id')) w (t, c)
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
  where not exists (select from "public"."user_organizations" x where x."user_id" = w."id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key, 'user:' || u."id"::text as key, 'Personal organization'::text as name, true as home
from "public"."User" u
) a) g
join waiting using (user_key)
), made as (
insert into "public"."organizations" ("id", "name")
select distinct on (organization_key) organization_key, name from given order by organization_key
on conflict do nothing
)
insert into "public"."user_organizations" ("user_id", "organization_id", "is_home")
select user_key, organization_key, home from given
on conflict do nothing$again$ using 5000::bigint;
    get diagnostics changed = row_count;
    commit;
    exit when changed = 0;
  end loop;
end
$do$;
-- undo: nothing, the rows go with their tables, and are kept first by expand/decisions

-- 2.2 statistics of public.user_organizations, which every later question joins
--   id      backfill/statistics
--   proves  batches are planned for the number of users there is
begin;
-- SHARE UPDATE EXCLUSIVE on public.user_organizations; lock 1.5 s, run 10 min
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 600000;
analyze "public"."user_organizations";
commit;
-- undo: nothing, statistics only

-- 2.3 the right tenant for every row of public."Account"
--   id      backfill/public."Account"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Account"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Account";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Account"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Account" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId", old."type", old."provider", old."providerAccountId"), row(new."id", new."userId", new."type", new."provider", new."providerAccountId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Account"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Account"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public."Project"
--   id      backfill/public."Project"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Project"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Project";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."ownerId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."ownerId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Project"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."ownerId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."ownerId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Project" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."name", old."slug", old."ownerId"), row(new."id", new."name", new."slug", new."ownerId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Project"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Project"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public."Document"
--   id      backfill/public."Document"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Document"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Document";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Document"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Document" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."title", old."projectId", old."createdById", old."updatedById", old."templateId"), row(new."id", new."title", new."projectId", new."createdById", new."updatedById", new."templateId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Document"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Document"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public."AuditEvent"
--   id      backfill/public."AuditEvent"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."AuditEvent"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."AuditEvent";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
where t."client_id" is distinct from coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (coalesce(d1_1."client_id", d2.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."AuditEvent"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (coalesce(d1_1."client_id", d2.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."AuditEvent" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."actorId", old."documentId", old."action"), row(new."id", new."actorId", new."documentId", new."action")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."AuditEvent"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."AuditEvent"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public."Comment"
--   id      backfill/public."Comment"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Comment"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Comment";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Comment"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Comment" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."body", old."documentId", old."authorId", old."parentCommentId"), row(new."id", new."body", new."documentId", new."authorId", new."parentCommentId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Comment"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Comment"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 the right tenant for every row of public."Session"
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
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
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
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Session" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."sessionToken", old."userId", old."expires"), row(new."id", new."sessionToken", new."userId", new."expires")) as intact
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

-- 2.9 the right tenant for every row of public."_DocumentWatchers"
--   id      backfill/public."_DocumentWatchers"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."_DocumentWatchers"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."_DocumentWatchers";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."_DocumentWatchers" t
  left join "public"."Document" d1_1 on d1_1."id" = t."A"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."_DocumentWatchers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."_DocumentWatchers" t
  left join "public"."Document" d1_1 on d1_1."id" = t."A"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."_DocumentWatchers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."A", old."B"), row(new."A", new."B")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."_DocumentWatchers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."_DocumentWatchers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.10 every new row of public."Account" must have a tenant
--   id      backfill/public."Account"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Account" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" add constraint "Account_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Account" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Account" drop constraint if exists "Account_client_id_present";
--   commit;

-- 2.11 prove Account_client_id_present for the rows already in public."Account"
--   id      backfill/public."Account"/validate/Account_client_id_present
--   proves  Account_client_id_present holds for every row
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Account" validate constraint "Account_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.12 public."Account".client_id is NOT NULL
--   id      backfill/public."Account"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Account" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" drop constraint if exists "Account_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Account" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Account" alter column "client_id" drop not null;
--   commit;

-- 2.13 every new row of public."Project" must have a tenant
--   id      backfill/public."Project"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" add constraint "Project_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Project" drop constraint if exists "Project_client_id_present";
--   commit;

-- 2.14 prove Project_client_id_present for the rows already in public."Project"
--   id      backfill/public."Project"/validate/Project_client_id_present
--   proves  Project_client_id_present holds for every row
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Project" validate constraint "Project_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.15 public."Project".client_id is NOT NULL
--   id      backfill/public."Project"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" drop constraint if exists "Project_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Project" alter column "client_id" drop not null;
--   commit;

-- 2.16 every new row of public."Document" must have a tenant
--   id      backfill/public."Document"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" add constraint "Document_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Document" drop constraint if exists "Document_client_id_present";
--   commit;

-- 2.17 prove Document_client_id_present for the rows already in public."Document"
--   id      backfill/public."Document"/validate/Document_client_id_present
--   proves  Document_client_id_present holds for every row
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Document" validate constraint "Document_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.18 public."Document".client_id is NOT NULL
--   id      backfill/public."Document"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" drop constraint if exists "Document_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Document" alter column "client_id" drop not null;
--   commit;

-- 2.19 every new row of public."AuditEvent" must have a tenant
--   id      backfill/public."AuditEvent"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."AuditEvent" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" add constraint "AuditEvent_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."AuditEvent" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."AuditEvent" drop constraint if exists "AuditEvent_client_id_present";
--   commit;

-- 2.20 prove AuditEvent_client_id_present for the rows already in public."AuditEvent"
--   id      backfill/public."AuditEvent"/validate/AuditEvent_client_id_present
--   proves  AuditEvent_client_id_present holds for every row
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."AuditEvent" validate constraint "AuditEvent_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.21 public."AuditEvent".client_id is NOT NULL
--   id      backfill/public."AuditEvent"/not_null
--   proves  no row is without tenant
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."AuditEvent" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" drop constraint if exists "AuditEvent_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."AuditEvent" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."AuditEvent" alter column "client_id" drop not null;
--   commit;

-- 2.22 every new row of public."Comment" must have a tenant
--   id      backfill/public."Comment"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" add constraint "Comment_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Comment" drop constraint if exists "Comment_client_id_present";
--   commit;

-- 2.23 prove Comment_client_id_present for the rows already in public."Comment"
--   id      backfill/public."Comment"/validate/Comment_client_id_present
--   proves  Comment_client_id_present holds for every row
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Comment" validate constraint "Comment_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.24 public."Comment".client_id is NOT NULL
--   id      backfill/public."Comment"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" drop constraint if exists "Comment_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Comment" alter column "client_id" drop not null;
--   commit;

-- 2.25 every new row of public."Session" must have a tenant
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
alter table "public"."Session" add constraint "Session_client_id_present" check ("client_id" is not null) not valid;
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
--   alter table "public"."Session" drop constraint if exists "Session_client_id_present";
--   commit;

-- 2.26 prove Session_client_id_present for the rows already in public."Session"
--   id      backfill/public."Session"/validate/Session_client_id_present
--   proves  Session_client_id_present holds for every row
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Session" validate constraint "Session_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 public."Session".client_id is NOT NULL
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
alter table "public"."Session" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."Session"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" drop constraint if exists "Session_client_id_present";
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
--   alter table "public"."Session" alter column "client_id" drop not null;
--   commit;

-- 2.28 every new row of public."_DocumentWatchers" must have a tenant
--   id      backfill/public."_DocumentWatchers"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."_DocumentWatchers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" add constraint "_DocumentWatchers_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."_DocumentWatchers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."_DocumentWatchers" drop constraint if exists "_DocumentWatchers_client_id_present";
--   commit;

-- 2.29 prove _DocumentWatchers_client_id_present for the rows already in public."_DocumentWatchers"
--   id      backfill/public."_DocumentWatchers"/validate/_DocumentWatchers_client_id_present
--   proves  _DocumentWatchers_client_id_present holds for every row
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."_DocumentWatchers" validate constraint "_DocumentWatchers_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.30 public."_DocumentWatchers".client_id is NOT NULL
--   id      backfill/public."_DocumentWatchers"/not_null
--   proves  no row is without tenant
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."_DocumentWatchers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" drop constraint if exists "_DocumentWatchers_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."_DocumentWatchers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."_DocumentWatchers" alter column "client_id" drop not null;
--   commit;

-- 2.31 index Project_client_id_id_key on public."Project" (client_id, id)
--   id      backfill/public."Project"/index/Project_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Project"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Project_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Project_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "Project_client_id_id_key" on "public"."Project" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Project_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Project_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Project_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Project_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.32 unique key (client_id, id) on public."Project", the target of tenant-consistent references
--   id      backfill/public."Project"/unique/Project_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" add constraint "Project_client_id_id_key" unique using index "Project_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Project" drop constraint if exists "Project_client_id_id_key";
--   commit;

-- 2.33 index Document_client_id_id_key on public."Document" (client_id, id)
--   id      backfill/public."Document"/index/Document_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Document"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Document_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Document_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "Document_client_id_id_key" on "public"."Document" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Document_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Document_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Document_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Document_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.34 unique key (client_id, id) on public."Document", the target of tenant-consistent references
--   id      backfill/public."Document"/unique/Document_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" add constraint "Document_client_id_id_key" unique using index "Document_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Document" drop constraint if exists "Document_client_id_id_key";
--   commit;

-- 2.35 the tenant of public."Account" is an organization
--   id      backfill/public."Account"/reference/Account_client_id_fkey
--   proves  the tenant of public."Account" is an organization, for every row written from here on
--   needs   owner of public."Account"; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Account" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Account", public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Account" add constraint "Account_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Account" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Account", public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Account" drop constraint if exists "Account_client_id_fkey";
--   commit;

-- 2.36 the tenant of public."Project" is an organization
--   id      backfill/public."Project"/reference/Project_client_id_fkey
--   proves  the tenant of public."Project" is an organization, for every row written from here on
--   needs   owner of public."Project"; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Project", public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Project" add constraint "Project_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project", public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Project" drop constraint if exists "Project_client_id_fkey";
--   commit;

-- 2.37 index Document_client_id_projectId_idx on public."Document" (client_id, projectId)
--   id      backfill/public."Document"/index/Document_client_id_projectId_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Document"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Document_client_id_projectId_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Document_client_id_projectId_idx";
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Document_client_id_projectId_idx" on "public"."Document" ("client_id", "projectId");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Document_client_id_projectId_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Document_client_id_projectId_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Document_client_id_projectId_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Document_client_id_projectId_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.38 reference of public."Document" to public."Project" that carries the tenant
--   id      backfill/public."Document"/reference/Document_client_id_projectId_fkey
--   proves  reference of public."Document" to public."Project" that carries the tenant, for every row written from here on
--   needs   owner of public."Document"; REFERENCES on public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Document", public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Document" add constraint "Document_client_id_projectId_fkey" foreign key ("client_id", "projectId") references "public"."Project" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document", public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Document" drop constraint if exists "Document_client_id_projectId_fkey";
--   commit;

-- 2.39 rows of public."AuditEvent" follow public."Document" when it changes hands
--   id      backfill/public."AuditEvent"/carry/ringfence_carry_public_AuditEvent_documentId
--   proves  an ownership transfer reaches rows that no foreign key ties to their parent
--   needs   owner of public."Document"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."ringfence_carry_public_AuditEvent_documentId"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."AuditEvent" t set "client_id" = new."client_id"
  where t."documentId" = new."id" and t."client_id" is distinct from new."client_id";
  return null;
end
$ringfence$;
revoke all on function "ringfence"."ringfence_carry_public_AuditEvent_documentId"() from public;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_carry_public_AuditEvent_documentId" after update on "public"."Document" for each row when (old."client_id" is distinct from new."client_id") execute function "ringfence"."ringfence_carry_public_AuditEvent_documentId"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "ringfence_carry_public_AuditEvent_documentId" on "public"."Document";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."ringfence_carry_public_AuditEvent_documentId"();
--   commit;

-- 2.40 the tenant of public."AuditEvent" is an organization
--   id      backfill/public."AuditEvent"/reference/AuditEvent_client_id_fkey
--   proves  the tenant of public."AuditEvent" is an organization, for every row written from here on
--   needs   owner of public."AuditEvent"; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."AuditEvent" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."AuditEvent", public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."AuditEvent" add constraint "AuditEvent_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."AuditEvent" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."AuditEvent", public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."AuditEvent" drop constraint if exists "AuditEvent_client_id_fkey";
--   commit;

-- 2.41 index Comment_client_id_documentId_idx on public."Comment" (client_id, documentId)
--   id      backfill/public."Comment"/index/Comment_client_id_documentId_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Comment"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Comment_client_id_documentId_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Comment_client_id_documentId_idx";
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Comment_client_id_documentId_idx" on "public"."Comment" ("client_id", "documentId");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Comment_client_id_documentId_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Comment_client_id_documentId_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Comment_client_id_documentId_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Comment_client_id_documentId_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.42 reference of public."Comment" to public."Document" that carries the tenant
--   id      backfill/public."Comment"/reference/Comment_client_id_documentId_fkey
--   proves  reference of public."Comment" to public."Document" that carries the tenant, for every row written from here on
--   needs   owner of public."Comment"; REFERENCES on public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Comment" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Comment", public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Comment" add constraint "Comment_client_id_documentId_fkey" foreign key ("client_id", "documentId") references "public"."Document" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Comment" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Comment", public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Comment" drop constraint if exists "Comment_client_id_documentId_fkey";
--   commit;

-- 2.43 the tenant of public."Session" is an organization
--   id      backfill/public."Session"/reference/Session_client_id_fkey
--   proves  the tenant of public."Session" is an organization, for every row written from here on
--   needs   owner of public."Session"; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Session" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Session", public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Session" add constraint "Session_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Session" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Session", public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Session" drop constraint if exists "Session_client_id_fkey";
--   commit;

-- 2.44 index _DocumentWatchers_client_id_A_idx on public."_DocumentWatchers" (client_id, A)
--   id      backfill/public."_DocumentWatchers"/index/_DocumentWatchers_client_id_A_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."_DocumentWatchers"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."_DocumentWatchers_client_id_A_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."_DocumentWatchers_client_id_A_idx";
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "_DocumentWatchers_client_id_A_idx" on "public"."_DocumentWatchers" ("client_id", "A");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."_DocumentWatchers_client_id_A_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."_DocumentWatchers_client_id_A_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."_DocumentWatchers_client_id_A_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."_DocumentWatchers_client_id_A_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.45 reference of public."_DocumentWatchers" to public."Document" that carries the tenant
--   id      backfill/public."_DocumentWatchers"/reference/_DocumentWatchers_client_id_A_fkey
--   proves  reference of public."_DocumentWatchers" to public."Document" that carries the tenant, for every row written from here on
--   needs   owner of public."_DocumentWatchers"; REFERENCES on public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."_DocumentWatchers" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."_DocumentWatchers", public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."_DocumentWatchers" add constraint "_DocumentWatchers_client_id_A_fkey" foreign key ("client_id", "A") references "public"."Document" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."_DocumentWatchers" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers", public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."_DocumentWatchers" drop constraint if exists "_DocumentWatchers_client_id_A_fkey";
--   commit;

-- 2.46 a last sweep over public."Account", now that references carry every change
--   id      backfill/public."Account"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Account"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Account"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Account" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."userId", old."type", old."provider", old."providerAccountId"), row(new."id", new."userId", new."type", new."provider", new."providerAccountId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Account"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Account"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.47 a last sweep over public."Project", now that references carry every change
--   id      backfill/public."Project"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Project"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."ownerId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."ownerId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Project"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."ownerId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."ownerId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Project" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."name", old."slug", old."ownerId"), row(new."id", new."name", new."slug", new."ownerId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Project"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Project"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.48 a last sweep over public."Document", now that references carry every change
--   id      backfill/public."Document"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Document"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Document"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Document" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."title", old."projectId", old."createdById", old."updatedById", old."templateId"), row(new."id", new."title", new."projectId", new."createdById", new."updatedById", new."templateId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Document"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Document"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.49 a last sweep over public."AuditEvent", now that references carry every change
--   id      backfill/public."AuditEvent"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."AuditEvent"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
where t."client_id" is distinct from coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (coalesce(d1_1."client_id", d2.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."AuditEvent"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (coalesce(d1_1."client_id", d2.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."AuditEvent" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."actorId", old."documentId", old."action"), row(new."id", new."actorId", new."documentId", new."action")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."AuditEvent"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."AuditEvent"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.50 a last sweep over public."Comment", now that references carry every change
--   id      backfill/public."Comment"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Comment"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Comment"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Comment" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."body", old."documentId", old."authorId", old."parentCommentId"), row(new."id", new."body", new."documentId", new."authorId", new."parentCommentId")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Comment"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Comment"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.51 a last sweep over public."Session", now that references carry every change
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
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
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
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."Session" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."sessionToken", old."userId", old."expires"), row(new."id", new."sessionToken", new."userId", new."expires")) as intact
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

-- 2.52 a last sweep over public."_DocumentWatchers", now that references carry every change
--   id      backfill/public."_DocumentWatchers"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."_DocumentWatchers"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."_DocumentWatchers" t
  left join "public"."Document" d1_1 on d1_1."id" = t."A"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."_DocumentWatchers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."_DocumentWatchers" t
  left join "public"."Document" d1_1 on d1_1."id" = t."A"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."_DocumentWatchers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."A", old."B"), row(new."A", new."B")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."_DocumentWatchers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."_DocumentWatchers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.53 prove Account_client_id_fkey for the rows already in public."Account"
--   id      backfill/public."Account"/validate/Account_client_id_fkey
--   proves  Account_client_id_fkey holds for every row
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account", public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Account" validate constraint "Account_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.54 prove Project_client_id_fkey for the rows already in public."Project"
--   id      backfill/public."Project"/validate/Project_client_id_fkey
--   proves  Project_client_id_fkey holds for every row
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project", public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Project" validate constraint "Project_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.55 prove Document_client_id_projectId_fkey for the rows already in public."Document"
--   id      backfill/public."Document"/validate/Document_client_id_projectId_fkey
--   proves  Document_client_id_projectId_fkey holds for every row
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document", public."Project"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Document" validate constraint "Document_client_id_projectId_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.56 prove AuditEvent_client_id_fkey for the rows already in public."AuditEvent"
--   id      backfill/public."AuditEvent"/validate/AuditEvent_client_id_fkey
--   proves  AuditEvent_client_id_fkey holds for every row
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent", public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."AuditEvent" validate constraint "AuditEvent_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.57 prove Comment_client_id_documentId_fkey for the rows already in public."Comment"
--   id      backfill/public."Comment"/validate/Comment_client_id_documentId_fkey
--   proves  Comment_client_id_documentId_fkey holds for every row
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment", public."Document"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Comment" validate constraint "Comment_client_id_documentId_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.58 prove Session_client_id_fkey for the rows already in public."Session"
--   id      backfill/public."Session"/validate/Session_client_id_fkey
--   proves  Session_client_id_fkey holds for every row
--   needs   owner of public."Session"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Session", public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Session" validate constraint "Session_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.59 prove _DocumentWatchers_client_id_A_fkey for the rows already in public."_DocumentWatchers"
--   id      backfill/public."_DocumentWatchers"/validate/_DocumentWatchers_client_id_A_fkey
--   proves  _DocumentWatchers_client_id_A_fkey holds for every row
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers", public."Document"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."_DocumentWatchers" validate constraint "_DocumentWatchers_client_id_A_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.60 index Account_client_id_id_idx on public."Account" (client_id, id)
--   id      backfill/public."Account"/index/Account_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Account"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Account_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Account_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Account_client_id_id_idx" on "public"."Account" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Account_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Account_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Account_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Account_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.61 index AuditEvent_client_id_id_idx on public."AuditEvent" (client_id, id)
--   id      backfill/public."AuditEvent"/index/AuditEvent_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."AuditEvent"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."AuditEvent_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."AuditEvent_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "AuditEvent_client_id_id_idx" on "public"."AuditEvent" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."AuditEvent_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."AuditEvent_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."AuditEvent_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."AuditEvent_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.62 index Comment_client_id_id_idx on public."Comment" (client_id, id)
--   id      backfill/public."Comment"/index/Comment_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Comment"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Comment_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Comment_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Comment_client_id_id_idx" on "public"."Comment" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Comment_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Comment_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Comment_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Comment_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.63 index Session_client_id_id_idx on public."Session" (client_id, id)
--   id      backfill/public."Session"/index/Session_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Session"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Session_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Session_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Session"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Session_client_id_id_idx" on "public"."Session" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Session_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Session_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Session"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Session_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Session_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.64 fill triggers of public."Account" in their lasting form
--   id      backfill/public."Account"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Account"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Account" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Account";
create trigger "zzz_ringfence_fill_update" before update on "public"."Account" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId")) execute function "ringfence"."fill_public_Account"();
drop trigger if exists "ringfence_choice" on "public"."Account";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Account"', t."id"::text, t."client_id"::text, t."userId"::text
--   from "public"."Account" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Account"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Account" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Account"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Account";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Account" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Account"();
--   drop trigger if exists "ringfence_choice" on "public"."Account";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Account" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Account"();
--   commit;

-- 2.65 fill triggers of public."Project" in their lasting form
--   id      backfill/public."Project"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Project"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Project" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Project";
create trigger "zzz_ringfence_fill_update" before update on "public"."Project" for each row when ((old."client_id" is distinct from new."client_id" or old."ownerId" is distinct from new."ownerId")) execute function "ringfence"."fill_public_Project"();
drop trigger if exists "ringfence_choice" on "public"."Project";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Project"', t."id"::text, t."client_id"::text, t."ownerId"::text
--   from "public"."Project" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Project"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Project" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Project"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Project";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Project" for each row when ((old."client_id" is distinct from new."client_id" or old."ownerId" is distinct from new."ownerId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Project"();
--   drop trigger if exists "ringfence_choice" on "public"."Project";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Project" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Project"();
--   commit;

-- 2.66 fill triggers of public."Document" in their lasting form
--   id      backfill/public."Document"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Document"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Document" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Document";
create trigger "zzz_ringfence_fill_update" before update on "public"."Document" for each row when ((old."client_id" is distinct from new."client_id" or old."projectId" is distinct from new."projectId")) execute function "ringfence"."fill_public_Document"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Document"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Document" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Document"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Document";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Document" for each row when ((old."client_id" is distinct from new."client_id" or old."projectId" is distinct from new."projectId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Document"();
--   commit;

-- 2.67 fill triggers of public."AuditEvent" in their lasting form
--   id      backfill/public."AuditEvent"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."AuditEvent"
begin;
-- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."AuditEvent" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."AuditEvent";
create trigger "zzz_ringfence_fill_update" before update on "public"."AuditEvent" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId" or old."actorId" is distinct from new."actorId")) execute function "ringfence"."fill_public_AuditEvent"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."AuditEvent"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."AuditEvent" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."AuditEvent"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."AuditEvent";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."AuditEvent" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId" or old."actorId" is distinct from new."actorId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_AuditEvent"();
--   commit;

-- 2.68 fill triggers of public."Comment" in their lasting form
--   id      backfill/public."Comment"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Comment"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Comment";
create trigger "zzz_ringfence_fill_update" before update on "public"."Comment" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId")) execute function "ringfence"."fill_public_Comment"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Comment"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Comment"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Comment";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Comment" for each row when ((old."client_id" is distinct from new."client_id" or old."documentId" is distinct from new."documentId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Comment"();
--   commit;

-- 2.69 fill triggers of public."Session" in their lasting form
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
create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId")) execute function "ringfence"."fill_public_Session"();
drop trigger if exists "ringfence_choice" on "public"."Session";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public."Session"', t."id"::text, t."client_id"::text, t."userId"::text
--   from "public"."Session" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
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
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Session" for each row when ((old."client_id" is distinct from new."client_id" or old."userId" is distinct from new."userId") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Session"();
--   drop trigger if exists "ringfence_choice" on "public"."Session";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."Session" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_Session"();
--   commit;

-- 2.70 fill triggers of public."_DocumentWatchers" in their lasting form
--   id      backfill/public."_DocumentWatchers"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."_DocumentWatchers"
begin;
-- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."_DocumentWatchers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."_DocumentWatchers";
create trigger "zzz_ringfence_fill_update" before update on "public"."_DocumentWatchers" for each row when ((old."client_id" is distinct from new."client_id" or old."A" is distinct from new."A")) execute function "ringfence"."fill_public__DocumentWatchers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."_DocumentWatchers"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."_DocumentWatchers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."_DocumentWatchers"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."_DocumentWatchers";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."_DocumentWatchers" for each row when ((old."client_id" is distinct from new."client_id" or old."A" is distinct from new."A") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public__DocumentWatchers"();
--   commit;

-- gate RFG-DIFFERS:public."Account": every row of public."Account" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Account" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Account" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Account"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Account": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Project": every row of public."Project" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Project" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Project" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."ownerId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Project"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."ownerId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."ownerId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."ownerId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Project": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Document": every row of public."Document" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Document" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Document" t
  left join "public"."Project" d1_1 on d1_1."id" = t."projectId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Document": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."AuditEvent": every row of public."AuditEvent" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."AuditEvent" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."AuditEvent" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
  left join "ringfence"."home_memberships" d2 on d2.user_key = t."actorId"
where t."client_id" is distinct from coalesce(coalesce(d1_1."client_id", d2.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (coalesce(d1_1."client_id", d2.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."AuditEvent": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Comment": every row of public."Comment" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Comment" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Comment" t
  left join "public"."Document" d1_1 on d1_1."id" = t."documentId"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Comment": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public."Comment":Comment_parentCommentId_fkey: rows of public."Comment" refer to public."Comment" of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public."Comment""] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public."Comment" row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public."Comment" that belongs to ' || p."client_id"::text as detail
from "public"."Comment" t join "public"."Comment" p on p."id" = t."parentCommentId"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public."Comment":Comment_parentCommentId_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."Session": every row of public."Session" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Session" row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."Session" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."userId"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."Session"' and c.row_key = t."id"::text and c.owner_key is not distinct from t."userId"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."userId" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."userId" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Session": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public."_DocumentWatchers": every row of public."_DocumentWatchers" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."_DocumentWatchers" row ' || t.ctid::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."_DocumentWatchers" t
  left join "public"."Document" d1_1 on d1_1."id" = t."A"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."_DocumentWatchers": ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."Account"', '"public"."Project"', '"public"."Document"', '"public"."AuditEvent"', '"public"."Comment"', '"public"."Session"', '"public"."_DocumentWatchers"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."Account"', '"public"."Project"', '"public"."Document"', '"public"."AuditEvent"', '"public"."Comment"', '"public"."Session"', '"public"."_DocumentWatchers"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
