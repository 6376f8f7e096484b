-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          auth.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     users with the same domain in email share an organization
-- tenant table   public.projects: owner_id -> home organization of that user
-- tenant table   public.notes: project_id -> public.projects
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
select 'owner of public.projects', 'grant <owner of public.projects> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."projects"'::pg_catalog.regclass), false)
union all
select 'owner of public.notes', 'grant <owner of public.notes> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."notes"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.projects', 'grant references on "public"."projects" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."projects"'), 'REFERENCES'), true) as allowed), false)
union all
select 'CREATEROLE', 'alter role current_user createrole;    -- by a superuser' where not coalesce((select r.rolsuper or r.rolcreaterole as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'may grant the role authenticated', 'grant "authenticated" to current_user with admin option' where not coalesce((select r.rolsuper or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)
  or pg_catalog.pg_has_role((select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'authenticated', 'USAGE WITH ADMIN OPTION') as allowed
from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'may grant the role anon', 'grant "anon" to current_user with admin option' where not coalesce((select r.rolsuper or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)
  or pg_catalog.pg_has_role((select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'anon', 'USAGE WITH ADMIN OPTION') as allowed
from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'the migrating role is not bound by row security', 'alter role current_user bypassrls;    -- by a superuser, and never for a login that serves requests' where not coalesce((select r.rolsuper or r.rolbypassrls as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'USAGE and CREATE on schema auth, to grant them on', 'grant usage, create on schema "auth" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('auth', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('auth', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema cron, to grant them on', 'grant usage, create on schema "cron" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('cron', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('cron', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema net, to grant them on', 'grant usage, create on schema "net" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('net', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('net', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema pgmq, to grant them on', 'grant usage, create on schema "pgmq" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('pgmq', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('pgmq', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema public, to grant them on', 'grant usage, create on schema "public" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('public', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('public', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema realtime, to grant them on', 'grant usage, create on schema "realtime" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('realtime', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('realtime', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema storage, to grant them on', 'grant usage, create on schema "storage" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('storage', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('storage', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'USAGE and CREATE on schema vault, to grant them on', 'grant usage, create on schema "vault" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('vault', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('vault', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'may let rf_case_figures pass row security', 'alter role "rf_case_figures" bypassrls;    -- by a superuser' where not coalesce((select r.rolsuper or (r.rolbypassrls and r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int >= 160000 and pg_catalog.pg_has_role('rf_case_figures', 'USAGE')) as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
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
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
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

-- 1.6 functions that give a tenant to what old code writes into public.projects
--   id      expand/public.projects/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_projects"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."owner_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."owner_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."owner_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_projects"() from public;
create or replace function "ringfence"."settle_public_projects"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."projects" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_projects"() from public;
create or replace function "ringfence"."choice_public_projects"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."owner_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.projects', new."id"::text, new."client_id"::text, new."owner_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_projects"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_projects"();
--   drop function if exists "ringfence"."settle_public_projects"();
--   drop function if exists "ringfence"."fill_public_projects"();
--   commit;

-- 1.7 tenant column and fill triggers on public.projects
--   id      expand/public.projects/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."projects" for each row execute function "ringfence"."fill_public_projects"();
create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_projects"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."projects" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_projects"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."projects" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_projects"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."projects";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."projects";
--   drop trigger if exists "00_ringfence_settle" on "public"."projects";
--   drop trigger if exists "ringfence_choice" on "public"."projects";
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" drop column if exists "client_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.notes
--   id      expand/public.notes/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_notes"() returns trigger
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
    select p1."client_id" into derived from "public"."projects" p1
      where p1."id" = new."project_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_notes"() from public;
create or replace function "ringfence"."settle_public_notes"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."notes" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_notes"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_notes"();
--   drop function if exists "ringfence"."fill_public_notes"();
--   commit;

-- 1.9 tenant column and fill triggers on public.notes
--   id      expand/public.notes/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."notes" for each row execute function "ringfence"."fill_public_notes"();
create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."client_id" is distinct from new."client_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_notes"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."notes" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_notes"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."notes";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
--   drop trigger if exists "00_ringfence_settle" on "public"."notes";
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop column if exists "client_id";
--   commit;

-- 1.10 what people decide from here on is kept when the phase is reverted
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
--   select 'public.projects', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."projects" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
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
from (values ('"public"."projects"', 'client_id'), ('"public"."notes"', 'client_id')) w (t, c)
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
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
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

-- 2.3 the right tenant for every row of public.projects
--   id      backfill/public.projects/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.projects
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."projects";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."projects"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."projects" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."name", old."archived"), row(new."id", new."owner_id", new."name", new."archived")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."projects"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."projects"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.notes
--   id      backfill/public.notes/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.notes
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."notes";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."notes"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."notes" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."body"), row(new."id", new."project_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."notes"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."notes"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 every new row of public.projects must have a tenant
--   id      backfill/public.projects/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" add constraint "projects_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" drop constraint if exists "projects_client_id_present";
--   commit;

-- 2.6 prove projects_client_id_present for the rows already in public.projects
--   id      backfill/public.projects/validate/projects_client_id_present
--   proves  projects_client_id_present holds for every row
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."projects" validate constraint "projects_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.7 public.projects.client_id is NOT NULL
--   id      backfill/public.projects/not_null
--   proves  no row is without tenant
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" drop constraint if exists "projects_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" alter column "client_id" drop not null;
--   commit;

-- 2.8 every new row of public.notes must have a tenant
--   id      backfill/public.notes/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add constraint "notes_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop constraint if exists "notes_client_id_present";
--   commit;

-- 2.9 prove notes_client_id_present for the rows already in public.notes
--   id      backfill/public.notes/validate/notes_client_id_present
--   proves  notes_client_id_present holds for every row
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."notes" validate constraint "notes_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.10 public.notes.client_id is NOT NULL
--   id      backfill/public.notes/not_null
--   proves  no row is without tenant
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" drop constraint if exists "notes_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" alter column "client_id" drop not null;
--   commit;

-- 2.11 index projects_client_id_id_key on public.projects (client_id, id)
--   id      backfill/public.projects/index/projects_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.projects
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."projects_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "projects_client_id_id_key" on "public"."projects" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."projects_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."projects_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."projects_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.12 unique key (client_id, id) on public.projects, the target of tenant-consistent references
--   id      backfill/public.projects/unique/projects_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" add constraint "projects_client_id_id_key" unique using index "projects_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" drop constraint if exists "projects_client_id_id_key";
--   commit;

-- 2.13 the tenant of public.projects is an organization
--   id      backfill/public.projects/reference/projects_client_id_fkey
--   proves  the tenant of public.projects is an organization, for every row written from here on
--   needs   owner of public.projects; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.projects, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" add constraint "projects_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" drop constraint if exists "projects_client_id_fkey";
--   commit;

-- 2.14 index notes_client_id_project_id_idx on public.notes (client_id, project_id)
--   id      backfill/public.notes/index/notes_client_id_project_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.notes
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_client_id_project_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."notes_client_id_project_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "notes_client_id_project_id_idx" on "public"."notes" ("client_id", "project_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_client_id_project_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."notes_client_id_project_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."notes_client_id_project_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."notes_client_id_project_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.15 reference of public.notes to public.projects that carries the tenant
--   id      backfill/public.notes/reference/notes_client_id_project_id_fkey
--   proves  reference of public.notes to public.projects that carries the tenant, for every row written from here on
--   needs   owner of public.notes; REFERENCES on public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.notes, public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add constraint "notes_client_id_project_id_fkey" foreign key ("client_id", "project_id") references "public"."projects" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes, public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop constraint if exists "notes_client_id_project_id_fkey";
--   commit;

-- 2.16 a last sweep over public.projects, now that references carry every change
--   id      backfill/public.projects/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.projects
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."projects"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."projects" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."name", old."archived"), row(new."id", new."owner_id", new."name", new."archived")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."projects"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."projects"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.17 a last sweep over public.notes, now that references carry every change
--   id      backfill/public.notes/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.notes
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."notes"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."notes" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."body"), row(new."id", new."project_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."notes"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."notes"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.18 prove projects_client_id_fkey for the rows already in public.projects
--   id      backfill/public.projects/validate/projects_client_id_fkey
--   proves  projects_client_id_fkey holds for every row
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."projects" validate constraint "projects_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.19 prove notes_client_id_project_id_fkey for the rows already in public.notes
--   id      backfill/public.notes/validate/notes_client_id_project_id_fkey
--   proves  notes_client_id_project_id_fkey holds for every row
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes, public.projects; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."notes" validate constraint "notes_client_id_project_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.20 index projects_client_id_owner_id_idx on public.projects (client_id, owner_id)
--   id      backfill/public.projects/index/projects_client_id_owner_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.projects
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_client_id_owner_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."projects_client_id_owner_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "projects_client_id_owner_id_idx" on "public"."projects" ("client_id", "owner_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_client_id_owner_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."projects_client_id_owner_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."projects_client_id_owner_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."projects_client_id_owner_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.21 index notes_client_id_id_idx on public.notes (client_id, id)
--   id      backfill/public.notes/index/notes_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.notes
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."notes_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "notes_client_id_id_idx" on "public"."notes" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."notes_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."notes_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."notes_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.22 fill triggers of public.projects in their lasting form
--   id      backfill/public.projects/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."projects";
create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id")) execute function "ringfence"."fill_public_projects"();
drop trigger if exists "ringfence_choice" on "public"."projects";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.projects', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."projects" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."projects";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_projects"();
--   drop trigger if exists "ringfence_choice" on "public"."projects";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."projects" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_projects"();
--   commit;

-- 2.23 fill triggers of public.notes in their lasting form
--   id      backfill/public.notes/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."client_id" is distinct from new."client_id" or old."project_id" is distinct from new."project_id")) execute function "ringfence"."fill_public_notes"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."client_id" is distinct from new."client_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_notes"();
--   commit;

-- gate RFG-DIFFERS:public.projects: every row of public.projects has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.projects row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."projects" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.projects' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.projects: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.notes: every row of public.notes has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.notes row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."notes" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.notes: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."projects"', '"public"."notes"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."projects"', '"public"."notes"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 4 shadow: a canary role lives under enforcement, and statements are compared with today
-- =================================================================================================

-- 4.1 helpers that say who is asking, and the role that owns them and the memberships
--   id      shadow/context
--   proves  a policy can ask for the tenant, and nobody can answer for somebody else
--   needs   CREATEROLE
begin;
-- SHARE UPDATE EXCLUSIVE on public.user_organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."user_organizations" in share update exclusive mode;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
do $function$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ringfence_keeper') then
    create role "ringfence_keeper" nologin noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'ringfence_keeper'
      and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then
    raise exception 'role %, which is to own the helpers, can do more than own them', 'ringfence_keeper'
      using errcode = 'RF430', hint = 'choose another name for it, or take its attributes away';
  end if;
end
$function$;
grant "ringfence_keeper" to current_user;
grant usage, create on schema ringfence to "ringfence_keeper";
grant usage, create on schema "public" to "ringfence_keeper";
-- ACCESS EXCLUSIVE on public.user_organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" owner to "ringfence_keeper";
alter table "public"."user_organizations" no force row level security;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table ringfence.context_keys (
    id smallint primary key check (id > 0),
    inner_pad bytea not null check (pg_catalog.octet_length(inner_pad) = 64),
    outer_pad bytea not null check (pg_catalog.octet_length(outer_pad) = 64),
    added_at timestamptz not null default pg_catalog.now()
);
alter table ringfence.context_keys owner to "ringfence_keeper";
revoke all on table ringfence.context_keys from public;
alter table ringfence.context_keys enable row level security;
comment on table ringfence.context_keys is
    'Keys of the applications that seal tenant contexts (HMAC-SHA256, RFC 2104), as their two precomputed pads';
create function ringfence.believed_claims() returns jsonb
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
    claims text := current_setting('request.jwt.claims', true);
    seal text;  -- 1.<key>.<expiry>.<HMAC-SHA256 in hexadecimal>
    genuine boolean;
    lasts_s numeric;
begin
    if session_user in ('authenticator') then
        return nullif(claims, '')::jsonb;
    end if;
    seal := current_setting('ringfence.seal', true);
    if seal is null or seal = '' then
        raise exception 'no tenant context' using errcode = 'RF901',
            hint = 'open the transaction with TenantDatabase.tenant(context)';
    end if;
    select
        -- hashes of both, so that the time a comparison takes tells nothing about the expected bytes
        sha256(convert_to(split_part(seal, '.', 4), 'UTF8')) = sha256(convert_to(encode(sha256(
            k.outer_pad || sha256(k.inner_pad || convert_to(concat_ws('|',
                'ringfence ' || split_part(seal, '.', 1), split_part(seal, '.', 2), split_part(seal, '.', 3), claims
            ), 'UTF8'))
        ), 'hex'), 'UTF8'))
        -- auth.uid() and its like prefer the settings of older PostgREST, which no seal covers
        and concat(current_setting('request.jwt.claim', true), current_setting('request.jwt.claim.sub', true),
                   current_setting('request.jwt.claim.role', true), current_setting('request.jwt.claim.email', true)) = ''
        into genuine
        from ringfence.context_keys k where k.id::text = split_part(seal, '.', 2);
    if genuine is not true then
        raise exception 'the tenant context is not sealed by a known key' using errcode = 'RF902';
    end if;
    lasts_s := split_part(seal, '.', 3)::bigint - extract(epoch from statement_timestamp());
    if lasts_s <= 0 then
        raise exception 'the tenant context has expired' using errcode = 'RF903',
            hint = 'a seal lasts 30 seconds at most: renew it, and check the clocks of application and database';
    end if;
    if lasts_s > 30 then
        raise exception 'the tenant context expires too far in the future' using errcode = 'RF904',
            hint = 'check the clocks of application and database';
    end if;
    return claims::jsonb;
end
$function$;
create function ringfence.user_id() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
<<ask>>
declare
    claims jsonb := case when session_user in ('authenticator')
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
begin
    return case when ask.user_text like '________-____-____-____-____________' and ask.user_text not like '%-%-%-%-%-%' and ask.user_text !~ '[^0-9a-f-]' then ask.user_text::uuid end;
end
$function$;
create function ringfence.client_id() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
-- columns of the memberships, which we do not name, win over variables, which are always written with their label
#variable_conflict use_column
<<ask>>
declare
    claims jsonb := case when session_user in ('authenticator')
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
    tenant_text text := ask.claims #>> array['app_metadata', 'org_id'];
    -- casts only of what fits, because on a gateway an error would stop Realtime for everybody
    user_key uuid := case when ask.user_text like '________-____-____-____-____________' and ask.user_text not like '%-%-%-%-%-%' and ask.user_text !~ '[^0-9a-f-]' then ask.user_text::uuid end;
    tenant_key uuid := case when ask.tenant_text like '________-____-____-____-____________' and ask.tenant_text not like '%-%-%-%-%-%' and ask.tenant_text !~ '[^0-9a-f-]' then ask.tenant_text::uuid end;
begin
    select m."organization_id" into ask.tenant_key from "public"."user_organizations" m
        where m."user_id" = ask.user_key and m."organization_id" = ask.tenant_key;
    if tenant_key is null and (session_user in ('authenticator')) is not true then
        raise exception 'the user is no member of this organization' using errcode = 'RF905';
    end if;
    return tenant_key;
end
$function$;
create function ringfence.client_ids() returns setof uuid
language plpgsql stable parallel safe security definer rows 5
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
<<ask>>
declare
    user_key uuid := ringfence.user_id();
begin
    return query select m."organization_id" from "public"."user_organizations" m
        where m."user_id" = ask.user_key;
end
$function$;
create procedure ringfence.enter_v1(role_name text, claims text, seal text, prepares boolean)
language plpgsql
as $function$
declare
    done pg_catalog.text;
begin
    reset role;  -- whoever calls: a role that was left behind would come back when this transaction ends
    reset all;  -- also search_path and standard_conforming_strings, and claims and seals of others
    discard sequences;  -- lastval() is a number that somebody else drew
    discard temp;  -- a temporary table stands before the real one of the same name
    execute 'close all';  -- cursors WITH HOLD outlive their transaction; without EXECUTE this were PL/pgSQL's own CLOSE
    -- A statement PREPAREd in SQL may have taken the name of one of the driver's, and then the driver would execute
    -- somebody else's SQL in this tenant's name; behind a pooler no statement of ours has a name. And UNLISTEN would
    -- work only from COMMIT on.
    if exists (select from pg_catalog.pg_listening_channels())
        or prepares and exists (select from pg_catalog.pg_prepared_statement() p where p.from_sql)
    then
        raise exception 'this session has been left unclean' using errcode = 'RF907';
    end if;
    -- assigned and not performed: an expression is evaluated, PERFORM starts a query
    done := pg_catalog.concat(pg_catalog.pg_advisory_unlock_all() is null);
    if role_name is null then
        return;
    end if;
    if not prepares then
        -- a pooler may have opened its own connection in another encoding, which RESET ALL went back to
        done := pg_catalog.set_config('client_encoding', 'UTF8', false);
    end if;
    done := pg_catalog.concat(
        pg_catalog.set_config('request.jwt.claims', claims, true),
        pg_catalog.set_config('ringfence.seal', seal, true),
        pg_catalog.set_config('role', role_name, true));
end
$function$;
alter function ringfence.believed_claims() owner to "ringfence_keeper";
alter function ringfence.user_id() owner to "ringfence_keeper";
alter function ringfence.client_id() owner to "ringfence_keeper";
alter function ringfence.client_ids() owner to "ringfence_keeper";
revoke all on function ringfence.believed_claims() from public;
grant execute on function ringfence.user_id(), ringfence.client_id(), ringfence.client_ids() to public;
revoke create on schema ringfence from "ringfence_keeper";
revoke create on schema "public" from "ringfence_keeper";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.user_organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."user_organizations" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop procedure ringfence.enter_v1(text, text, text, boolean);
--   drop function ringfence.client_ids(), ringfence.client_id(), ringfence.user_id(), ringfence.believed_claims();
--   drop table ringfence.context_keys;
--   -- ACCESS EXCLUSIVE on public.user_organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."user_organizations" owner to "postgres";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke all on schema ringfence from "ringfence_keeper";
--   revoke all on schema "public" from "ringfence_keeper";
--   commit;

-- 4.2 roles that have what request roles have, and are enforced already
--   id      shadow/canaries
--   proves  enforcement can be tried by choosing a role, without DDL and without a lock
--   needs   CREATEROLE; may grant the role authenticated; may grant the role anon
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
do $block$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ringfence_canary_authenticated') then
    create role "ringfence_canary_authenticated" nologin inherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'ringfence_canary_authenticated' and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then
    raise exception 'role % can do more, or less, than it is made for', 'ringfence_canary_authenticated'
      using errcode = 'RF433', hint = 'choose another name for it in ringfence.toml';
  end if;
exception when duplicate_object or unique_violation then
  null;  -- another database of this server made it at the same moment
end
$block$;
grant "authenticated" to "ringfence_canary_authenticated";
grant "ringfence_canary_authenticated" to "authenticator";
do $block$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ringfence_canary_anon') then
    create role "ringfence_canary_anon" nologin inherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'ringfence_canary_anon' and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then
    raise exception 'role % can do more, or less, than it is made for', 'ringfence_canary_anon'
      using errcode = 'RF433', hint = 'choose another name for it in ringfence.toml';
  end if;
exception when duplicate_object or unique_violation then
  null;  -- another database of this server made it at the same moment
end
$block$;
grant "anon" to "ringfence_canary_anon";
grant "ringfence_canary_anon" to "authenticator";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke "ringfence_canary_authenticated" from "authenticator";
--   revoke "ringfence_canary_anon" from "authenticator";
--   revoke "authenticated" from "ringfence_canary_authenticated";
--   revoke "anon" from "ringfence_canary_anon";
--   commit;

-- 4.3 statements can be run as their role and as the canary, and compared
--   id      shadow/objects
--   proves  differences are found on real statements before anybody is enforced
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
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
create or replace function ringfence.in_canary_share(user_key text) returns boolean
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select ('x' || pg_catalog.substr(pg_catalog.md5('ringfence canary ' || user_key), 1, 8))::pg_catalog.bit(32)::bigint
    % 10000 < s.canary_share * 10000
  from ringfence.shadow_settings s
$function$;
create or replace function ringfence.canary_of(role_name text) returns text
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select c.canary from ringfence.shadow_canaries c where c.role_name = canary_of.role_name
$function$;
create or replace function ringfence.only_client_id_v1() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
<<ask>>
declare
  claims jsonb;
  user_text text;
  found_keys uuid[];
begin
  if (session_user in ('authenticator')) is not true then
    return null;
  end if;
  claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  user_text := claims ->> 'sub';
  if claims #>> array['app_metadata', 'org_id'] is not null or (ask.user_text like '________-____-____-____-____________' and ask.user_text not like '%-%-%-%-%-%' and ask.user_text !~ '[^0-9a-f-]') is not true then
    return null;
  end if;
  -- two are enough to know that nobody can say which
  select array_agg(f.organization_key) into ask.found_keys from (
    select m.organization_key from "ringfence"."active_memberships" m where m.user_key = ask.user_text::uuid limit 2
  ) f;
  return case when cardinality(found_keys) = 1 then found_keys[1] end;
end
$function$;
create or replace function ringfence.canary_client_id() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  return coalesce(ringfence.client_id(), ringfence.only_client_id_v1());
end
$function$;
create or replace function ringfence.claims_with_tenant() returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  claims text := current_setting('request.jwt.claims', true);
  tenant text := ringfence.only_client_id_v1()::text;
begin
  if tenant is null then
    return claims;
  end if;
  return jsonb_set(
    case when jsonb_typeof(claims::jsonb -> (array['app_metadata', 'org_id'])[1]) = 'object' then claims::jsonb
         else jsonb_set(claims::jsonb, (array['app_metadata', 'org_id'])[1:1], '{}') end,
    array['app_metadata', 'org_id'], to_jsonb(tenant))::text;
end
$function$;
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
grant execute on function ringfence.canary_client_id(), ringfence.shadow_endpoint_v1() to public;
insert into ringfence.shadow_canaries (role_name, canary) values ('authenticated', 'ringfence_canary_authenticated') on conflict (role_name) do update set canary = excluded.canary;
insert into ringfence.shadow_canaries (role_name, canary) values ('anon', 'ringfence_canary_anon') on conflict (role_name) do update set canary = excluded.canary;
grant execute on function ringfence.shadow_compare(text, text, text, text), ringfence.shadow_plan_v1(text, text), ringfence.shadow_write_v1(text, text, text), ringfence.shadow_read_v1(text, text, text), ringfence.shadow_record_v1(text, text, text[], text, text, text, bigint, bigint, text), ringfence.shadow_endpoint_v1(), ringfence.claims_with_tenant(), ringfence.canary_client_id(), ringfence.only_client_id_v1(), ringfence.canary_of(text), ringfence.in_canary_share(text) to "authenticator";
grant usage on schema ringfence to "authenticator";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on schema ringfence from "authenticator";
--   drop function if exists ringfence.shadow_compare(text, text, text, text), ringfence.shadow_plan_v1(text, text), ringfence.shadow_write_v1(text, text, text), ringfence.shadow_read_v1(text, text, text), ringfence.shadow_record_v1(text, text, text[], text, text, text, bigint, bigint, text), ringfence.shadow_endpoint_v1(), ringfence.claims_with_tenant(), ringfence.canary_client_id(), ringfence.only_client_id_v1(), ringfence.canary_of(text), ringfence.in_canary_share(text);
--   drop table if exists ringfence.shadow_observations, ringfence.shadow_canaries, ringfence.shadow_settings;
--   commit;

-- 4.4 canaries see their tenant's rows of public.projects alone; everybody else sees what he saw
--   id      shadow/public.projects/canary
--   proves  the floor of public.projects can be tried on a share of the requests
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_canary" on "public"."projects" as restrictive for all to "ringfence_canary_anon", "ringfence_canary_authenticated" using ("client_id" = (select ringfence.canary_client_id())) with check ("client_id" = (select ringfence.canary_client_id()));
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop policy if exists "ringfence_canary" on "public"."projects";
--   commit;

-- 4.5 canaries see their tenant's rows of public.notes alone; everybody else sees what he saw
--   id      shadow/public.notes/canary
--   proves  the floor of public.notes can be tried on a share of the requests
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_open" on "public"."notes" as permissive for all to public using (true) with check (true);
create policy "ringfence_canary" on "public"."notes" as restrictive for all to "ringfence_canary_anon", "ringfence_canary_authenticated" using ("client_id" = (select ringfence.canary_client_id())) with check ("client_id" = (select ringfence.canary_client_id()));
alter table "public"."notes" enable row level security;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" disable row level security;
--   drop policy if exists "ringfence_canary" on "public"."notes";
--   drop policy if exists "ringfence_open" on "public"."notes";
--   commit;

-- 4.6 one statement in 100 is looked at, and what enforcement would hide is noted
--   id      shadow/notes
--   proves  callers, tables and endpoints that will be different are known by name before anybody is enforced
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create unlogged table if not exists ringfence.shadow_notes (
  id bigint generated always as identity primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  table_name text not null,
  command text not null,
  endpoint text not null,
  role_name text not null,
  reason text not null,
  times integer not null default 1
);
revoke all on ringfence.shadow_notes from public;
comment on table ringfence.shadow_notes is
  'Statements that met rows of tenants other than the caller''s, a sample; rows that were met need not have been returned. Holds no values.';
create or replace function ringfence.noted_nested_v1() returns uuid
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  return case
    when session_user in ('authenticator') and current_setting('request.jwt.claims', true) ~ '^\s*\{.*\}\s*$'
      then ringfence.canary_client_id()
  end;
end
$function$;
create or replace function ringfence.noted_tenant_v1() returns uuid
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  return ringfence.canary_client_id();
exception when others then
  return null;
end
$function$;
create or replace function ringfence.note_keep_v1(note jsonb) returns void
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  waiting jsonb := '{}';
  held text := coalesce(current_setting('ringfence.notes_waiting', true), '');
begin
  if held <> '' and length(held) <= 16000 then
    waiting := held::jsonb;
  end if;
  if note is not null and (waiting ? note::text or (select count(*) from jsonb_object_keys(waiting)) < 32) then
    waiting := waiting || jsonb_build_object(note::text, coalesce((waiting ->> note::text)::integer, 0) + 1);
  end if;
  if current_setting('transaction_read_only')::boolean or current_setting('transaction_isolation') = 'serializable' then
    -- under SERIALIZABLE a write could make the application's transaction the one that fails
    perform set_config('ringfence.notes_waiting', waiting::text, false);
    return;
  end if;
  if coalesce((select max(n.id) - min(n.id) from ringfence.shadow_notes n), 0) < 100000 then
    insert into ringfence.shadow_notes (table_name, command, endpoint, role_name, reason, times)
    select k.key::jsonb ->> 0, k.key::jsonb ->> 1, k.key::jsonb ->> 2, k.key::jsonb ->> 3, k.key::jsonb ->> 4, k.value::integer
    from jsonb_each_text(waiting) k;
  end if;
  if held <> '' then
    perform set_config('ringfence.notes_waiting', '', false);
  end if;
exception when others then
  raise log 'ringfence note not kept: %', sqlerrm;
  perform set_config('ringfence.notes_waiting', '', false);
end
$function$;
create or replace function ringfence.note_client_id_v1() returns uuid
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  stack text;
begin
  get diagnostics stack = pg_context;
  if strpos(stack, E'\n') > 0 then
    return ringfence.noted_nested_v1();
  end if;
  if coalesce(current_setting('ringfence.notes_waiting', true), '') <> ''
    and not current_setting('transaction_read_only')::boolean
  then
    perform ringfence.note_keep_v1(null);
  end if;
  return ringfence.noted_tenant_v1();
end
$function$;
create or replace function ringfence.note_v1(table_name text, command text) returns boolean
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  stack text;
  nested boolean;
  sealed boolean := coalesce(current_setting('ringfence.seal', true), '') <> '';
  tenant uuid;
  role_name text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  place text := ringfence.shadow_endpoint_v1();
  reason text;
begin
  get diagnostics stack = pg_context;
  nested := strpos(stack, E'\n') > 0;
  if nested and sealed and (session_user in ('authenticator')) is not true then
    return true;  -- nobody can look at this seal here without the risk of an error
  end if;
  if nested then
    tenant := ringfence.noted_nested_v1();
  else
    tenant := ringfence.noted_tenant_v1();
  end if;
  reason := case when tenant is null then 'caller without a tenant' else 'row of another tenant' end;
  if nested or current_setting('transaction_read_only')::boolean then
    raise log 'ringfence note: %', jsonb_build_array(
      clock_timestamp(), table_name, command, place, role_name, reason, case when nested then 'logged' else 'waits' end);
  end if;
  if not nested then
    perform ringfence.note_keep_v1(jsonb_build_array(table_name, command, place, role_name, reason));
  end if;
  return true;
end
$function$;
revoke all on function ringfence.note_keep_v1(jsonb), ringfence.noted_tenant_v1(), ringfence.noted_nested_v1() from public;
grant execute on function ringfence.note_client_id_v1(), ringfence.note_v1(text, text) to public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists ringfence.note_v1(text, text), ringfence.note_client_id_v1(), ringfence.note_keep_v1(jsonb), ringfence.noted_tenant_v1(), ringfence.noted_nested_v1();
--   drop table if exists ringfence.shadow_notes;
--   commit;

-- 4.7 statements that meet rows of other tenants in public.projects are noted, a sample; nobody sees a row less
--   id      shadow/public.projects/note
--   proves  who leans on rows of other tenants in public.projects is known
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_note_select" on "public"."projects" as restrictive for select to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'select')));
create policy "ringfence_note_insert" on "public"."projects" as restrictive for insert to public with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'insert')));
create policy "ringfence_note_update" on "public"."projects" as restrictive for update to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'update'))) with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'update')));
create policy "ringfence_note_delete" on "public"."projects" as restrictive for delete to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'delete')));
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop policy if exists "ringfence_note_delete" on "public"."projects";
--   drop policy if exists "ringfence_note_update" on "public"."projects";
--   drop policy if exists "ringfence_note_insert" on "public"."projects";
--   drop policy if exists "ringfence_note_select" on "public"."projects";
--   commit;

-- 4.8 statements that meet rows of other tenants in public.notes are noted, a sample; nobody sees a row less
--   id      shadow/public.notes/note
--   proves  who leans on rows of other tenants in public.notes is known
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_note_select" on "public"."notes" as restrictive for select to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'select')));
create policy "ringfence_note_insert" on "public"."notes" as restrictive for insert to public with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'insert')));
create policy "ringfence_note_update" on "public"."notes" as restrictive for update to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'update'))) with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'update')));
create policy "ringfence_note_delete" on "public"."notes" as restrictive for delete to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'delete')));
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop policy if exists "ringfence_note_delete" on "public"."notes";
--   drop policy if exists "ringfence_note_update" on "public"."notes";
--   drop policy if exists "ringfence_note_insert" on "public"."notes";
--   drop policy if exists "ringfence_note_select" on "public"."notes";
--   commit;

-- gate RFG-SHADOW:public.projects:select: select on public.projects is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'select' and '"public"."projects"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:select: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'select' and '"public"."projects"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'select' and '"public"."projects"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."projects"' and n.command = 'select'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:select: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.projects:insert: insert on public.projects is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'insert' and '"public"."projects"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:insert: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'insert' and '"public"."projects"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'insert' and '"public"."projects"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."projects"' and n.command = 'insert'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:insert: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.projects:update: update on public.projects is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'update' and '"public"."projects"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:update: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'update' and '"public"."projects"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'update' and '"public"."projects"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."projects"' and n.command = 'update'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:update: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.projects:delete: delete on public.projects is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'delete' and '"public"."projects"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:delete: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'delete' and '"public"."projects"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'delete' and '"public"."projects"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."projects"' and n.command = 'delete'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.projects:delete: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.notes:select: select on public.notes is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'select' and '"public"."notes"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:select: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'select' and '"public"."notes"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'select' and '"public"."notes"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."notes"' and n.command = 'select'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:select: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.notes:insert: insert on public.notes is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'insert' and '"public"."notes"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:insert: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'insert' and '"public"."notes"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'insert' and '"public"."notes"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."notes"' and n.command = 'insert'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:insert: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.notes:update: update on public.notes is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'update' and '"public"."notes"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:update: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'update' and '"public"."notes"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'update' and '"public"."notes"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."notes"' and n.command = 'update'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:update: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-SHADOW:public.notes:delete: delete on public.notes is the same under enforcement; it needs 100 comparisons of each endpoint, all of them over 48 hours: ringfence.shadow_compare() on a share of requests; ringfence shadow shows what differs. A difference that is what you want goes with delete from ringfence.shadow_observations where .., once its cause is deployed; an endpoint that is none, with delete from ringfence.shadow_notes where ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 100 and pg_catalog.max(o.at) - pg_catalog.min(o.at)
  >= pg_catalog.make_interval(hours => 48) then count(*) else 0 end as observed
from ringfence.shadow_observations o where o.command = 'delete' and '"public"."notes"' = any (o.tables)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:delete: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select coalesce(nullif(o.endpoint, ''), o.query_hash) as subject,
  o.difference || ', ' || count(*) || ' times as ' || o.role_name || ', last '
  || pg_catalog.to_char(pg_catalog.max(o.at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.shadow_observations o where o.command = 'delete' and '"public"."notes"' = any (o.tables) and o.difference is not null
group by o.endpoint, o.query_hash, o.difference, o.role_name
limit 100)
union all
(select coalesce(nullif(k.endpoint, ''), '(no endpoint)') as subject,
  'unproven: compared ' || pg_catalog.sum(k.compared) || ' of 100 times'
  || case when pg_catalog.sum(k.noted) > 0 then ', met rows of other tenants' else '' end as detail
from (
  select o.endpoint, 1 as compared, 0 as noted from ringfence.shadow_observations o where o.command = 'delete' and '"public"."notes"' = any (o.tables)
  union all
  select n.endpoint, 0, n.times from ringfence.shadow_notes n
  where n.table_name = '"public"."notes"' and n.command = 'delete'
    and n.at >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
) k
group by k.endpoint having pg_catalog.sum(k.compared) < 100
order by 1
limit 100)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-SHADOW:public.notes:delete: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 6 enforce: row security for everybody, owner and grants in their lasting form
-- =================================================================================================

-- gate RFG-CONTEXTLESS: every reader and writer without a tenant has a way to go on; decide on each in ringfence.toml: [contextless."NAME"] way = "...", reason = "...", then ringfence plan --amend and ringfence apply --amend
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select null::text as subject, null::text as detail where false
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-CONTEXTLESS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-JOBS: every scheduled job has a way to go on; [contextless."job:NAME"] way = "bypass" | "per_tenant" | "tenant", reason = "..."
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select coalesce(j.jobname::text, j.jobid::text) as subject, 'runs as ' || j.username || ' and nobody has said how: job:' || coalesce(j.jobname::text, j.jobid::text) as detail
from "cron"."job" j where j.active and j.database = pg_catalog.current_database() and coalesce(j.jobname::text, j.jobid::text) not in ('empty notes', 'sizes')
union all
select coalesce(j.jobname::text, j.jobid::text), 'is to see every tenant, but row security binds ' || j.username
from "cron"."job" j join pg_catalog.pg_roles r on r.rolname = j.username::name
where j.active and not (r.rolsuper or r.rolbypassrls) and coalesce(j.jobname::text, j.jobid::text) in ('empty notes', 'sizes')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-JOBS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-LOGINS: every login that may use tenant tables has a way to go on; [roles] request = [..] for the logins of your application, or for others: [contextless."role:NAME"] way = "bypass" | "tenant" | "per_tenant", reason = "..."
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'role:' || r.rolname as subject,
  'may use ' || pg_catalog.min(t.t) || ' and brings no tenant: every statement on it would fail' as detail
from pg_catalog.pg_roles r
cross join (values ('"public"."projects"'), ('"public"."notes"')) t (t)
where r.rolcanlogin and not r.rolsuper and not r.rolbypassrls and r.rolname not in ('anon', 'authenticated', 'authenticator', 'postgres', 'rf_case_figures', 'ringfence_break_glass', 'ringfence_owner', 'service_role')
  and pg_catalog.to_regclass(t.t) is not null
  and exists (select from pg_catalog.pg_roles g where pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
    and not g.rolsuper and not g.rolbypassrls
    and (pg_catalog.has_table_privilege(g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE, DELETE')
      or pg_catalog.has_any_column_privilege(g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE')))
  and not exists (select from pg_catalog.pg_roles q
    where q.rolname in ('authenticated', 'anon') and pg_catalog.pg_has_role(r.oid, q.oid, 'MEMBER'))
  and exists (select from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
    and pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT'))
group by r.rolname
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LOGINS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DUMPS: the role that makes dumps still sees every row; [isolation] dump_role = "..." names the role that makes your dumps; it needs BYPASSRLS and pg_read_all_data
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select r.rolname::text as subject, 'row security binds it: pg_dump would fail' as detail
from pg_catalog.pg_roles r where r.rolname = current_user and not (r.rolsuper or r.rolbypassrls)
union all
select t.t, current_user::text || ' may not read it'
from (values ('"public"."projects"'), ('"public"."notes"')) t (t)
where pg_catalog.to_regclass(t.t) is not null
  and not pg_catalog.has_table_privilege(current_user, pg_catalog.to_regclass(t.t)::oid, 'SELECT')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DUMPS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-WIDER-ROLES: no request role is a member of a role that passes row security or owns tenant tables; revoke the membership: no policy holds for a role that can become another
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select r.rolname::text as subject, 'is a member of ' || w.rolname as detail
from pg_catalog.pg_roles r join pg_catalog.pg_roles w on w.oid <> r.oid
where r.rolname in ('authenticated', 'anon') and (w.rolsuper or w.rolbypassrls or w.rolname in ('postgres', 'ringfence_owner', 'service_role'))
  and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')
union all
select r.rolname::text, case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'has BYPASSRLS'
  when r.rolreplication then 'has REPLICATION, and streams every table'
  else 'has CREATEROLE, and may give itself other roles' end
from pg_catalog.pg_roles r where r.rolname in ('authenticated', 'anon')
  and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication)
union all
select r.rolname::text, 'is a member of ' || w.rolname || ', and reads the files of every table'
from pg_catalog.pg_roles r join pg_catalog.pg_roles w on w.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
where r.rolname in ('authenticated', 'anon') and not r.rolsuper and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-WIDER-ROLES: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-MEMBERSHIPS: no request role may write memberships unhindered; revoke insert, update, delete on "public"."user_organizations" from the request roles, or give it row security and policies
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select r.rolname::text as subject, 'may write public.user_organizations'::text as detail
from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('"public"."user_organizations"')
where r.rolname in ('authenticated', 'anon') and not c.relrowsecurity
  and pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE')
union all
select r.rolname::text, 'may join any organization that policy ' || pg_catalog.quote_ident(p.polname)
  || ' lets it: ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')
from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('"public"."user_organizations"')
join pg_catalog.pg_policy p on p.polrelid = c.oid
where r.rolname in ('authenticated', 'anon') and c.relrowsecurity and p.polpermissive and p.polcmd in ('*', 'a', 'w')
  and exists (select from pg_catalog.unnest(p.polroles) g (oid)
    where g.oid = 0 or pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER'))
  and coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
    pg_catalog.pg_get_expr(p.polqual, p.polrelid)) is distinct from 'false'
  and pg_catalog.has_any_column_privilege(r.oid, c.oid,
    case p.polcmd when 'a' then 'INSERT' when 'w' then 'UPDATE' else 'INSERT, UPDATE' end)
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-MEMBERSHIPS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-REPLICATION: replication into and out of tenant tables goes on, and somebody answers for it; a subscription: alter subscription .. set (run_as_owner = true), owned by a role with BYPASSRLS (PostgreSQL 16 and later; before, such an owner alone). A slot: accept it, with who reads it and why as the reason
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'subscription ' || s.subname as subject,
  'writes ' || pg_catalog.min(t.t) || ' as ' || case when s.subrunasowner then o.rolname else 'the owner of the table' end || ', whom row security will bind: it would stop'
  as detail
from (values ('"public"."projects"'), ('"public"."notes"')) t (t)
join pg_catalog.pg_subscription_rel sr on sr.srrelid = pg_catalog.to_regclass(t.t)
join pg_catalog.pg_subscription s on s.oid = sr.srsubid
join pg_catalog.pg_roles o on o.oid = s.subowner
where not s.subrunasowner or not (o.rolsuper or o.rolbypassrls)
group by s.subname, case when s.subrunasowner then o.rolname else 'the owner of the table' end
union all
select 'slot ' || r.slot_name, 'streams every table of every tenant by ' || r.plugin
from pg_catalog.pg_replication_slots r
where r.slot_type = 'logical' and r.plugin <> 'pgoutput' and r.database = pg_catalog.current_database()
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-REPLICATION: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-RUN:public.sizes: materialized view public.sizes holds the same after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public.sizes'::text, 'values'::text, 'postgres'::text, 'SELECT owner_id,
--       sum(notes) AS notes
--      FROM public.project_sizes
--     GROUP BY owner_id'::text, 'postgres'::text, 'SELECT owner_id,
--       sum(notes) AS notes
--      FROM ringfence_trial_public.project_sizes
--     GROUP BY owner_id'::text, null::text
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;
--   select ringfence_trial.let_v1('postgres');
--   create schema "ringfence_trial_public";
--   grant usage, create on schema "ringfence_trial_public" to public;
--   create view "ringfence_trial_public"."project_sizes" as
--    SELECT projects.id,
--       projects.owner_id,
--       count(notes.id) AS notes
--      FROM (public.projects
--        LEFT JOIN public.notes ON ((notes.project_id = projects.id)))
--     GROUP BY projects.id;;
--   alter view "ringfence_trial_public"."project_sizes" owner to "postgres";
--   grant select on "ringfence_trial_public"."project_sizes" to public;

-- gate RFG-RUN:role:rf_case_figures: rf_case_figures reads the same after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public.projects'::text, 'rows'::text, 'rf_case_figures'::text, 'select from "public"."projects"'::text, 'rf_case_figures'::text, 'select from "public"."projects"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_figures'), pg_catalog.to_regclass('"public"."projects"')::oid, 'SELECT'), false)
--   union all
--   select 'public.notes'::text, 'rows'::text, 'rf_case_figures'::text, 'select from "public"."notes"'::text, 'rf_case_figures'::text, 'select from "public"."notes"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_figures'), pg_catalog.to_regclass('"public"."notes"')::oid, 'SELECT'), false)
--   union all
--   select 'public.project_sizes'::text, 'values'::text, 'rf_case_figures'::text, 'select * from "public"."project_sizes"'::text, 'rf_case_figures'::text, 'select * from "ringfence_trial_public"."project_sizes"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_figures'), pg_catalog.to_regclass('"public"."project_sizes"')::oid, 'SELECT'), false)
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;
--   select ringfence_trial.let_v1('postgres');
--   create schema "ringfence_trial_public";
--   grant usage, create on schema "ringfence_trial_public" to public;
--   create view "ringfence_trial_public"."project_sizes" as
--    SELECT projects.id,
--       projects.owner_id,
--       count(notes.id) AS notes
--      FROM (public.projects
--        LEFT JOIN public.notes ON ((notes.project_id = projects.id)))
--     GROUP BY projects.id;;
--   alter view "ringfence_trial_public"."project_sizes" owner to "postgres";
--   grant select on "ringfence_trial_public"."project_sizes" to public;

-- gate RFG-RUN:public.total_notes(): public.total_notes() gives the same after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public.total_notes()'::text, 'values'::text, 'postgres'::text, 'select * from "public"."total_notes"()'::text, 'postgres'::text, 'select * from "public"."total_notes"()'::text, null::text
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;

-- gate RFG-RUN:job:empty notes: job:empty notes works on the same rows after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'job:empty notes'::text, 'explain'::text, r.rolname::text, j.command::text, case when r.rolsuper or r.rolbypassrls or r.rolname in ('rf_case_figures') then r.rolname::text else 'ringfence_canary_authenticated'::text end, j.command::text, 'row security will bind the role that scheduled it, and there is no canary yet who could stand for it; run it by hand on a copy of the database that phase 6 has been applied to, and compare'::text
--   from "cron"."job" j join pg_catalog.pg_roles r on r.rolname = j.username::name
--   where j.active and j.database = pg_catalog.current_database() and coalesce(j.jobname::text, j.jobid::text) = 'empty notes'::text
--     and j.command::text !~* '^\s*refresh\s+materialized\s+view\s[^;]*;?\s*$'
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;
--   do $block$
--   begin
--     if (select r.rolsuper or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)
--     or pg_catalog.pg_has_role((select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'pg_read_all_data', 'USAGE WITH ADMIN OPTION') as allowed
--   from pg_catalog.pg_roles r where r.rolname = current_user) then
--       grant pg_read_all_data to "ringfence_canary_authenticated";
--     end if;
--   end
--   $block$;

-- gate RFG-RUN:job:sizes: job:sizes works on the same rows after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'job:sizes'::text, 'explain'::text, r.rolname::text, j.command::text, case when r.rolsuper or r.rolbypassrls or r.rolname in ('rf_case_figures') then r.rolname::text else 'ringfence_canary_authenticated'::text end, j.command::text, 'row security will bind the role that scheduled it, and there is no canary yet who could stand for it; run it by hand on a copy of the database that phase 6 has been applied to, and compare'::text
--   from "cron"."job" j join pg_catalog.pg_roles r on r.rolname = j.username::name
--   where j.active and j.database = pg_catalog.current_database() and coalesce(j.jobname::text, j.jobid::text) = 'sizes'::text
--     and j.command::text !~* '^\s*refresh\s+materialized\s+view\s[^;]*;?\s*$'
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;
--   do $block$
--   begin
--     if (select r.rolsuper or (r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)
--     or pg_catalog.pg_has_role((select r.oid from pg_catalog.pg_roles r where r.rolname = current_user), 'pg_read_all_data', 'USAGE WITH ADMIN OPTION') as allowed
--   from pg_catalog.pg_roles r where r.rolname = current_user) then
--       grant pg_read_all_data to "ringfence_canary_authenticated";
--     end if;
--   end
--   $block$;

-- gate RFG-RUN:dump: a dump by postgres is complete after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public.projects'::text, 'explain'::text, 'postgres'::text, 'select * from only "public"."projects"'::text, 'postgres'::text, 'select * from only "public"."projects"'::text, null::text
--   union all
--   select 'public.notes'::text, 'explain'::text, 'postgres'::text, 'select * from only "public"."notes"'::text, 'postgres'::text, 'select * from only "public"."notes"'::text, null::text
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_figures" bypassrls;

-- 6.1 the tenant of whoever writes a row
--   id      enforce/writer
--   proves  a row that names no tenant is its writer's, or derived
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function ringfence.writer_client_id() returns uuid
language sql stable parallel safe
begin atomic
  select case
    when (select r.rolsuper or r.rolbypassrls from pg_catalog.pg_roles r where r.rolname = current_user) then null
    else ringfence.client_id()
  end;
end;
grant execute on function ringfence.writer_client_id() to public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists ringfence.writer_client_id();
--   commit;

-- 6.2 a place for who reads and writes without a tenant, and why
--   id      enforce/contextless
--   proves  who sees every tenant is written down, with the reason
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table if not exists ringfence.contextless (
  name text primary key,
  kind text not null,
  way text not null,
  reason text not null,
  decided_at timestamptz not null default pg_catalog.now()
);
revoke all on table ringfence.contextless from public;
comment on table ringfence.contextless is
  'Readers and writers without a tenant as decided in ringfence.toml: each with the way it goes on and the reason.';
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop table if exists ringfence.contextless;
--   commit;

-- 6.3 job job:empty notes: bypass, nobody misses an empty note, whosever it is
--   id      enforce/contextless/job:empty notes
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('job:empty notes', 'job', 'bypass', 'nobody misses an empty note, whosever it is')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'job:empty notes';
--   commit;

-- 6.4 job job:sizes: bypass, refreshes the figures of all tenants
--   id      enforce/contextless/job:sizes
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('job:sizes', 'job', 'bypass', 'refreshes the figures of all tenants')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'job:sizes';
--   commit;

-- 6.5 view public.project_sizes: bypass, the figures of all tenants are made from it; no request role may read it
--   id      enforce/contextless/public.project_sizes
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('public.project_sizes', 'view', 'bypass', 'the figures of all tenants are made from it; no request role may read it')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'public.project_sizes';
--   commit;

-- 6.6 routine public.total_notes(): bypass, a number for the status page, which names nobody
--   id      enforce/contextless/public.total_notes()
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('public.total_notes()', 'routine', 'bypass', 'a number for the status page, which names nobody')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'public.total_notes()';
--   commit;

-- 6.7 role role:rf_case_figures: bypass, the monthly figures are about all tenants
--   id      enforce/contextless/role:rf_case_figures
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('role:rf_case_figures', 'role', 'bypass', 'the monthly figures are about all tenants')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'role:rf_case_figures';
--   commit;

-- 6.8 functions that derive tenants for auth.users fail rather than overlook a row
--   id      enforce/unfiltered/expand/sign_up
--   proves  a tenant is derived from every row there is, or the write fails with an error
--   needs   the migrating role is not bound by row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter function "ringfence"."assign_user"() set row_security = off;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter function "ringfence"."assign_user"() reset row_security;
--   commit;

-- 6.9 functions that derive tenants for public.projects fail rather than overlook a row
--   id      enforce/unfiltered/expand/public.projects/column
--   proves  a tenant is derived from every row there is, or the write fails with an error
--   needs   the migrating role is not bound by row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter function "ringfence"."choice_public_projects"() set row_security = off;
alter function "ringfence"."fill_public_projects"() set row_security = off;
alter function "ringfence"."settle_public_projects"() set row_security = off;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter function "ringfence"."choice_public_projects"() reset row_security;
--   alter function "ringfence"."fill_public_projects"() reset row_security;
--   alter function "ringfence"."settle_public_projects"() reset row_security;
--   commit;

-- 6.10 functions that derive tenants for public.notes fail rather than overlook a row
--   id      enforce/unfiltered/expand/public.notes/column
--   proves  a tenant is derived from every row there is, or the write fails with an error
--   needs   the migrating role is not bound by row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter function "ringfence"."fill_public_notes"() set row_security = off;
alter function "ringfence"."settle_public_notes"() set row_security = off;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter function "ringfence"."fill_public_notes"() reset row_security;
--   alter function "ringfence"."settle_public_notes"() reset row_security;
--   commit;

-- 6.11 role ringfence_owner, which is to own every tenant table
--   id      enforce/owner
--   proves  nobody logs in as the owner, and row security binds it
--   needs   the migrating role is not bound by row security; CREATEROLE; USAGE and CREATE on schema auth, to grant them on; USAGE and CREATE on schema cron, to grant them on; USAGE and CREATE on schema net, to grant them on; USAGE and CREATE on schema pgmq, to grant them on; USAGE and CREATE on schema public, to grant them on; USAGE and CREATE on schema realtime, to grant them on; USAGE and CREATE on schema storage, to grant them on; USAGE and CREATE on schema vault, to grant them on
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
do $block$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ringfence_owner') then
    create role "ringfence_owner" nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'ringfence_owner' and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then
    raise exception 'role % can do more, or less, than it is made for', 'ringfence_owner'
      using errcode = 'RF433', hint = 'choose another name for it in ringfence.toml';
  end if;
exception when duplicate_object or unique_violation then
  null;  -- another database of this server made it at the same moment
end
$block$;
grant "ringfence_owner" to current_user;
grant usage, create on schema "auth" to "ringfence_owner";
grant usage, create on schema "cron" to "ringfence_owner";
grant usage, create on schema "net" to "ringfence_owner";
grant usage, create on schema "pgmq" to "ringfence_owner";
grant usage, create on schema "public" to "ringfence_owner";
grant usage, create on schema "realtime" to "ringfence_owner";
grant usage, create on schema "storage" to "ringfence_owner";
grant usage, create on schema "vault" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."audit_log_entries" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."identities" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."mfa_amr_claims" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."mfa_factors" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."one_time_tokens" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."refresh_tokens" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."sessions" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."sso_domains" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."sso_providers" to "ringfence_owner";
grant insert, select, update, delete on table "auth"."users" to "ringfence_owner";
grant insert, select, update, delete on table "cron"."job" to "ringfence_owner";
grant insert, select, update, delete on table "cron"."job_run_details" to "ringfence_owner";
grant insert, select, update, delete on table "net"."_http_response" to "ringfence_owner";
grant insert, select, update, delete on table "net"."http_request_queue" to "ringfence_owner";
grant insert, select, update, delete on table "pgmq"."meta" to "ringfence_owner";
grant insert, select, update, delete on table "realtime"."messages" to "ringfence_owner";
grant insert, select, update, delete on table "realtime"."subscription" to "ringfence_owner";
grant insert, select, update, delete on table "storage"."buckets" to "ringfence_owner";
grant insert, select, update, delete on table "storage"."migrations" to "ringfence_owner";
grant insert, select, update, delete on table "storage"."objects" to "ringfence_owner";
grant insert, select, update, delete on table "storage"."s3_multipart_uploads" to "ringfence_owner";
grant insert, select, update, delete on table "vault"."secrets" to "ringfence_owner";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke insert, select, update, delete on table "vault"."secrets" from "ringfence_owner";
--   revoke insert, select, update, delete on table "storage"."s3_multipart_uploads" from "ringfence_owner";
--   revoke insert, select, update, delete on table "storage"."objects" from "ringfence_owner";
--   revoke insert, select, update, delete on table "storage"."migrations" from "ringfence_owner";
--   revoke insert, select, update, delete on table "storage"."buckets" from "ringfence_owner";
--   revoke insert, select, update, delete on table "realtime"."subscription" from "ringfence_owner";
--   revoke insert, select, update, delete on table "realtime"."messages" from "ringfence_owner";
--   revoke insert, select, update, delete on table "pgmq"."meta" from "ringfence_owner";
--   revoke insert, select, update, delete on table "net"."http_request_queue" from "ringfence_owner";
--   revoke insert, select, update, delete on table "net"."_http_response" from "ringfence_owner";
--   revoke insert, select, update, delete on table "cron"."job_run_details" from "ringfence_owner";
--   revoke insert, select, update, delete on table "cron"."job" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."users" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."sso_providers" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."sso_domains" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."sessions" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."refresh_tokens" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."one_time_tokens" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."mfa_factors" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."mfa_amr_claims" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."identities" from "ringfence_owner";
--   revoke insert, select, update, delete on table "auth"."audit_log_entries" from "ringfence_owner";
--   revoke usage, create on schema "vault" from "ringfence_owner";
--   revoke usage, create on schema "storage" from "ringfence_owner";
--   revoke usage, create on schema "realtime" from "ringfence_owner";
--   revoke usage, create on schema "public" from "ringfence_owner";
--   revoke usage, create on schema "pgmq" from "ringfence_owner";
--   revoke usage, create on schema "net" from "ringfence_owner";
--   revoke usage, create on schema "cron" from "ringfence_owner";
--   revoke usage, create on schema "auth" from "ringfence_owner";
--   commit;

-- 6.12 rf_case_figures reads every tenant: the monthly figures are about all tenants
--   id      enforce/role/rf_case_figures
--   proves  rf_case_figures reads what it read before
--   needs   may let rf_case_figures pass row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter role "rf_case_figures" bypassrls;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter role "rf_case_figures" nobypassrls;
--   commit;

-- 6.13 rows of public.projects belong to their tenant, for whoever asks
--   id      enforce/public.projects/rows
--   proves  no role that row security binds reads or writes another tenant's rows of public.projects, its owner included
--   needs   owner of public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop policy if exists "ringfence_canary" on "public"."projects";
drop policy if exists "ringfence_note_delete" on "public"."projects";
drop policy if exists "ringfence_note_insert" on "public"."projects";
drop policy if exists "ringfence_note_select" on "public"."projects";
drop policy if exists "ringfence_note_update" on "public"."projects";
create policy "ringfence_floor" on "public"."projects" as restrictive for all to public using ("client_id" = (select ringfence.client_id())) with check ("client_id" = (select ringfence.client_id()));
alter table "public"."projects" force row level security;
alter table only "public"."projects" alter column "client_id" set default ringfence.writer_client_id();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
revoke truncate, references, trigger, maintain on table "public"."projects" from "anon";
revoke truncate, references, trigger, maintain on table "public"."projects" from "authenticated";
revoke select, update on sequence "public"."projects_id_seq" from "anon";
revoke select, update on sequence "public"."projects_id_seq" from "authenticated";
-- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."projects" owner to "ringfence_owner";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."projects" owner to "postgres";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   grant select, update on sequence "public"."projects_id_seq" to "authenticated";
--   grant select, update on sequence "public"."projects_id_seq" to "anon";
--   grant truncate, references, trigger, maintain on table "public"."projects" to "authenticated";
--   grant truncate, references, trigger, maintain on table "public"."projects" to "anon";
--   -- ACCESS EXCLUSIVE on public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table only "public"."projects" alter column "client_id" drop default;
--   alter table "public"."projects" no force row level security;
--   drop policy if exists "ringfence_floor" on "public"."projects";
--   create policy "ringfence_note_update" on "public"."projects" as restrictive for update to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'update'))) with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'update')));
--   create policy "ringfence_note_select" on "public"."projects" as restrictive for select to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'select')));
--   create policy "ringfence_note_insert" on "public"."projects" as restrictive for insert to public with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'insert')));
--   create policy "ringfence_note_delete" on "public"."projects" as restrictive for delete to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."projects"', 'delete')));
--   create policy "ringfence_canary" on "public"."projects" as restrictive for all to "ringfence_canary_anon", "ringfence_canary_authenticated" using ("client_id" = (select ringfence.canary_client_id())) with check ("client_id" = (select ringfence.canary_client_id()));
--   commit;

-- 6.14 rows of public.notes belong to their tenant, for whoever asks
--   id      enforce/public.notes/rows
--   proves  no role that row security binds reads or writes another tenant's rows of public.notes, its owner included
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop policy if exists "ringfence_canary" on "public"."notes";
drop policy if exists "ringfence_note_delete" on "public"."notes";
drop policy if exists "ringfence_note_insert" on "public"."notes";
drop policy if exists "ringfence_note_select" on "public"."notes";
drop policy if exists "ringfence_note_update" on "public"."notes";
drop policy if exists "ringfence_open" on "public"."notes";
create policy "ringfence_tenant_select" on "public"."notes" as permissive for select to public using ("client_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_insert" on "public"."notes" as permissive for insert to public with check ("client_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_update" on "public"."notes" as permissive for update to public using ("client_id" = (select ringfence.client_id())) with check ("client_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_delete" on "public"."notes" as permissive for delete to public using ("client_id" = (select ringfence.client_id()));
create policy "ringfence_floor" on "public"."notes" as restrictive for all to public using ("client_id" = (select ringfence.client_id())) with check ("client_id" = (select ringfence.client_id()));
alter table "public"."notes" force row level security;
alter table only "public"."notes" alter column "client_id" set default ringfence.writer_client_id();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
revoke truncate, references, trigger, maintain on table "public"."notes" from "anon";
revoke truncate, references, trigger, maintain on table "public"."notes" from "authenticated";
revoke select, update on sequence "public"."notes_id_seq" from "anon";
revoke select, update on sequence "public"."notes_id_seq" from "authenticated";
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" owner to "ringfence_owner";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" owner to "postgres";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   grant select, update on sequence "public"."notes_id_seq" to "authenticated";
--   grant select, update on sequence "public"."notes_id_seq" to "anon";
--   grant truncate, references, trigger, maintain on table "public"."notes" to "authenticated";
--   grant truncate, references, trigger, maintain on table "public"."notes" to "anon";
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table only "public"."notes" alter column "client_id" drop default;
--   alter table "public"."notes" no force row level security;
--   drop policy if exists "ringfence_floor" on "public"."notes";
--   drop policy if exists "ringfence_tenant_delete" on "public"."notes";
--   drop policy if exists "ringfence_tenant_update" on "public"."notes";
--   drop policy if exists "ringfence_tenant_insert" on "public"."notes";
--   drop policy if exists "ringfence_tenant_select" on "public"."notes";
--   create policy "ringfence_open" on "public"."notes" as permissive for all to public using (true) with check (true);
--   create policy "ringfence_note_update" on "public"."notes" as restrictive for update to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'update'))) with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'update')));
--   create policy "ringfence_note_select" on "public"."notes" as restrictive for select to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'select')));
--   create policy "ringfence_note_insert" on "public"."notes" as restrictive for insert to public with check ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'insert')));
--   create policy "ringfence_note_delete" on "public"."notes" as restrictive for delete to public using ((select pg_catalog.random() * 100 >= 1) or "client_id" = (select ringfence.note_client_id_v1()) or (select ringfence.note_v1('"public"."notes"', 'delete')));
--   create policy "ringfence_canary" on "public"."notes" as restrictive for all to "ringfence_canary_anon", "ringfence_canary_authenticated" using ("client_id" = (select ringfence.canary_client_id())) with check ("client_id" = (select ringfence.canary_client_id()));
--   commit;

-- 6.15 tables that postgres makes in public are granted to no request role by themselves
--   id      enforce/defaults/postgres/public
--   proves  the next table is not open to everybody before somebody says so (R11)
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter default privileges for role "postgres" in schema "public" revoke insert, select, update, delete, truncate, references, trigger, maintain on tables from "anon";
alter default privileges for role "postgres" in schema "public" revoke insert, select, update, delete, truncate, references, trigger, maintain on tables from "authenticated";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter default privileges for role "postgres" in schema "public" grant insert, select, update, delete, truncate, references, trigger, maintain on tables to "anon";
--   alter default privileges for role "postgres" in schema "public" grant insert, select, update, delete, truncate, references, trigger, maintain on tables to "authenticated";
--   commit;

-- 6.16 row security is on for every new table, however it is made
--   id      enforce/new_tables
--   proves  CREATE TABLE AS, SELECT INTO and new partitions are seen too (O3, O18)
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function ringfence.close_new_table_v1() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  made record;
begin
  for made in
    select c.oid, n.nspname, c.relname, c.relowner
    from pg_catalog.pg_event_trigger_ddl_commands() d
    join pg_catalog.pg_class c on c.oid = d.objid
      or (d.command_tag = 'ALTER TABLE'
          and c.oid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = d.objid) and c.relispartition)
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and (d.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') or c.oid <> d.objid)
      and not d.in_extension
      and n.nspname::text = any (array['public']::text[])
      and c.relkind in ('r', 'p') and c.relpersistence <> 't' and not c.relrowsecurity
  loop
    execute pg_catalog.format('alter table %I.%I enable row level security', made.nspname, made.relname);
    raise notice 'row security is on for %.%, which no policy opens yet', made.nspname, made.relname
      using hint = 'ringfence plan --amend says what is needed for it';
    -- only where the maker goes on to be the owner by membership: his next statement may well be CREATE INDEX
    -- a superuser is a member of everybody, and what it makes stays its own until the plan is amended
    if pg_catalog.pg_get_userbyid(made.relowner) <> 'ringfence_owner'
        and pg_catalog.pg_has_role(made.relowner, 'ringfence_owner', 'USAGE')
        and not (select r.rolsuper from pg_catalog.pg_roles r where r.oid = made.relowner) then
      execute pg_catalog.format('alter table %I.%I owner to %I', made.nspname, made.relname, 'ringfence_owner');
    end if;
  end loop;
end
$function$;
revoke all on function ringfence.close_new_table_v1() from public;
create event trigger ringfence_new_tables on ddl_command_end when tag in ('ALTER TABLE', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') execute function "ringfence"."close_new_table_v1"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop event trigger if exists ringfence_new_tables;
--   drop function if exists "ringfence"."close_new_table_v1"();
--   commit;

-- gate RFG-ENFORCED: every tenant table has its floor, FORCE and an owner whom row security binds; ringfence status says which step makes it so; somebody changed the table when all steps are done
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, case when c.oid is null then 'is gone'
  when not c.relrowsecurity then 'row security is off'
  when w.forced and not c.relforcerowsecurity then 'row security is not forced'
  when w.forced and (o.rolname <> 'ringfence_owner' or o.rolcanlogin or o.rolsuper or o.rolbypassrls) then 'its owner is ' || o.rolname
  else 'its floor has a hole' end as detail
from (values ('"public"."projects"', true, false), ('"public"."notes"', true, false)) w (t, forced, open)
left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(w.t)
left join pg_catalog.pg_roles o on o.oid = c.relowner
where w.t is not null and (c.oid is null or not c.relrowsecurity
  or (w.forced and (not c.relforcerowsecurity or o.rolcanlogin or o.rolsuper or o.rolbypassrls or o.rolname <> 'ringfence_owner'))
  or not (case when w.open then array['a', 'd', 'r', 'w']::text[] else array['*']::text[] end
    <@ array(select p.polcmd from pg_catalog.pg_policy p where p.polrelid = c.oid and not p.polpermissive
      and p.polname::text ~ '^ringfence_floor' and p.polroles = '{0}'::oid[]
      and (p.polcmd = 'a' or pg_catalog.strpos(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'SELECT ringfence.client_id()') > 0)
      and (p.polcmd in ('r', 'd') or pg_catalog.strpos(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), 'SELECT ringfence.client_id()') > 0)
      and (p.polcmd = 'r' or pg_catalog.strpos(coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), ' OR ') = 0))::text[]))
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-ENFORCED: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-GRANTS: no request role may TRUNCATE, refer to, put triggers on or lock a tenant table; revoke truncate, references, trigger on the table from the role
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select t.t as subject, coalesce(r.rolname::text, 'PUBLIC') || ' has ' || a.privilege_type as detail
from (values ('"public"."projects"'), ('"public"."notes"')) t (t)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(t.t)
cross join lateral pg_catalog.aclexplode(c.relacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
  and (a.grantee = 0 or r.rolname in ('authenticated', 'anon'))
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-GRANTS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-NEW-TABLES: no new table is open to request roles without row security; ringfence plan --amend takes the table in; until then: alter table .. enable row level security
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select c.oid::pg_catalog.regclass::text as subject, 'has no row security and ' || r.rolname || ' may use it' as detail
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_roles r on r.rolname in ('authenticated', 'anon')
where n.nspname in ('public') and c.relkind in ('r', 'p') and not c.relrowsecurity
  and c.relpersistence <> 't'
  and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
  and c.oid <> all (array['"auth"."audit_log_entries"', '"auth"."identities"', '"auth"."mfa_amr_claims"', '"auth"."mfa_factors"', '"auth"."one_time_tokens"', '"auth"."refresh_tokens"', '"auth"."sessions"', '"auth"."sso_domains"', '"auth"."sso_providers"', '"auth"."users"', '"cron"."job"', '"cron"."job_run_details"', '"net"."_http_response"', '"net"."http_request_queue"', '"pgmq"."meta"', '"realtime"."subscription"', '"storage"."migrations"', '"storage"."s3_multipart_uploads"', '"vault"."secrets"']::pg_catalog.regclass[]::oid[])
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-NEW-TABLES: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DEFAULTS: tables made from here on are granted to no request role by themselves; as a member of that role: alter default privileges for role .. in schema .. revoke all on tables from ..
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select d.defaclrole::pg_catalog.regrole::text || coalesce(' in ' || n.nspname, '') as subject,
  coalesce(r.rolname::text, 'PUBLIC') || ' gets ' || pg_catalog.string_agg(a.privilege_type, ', ') as detail
from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
cross join lateral pg_catalog.aclexplode(d.defaclacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where d.defaclobjtype = 'r' and (n.nspname is null or n.nspname in ('public'))
  and (a.grantee = 0 or r.rolname in ('authenticated', 'anon'))
group by d.defaclrole, n.nspname, r.rolname
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DEFAULTS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DUMPS: the role that makes dumps still sees every row; [isolation] dump_role = "..." names the role that makes your dumps; it needs BYPASSRLS and pg_read_all_data
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select r.rolname::text as subject, 'row security binds it: pg_dump would fail' as detail
from pg_catalog.pg_roles r where r.rolname = current_user and not (r.rolsuper or r.rolbypassrls)
union all
select t.t, current_user::text || ' may not read it'
from (values ('"public"."projects"'), ('"public"."notes"')) t (t)
where pg_catalog.to_regclass(t.t) is not null
  and not pg_catalog.has_table_privilege(current_user, pg_catalog.to_regclass(t.t)::oid, 'SELECT')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DUMPS: ' || subject, detail = detail;
  end if;
end
$do$;
