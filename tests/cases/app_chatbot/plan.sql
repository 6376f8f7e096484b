-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          auth.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     every user gets an organization of their own
-- tenant table   public.assistants: user_id -> home organization of that user
-- tenant table   public.assistant_files: assistant_id -> public.assistants
-- tenant table   public.assistant_workspaces: assistant_id -> public.assistants
-- tenant table   public.files: user_id -> home organization of that user
-- tenant table   public.file_items: file_id -> public.files
-- tenant table   public.profiles: user_id -> home organization of that user
-- tenant table   public.workspaces: user_id -> home organization of that user
-- tenant table   public.chats: workspace_id -> public.workspaces
-- tenant table   public.folders: workspace_id -> public.workspaces
-- tenant table   public.messages: chat_id -> public.chats
-- tenant table   public.message_file_items: message_id -> public.messages
-- excluded table auth.audit_log_entries: belongs to Supabase (schema auth)
-- excluded table auth.identities: belongs to Supabase (schema auth)
-- excluded table auth.mfa_amr_claims: belongs to Supabase (schema auth)
-- excluded table auth.mfa_factors: belongs to Supabase (schema auth)
-- excluded table auth.one_time_tokens: belongs to Supabase (schema auth)
-- excluded table auth.refresh_tokens: belongs to Supabase (schema auth)
-- excluded table auth.sessions: belongs to Supabase (schema auth)
-- excluded table auth.sso_domains: belongs to Supabase (schema auth)
-- excluded table auth.sso_providers: belongs to Supabase (schema auth)
-- excluded table auth.users: holds the users, who belong to organizations through memberships
-- excluded table cron.job: belongs to Supabase (schema cron)
-- excluded table cron.job_run_details: belongs to Supabase (schema cron)
-- excluded table net._http_response: belongs to Supabase (schema net)
-- excluded table net.http_request_queue: belongs to Supabase (schema net)
-- excluded table pgmq.meta: belongs to Supabase (schema pgmq)
-- excluded table realtime.messages: belongs to Supabase (schema realtime)
-- excluded table realtime.subscription: belongs to Supabase (schema realtime)
-- excluded table storage.buckets: belongs to Supabase (schema storage)
-- excluded table storage.migrations: belongs to Supabase (schema storage)
-- excluded table storage.objects: belongs to Supabase (schema storage)
-- excluded table storage.s3_multipart_uploads: belongs to Supabase (schema storage)
-- excluded table vault.secrets: belongs to Supabase (schema vault)
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
select 'REFERENCES on auth.users', 'grant references on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on auth.users', 'grant trigger on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on auth.users', 'grant select on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.assistants', 'grant <owner of public.assistants> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."assistants"'::pg_catalog.regclass), false)
union all
select 'owner of public.assistant_files', 'grant <owner of public.assistant_files> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."assistant_files"'::pg_catalog.regclass), false)
union all
select 'owner of public.assistant_workspaces', 'grant <owner of public.assistant_workspaces> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."assistant_workspaces"'::pg_catalog.regclass), false)
union all
select 'owner of public.files', 'grant <owner of public.files> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."files"'::pg_catalog.regclass), false)
union all
select 'owner of public.file_items', 'grant <owner of public.file_items> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."file_items"'::pg_catalog.regclass), false)
union all
select 'owner of public.profiles', 'grant <owner of public.profiles> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."profiles"'::pg_catalog.regclass), false)
union all
select 'owner of public.workspaces', 'grant <owner of public.workspaces> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."workspaces"'::pg_catalog.regclass), false)
union all
select 'owner of public.chats', 'grant <owner of public.chats> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."chats"'::pg_catalog.regclass), false)
union all
select 'owner of public.folders', 'grant <owner of public.folders> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."folders"'::pg_catalog.regclass), false)
union all
select 'owner of public.messages', 'grant <owner of public.messages> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."messages"'::pg_catalog.regclass), false)
union all
select 'owner of public.message_file_items', 'grant <owner of public.message_file_items> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."message_file_items"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.assistants', 'grant references on "public"."assistants" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."assistants"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.files', 'grant references on "public"."files" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."files"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.workspaces', 'grant references on "public"."workspaces" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."workspaces"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.chats', 'grant references on "public"."chats" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."chats"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.messages', 'grant references on "public"."messages" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."messages"'), 'REFERENCES'), true) as allowed), false)
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
revoke all on table "public"."organizations" from public, "authenticated", "anon";
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
--   needs   CREATE on schema public; REFERENCES on auth.users
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."user_organizations" (
  "user_id" uuid not null,
  "organization_id" uuid not null references "public"."organizations" ("id"),
  role text not null default 'member',
  "is_home" boolean not null default false,
  created_at timestamptz not null default pg_catalog.now(),
  primary key ("user_id", "organization_id")
);
create unique index "user_organizations_home_key" on "public"."user_organizations" ("user_id") where "is_home";
create index "user_organizations_members_idx" on "public"."user_organizations" ("organization_id", "user_id");
alter table "public"."user_organizations" enable row level security;
revoke all on table "public"."user_organizations" from public, "authenticated", "anon";
-- SHARE ROW EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "auth"."users" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on auth.users; lock 50 ms, run 5 s
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
  and exists (select from "auth"."users" u where u."id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in auth.users gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on auth.users; SELECT on auth.users
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
from "auth"."users" u
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
-- SHARE UPDATE EXCLUSIVE on auth.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "auth"."users" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "auth"."users" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on auth.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "auth"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.assistants
--   id      expand/public.assistants/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_assistants"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."user_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."user_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."user_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_assistants"() from public;
create or replace function "ringfence"."settle_public_assistants"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."assistants" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_assistants"() from public;
create or replace function "ringfence"."choice_public_assistants"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.assistants', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_assistants"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_assistants"();
--   drop function if exists "ringfence"."settle_public_assistants"();
--   drop function if exists "ringfence"."fill_public_assistants"();
--   commit;

-- 1.7 tenant column and fill triggers on public.assistants
--   id      expand/public.assistants/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."assistants" for each row execute function "ringfence"."fill_public_assistants"();
create trigger "zzz_ringfence_fill_update" before update on "public"."assistants" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistants"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."assistants" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_assistants"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."assistants" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_assistants"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."assistants";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistants";
--   drop trigger if exists "00_ringfence_settle" on "public"."assistants";
--   drop trigger if exists "ringfence_choice" on "public"."assistants";
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistants" drop column if exists "client_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.assistant_files
--   id      expand/public.assistant_files/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_assistant_files"() returns trigger
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
    select p1."client_id" into derived from "public"."assistants" p1
      where p1."id" = new."assistant_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_assistant_files"() from public;
create or replace function "ringfence"."settle_public_assistant_files"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."assistant_files" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
        where t."assistant_id" = new."assistant_id" and t."file_id" = new."file_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."assistant_id" = new."assistant_id" and u."file_id" = new."file_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_assistant_files"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_assistant_files"();
--   drop function if exists "ringfence"."fill_public_assistant_files"();
--   commit;

-- 1.9 tenant column and fill triggers on public.assistant_files
--   id      expand/public.assistant_files/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."assistant_files" for each row execute function "ringfence"."fill_public_assistant_files"();
create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_files" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistant_files"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."assistant_files" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_assistant_files"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."assistant_files";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_files";
--   drop trigger if exists "00_ringfence_settle" on "public"."assistant_files";
--   -- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_files" drop column if exists "client_id";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.assistant_workspaces
--   id      expand/public.assistant_workspaces/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_assistant_workspaces"() returns trigger
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
    select p1."client_id" into derived from "public"."assistants" p1
      where p1."id" = new."assistant_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_assistant_workspaces"() from public;
create or replace function "ringfence"."settle_public_assistant_workspaces"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."assistant_workspaces" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
        where t."assistant_id" = new."assistant_id" and t."workspace_id" = new."workspace_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."assistant_id" = new."assistant_id" and u."workspace_id" = new."workspace_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_assistant_workspaces"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_assistant_workspaces"();
--   drop function if exists "ringfence"."fill_public_assistant_workspaces"();
--   commit;

-- 1.11 tenant column and fill triggers on public.assistant_workspaces
--   id      expand/public.assistant_workspaces/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."assistant_workspaces" for each row execute function "ringfence"."fill_public_assistant_workspaces"();
create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistant_workspaces"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."assistant_workspaces" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_assistant_workspaces"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."assistant_workspaces";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_workspaces";
--   drop trigger if exists "00_ringfence_settle" on "public"."assistant_workspaces";
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_workspaces" drop column if exists "client_id";
--   commit;

-- 1.12 functions that give a tenant to what old code writes into public.files
--   id      expand/public.files/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_files"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."user_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."user_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."user_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_files"() from public;
create or replace function "ringfence"."settle_public_files"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."files" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_files"() from public;
create or replace function "ringfence"."choice_public_files"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.files', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_files"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_files"();
--   drop function if exists "ringfence"."settle_public_files"();
--   drop function if exists "ringfence"."fill_public_files"();
--   commit;

-- 1.13 tenant column and fill triggers on public.files
--   id      expand/public.files/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."files" for each row execute function "ringfence"."fill_public_files"();
create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_files"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."files" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_files"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."files" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_files"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."files";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."files";
--   drop trigger if exists "00_ringfence_settle" on "public"."files";
--   drop trigger if exists "ringfence_choice" on "public"."files";
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop column if exists "client_id";
--   commit;

-- 1.14 functions that give a tenant to what old code writes into public.file_items
--   id      expand/public.file_items/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_file_items"() returns trigger
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
    select p1."client_id" into derived from "public"."files" p1
      where p1."id" = new."file_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_file_items"() from public;
create or replace function "ringfence"."settle_public_file_items"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."file_items" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_file_items"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_file_items"();
--   drop function if exists "ringfence"."fill_public_file_items"();
--   commit;

-- 1.15 tenant column and fill triggers on public.file_items
--   id      expand/public.file_items/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."file_items" for each row execute function "ringfence"."fill_public_file_items"();
create trigger "zzz_ringfence_fill_update" before update on "public"."file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."file_id" is distinct from new."file_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_file_items"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."file_items" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_file_items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."file_items";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_items";
--   drop trigger if exists "00_ringfence_settle" on "public"."file_items";
--   -- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_items" drop column if exists "client_id";
--   commit;

-- 1.16 functions that give a tenant to what old code writes into public.profiles
--   id      expand/public.profiles/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_profiles"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."user_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."user_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."user_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_profiles"() from public;
create or replace function "ringfence"."settle_public_profiles"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."profiles" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_profiles"() from public;
create or replace function "ringfence"."choice_public_profiles"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.profiles', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_profiles"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_profiles"();
--   drop function if exists "ringfence"."settle_public_profiles"();
--   drop function if exists "ringfence"."fill_public_profiles"();
--   commit;

-- 1.17 tenant column and fill triggers on public.profiles
--   id      expand/public.profiles/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."profiles" for each row execute function "ringfence"."fill_public_profiles"();
create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_profiles"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."profiles" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_profiles"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."profiles" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_profiles"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."profiles";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
--   drop trigger if exists "00_ringfence_settle" on "public"."profiles";
--   drop trigger if exists "ringfence_choice" on "public"."profiles";
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop column if exists "client_id";
--   commit;

-- 1.18 functions that give a tenant to what old code writes into public.workspaces
--   id      expand/public.workspaces/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_workspaces"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."user_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."user_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."user_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_workspaces"() from public;
create or replace function "ringfence"."settle_public_workspaces"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."workspaces" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_workspaces"() from public;
create or replace function "ringfence"."choice_public_workspaces"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.workspaces', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_workspaces"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_workspaces"();
--   drop function if exists "ringfence"."settle_public_workspaces"();
--   drop function if exists "ringfence"."fill_public_workspaces"();
--   commit;

-- 1.19 tenant column and fill triggers on public.workspaces
--   id      expand/public.workspaces/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."workspaces" for each row execute function "ringfence"."fill_public_workspaces"();
create trigger "zzz_ringfence_fill_update" before update on "public"."workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_workspaces"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."workspaces" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_workspaces"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."workspaces" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_workspaces"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."workspaces";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."workspaces";
--   drop trigger if exists "00_ringfence_settle" on "public"."workspaces";
--   drop trigger if exists "ringfence_choice" on "public"."workspaces";
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."workspaces" drop column if exists "client_id";
--   commit;

-- 1.20 functions that give a tenant to what old code writes into public.chats
--   id      expand/public.chats/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_chats"() returns trigger
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
    select p1."client_id" into derived from "public"."workspaces" p1
      where p1."id" = new."workspace_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_chats"() from public;
create or replace function "ringfence"."settle_public_chats"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."chats" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_chats"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_chats"();
--   drop function if exists "ringfence"."fill_public_chats"();
--   commit;

-- 1.21 tenant column and fill triggers on public.chats
--   id      expand/public.chats/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."chats" for each row execute function "ringfence"."fill_public_chats"();
create trigger "zzz_ringfence_fill_update" before update on "public"."chats" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_chats"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."chats" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_chats"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."chats";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."chats";
--   drop trigger if exists "00_ringfence_settle" on "public"."chats";
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."chats" drop column if exists "client_id";
--   commit;

-- 1.22 functions that give a tenant to what old code writes into public.folders
--   id      expand/public.folders/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_folders"() returns trigger
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
    select p1."client_id" into derived from "public"."workspaces" p1
      where p1."id" = new."workspace_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_folders"() from public;
create or replace function "ringfence"."settle_public_folders"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."folders" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_folders"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_folders"();
--   drop function if exists "ringfence"."fill_public_folders"();
--   commit;

-- 1.23 tenant column and fill triggers on public.folders
--   id      expand/public.folders/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."folders" for each row execute function "ringfence"."fill_public_folders"();
create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_folders"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."folders" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_folders"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."folders";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."folders";
--   drop trigger if exists "00_ringfence_settle" on "public"."folders";
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" drop column if exists "client_id";
--   commit;

-- 1.24 functions that give a tenant to what old code writes into public.messages
--   id      expand/public.messages/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_messages"() returns trigger
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
    select p1."client_id" into derived from "public"."chats" p1
      where p1."id" = new."chat_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_messages"() from public;
create or replace function "ringfence"."settle_public_messages"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."messages" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_messages"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_messages"();
--   drop function if exists "ringfence"."fill_public_messages"();
--   commit;

-- 1.25 tenant column and fill triggers on public.messages
--   id      expand/public.messages/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."messages" for each row execute function "ringfence"."fill_public_messages"();
create trigger "zzz_ringfence_fill_update" before update on "public"."messages" for each row when ((old."client_id" is distinct from new."client_id" or old."chat_id" is distinct from new."chat_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_messages"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."messages" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_messages"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."messages";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."messages";
--   drop trigger if exists "00_ringfence_settle" on "public"."messages";
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."messages" drop column if exists "client_id";
--   commit;

-- 1.26 functions that give a tenant to what old code writes into public.message_file_items
--   id      expand/public.message_file_items/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_message_file_items"() returns trigger
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
    select p1."client_id" into derived from "public"."messages" p1
      where p1."id" = new."message_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_message_file_items"() from public;
create or replace function "ringfence"."settle_public_message_file_items"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."message_file_items" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
        where t."message_id" = new."message_id" and t."file_item_id" = new."file_item_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."message_id" = new."message_id" and u."file_item_id" = new."file_item_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_message_file_items"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_message_file_items"();
--   drop function if exists "ringfence"."fill_public_message_file_items"();
--   commit;

-- 1.27 tenant column and fill triggers on public.message_file_items
--   id      expand/public.message_file_items/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."message_file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."message_file_items" for each row execute function "ringfence"."fill_public_message_file_items"();
create trigger "zzz_ringfence_fill_update" before update on "public"."message_file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."message_id" is distinct from new."message_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_message_file_items"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."message_file_items" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_message_file_items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."message_file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."message_file_items";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."message_file_items";
--   drop trigger if exists "00_ringfence_settle" on "public"."message_file_items";
--   -- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."message_file_items" drop column if exists "client_id";
--   commit;

-- 1.28 what people decide from here on is kept when the phase is reverted
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
--   select 'public.assistants', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."assistants" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.files', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."files" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.profiles', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."profiles" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.workspaces', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."workspaces" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
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
from (values ('"public"."assistants"', 'client_id'), ('"public"."assistant_files"', 'client_id'), ('"public"."assistant_workspaces"', 'client_id'), ('"public"."files"', 'client_id'), ('"public"."file_items"', 'client_id'), ('"public"."profiles"', 'client_id'), ('"public"."workspaces"', 'client_id'), ('"public"."chats"', 'client_id'), ('"public"."folders"', 'client_id'), ('"public"."messages"', 'client_id'), ('"public"."message_file_items"', 'client_id')) w (t, c)
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
--   needs   SELECT on auth.users
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."id" as user_key from "auth"."users" w
  where not exists (select from "public"."user_organizations" x where x."user_id" = w."id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key, 'user:' || u."id"::text as key, 'Personal organization'::text as name, true as home
from "auth"."users" u
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

-- 2.3 the right tenant for every row of public.assistants
--   id      backfill/public.assistants/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistants
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."assistants";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistants"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistants" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."folder_id", old."name", old."model", old."sharing"), row(new."id", new."user_id", new."folder_id", new."name", new."model", new."sharing")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistants"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistants"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.assistant_files
--   id      backfill/public.assistant_files/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistant_files
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."assistant_files";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistant_files"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistant_files" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."assistant_id", old."file_id"), row(new."user_id", new."assistant_id", new."file_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistant_files"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistant_files"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.assistant_workspaces
--   id      backfill/public.assistant_workspaces/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistant_workspaces
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."assistant_workspaces";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistant_workspaces"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistant_workspaces" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."assistant_id", old."workspace_id"), row(new."user_id", new."assistant_id", new."workspace_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistant_workspaces"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistant_workspaces"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public.files
--   id      backfill/public.files/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.files
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."files";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."files"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."files" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."folder_id", old."file_path", old."tokens"), row(new."id", new."user_id", new."folder_id", new."file_path", new."tokens")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."files"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."files"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public.file_items
--   id      backfill/public.file_items/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.file_items
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."file_items";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."file_items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."file_items" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."file_id", old."user_id", old."content"), row(new."id", new."file_id", new."user_id", new."content")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."file_items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."file_items"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 the right tenant for every row of public.profiles
--   id      backfill/public.profiles/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.profiles
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."profiles";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."profiles"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."profiles" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."created_at", old."username", old."display_name"), row(new."id", new."user_id", new."created_at", new."username", new."display_name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."profiles"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."profiles"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.9 the right tenant for every row of public.workspaces
--   id      backfill/public.workspaces/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.workspaces
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."workspaces";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."workspaces"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."workspaces" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."created_at", old."name", old."is_home"), row(new."id", new."user_id", new."created_at", new."name", new."is_home")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."workspaces"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."workspaces"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.10 the right tenant for every row of public.chats
--   id      backfill/public.chats/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.chats
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."chats";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."chats"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."chats" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."workspace_id", old."assistant_id", old."folder_id", old."name"), row(new."id", new."user_id", new."workspace_id", new."assistant_id", new."folder_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."chats"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."chats"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.11 the right tenant for every row of public.folders
--   id      backfill/public.folders/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.folders
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."folders";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."folders"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."folders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."workspace_id", old."name"), row(new."id", new."user_id", new."workspace_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."folders"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."folders"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.12 the right tenant for every row of public.messages
--   id      backfill/public.messages/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.messages
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."messages";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."messages"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."messages" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."chat_id", old."user_id", old."assistant_id", old."role", old."content", old."sequence_number"), row(new."id", new."chat_id", new."user_id", new."assistant_id", new."role", new."content", new."sequence_number")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."messages"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."messages"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.13 the right tenant for every row of public.message_file_items
--   id      backfill/public.message_file_items/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.message_file_items
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."message_file_items";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."message_file_items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."message_file_items" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."message_id", old."file_item_id"), row(new."user_id", new."message_id", new."file_item_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."message_file_items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."message_file_items"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.14 every new row of public.assistants must have a tenant
--   id      backfill/public.assistants/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" add constraint "assistants_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistants" drop constraint if exists "assistants_client_id_present";
--   commit;

-- 2.15 prove assistants_client_id_present for the rows already in public.assistants
--   id      backfill/public.assistants/validate/assistants_client_id_present
--   proves  assistants_client_id_present holds for every row
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistants" validate constraint "assistants_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.16 public.assistants.client_id is NOT NULL
--   id      backfill/public.assistants/not_null
--   proves  no row is without tenant
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" drop constraint if exists "assistants_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistants" alter column "client_id" drop not null;
--   commit;

-- 2.17 every new row of public.assistant_files must have a tenant
--   id      backfill/public.assistant_files/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" add constraint "assistant_files_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_files" drop constraint if exists "assistant_files_client_id_present";
--   commit;

-- 2.18 prove assistant_files_client_id_present for the rows already in public.assistant_files
--   id      backfill/public.assistant_files/validate/assistant_files_client_id_present
--   proves  assistant_files_client_id_present holds for every row
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistant_files" validate constraint "assistant_files_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.19 public.assistant_files.client_id is NOT NULL
--   id      backfill/public.assistant_files/not_null
--   proves  no row is without tenant
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" drop constraint if exists "assistant_files_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_files" alter column "client_id" drop not null;
--   commit;

-- 2.20 every new row of public.assistant_workspaces must have a tenant
--   id      backfill/public.assistant_workspaces/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" add constraint "assistant_workspaces_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_workspaces" drop constraint if exists "assistant_workspaces_client_id_present";
--   commit;

-- 2.21 prove assistant_workspaces_client_id_present for the rows already in public.assistant_workspaces
--   id      backfill/public.assistant_workspaces/validate/assistant_workspaces_client_id_present
--   proves  assistant_workspaces_client_id_present holds for every row
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistant_workspaces" validate constraint "assistant_workspaces_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.22 public.assistant_workspaces.client_id is NOT NULL
--   id      backfill/public.assistant_workspaces/not_null
--   proves  no row is without tenant
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" drop constraint if exists "assistant_workspaces_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_workspaces" alter column "client_id" drop not null;
--   commit;

-- 2.23 every new row of public.files must have a tenant
--   id      backfill/public.files/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" add constraint "files_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop constraint if exists "files_client_id_present";
--   commit;

-- 2.24 prove files_client_id_present for the rows already in public.files
--   id      backfill/public.files/validate/files_client_id_present
--   proves  files_client_id_present holds for every row
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."files" validate constraint "files_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.25 public.files.client_id is NOT NULL
--   id      backfill/public.files/not_null
--   proves  no row is without tenant
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" drop constraint if exists "files_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" alter column "client_id" drop not null;
--   commit;

-- 2.26 every new row of public.file_items must have a tenant
--   id      backfill/public.file_items/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" add constraint "file_items_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_items" drop constraint if exists "file_items_client_id_present";
--   commit;

-- 2.27 prove file_items_client_id_present for the rows already in public.file_items
--   id      backfill/public.file_items/validate/file_items_client_id_present
--   proves  file_items_client_id_present holds for every row
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."file_items" validate constraint "file_items_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.28 public.file_items.client_id is NOT NULL
--   id      backfill/public.file_items/not_null
--   proves  no row is without tenant
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" drop constraint if exists "file_items_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_items" alter column "client_id" drop not null;
--   commit;

-- 2.29 every new row of public.profiles must have a tenant
--   id      backfill/public.profiles/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add constraint "profiles_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop constraint if exists "profiles_client_id_present";
--   commit;

-- 2.30 prove profiles_client_id_present for the rows already in public.profiles
--   id      backfill/public.profiles/validate/profiles_client_id_present
--   proves  profiles_client_id_present holds for every row
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."profiles" validate constraint "profiles_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.31 public.profiles.client_id is NOT NULL
--   id      backfill/public.profiles/not_null
--   proves  no row is without tenant
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" drop constraint if exists "profiles_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" alter column "client_id" drop not null;
--   commit;

-- 2.32 every new row of public.workspaces must have a tenant
--   id      backfill/public.workspaces/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" add constraint "workspaces_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."workspaces" drop constraint if exists "workspaces_client_id_present";
--   commit;

-- 2.33 prove workspaces_client_id_present for the rows already in public.workspaces
--   id      backfill/public.workspaces/validate/workspaces_client_id_present
--   proves  workspaces_client_id_present holds for every row
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."workspaces" validate constraint "workspaces_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.34 public.workspaces.client_id is NOT NULL
--   id      backfill/public.workspaces/not_null
--   proves  no row is without tenant
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" drop constraint if exists "workspaces_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."workspaces" alter column "client_id" drop not null;
--   commit;

-- 2.35 every new row of public.chats must have a tenant
--   id      backfill/public.chats/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" add constraint "chats_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."chats" drop constraint if exists "chats_client_id_present";
--   commit;

-- 2.36 prove chats_client_id_present for the rows already in public.chats
--   id      backfill/public.chats/validate/chats_client_id_present
--   proves  chats_client_id_present holds for every row
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."chats" validate constraint "chats_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.37 public.chats.client_id is NOT NULL
--   id      backfill/public.chats/not_null
--   proves  no row is without tenant
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" drop constraint if exists "chats_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."chats" alter column "client_id" drop not null;
--   commit;

-- 2.38 every new row of public.folders must have a tenant
--   id      backfill/public.folders/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" add constraint "folders_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" drop constraint if exists "folders_client_id_present";
--   commit;

-- 2.39 prove folders_client_id_present for the rows already in public.folders
--   id      backfill/public.folders/validate/folders_client_id_present
--   proves  folders_client_id_present holds for every row
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."folders" validate constraint "folders_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.40 public.folders.client_id is NOT NULL
--   id      backfill/public.folders/not_null
--   proves  no row is without tenant
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" drop constraint if exists "folders_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" alter column "client_id" drop not null;
--   commit;

-- 2.41 every new row of public.messages must have a tenant
--   id      backfill/public.messages/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" add constraint "messages_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."messages" drop constraint if exists "messages_client_id_present";
--   commit;

-- 2.42 prove messages_client_id_present for the rows already in public.messages
--   id      backfill/public.messages/validate/messages_client_id_present
--   proves  messages_client_id_present holds for every row
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."messages" validate constraint "messages_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.43 public.messages.client_id is NOT NULL
--   id      backfill/public.messages/not_null
--   proves  no row is without tenant
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" drop constraint if exists "messages_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."messages" alter column "client_id" drop not null;
--   commit;

-- 2.44 every new row of public.message_file_items must have a tenant
--   id      backfill/public.message_file_items/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."message_file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" add constraint "message_file_items_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."message_file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."message_file_items" drop constraint if exists "message_file_items_client_id_present";
--   commit;

-- 2.45 prove message_file_items_client_id_present for the rows already in public.message_file_items
--   id      backfill/public.message_file_items/validate/message_file_items_client_id_present
--   proves  message_file_items_client_id_present holds for every row
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."message_file_items" validate constraint "message_file_items_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.46 public.message_file_items.client_id is NOT NULL
--   id      backfill/public.message_file_items/not_null
--   proves  no row is without tenant
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."message_file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" drop constraint if exists "message_file_items_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."message_file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."message_file_items" alter column "client_id" drop not null;
--   commit;

-- 2.47 index assistants_client_id_id_key on public.assistants (client_id, id)
--   id      backfill/public.assistants/index/assistants_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.assistants
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistants_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."assistants_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "assistants_client_id_id_key" on "public"."assistants" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistants_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."assistants_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."assistants_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."assistants_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.48 unique key (client_id, id) on public.assistants, the target of tenant-consistent references
--   id      backfill/public.assistants/unique/assistants_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" add constraint "assistants_client_id_id_key" unique using index "assistants_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistants" drop constraint if exists "assistants_client_id_id_key";
--   commit;

-- 2.49 index files_client_id_id_key on public.files (client_id, id)
--   id      backfill/public.files/index/files_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.files
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."files_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."files_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.files; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "files_client_id_id_key" on "public"."files" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."files_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."files_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."files_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."files_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.50 unique key (client_id, id) on public.files, the target of tenant-consistent references
--   id      backfill/public.files/unique/files_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" add constraint "files_client_id_id_key" unique using index "files_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop constraint if exists "files_client_id_id_key";
--   commit;

-- 2.51 index workspaces_client_id_id_key on public.workspaces (client_id, id)
--   id      backfill/public.workspaces/index/workspaces_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.workspaces
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."workspaces_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."workspaces_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "workspaces_client_id_id_key" on "public"."workspaces" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."workspaces_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."workspaces_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."workspaces_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."workspaces_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.52 unique key (client_id, id) on public.workspaces, the target of tenant-consistent references
--   id      backfill/public.workspaces/unique/workspaces_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" add constraint "workspaces_client_id_id_key" unique using index "workspaces_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."workspaces" drop constraint if exists "workspaces_client_id_id_key";
--   commit;

-- 2.53 index chats_client_id_id_key on public.chats (client_id, id)
--   id      backfill/public.chats/index/chats_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.chats
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."chats_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."chats_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.chats; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "chats_client_id_id_key" on "public"."chats" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."chats_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."chats_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."chats_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."chats_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.54 unique key (client_id, id) on public.chats, the target of tenant-consistent references
--   id      backfill/public.chats/unique/chats_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" add constraint "chats_client_id_id_key" unique using index "chats_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."chats" drop constraint if exists "chats_client_id_id_key";
--   commit;

-- 2.55 index messages_client_id_id_key on public.messages (client_id, id)
--   id      backfill/public.messages/index/messages_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.messages
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."messages_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."messages_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.messages; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "messages_client_id_id_key" on "public"."messages" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."messages_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."messages_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."messages_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."messages_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.56 unique key (client_id, id) on public.messages, the target of tenant-consistent references
--   id      backfill/public.messages/unique/messages_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" add constraint "messages_client_id_id_key" unique using index "messages_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."messages" drop constraint if exists "messages_client_id_id_key";
--   commit;

-- 2.57 the tenant of public.assistants is an organization
--   id      backfill/public.assistants/reference/assistants_client_id_fkey
--   proves  the tenant of public.assistants is an organization, for every row written from here on
--   needs   owner of public.assistants; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.assistants, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistants" add constraint "assistants_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistants" drop constraint if exists "assistants_client_id_fkey";
--   commit;

-- 2.58 index assistant_files_client_id_assistant_id_idx on public.assistant_files (client_id, assistant_id)
--   id      backfill/public.assistant_files/index/assistant_files_client_id_assistant_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.assistant_files
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "assistant_files_client_id_assistant_id_idx" on "public"."assistant_files" ("client_id", "assistant_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.59 reference of public.assistant_files to public.assistants that carries the tenant
--   id      backfill/public.assistant_files/reference/assistant_files_client_id_assistant_id_fkey
--   proves  reference of public.assistant_files to public.assistants that carries the tenant, for every row written from here on
--   needs   owner of public.assistant_files; REFERENCES on public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_files" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.assistant_files, public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_files" add constraint "assistant_files_client_id_assistant_id_fkey" foreign key ("client_id", "assistant_id") references "public"."assistants" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_files" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_files, public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_files" drop constraint if exists "assistant_files_client_id_assistant_id_fkey";
--   commit;

-- 2.60 index assistant_workspaces_client_id_assistant_id_idx on public.assistant_workspaces (client_id, assistant_id)
--   id      backfill/public.assistant_workspaces/index/assistant_workspaces_client_id_assistant_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.assistant_workspaces
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "assistant_workspaces_client_id_assistant_id_idx" on "public"."assistant_workspaces" ("client_id", "assistant_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.61 reference of public.assistant_workspaces to public.assistants that carries the tenant
--   id      backfill/public.assistant_workspaces/reference/assistant_workspaces_client_id_assistant_id_fkey
--   proves  reference of public.assistant_workspaces to public.assistants that carries the tenant, for every row written from here on
--   needs   owner of public.assistant_workspaces; REFERENCES on public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_workspaces" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.assistant_workspaces, public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."assistant_workspaces" add constraint "assistant_workspaces_client_id_assistant_id_fkey" foreign key ("client_id", "assistant_id") references "public"."assistants" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_workspaces" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces, public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."assistant_workspaces" drop constraint if exists "assistant_workspaces_client_id_assistant_id_fkey";
--   commit;

-- 2.62 the tenant of public.files is an organization
--   id      backfill/public.files/reference/files_client_id_fkey
--   proves  the tenant of public.files is an organization, for every row written from here on
--   needs   owner of public.files; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.files, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" add constraint "files_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop constraint if exists "files_client_id_fkey";
--   commit;

-- 2.63 index file_items_client_id_file_id_idx on public.file_items (client_id, file_id)
--   id      backfill/public.file_items/index/file_items_client_id_file_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.file_items
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_items_client_id_file_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."file_items_client_id_file_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "file_items_client_id_file_id_idx" on "public"."file_items" ("client_id", "file_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_items_client_id_file_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."file_items_client_id_file_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."file_items_client_id_file_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."file_items_client_id_file_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.64 reference of public.file_items to public.files that carries the tenant
--   id      backfill/public.file_items/reference/file_items_client_id_file_id_fkey
--   proves  reference of public.file_items to public.files that carries the tenant, for every row written from here on
--   needs   owner of public.file_items; REFERENCES on public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_items" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.file_items, public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_items" add constraint "file_items_client_id_file_id_fkey" foreign key ("client_id", "file_id") references "public"."files" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_items" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_items, public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_items" drop constraint if exists "file_items_client_id_file_id_fkey";
--   commit;

-- 2.65 the tenant of public.profiles is an organization
--   id      backfill/public.profiles/reference/profiles_client_id_fkey
--   proves  the tenant of public.profiles is an organization, for every row written from here on
--   needs   owner of public.profiles; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.profiles, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add constraint "profiles_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop constraint if exists "profiles_client_id_fkey";
--   commit;

-- 2.66 the tenant of public.workspaces is an organization
--   id      backfill/public.workspaces/reference/workspaces_client_id_fkey
--   proves  the tenant of public.workspaces is an organization, for every row written from here on
--   needs   owner of public.workspaces; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.workspaces, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."workspaces" add constraint "workspaces_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."workspaces" drop constraint if exists "workspaces_client_id_fkey";
--   commit;

-- 2.67 index chats_client_id_workspace_id_idx on public.chats (client_id, workspace_id)
--   id      backfill/public.chats/index/chats_client_id_workspace_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.chats
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."chats_client_id_workspace_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."chats_client_id_workspace_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.chats; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "chats_client_id_workspace_id_idx" on "public"."chats" ("client_id", "workspace_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."chats_client_id_workspace_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."chats_client_id_workspace_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."chats_client_id_workspace_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."chats_client_id_workspace_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.68 reference of public.chats to public.workspaces that carries the tenant
--   id      backfill/public.chats/reference/chats_client_id_workspace_id_fkey
--   proves  reference of public.chats to public.workspaces that carries the tenant, for every row written from here on
--   needs   owner of public.chats; REFERENCES on public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.chats, public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."chats" add constraint "chats_client_id_workspace_id_fkey" foreign key ("client_id", "workspace_id") references "public"."workspaces" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats, public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."chats" drop constraint if exists "chats_client_id_workspace_id_fkey";
--   commit;

-- 2.69 index folders_client_id_workspace_id_idx on public.folders (client_id, workspace_id)
--   id      backfill/public.folders/index/folders_client_id_workspace_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.folders
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."folders_client_id_workspace_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."folders_client_id_workspace_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.folders; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "folders_client_id_workspace_id_idx" on "public"."folders" ("client_id", "workspace_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."folders_client_id_workspace_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."folders_client_id_workspace_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."folders_client_id_workspace_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."folders_client_id_workspace_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.70 reference of public.folders to public.workspaces that carries the tenant
--   id      backfill/public.folders/reference/folders_client_id_workspace_id_fkey
--   proves  reference of public.folders to public.workspaces that carries the tenant, for every row written from here on
--   needs   owner of public.folders; REFERENCES on public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.folders, public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" add constraint "folders_client_id_workspace_id_fkey" foreign key ("client_id", "workspace_id") references "public"."workspaces" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders, public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" drop constraint if exists "folders_client_id_workspace_id_fkey";
--   commit;

-- 2.71 index messages_client_id_chat_id_idx on public.messages (client_id, chat_id)
--   id      backfill/public.messages/index/messages_client_id_chat_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.messages
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."messages_client_id_chat_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."messages_client_id_chat_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.messages; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "messages_client_id_chat_id_idx" on "public"."messages" ("client_id", "chat_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."messages_client_id_chat_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."messages_client_id_chat_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."messages_client_id_chat_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."messages_client_id_chat_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.72 reference of public.messages to public.chats that carries the tenant
--   id      backfill/public.messages/reference/messages_client_id_chat_id_fkey
--   proves  reference of public.messages to public.chats that carries the tenant, for every row written from here on
--   needs   owner of public.messages; REFERENCES on public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.messages, public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."messages" add constraint "messages_client_id_chat_id_fkey" foreign key ("client_id", "chat_id") references "public"."chats" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages, public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."messages" drop constraint if exists "messages_client_id_chat_id_fkey";
--   commit;

-- 2.73 index message_file_items_client_id_message_id_idx on public.message_file_items (client_id, message_id)
--   id      backfill/public.message_file_items/index/message_file_items_client_id_message_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.message_file_items
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."message_file_items_client_id_message_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "message_file_items_client_id_message_id_idx" on "public"."message_file_items" ("client_id", "message_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."message_file_items_client_id_message_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."message_file_items_client_id_message_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.74 reference of public.message_file_items to public.messages that carries the tenant
--   id      backfill/public.message_file_items/reference/message_file_items_client_id_message_id_fkey
--   proves  reference of public.message_file_items to public.messages that carries the tenant, for every row written from here on
--   needs   owner of public.message_file_items; REFERENCES on public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."message_file_items" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.message_file_items, public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."message_file_items" add constraint "message_file_items_client_id_message_id_fkey" foreign key ("client_id", "message_id") references "public"."messages" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."message_file_items" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.message_file_items, public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."message_file_items" drop constraint if exists "message_file_items_client_id_message_id_fkey";
--   commit;

-- 2.75 a last sweep over public.assistants, now that references carry every change
--   id      backfill/public.assistants/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistants
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistants"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistants" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."folder_id", old."name", old."model", old."sharing"), row(new."id", new."user_id", new."folder_id", new."name", new."model", new."sharing")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistants"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistants"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.76 a last sweep over public.assistant_files, now that references carry every change
--   id      backfill/public.assistant_files/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistant_files
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistant_files"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistant_files" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."assistant_id", old."file_id"), row(new."user_id", new."assistant_id", new."file_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistant_files"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistant_files"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.77 a last sweep over public.assistant_workspaces, now that references carry every change
--   id      backfill/public.assistant_workspaces/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.assistant_workspaces
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."assistant_workspaces"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."assistant_workspaces" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."assistant_id", old."workspace_id"), row(new."user_id", new."assistant_id", new."workspace_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."assistant_workspaces"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."assistant_workspaces"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.78 a last sweep over public.files, now that references carry every change
--   id      backfill/public.files/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.files
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."files"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."files" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."folder_id", old."file_path", old."tokens"), row(new."id", new."user_id", new."folder_id", new."file_path", new."tokens")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."files"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."files"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.79 a last sweep over public.file_items, now that references carry every change
--   id      backfill/public.file_items/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.file_items
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."file_items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."file_items" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."file_id", old."user_id", old."content"), row(new."id", new."file_id", new."user_id", new."content")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."file_items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."file_items"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.80 a last sweep over public.profiles, now that references carry every change
--   id      backfill/public.profiles/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.profiles
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."profiles"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."profiles" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."created_at", old."username", old."display_name"), row(new."id", new."user_id", new."created_at", new."username", new."display_name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."profiles"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."profiles"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.81 a last sweep over public.workspaces, now that references carry every change
--   id      backfill/public.workspaces/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.workspaces
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."workspaces"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."workspaces" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."created_at", old."name", old."is_home"), row(new."id", new."user_id", new."created_at", new."name", new."is_home")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."workspaces"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."workspaces"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.82 a last sweep over public.chats, now that references carry every change
--   id      backfill/public.chats/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.chats
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."chats"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."chats" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."workspace_id", old."assistant_id", old."folder_id", old."name"), row(new."id", new."user_id", new."workspace_id", new."assistant_id", new."folder_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."chats"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."chats"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.83 a last sweep over public.folders, now that references carry every change
--   id      backfill/public.folders/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.folders
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."folders"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."folders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."workspace_id", old."name"), row(new."id", new."user_id", new."workspace_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."folders"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."folders"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.84 a last sweep over public.messages, now that references carry every change
--   id      backfill/public.messages/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.messages
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."messages"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."messages" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."chat_id", old."user_id", old."assistant_id", old."role", old."content", old."sequence_number"), row(new."id", new."chat_id", new."user_id", new."assistant_id", new."role", new."content", new."sequence_number")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."messages"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."messages"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.85 a last sweep over public.message_file_items, now that references carry every change
--   id      backfill/public.message_file_items/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.message_file_items
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."message_file_items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."message_file_items" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."user_id", old."message_id", old."file_item_id"), row(new."user_id", new."message_id", new."file_item_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."message_file_items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."message_file_items"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.86 prove assistants_client_id_fkey for the rows already in public.assistants
--   id      backfill/public.assistants/validate/assistants_client_id_fkey
--   proves  assistants_client_id_fkey holds for every row
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistants" validate constraint "assistants_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.87 prove assistant_files_client_id_assistant_id_fkey for the rows already in public.assistant_files
--   id      backfill/public.assistant_files/validate/assistant_files_client_id_assistant_id_fkey
--   proves  assistant_files_client_id_assistant_id_fkey holds for every row
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files, public.assistants; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistant_files" validate constraint "assistant_files_client_id_assistant_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.88 prove assistant_workspaces_client_id_assistant_id_fkey for the rows already in public.assistant_workspaces
--   id      backfill/public.assistant_workspaces/validate/assistant_workspaces_client_id_assistant_id_fkey
--   proves  assistant_workspaces_client_id_assistant_id_fkey holds for every row
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces, public.assistants; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."assistant_workspaces" validate constraint "assistant_workspaces_client_id_assistant_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.89 prove files_client_id_fkey for the rows already in public.files
--   id      backfill/public.files/validate/files_client_id_fkey
--   proves  files_client_id_fkey holds for every row
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."files" validate constraint "files_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.90 prove file_items_client_id_file_id_fkey for the rows already in public.file_items
--   id      backfill/public.file_items/validate/file_items_client_id_file_id_fkey
--   proves  file_items_client_id_file_id_fkey holds for every row
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items, public.files; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."file_items" validate constraint "file_items_client_id_file_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.91 prove profiles_client_id_fkey for the rows already in public.profiles
--   id      backfill/public.profiles/validate/profiles_client_id_fkey
--   proves  profiles_client_id_fkey holds for every row
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."profiles" validate constraint "profiles_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.92 prove workspaces_client_id_fkey for the rows already in public.workspaces
--   id      backfill/public.workspaces/validate/workspaces_client_id_fkey
--   proves  workspaces_client_id_fkey holds for every row
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."workspaces" validate constraint "workspaces_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.93 prove chats_client_id_workspace_id_fkey for the rows already in public.chats
--   id      backfill/public.chats/validate/chats_client_id_workspace_id_fkey
--   proves  chats_client_id_workspace_id_fkey holds for every row
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats, public.workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."chats" validate constraint "chats_client_id_workspace_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.94 prove folders_client_id_workspace_id_fkey for the rows already in public.folders
--   id      backfill/public.folders/validate/folders_client_id_workspace_id_fkey
--   proves  folders_client_id_workspace_id_fkey holds for every row
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders, public.workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."folders" validate constraint "folders_client_id_workspace_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.95 prove messages_client_id_chat_id_fkey for the rows already in public.messages
--   id      backfill/public.messages/validate/messages_client_id_chat_id_fkey
--   proves  messages_client_id_chat_id_fkey holds for every row
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages, public.chats; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."messages" validate constraint "messages_client_id_chat_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.96 prove message_file_items_client_id_message_id_fkey for the rows already in public.message_file_items
--   id      backfill/public.message_file_items/validate/message_file_items_client_id_message_id_fkey
--   proves  message_file_items_client_id_message_id_fkey holds for every row
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items, public.messages; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."message_file_items" validate constraint "message_file_items_client_id_message_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.97 index assistant_files_client_id_assistant_id_file_id_idx on public.assistant_files (client_id, assistant_id, file_id)
--   id      backfill/public.assistant_files/index/assistant_files_client_id_assistant_id_file_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.assistant_files
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_file_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_file_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "assistant_files_client_id_assistant_id_file_id_idx" on "public"."assistant_files" ("client_id", "assistant_id", "file_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_file_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_file_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."assistant_files_client_id_assistant_id_file_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."assistant_files_client_id_assistant_id_file_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.98 index assistant_workspaces_client_id_assistant_id_workspace_id_idx on public.assistant_workspaces (client_id, assistant_id, workspace_id)
--   id      backfill/public.assistant_workspaces/index/assistant_workspaces_client_id_assistant_id_workspace_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.assistant_workspaces
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "assistant_workspaces_client_id_assistant_id_workspace_id_idx" on "public"."assistant_workspaces" ("client_id", "assistant_id", "workspace_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."assistant_workspaces_client_id_assistant_id_workspace_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.99 index file_items_client_id_id_idx on public.file_items (client_id, id)
--   id      backfill/public.file_items/index/file_items_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.file_items
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_items_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."file_items_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "file_items_client_id_id_idx" on "public"."file_items" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_items_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."file_items_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."file_items_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."file_items_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.100 index profiles_client_id_id_idx on public.profiles (client_id, id)
--   id      backfill/public.profiles/index/profiles_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.profiles
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."profiles_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."profiles_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "profiles_client_id_id_idx" on "public"."profiles" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."profiles_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."profiles_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."profiles_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."profiles_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.101 index folders_client_id_id_idx on public.folders (client_id, id)
--   id      backfill/public.folders/index/folders_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.folders
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."folders_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."folders_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.folders; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "folders_client_id_id_idx" on "public"."folders" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."folders_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."folders_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."folders_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."folders_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.102 index message_file_items_client_id_message_id_file_item_id_idx on public.message_file_items (client_id, message_id, file_item_id)
--   id      backfill/public.message_file_items/index/message_file_items_client_id_message_id_file_item_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.message_file_items
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_file_item_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."message_file_items_client_id_message_id_file_item_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "message_file_items_client_id_message_id_file_item_id_idx" on "public"."message_file_items" ("client_id", "message_id", "file_item_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_file_item_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."message_file_items_client_id_message_id_file_item_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."message_file_items_client_id_message_id_file_item_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."message_file_items_client_id_message_id_file_item_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.103 fill triggers of public.assistants in their lasting form
--   id      backfill/public.assistants/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.assistants
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistants" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistants";
create trigger "zzz_ringfence_fill_update" before update on "public"."assistants" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_assistants"();
drop trigger if exists "ringfence_choice" on "public"."assistants";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.assistants', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."assistants" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistants; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistants" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistants; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistants";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."assistants" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistants"();
--   drop trigger if exists "ringfence_choice" on "public"."assistants";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."assistants" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_assistants"();
--   commit;

-- 2.104 fill triggers of public.assistant_files in their lasting form
--   id      backfill/public.assistant_files/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.assistant_files
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_files";
create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_files" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id")) execute function "ringfence"."fill_public_assistant_files"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_files";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_files" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistant_files"();
--   commit;

-- 2.105 fill triggers of public.assistant_workspaces in their lasting form
--   id      backfill/public.assistant_workspaces/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.assistant_workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."assistant_workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_workspaces";
create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id")) execute function "ringfence"."fill_public_assistant_workspaces"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.assistant_workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."assistant_workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.assistant_workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."assistant_workspaces";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."assistant_workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."assistant_id" is distinct from new."assistant_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_assistant_workspaces"();
--   commit;

-- 2.106 fill triggers of public.files in their lasting form
--   id      backfill/public.files/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."files";
create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_files"();
drop trigger if exists "ringfence_choice" on "public"."files";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.files', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."files" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."files";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_files"();
--   drop trigger if exists "ringfence_choice" on "public"."files";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."files" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_files"();
--   commit;

-- 2.107 fill triggers of public.file_items in their lasting form
--   id      backfill/public.file_items/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_items";
create trigger "zzz_ringfence_fill_update" before update on "public"."file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."file_id" is distinct from new."file_id")) execute function "ringfence"."fill_public_file_items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_items";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."file_id" is distinct from new."file_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_file_items"();
--   commit;

-- 2.108 fill triggers of public.profiles in their lasting form
--   id      backfill/public.profiles/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_profiles"();
drop trigger if exists "ringfence_choice" on "public"."profiles";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.profiles', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."profiles" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_profiles"();
--   drop trigger if exists "ringfence_choice" on "public"."profiles";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."profiles" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_profiles"();
--   commit;

-- 2.109 fill triggers of public.workspaces in their lasting form
--   id      backfill/public.workspaces/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."workspaces" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."workspaces";
create trigger "zzz_ringfence_fill_update" before update on "public"."workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_workspaces"();
drop trigger if exists "ringfence_choice" on "public"."workspaces";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.workspaces', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."workspaces" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.workspaces; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."workspaces" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."workspaces";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."workspaces" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_workspaces"();
--   drop trigger if exists "ringfence_choice" on "public"."workspaces";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."workspaces" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_workspaces"();
--   commit;

-- 2.110 fill triggers of public.chats in their lasting form
--   id      backfill/public.chats/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.chats
begin;
-- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."chats" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."chats";
create trigger "zzz_ringfence_fill_update" before update on "public"."chats" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id")) execute function "ringfence"."fill_public_chats"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.chats; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."chats" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.chats; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."chats";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."chats" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_chats"();
--   commit;

-- 2.111 fill triggers of public.folders in their lasting form
--   id      backfill/public.folders/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."folders";
create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id")) execute function "ringfence"."fill_public_folders"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."folders";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."workspace_id" is distinct from new."workspace_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_folders"();
--   commit;

-- 2.112 fill triggers of public.messages in their lasting form
--   id      backfill/public.messages/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.messages
begin;
-- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."messages" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."messages";
create trigger "zzz_ringfence_fill_update" before update on "public"."messages" for each row when ((old."client_id" is distinct from new."client_id" or old."chat_id" is distinct from new."chat_id")) execute function "ringfence"."fill_public_messages"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.messages; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."messages" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.messages; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."messages";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."messages" for each row when ((old."client_id" is distinct from new."client_id" or old."chat_id" is distinct from new."chat_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_messages"();
--   commit;

-- 2.113 fill triggers of public.message_file_items in their lasting form
--   id      backfill/public.message_file_items/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.message_file_items
begin;
-- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."message_file_items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."message_file_items";
create trigger "zzz_ringfence_fill_update" before update on "public"."message_file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."message_id" is distinct from new."message_id")) execute function "ringfence"."fill_public_message_file_items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.message_file_items; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."message_file_items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.message_file_items; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."message_file_items";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."message_file_items" for each row when ((old."client_id" is distinct from new."client_id" or old."message_id" is distinct from new."message_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_message_file_items"();
--   commit;

-- gate RFG-DIFFERS:public.assistants: every row of public.assistants has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.assistants row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."assistants" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.assistants' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.assistants: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.assistants:assistants_folder_id_fkey: rows of public.assistants refer to public.folders of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.assistants"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.assistants row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.folders that belongs to ' || p."client_id"::text as detail
from "public"."assistants" t join "public"."folders" p on p."id" = t."folder_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.assistants:assistants_folder_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.assistant_files: every row of public.assistant_files has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.assistant_files row ' || row(t."assistant_id", t."file_id")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."assistant_files" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.assistant_files: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.assistant_files:assistant_files_file_id_fkey: rows of public.assistant_files refer to public.files of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.assistant_files"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.assistant_files row ' || row(t."assistant_id", t."file_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.files that belongs to ' || p."client_id"::text as detail
from "public"."assistant_files" t join "public"."files" p on p."id" = t."file_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.assistant_files:assistant_files_file_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.assistant_workspaces: every row of public.assistant_workspaces has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.assistant_workspaces row ' || row(t."assistant_id", t."workspace_id")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."assistant_workspaces" t
  left join "public"."assistants" d1_1 on d1_1."id" = t."assistant_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.assistant_workspaces: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.assistant_workspaces:assistant_workspaces_workspace_id_fkey: rows of public.assistant_workspaces refer to public.workspaces of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.assistant_workspaces"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.assistant_workspaces row ' || row(t."assistant_id", t."workspace_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.workspaces that belongs to ' || p."client_id"::text as detail
from "public"."assistant_workspaces" t join "public"."workspaces" p on p."id" = t."workspace_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.assistant_workspaces:assistant_workspaces_workspace_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.files: every row of public.files has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.files row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."files" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.files' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.files: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.files:files_folder_id_fkey: rows of public.files refer to public.folders of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.files"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.files row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.folders that belongs to ' || p."client_id"::text as detail
from "public"."files" t join "public"."folders" p on p."id" = t."folder_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.files:files_folder_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.file_items: every row of public.file_items has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.file_items row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."file_items" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.file_items: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.profiles: every row of public.profiles has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.profiles row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.profiles: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.workspaces: every row of public.workspaces has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.workspaces row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."workspaces" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.workspaces' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.workspaces: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.chats: every row of public.chats has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.chats row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."chats" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.chats: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.chats:chats_assistant_id_fkey: rows of public.chats refer to public.assistants of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.chats"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.chats row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.assistants that belongs to ' || p."client_id"::text as detail
from "public"."chats" t join "public"."assistants" p on p."id" = t."assistant_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.chats:chats_assistant_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.chats:chats_folder_id_fkey: rows of public.chats refer to public.folders of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.chats"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.chats row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.folders that belongs to ' || p."client_id"::text as detail
from "public"."chats" t join "public"."folders" p on p."id" = t."folder_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.chats:chats_folder_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.folders: every row of public.folders has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.folders row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."folders" t
  left join "public"."workspaces" d1_1 on d1_1."id" = t."workspace_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.folders: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.messages: every row of public.messages has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.messages row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."messages" t
  left join "public"."chats" d1_1 on d1_1."id" = t."chat_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.messages: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.messages:messages_assistant_id_fkey: rows of public.messages refer to public.assistants of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.messages"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.messages row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.assistants that belongs to ' || p."client_id"::text as detail
from "public"."messages" t join "public"."assistants" p on p."id" = t."assistant_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.messages:messages_assistant_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.message_file_items: every row of public.message_file_items has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.message_file_items row ' || row(t."message_id", t."file_item_id")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."message_file_items" t
  left join "public"."messages" d1_1 on d1_1."id" = t."message_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.message_file_items: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.message_file_items:message_file_items_file_item_id_fkey: rows of public.message_file_items refer to public.file_items of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.message_file_items"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.message_file_items row ' || row(t."message_id", t."file_item_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.file_items that belongs to ' || p."client_id"::text as detail
from "public"."message_file_items" t join "public"."file_items" p on p."id" = t."file_item_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.message_file_items:message_file_items_file_item_id_fkey: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."assistants"', '"public"."assistant_files"', '"public"."assistant_workspaces"', '"public"."files"', '"public"."file_items"', '"public"."profiles"', '"public"."workspaces"', '"public"."chats"', '"public"."folders"', '"public"."messages"', '"public"."message_file_items"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."assistants"', '"public"."assistant_files"', '"public"."assistant_workspaces"', '"public"."files"', '"public"."file_items"', '"public"."profiles"', '"public"."workspaces"', '"public"."chats"', '"public"."folders"', '"public"."messages"', '"public"."message_file_items"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
