-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          auth.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     users with the same domain in email share an organization
-- tenant table   public.documents: owner_id -> home organization of that user; of two parents the first decides
-- tenant table   public.comments: document_id -> public.documents
-- tenant table   public.folders: owner_id -> home organization of that user
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
-- note           public.documents: is public.documents__all from phase 1 on, behind a view of its old columns; for desk 1.* of login desk (declared)
-- note           public.comments: is public.comments__all from phase 1 on, behind a view of its old columns; for desk 1.* of login desk (declared)
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
select 'CREATE on the database', 'grant create on database <this one> to current_user' where not coalesce((select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as allowed), false)
union all
select 'owner of public.documents', 'grant <owner of public.documents> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."documents"'::pg_catalog.regclass), false)
union all
select 'owner of public.comments', 'grant <owner of public.comments> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."comments"'::pg_catalog.regclass), false)
union all
select 'owner of public.folders', 'grant <owner of public.folders> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."folders"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.documents', 'grant references on "public"."documents" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."documents"'), 'REFERENCES'), true) as allowed), false)
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

-- 1.6 schema next, where new code finds the full tables (search_path = next, ..)
--   id      expand/compatibility
--   proves  whoever may use the tables' schema may use this one
--   needs   CREATE on the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create schema "next";
grant usage on schema "next" to public, "anon", "authenticated", "pg_database_owner", "service_role";
-- In which hours somebody looked who was connected. Without it, "not seen" could mean that nobody was looking.
create table if not exists ringfence.session_watches (
  hour timestamptz not null primary key,
  samples bigint not null default 1
);
comment on table ringfence.session_watches is
  'The hours in which sessions were sampled: an old client counts as gone only after hours that were all watched.';
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop schema if exists "next";
--   commit;

-- 1.7 functions that give a tenant to what old code writes into public.documents
--   id      expand/public.documents/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_documents"() returns trigger
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
revoke all on function "ringfence"."fill_public_documents"() from public;
create or replace function "ringfence"."settle_public_documents"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."documents__all" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_documents"() from public;
create or replace function "ringfence"."choice_public_documents"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."owner_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.documents', new."id"::text, new."client_id"::text, new."owner_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_documents"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_documents"();
--   drop function if exists "ringfence"."settle_public_documents"();
--   drop function if exists "ringfence"."fill_public_documents"();
--   commit;

-- 1.8 tenant column and fill triggers on public.documents; old clients reach it through a view of its old columns
--   id      expand/public.documents/column
--   proves  old statements, prepared ones too, see the columns they know; new code sees all of them
--   needs   owner of public.documents; CREATE on schema public
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents" rename to "documents__all";
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."documents__all" for each row execute function "ringfence"."fill_public_documents"();
create trigger "zzz_ringfence_fill_update" before update on "public"."documents__all" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_documents"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."documents__all" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_documents"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."documents__all" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_documents"();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."documents" with (security_invoker = true) as
select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at" from "public"."documents__all";
comment on view "public"."documents" is 'What people write; it''s theirs.';
revoke all on "public"."documents" from "anon", "authenticated", "service_role";
grant select on "public"."documents" to "anon";
grant insert, select, delete, references, trigger, maintain on "public"."documents" to "authenticated";
grant insert, select, update, delete on "public"."documents" to "service_role" with grant option;
grant update ("folder_id") on "public"."documents" to "authenticated";
grant update ("title") on "public"."documents" to "authenticated";
create view "next"."documents" with (security_invoker = true) as
select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at", "client_id" from "public"."documents__all";
comment on view "next"."documents" is 'public.documents with client_id, for code that has next first in its search_path';
grant select on "next"."documents" to "anon";
grant insert, select, delete, references, trigger, maintain on "next"."documents" to "authenticated";
grant insert, select, update, delete on "next"."documents" to "service_role" with grant option;
grant update ("folder_id") on "next"."documents" to "authenticated";
grant update ("title") on "next"."documents" to "authenticated";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on next.documents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "next"."documents";
--   -- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."documents";
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."documents__all";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."documents__all";
--   drop trigger if exists "00_ringfence_settle" on "public"."documents__all";
--   drop trigger if exists "ringfence_choice" on "public"."documents__all";
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" drop column if exists "client_id";
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" rename to "documents";
--   commit;

-- 1.9 functions that give a tenant to what old code writes into public.comments
--   id      expand/public.comments/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_comments"() returns trigger
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
    select p1."client_id" into derived from "public"."documents__all" p1
      where p1."id" = new."document_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_comments"() from public;
create or replace function "ringfence"."settle_public_comments"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."comments__all" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_comments"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_comments"();
--   drop function if exists "ringfence"."fill_public_comments"();
--   commit;

-- 1.10 tenant column and fill triggers on public.comments; old clients reach it through a view of its old columns
--   id      expand/public.comments/column
--   proves  old statements, prepared ones too, see the columns they know; new code sees all of them
--   needs   owner of public.comments; CREATE on schema public
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.comments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments" rename to "comments__all";
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."comments__all" for each row execute function "ringfence"."fill_public_comments"();
create trigger "zzz_ringfence_fill_update" before update on "public"."comments__all" for each row when ((old."client_id" is distinct from new."client_id" or old."document_id" is distinct from new."document_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_comments"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."comments__all" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_comments"();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."comments" with (security_invoker = true) as
select "id", "document_id", "author_id", "body" from "public"."comments__all";
revoke all on "public"."comments" from "anon", "authenticated", "service_role";
grant insert, select, update, delete, truncate, references, trigger, maintain on "public"."comments" to "authenticated";
grant insert, select, update, delete, truncate, references, trigger, maintain on "public"."comments" to "service_role";
create view "next"."comments" with (security_invoker = true) as
select "id", "document_id", "author_id", "body", "client_id" from "public"."comments__all";
comment on view "next"."comments" is 'public.comments with client_id, for code that has next first in its search_path';
grant insert, select, update, delete, truncate, references, trigger, maintain on "next"."comments" to "authenticated";
grant insert, select, update, delete, truncate, references, trigger, maintain on "next"."comments" to "service_role";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on next.comments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "next"."comments";
--   -- ACCESS EXCLUSIVE on public.comments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."comments";
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."comments__all";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."comments__all";
--   drop trigger if exists "00_ringfence_settle" on "public"."comments__all";
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments__all" drop column if exists "client_id";
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments__all" rename to "comments";
--   commit;

-- 1.11 functions that give a tenant to what old code writes into public.folders
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
revoke all on function "ringfence"."fill_public_folders"() from public;
create or replace function "ringfence"."settle_public_folders"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."folders" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."folders" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_folders"() from public;
create or replace function "ringfence"."choice_public_folders"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."owner_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.folders', new."id"::text, new."client_id"::text, new."owner_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_folders"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_folders"();
--   drop function if exists "ringfence"."settle_public_folders"();
--   drop function if exists "ringfence"."fill_public_folders"();
--   commit;

-- 1.12 tenant column and fill triggers on public.folders
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
create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_folders"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."folders" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_folders"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."folders" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_folders"();
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
--   drop trigger if exists "ringfence_choice" on "public"."folders";
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" drop column if exists "client_id";
--   commit;

-- 1.13 what people decide from here on is kept when the phase is reverted
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
--   select 'public.documents', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."documents__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.folders', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."folders" t
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
from (values ('"public"."documents__all"', 'client_id'), ('"public"."comments__all"', 'client_id'), ('"public"."folders"', 'client_id')) w (t, c)
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

-- 2.3 the right tenant for every row of public.documents
--   id      backfill/public.documents/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.documents
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."documents__all";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."documents__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."documents__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."folder_id", old."title", old."slug", old."size_class", old."number", old."updated_at"), row(new."id", new."owner_id", new."folder_id", new."title", new."slug", new."size_class", new."number", new."updated_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."documents__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."documents__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.comments
--   id      backfill/public.comments/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.comments
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."comments__all";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."comments__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."comments__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."document_id", old."author_id", old."body"), row(new."id", new."document_id", new."author_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."comments__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."comments__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.folders
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
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
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
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."folders" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."folders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."parent_id", old."name"), row(new."id", new."owner_id", new."parent_id", new."name")) as intact
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

-- 2.6 every new row of public.documents must have a tenant
--   id      backfill/public.documents/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" add constraint "documents_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" drop constraint if exists "documents_client_id_present";
--   commit;

-- 2.7 prove documents_client_id_present for the rows already in public.documents
--   id      backfill/public.documents/validate/documents_client_id_present
--   proves  documents_client_id_present holds for every row
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."documents__all" validate constraint "documents_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.8 public.documents.client_id is NOT NULL
--   id      backfill/public.documents/not_null
--   proves  no row is without tenant
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" drop constraint if exists "documents_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" alter column "client_id" drop not null;
--   commit;

-- 2.9 every new row of public.comments must have a tenant
--   id      backfill/public.comments/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" add constraint "comments_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments__all" drop constraint if exists "comments_client_id_present";
--   commit;

-- 2.10 prove comments_client_id_present for the rows already in public.comments
--   id      backfill/public.comments/validate/comments_client_id_present
--   proves  comments_client_id_present holds for every row
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."comments__all" validate constraint "comments_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.11 public.comments.client_id is NOT NULL
--   id      backfill/public.comments/not_null
--   proves  no row is without tenant
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" drop constraint if exists "comments_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments__all" alter column "client_id" drop not null;
--   commit;

-- 2.12 every new row of public.folders must have a tenant
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

-- 2.13 prove folders_client_id_present for the rows already in public.folders
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

-- 2.14 public.folders.client_id is NOT NULL
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

-- 2.15 index documents_client_id_id_key on public.documents (client_id, id)
--   id      backfill/public.documents/index/documents_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.documents
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."documents_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "documents_client_id_id_key" on "public"."documents__all" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."documents_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."documents_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.16 unique key (client_id, id) on public.documents, the target of tenant-consistent references
--   id      backfill/public.documents/unique/documents_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" add constraint "documents_client_id_id_key" unique using index "documents_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" drop constraint if exists "documents_client_id_id_key";
--   commit;

-- 2.17 the tenant of public.documents is an organization
--   id      backfill/public.documents/reference/documents_client_id_fkey
--   proves  the tenant of public.documents is an organization, for every row written from here on
--   needs   owner of public.documents; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.documents__all, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" add constraint "documents_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents__all" drop constraint if exists "documents_client_id_fkey";
--   commit;

-- 2.18 index comments_client_id_document_id_idx on public.comments (client_id, document_id)
--   id      backfill/public.comments/index/comments_client_id_document_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.comments
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."comments_client_id_document_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."comments_client_id_document_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "comments_client_id_document_id_idx" on "public"."comments__all" ("client_id", "document_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."comments_client_id_document_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."comments_client_id_document_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."comments_client_id_document_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."comments_client_id_document_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.19 reference of public.comments to public.documents that carries the tenant
--   id      backfill/public.comments/reference/comments_client_id_document_id_fkey
--   proves  reference of public.comments to public.documents that carries the tenant, for every row written from here on
--   needs   owner of public.comments; REFERENCES on public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments__all" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.comments__all, public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" add constraint "comments_client_id_document_id_fkey" foreign key ("client_id", "document_id") references "public"."documents__all" ("client_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments__all" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.comments__all, public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments__all" drop constraint if exists "comments_client_id_document_id_fkey";
--   commit;

-- 2.20 the tenant of public.folders is an organization
--   id      backfill/public.folders/reference/folders_client_id_fkey
--   proves  the tenant of public.folders is an organization, for every row written from here on
--   needs   owner of public.folders; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."folders" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.folders, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."folders" add constraint "folders_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."folders" drop constraint if exists "folders_client_id_fkey";
--   commit;

-- 2.21 a last sweep over public.documents, now that references carry every change
--   id      backfill/public.documents/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.documents
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."documents__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."documents__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."folder_id", old."title", old."slug", old."size_class", old."number", old."updated_at"), row(new."id", new."owner_id", new."folder_id", new."title", new."slug", new."size_class", new."number", new."updated_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."documents__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."documents__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.22 a last sweep over public.comments, now that references carry every change
--   id      backfill/public.comments/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.comments
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."comments__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."comments__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."document_id", old."author_id", old."body"), row(new."id", new."document_id", new."author_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."comments__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."comments__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.23 a last sweep over public.folders, now that references carry every change
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
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."folders"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."folders" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."folders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."owner_id", old."parent_id", old."name"), row(new."id", new."owner_id", new."parent_id", new."name")) as intact
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

-- 2.24 prove documents_client_id_fkey for the rows already in public.documents
--   id      backfill/public.documents/validate/documents_client_id_fkey
--   proves  documents_client_id_fkey holds for every row
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."documents__all" validate constraint "documents_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.25 prove comments_client_id_document_id_fkey for the rows already in public.comments
--   id      backfill/public.comments/validate/comments_client_id_document_id_fkey
--   proves  comments_client_id_document_id_fkey holds for every row
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all, public.documents__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."comments__all" validate constraint "comments_client_id_document_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.26 prove folders_client_id_fkey for the rows already in public.folders
--   id      backfill/public.folders/validate/folders_client_id_fkey
--   proves  folders_client_id_fkey holds for every row
--   needs   owner of public.folders
begin;
-- SHARE UPDATE EXCLUSIVE on public.folders, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."folders" validate constraint "folders_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 index documents_client_id_owner_id_idx on public.documents (client_id, owner_id)
--   id      backfill/public.documents/index/documents_client_id_owner_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.documents
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_owner_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."documents_client_id_owner_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "documents_client_id_owner_id_idx" on "public"."documents__all" ("client_id", "owner_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_owner_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_client_id_owner_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."documents_client_id_owner_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."documents_client_id_owner_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.28 slug is unique within a tenant of public.documents
--   id      backfill/public.documents/index/documents_client_id_slug_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.documents
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_slug_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."documents_client_id_slug_key";
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (slug) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "documents_client_id_slug_key" on "public"."documents__all" ("client_id", "slug");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."documents_client_id_slug_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_client_id_slug_key";
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."documents_client_id_slug_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."documents_client_id_slug_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.29 index comments_client_id_id_idx on public.comments (client_id, id)
--   id      backfill/public.comments/index/comments_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.comments
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."comments_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."comments_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "comments_client_id_id_idx" on "public"."comments__all" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."comments_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."comments_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."comments_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."comments_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.30 index folders_client_id_id_idx on public.folders (client_id, id)
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

-- 2.31 fill triggers of public.documents in their lasting form
--   id      backfill/public.documents/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."documents__all";
create trigger "zzz_ringfence_fill_update" before update on "public"."documents__all" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id")) execute function "ringfence"."fill_public_documents"();
drop trigger if exists "ringfence_choice" on "public"."documents__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.documents', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."documents__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."documents__all";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."documents__all" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_documents"();
--   drop trigger if exists "ringfence_choice" on "public"."documents__all";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."documents__all" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_documents"();
--   commit;

-- 2.32 fill triggers of public.comments in their lasting form
--   id      backfill/public.comments/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."comments__all";
create trigger "zzz_ringfence_fill_update" before update on "public"."comments__all" for each row when ((old."client_id" is distinct from new."client_id" or old."document_id" is distinct from new."document_id")) execute function "ringfence"."fill_public_comments"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."comments__all";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."comments__all" for each row when ((old."client_id" is distinct from new."client_id" or old."document_id" is distinct from new."document_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_comments"();
--   commit;

-- 2.33 fill triggers of public.folders in their lasting form
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
create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id")) execute function "ringfence"."fill_public_folders"();
drop trigger if exists "ringfence_choice" on "public"."folders";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.folders', t."id"::text, t."client_id"::text, t."owner_id"::text
--   from "public"."folders" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.folders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."folders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.folders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."folders";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."folders" for each row when ((old."client_id" is distinct from new."client_id" or old."owner_id" is distinct from new."owner_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_folders"();
--   drop trigger if exists "ringfence_choice" on "public"."folders";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."folders" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_folders"();
--   commit;

-- gate RFG-DIFFERS:public.documents: every row of public.documents has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.documents row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."documents__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.documents: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.comments: every row of public.comments has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.comments row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."comments__all" t
  left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.comments: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.folders: every row of public.folders has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.folders row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."folders" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.folders' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."owner_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."owner_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.folders: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.folders:folders_parent_id_fkey: rows of public.folders refer to public.folders of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.folders"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.folders row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.folders that belongs to ' || p."client_id"::text as detail
from "public"."folders" t join "public"."folders" p on p."id" = t."parent_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.folders:folders_parent_id_fkey: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."documents__all"', '"public"."comments__all"', '"public"."folders"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."documents__all"', '"public"."comments__all"', '"public"."folders"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 6 enforce: tables get their names back when no client is left that needs their old columns
-- =================================================================================================

-- gate RFG-OLD-CLIENTS:public.documents: nobody who needs the old columns of public.documents was connected for 48 hours; upgrade or stop the clients that are named. New code may share their login: then say which applications are old, [[clients]] login = .., application = .., selects_star = true, and amend the plan. Hours count that were watched: call ringfence status at least once an hour; [soak] old_clients_quiet_hours is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 48 then count(*) else 0 end as observed
from ringfence.session_watches w
where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now()) - pg_catalog.make_interval(hours => 48)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.documents: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
with kinds (login, application, source) as (
    values ('desk', 'desk 1.*', 'declared')
), seen (login, application, last_seen, sessions) as (
  select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), pg_catalog.now(), count(*)
  from pg_catalog.pg_stat_activity a
  where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
    and (a.backend_type is null or a.backend_type = 'client backend')
  group by 1, 2
  union all
  select s.login, s.application, s.last_seen, 0 from ringfence.session_samples s
  where s.last_seen >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
)
select pg_catalog.format('%s (%s)', coalesce(nullif(s.application, ''), '(no application name)'), s.login) as subject,
  case when max(s.sessions) > 0 then pg_catalog.format('%s connected now', max(s.sessions))
    else 'last seen at ' || pg_catalog.to_char(max(s.last_seen), 'YYYY-MM-DD HH24:MI TZ') end
  || '; takes all columns (' || pg_catalog.string_agg(distinct k.source, ', ') || ')' as detail
from seen s join kinds k
  on (k.login = '' or s.login = k.login or (pg_catalog.right(k.login, 1) = '*' and pg_catalog.starts_with(s.login, pg_catalog.left(k.login, -1)))) and (k.application = '' or s.application = k.application or (pg_catalog.right(k.application, 1) = '*' and pg_catalog.starts_with(s.application, pg_catalog.left(k.application, -1))))
where s.application not like 'ringfence%'
group by s.login, s.application
order by max(s.sessions) desc, 1
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.documents: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-OLD-CLIENTS:public.comments: nobody who needs the old columns of public.comments was connected for 48 hours; upgrade or stop the clients that are named. New code may share their login: then say which applications are old, [[clients]] login = .., application = .., selects_star = true, and amend the plan. Hours count that were watched: call ringfence status at least once an hour; [soak] old_clients_quiet_hours is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 48 then count(*) else 0 end as observed
from ringfence.session_watches w
where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now()) - pg_catalog.make_interval(hours => 48)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.comments: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
with kinds (login, application, source) as (
    values ('desk', 'desk 1.*', 'declared')
), seen (login, application, last_seen, sessions) as (
  select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), pg_catalog.now(), count(*)
  from pg_catalog.pg_stat_activity a
  where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
    and (a.backend_type is null or a.backend_type = 'client backend')
  group by 1, 2
  union all
  select s.login, s.application, s.last_seen, 0 from ringfence.session_samples s
  where s.last_seen >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
)
select pg_catalog.format('%s (%s)', coalesce(nullif(s.application, ''), '(no application name)'), s.login) as subject,
  case when max(s.sessions) > 0 then pg_catalog.format('%s connected now', max(s.sessions))
    else 'last seen at ' || pg_catalog.to_char(max(s.last_seen), 'YYYY-MM-DD HH24:MI TZ') end
  || '; takes all columns (' || pg_catalog.string_agg(distinct k.source, ', ') || ')' as detail
from seen s join kinds k
  on (k.login = '' or s.login = k.login or (pg_catalog.right(k.login, 1) = '*' and pg_catalog.starts_with(s.login, pg_catalog.left(k.login, -1)))) and (k.application = '' or s.application = k.application or (pg_catalog.right(k.application, 1) = '*' and pg_catalog.starts_with(s.application, pg_catalog.left(k.application, -1))))
where s.application not like 'ringfence%'
group by s.login, s.application
order by max(s.sessions) desc, 1
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.comments: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-VIEW-IN-USE: nothing was built on the compatibility views; drop what is named, or rebuild it on the table itself, which bears the name with __all at its end
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.ev_class::pg_catalog.regclass::text as subject,
  'reads ' || d.refobjid::pg_catalog.regclass::text || ', which is about to go' as detail
from pg_catalog.pg_depend d join pg_catalog.pg_rewrite w on w.oid = d.objid
where d.refobjid in (select c.oid from pg_catalog.unnest(array['"public"."documents"', '"next"."documents"', '"public"."comments"', '"next"."comments"']) v join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(v) and c.relkind = 'v')
  and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.ev_class <> d.refobjid
union
select pg_catalog.format('%s(%s)', p.oid::pg_catalog.regproc, pg_catalog.pg_get_function_identity_arguments(p.oid)),
  'leans on ' || t.typname || ', the row type of a view that is about to go'
from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid
join pg_catalog.pg_type t on t.oid = d.refobjid or t.typrelid = d.refobjid
where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  and t.typrelid in (select c.oid from pg_catalog.unnest(array['"public"."documents"', '"next"."documents"', '"public"."comments"', '"next"."comments"']) v join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(v) and c.relkind = 'v')
union
select c.oid::pg_catalog.regclass::text, 'stands in a schema that is about to go'
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('next') and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relname not in ('documents', 'comments')
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VIEW-IN-USE: ' || subject, detail = detail;
  end if;
end
$do$;

-- 6.1 public.documents is the table itself again, with all its columns
--   id      enforce/public.documents/retire
--   proves  one name, one table; statements that new code prepared go on
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on next.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "next"."documents";
-- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."documents";
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents__all" rename to "documents";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."documents__all" with (security_invoker = true) as
select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at", "client_id" from "public"."documents";
revoke all on "public"."documents__all" from "anon", "authenticated", "service_role";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."documents__all";
--   -- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents" rename to "documents__all";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."documents" with (security_invoker = true) as
--   select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at" from "public"."documents__all";
--   comment on view "public"."documents" is 'What people write; it''s theirs.';
--   revoke all on "public"."documents" from "anon", "authenticated", "service_role";
--   grant select on "public"."documents" to "anon";
--   grant insert, select, delete, references, trigger, maintain on "public"."documents" to "authenticated";
--   grant insert, select, update, delete on "public"."documents" to "service_role" with grant option;
--   grant update ("folder_id") on "public"."documents" to "authenticated";
--   grant update ("title") on "public"."documents" to "authenticated";
--   create view "next"."documents" with (security_invoker = true) as
--   select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at", "client_id" from "public"."documents__all";
--   comment on view "next"."documents" is 'public.documents with client_id, for code that has next first in its search_path';
--   grant select on "next"."documents" to "anon";
--   grant insert, select, delete, references, trigger, maintain on "next"."documents" to "authenticated";
--   grant insert, select, update, delete on "next"."documents" to "service_role" with grant option;
--   grant update ("folder_id") on "next"."documents" to "authenticated";
--   grant update ("title") on "next"."documents" to "authenticated";
--   commit;

-- 6.2 public.comments is the table itself again, with all its columns
--   id      enforce/public.comments/retire
--   proves  one name, one table; statements that new code prepared go on
--   needs   owner of public.comments
begin;
-- SHARE UPDATE EXCLUSIVE on public.comments__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."comments__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on next.comments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "next"."comments";
-- ACCESS EXCLUSIVE on public.comments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."comments";
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."comments__all" rename to "comments";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."comments__all" with (security_invoker = true) as
select "id", "document_id", "author_id", "body", "client_id" from "public"."comments";
revoke all on "public"."comments__all" from "anon", "authenticated", "service_role";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.comments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."comments" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."comments__all";
--   -- ACCESS EXCLUSIVE on public.comments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."comments" rename to "comments__all";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."comments" with (security_invoker = true) as
--   select "id", "document_id", "author_id", "body" from "public"."comments__all";
--   revoke all on "public"."comments" from "anon", "authenticated", "service_role";
--   grant insert, select, update, delete, truncate, references, trigger, maintain on "public"."comments" to "authenticated";
--   grant insert, select, update, delete, truncate, references, trigger, maintain on "public"."comments" to "service_role";
--   create view "next"."comments" with (security_invoker = true) as
--   select "id", "document_id", "author_id", "body", "client_id" from "public"."comments__all";
--   comment on view "next"."comments" is 'public.comments with client_id, for code that has next first in its search_path';
--   grant insert, select, update, delete, truncate, references, trigger, maintain on "next"."comments" to "authenticated";
--   grant insert, select, update, delete, truncate, references, trigger, maintain on "next"."comments" to "service_role";
--   commit;

-- 6.3 trigger functions of public.documents say the tables' own names again
--   id      enforce/public.documents/functions
--   proves  nothing of ours needs an interim name any more
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."settle_public_documents"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."documents" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."documents" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create or replace function "ringfence"."settle_public_documents"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   begin
--     update "public"."documents__all" u set "client_id" = s.tenant
--     from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."documents__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."owner_id"
--     left join "ringfence"."tenant_choices" c on c.table_name = 'public.documents' and c.row_key = t."id"::text and c.owner_key is not distinct from t."owner_id"::text
--           where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
--     where u."id" = new."id"
--       and s.tenant is not null and u."client_id" is distinct from s.tenant;
--     return null;
--   end
--   $ringfence$;
--   commit;

-- 6.4 trigger functions of public.comments say the tables' own names again
--   id      enforce/public.comments/functions
--   proves  nothing of ours needs an interim name any more
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_comments"() returns trigger
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
    select p1."client_id" into derived from "public"."documents" p1
      where p1."id" = new."document_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
create or replace function "ringfence"."settle_public_comments"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."comments" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."comments" t
  left join "public"."documents" d1_1 on d1_1."id" = t."document_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create or replace function "ringfence"."fill_public_comments"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   declare
--     derived uuid;
--     given uuid := new."client_id";
--   begin
--     if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
--       given := null;
--     end if;
--     if derived is null then
--       select p1."client_id" into derived from "public"."documents__all" p1
--         where p1."id" = new."document_id" for key share of p1;
--     end if;
--     if derived is null and given is not null then
--       return new;  -- no parent says otherwise
--     end if;
--     new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
--     return new;
--   end
--   $ringfence$;
--   create or replace function "ringfence"."settle_public_comments"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   begin
--     update "public"."comments__all" u set "client_id" = s.tenant
--     from (select d1_1."client_id" as tenant from "public"."comments__all" t
--     left join "public"."documents__all" d1_1 on d1_1."id" = t."document_id"
--           where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
--     where u."id" = new."id"
--       and s.tenant is not null and u."client_id" is distinct from s.tenant;
--     return null;
--   end
--   $ringfence$;
--   commit;

-- 6.5 the interim name public.documents__all is gone
--   id      enforce/public.documents/bridge
--   proves  nothing bears the interim name
begin;
-- ACCESS EXCLUSIVE on public.documents__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."documents__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."documents__all" with (security_invoker = true) as
--   select "id", "owner_id", "folder_id", "title", "slug", "size_class", "number", "updated_at", "client_id" from "public"."documents";
--   revoke all on "public"."documents__all" from "anon", "authenticated", "service_role";
--   commit;

-- 6.6 the interim name public.comments__all is gone
--   id      enforce/public.comments/bridge
--   proves  nothing bears the interim name
begin;
-- ACCESS EXCLUSIVE on public.comments__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."comments__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."comments__all" with (security_invoker = true) as
--   select "id", "document_id", "author_id", "body", "client_id" from "public"."comments";
--   revoke all on "public"."comments__all" from "anon", "authenticated", "service_role";
--   commit;

-- 6.7 schema next is gone
--   id      enforce/compatibility
--   proves  nothing is left of the compatibility views
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
drop schema if exists "next";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create schema "next";
--   grant usage on schema "next" to public, "anon", "authenticated", "pg_database_owner", "service_role";
--   -- In which hours somebody looked who was connected. Without it, "not seen" could mean that nobody was looking.
--   create table if not exists ringfence.session_watches (
--     hour timestamptz not null primary key,
--     samples bigint not null default 1
--   );
--   comment on table ringfence.session_watches is
--     'The hours in which sessions were sampled: an old client counts as gone only after hours that were all watched.';
--   commit;

-- gate RFG-NAMES-BACK: every table bears its own name again; ringfence apply goes on with the step that makes it so
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select v.t as subject, 'is not the table itself, or the interim name is still there' as detail
from (values ('"public"."documents"', '"public"."documents__all"'), ('"public"."comments"', '"public"."comments__all"')) v (t, b)
where pg_catalog.to_regclass(v.b) is not null or not exists (select from pg_catalog.pg_class c
    where c.oid = pg_catalog.to_regclass(v.t) and c.relkind in ('r', 'p'))
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-NAMES-BACK: ' || subject, detail = detail;
  end if;
end
$do$;
