-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          public.auth_user by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     every user gets an organization of their own
-- tenant table   public.accounts_profile: user_id -> home organization of that user
-- tenant table   public.activity_action: actor_id -> home organization of that user
-- tenant table   public.auth_user_groups: user_id -> home organization of that user
-- tenant table   public.blog_post: author_id -> public.accounts_profile
-- tenant table   public.blog_comment: post_id -> public.blog_post
-- tenant table   public.blog_post_tags: post_id -> public.blog_post
-- tenant table   public.django_admin_log: user_id -> home organization of that user
-- shared table   public.auth_group: shared by all tenants, as the file says
-- shared table   public.auth_group_permissions: shared by all tenants, as the file says
-- shared table   public.auth_permission: shared by all tenants, as the file says
-- excluded table public.auth_user: excluded, as the file says
-- shared table   public.blog_tag: shared by all tenants, as the file says
-- shared table   public.django_content_type: shared by all tenants, as the file says
-- excluded table public.django_migrations: excluded, as the file says
-- shared table   public.django_session: shared by all tenants, as the file says
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
select 'REFERENCES on public.auth_user', 'grant references on "public"."auth_user" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."auth_user"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public.auth_user', 'grant trigger on "public"."auth_user" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."auth_user"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on public.auth_user', 'grant select on "public"."auth_user" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."auth_user"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.accounts_profile', 'grant <owner of public.accounts_profile> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."accounts_profile"'::pg_catalog.regclass), false)
union all
select 'owner of public.activity_action', 'grant <owner of public.activity_action> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."activity_action"'::pg_catalog.regclass), false)
union all
select 'owner of public.auth_user_groups', 'grant <owner of public.auth_user_groups> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."auth_user_groups"'::pg_catalog.regclass), false)
union all
select 'owner of public.blog_post', 'grant <owner of public.blog_post> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."blog_post"'::pg_catalog.regclass), false)
union all
select 'owner of public.blog_comment', 'grant <owner of public.blog_comment> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."blog_comment"'::pg_catalog.regclass), false)
union all
select 'owner of public.blog_post_tags', 'grant <owner of public.blog_post_tags> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."blog_post_tags"'::pg_catalog.regclass), false)
union all
select 'owner of public.django_admin_log', 'grant <owner of public.django_admin_log> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."django_admin_log"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.accounts_profile', 'grant references on "public"."accounts_profile" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."accounts_profile"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.blog_post', 'grant references on "public"."blog_post" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."blog_post"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   CREATE on schema public; REFERENCES on public.auth_user
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."user_organizations" (
  "user_id" integer not null,
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
-- SHARE ROW EXCLUSIVE on public.auth_user; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "public"."auth_user" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public.auth_user; lock 50 ms, run 5 s
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
  and exists (select from "public"."auth_user" u where u."id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in public.auth_user gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on public.auth_user; SELECT on public.auth_user
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
from "public"."auth_user" u
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
-- SHARE UPDATE EXCLUSIVE on public.auth_user; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.auth_user; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "public"."auth_user" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.accounts_profile
--   id      expand/public.accounts_profile/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_accounts_profile"() returns trigger
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
revoke all on function "ringfence"."fill_public_accounts_profile"() from public;
create or replace function "ringfence"."settle_public_accounts_profile"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."accounts_profile" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_accounts_profile"() from public;
create or replace function "ringfence"."choice_public_accounts_profile"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.accounts_profile', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_accounts_profile"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_accounts_profile"();
--   drop function if exists "ringfence"."settle_public_accounts_profile"();
--   drop function if exists "ringfence"."fill_public_accounts_profile"();
--   commit;

-- 1.7 tenant column and fill triggers on public.accounts_profile
--   id      expand/public.accounts_profile/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."accounts_profile" for each row execute function "ringfence"."fill_public_accounts_profile"();
create trigger "zzz_ringfence_fill_update" before update on "public"."accounts_profile" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_accounts_profile"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."accounts_profile" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_accounts_profile"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."accounts_profile" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_accounts_profile"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."accounts_profile";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."accounts_profile";
--   drop trigger if exists "00_ringfence_settle" on "public"."accounts_profile";
--   drop trigger if exists "ringfence_choice" on "public"."accounts_profile";
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts_profile" drop column if exists "client_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.activity_action
--   id      expand/public.activity_action/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_activity_action"() returns trigger
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
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."actor_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."actor_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."actor_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_activity_action"() from public;
create or replace function "ringfence"."settle_public_activity_action"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."activity_action" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_activity_action"() from public;
create or replace function "ringfence"."choice_public_activity_action"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."actor_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.activity_action', new."id"::text, new."client_id"::text, new."actor_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_activity_action"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_activity_action"();
--   drop function if exists "ringfence"."settle_public_activity_action"();
--   drop function if exists "ringfence"."fill_public_activity_action"();
--   commit;

-- 1.9 tenant column and fill triggers on public.activity_action
--   id      expand/public.activity_action/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."activity_action" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."activity_action" for each row execute function "ringfence"."fill_public_activity_action"();
create trigger "zzz_ringfence_fill_update" before update on "public"."activity_action" for each row when ((old."client_id" is distinct from new."client_id" or old."actor_id" is distinct from new."actor_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_activity_action"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."activity_action" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_activity_action"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."activity_action" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_activity_action"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."activity_action" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."activity_action";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."activity_action";
--   drop trigger if exists "00_ringfence_settle" on "public"."activity_action";
--   drop trigger if exists "ringfence_choice" on "public"."activity_action";
--   -- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."activity_action" drop column if exists "client_id";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.auth_user_groups
--   id      expand/public.auth_user_groups/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_auth_user_groups"() returns trigger
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
revoke all on function "ringfence"."fill_public_auth_user_groups"() from public;
create or replace function "ringfence"."settle_public_auth_user_groups"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."auth_user_groups" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_auth_user_groups"() from public;
create or replace function "ringfence"."choice_public_auth_user_groups"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.auth_user_groups', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_auth_user_groups"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_auth_user_groups"();
--   drop function if exists "ringfence"."settle_public_auth_user_groups"();
--   drop function if exists "ringfence"."fill_public_auth_user_groups"();
--   commit;

-- 1.11 tenant column and fill triggers on public.auth_user_groups
--   id      expand/public.auth_user_groups/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user_groups" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."auth_user_groups" for each row execute function "ringfence"."fill_public_auth_user_groups"();
create trigger "zzz_ringfence_fill_update" before update on "public"."auth_user_groups" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_auth_user_groups"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."auth_user_groups" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_auth_user_groups"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."auth_user_groups" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_auth_user_groups"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user_groups" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."auth_user_groups";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."auth_user_groups";
--   drop trigger if exists "00_ringfence_settle" on "public"."auth_user_groups";
--   drop trigger if exists "ringfence_choice" on "public"."auth_user_groups";
--   -- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."auth_user_groups" drop column if exists "client_id";
--   commit;

-- 1.12 functions that give a tenant to what old code writes into public.blog_post
--   id      expand/public.blog_post/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_blog_post"() returns trigger
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
    select p1."client_id" into derived from "public"."accounts_profile" p1
      where p1."id" = new."author_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_blog_post"() from public;
create or replace function "ringfence"."settle_public_blog_post"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."blog_post" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_blog_post"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_blog_post"();
--   drop function if exists "ringfence"."fill_public_blog_post"();
--   commit;

-- 1.13 tenant column and fill triggers on public.blog_post
--   id      expand/public.blog_post/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."blog_post" for each row execute function "ringfence"."fill_public_blog_post"();
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post" for each row when ((old."client_id" is distinct from new."client_id" or old."author_id" is distinct from new."author_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_post"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."blog_post" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_blog_post"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."blog_post";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post";
--   drop trigger if exists "00_ringfence_settle" on "public"."blog_post";
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post" drop column if exists "client_id";
--   commit;

-- 1.14 functions that give a tenant to what old code writes into public.blog_comment
--   id      expand/public.blog_comment/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_blog_comment"() returns trigger
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
    select p1."client_id" into derived from "public"."blog_post" p1
      where p1."id" = new."post_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_blog_comment"() from public;
create or replace function "ringfence"."settle_public_blog_comment"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."blog_comment" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_blog_comment"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_blog_comment"();
--   drop function if exists "ringfence"."fill_public_blog_comment"();
--   commit;

-- 1.15 tenant column and fill triggers on public.blog_comment
--   id      expand/public.blog_comment/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."blog_comment" for each row execute function "ringfence"."fill_public_blog_comment"();
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_comment" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_comment"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."blog_comment" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_blog_comment"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."blog_comment";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_comment";
--   drop trigger if exists "00_ringfence_settle" on "public"."blog_comment";
--   -- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_comment" drop column if exists "client_id";
--   commit;

-- 1.16 functions that give a tenant to what old code writes into public.blog_post_tags
--   id      expand/public.blog_post_tags/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_blog_post_tags"() returns trigger
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
    select p1."client_id" into derived from "public"."blog_post" p1
      where p1."id" = new."post_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_blog_post_tags"() from public;
create or replace function "ringfence"."settle_public_blog_post_tags"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."blog_post_tags" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_blog_post_tags"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_blog_post_tags"();
--   drop function if exists "ringfence"."fill_public_blog_post_tags"();
--   commit;

-- 1.17 tenant column and fill triggers on public.blog_post_tags
--   id      expand/public.blog_post_tags/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post_tags" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."blog_post_tags" for each row execute function "ringfence"."fill_public_blog_post_tags"();
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post_tags" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_post_tags"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."blog_post_tags" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_blog_post_tags"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post_tags" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."blog_post_tags";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post_tags";
--   drop trigger if exists "00_ringfence_settle" on "public"."blog_post_tags";
--   -- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post_tags" drop column if exists "client_id";
--   commit;

-- 1.18 functions that give a tenant to what old code writes into public.django_admin_log
--   id      expand/public.django_admin_log/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_django_admin_log"() returns trigger
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
revoke all on function "ringfence"."fill_public_django_admin_log"() from public;
create or replace function "ringfence"."settle_public_django_admin_log"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."django_admin_log" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_django_admin_log"() from public;
create or replace function "ringfence"."choice_public_django_admin_log"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.django_admin_log', new."id"::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_django_admin_log"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_django_admin_log"();
--   drop function if exists "ringfence"."settle_public_django_admin_log"();
--   drop function if exists "ringfence"."fill_public_django_admin_log"();
--   commit;

-- 1.19 tenant column and fill triggers on public.django_admin_log
--   id      expand/public.django_admin_log/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."django_admin_log" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."django_admin_log" for each row execute function "ringfence"."fill_public_django_admin_log"();
create trigger "zzz_ringfence_fill_update" before update on "public"."django_admin_log" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_django_admin_log"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."django_admin_log" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_django_admin_log"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."django_admin_log" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_django_admin_log"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."django_admin_log" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."django_admin_log";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."django_admin_log";
--   drop trigger if exists "00_ringfence_settle" on "public"."django_admin_log";
--   drop trigger if exists "ringfence_choice" on "public"."django_admin_log";
--   -- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."django_admin_log" drop column if exists "client_id";
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
--   select 'public.accounts_profile', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."accounts_profile" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.activity_action', t."id"::text, t."client_id"::text, t."actor_id"::text
--   from "public"."activity_action" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.auth_user_groups', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."auth_user_groups" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.django_admin_log', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."django_admin_log" t
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
from (values ('"public"."accounts_profile"', 'client_id'), ('"public"."activity_action"', 'client_id'), ('"public"."auth_user_groups"', 'client_id'), ('"public"."blog_post"', 'client_id'), ('"public"."blog_comment"', 'client_id'), ('"public"."blog_post_tags"', 'client_id'), ('"public"."django_admin_log"', 'client_id')) w (t, c)
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
--   needs   SELECT on public.auth_user
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."id" as user_key from "public"."auth_user" w
  where not exists (select from "public"."user_organizations" x where x."user_id" = w."id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key, 'user:' || u."id"::text as key, 'Personal organization'::text as name, true as home
from "public"."auth_user" u
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

-- 2.3 the right tenant for every row of public.accounts_profile
--   id      backfill/public.accounts_profile/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.accounts_profile
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."accounts_profile";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."accounts_profile"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."accounts_profile" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."bio"), row(new."id", new."user_id", new."bio")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."accounts_profile"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."accounts_profile"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.activity_action
--   id      backfill/public.activity_action/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.activity_action
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."activity_action";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."actor_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."actor_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."activity_action"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."actor_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."actor_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."activity_action" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."actor_id", old."verb", old."target_content_type_id", old."target_object_id"), row(new."id", new."actor_id", new."verb", new."target_content_type_id", new."target_object_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."activity_action"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."activity_action"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.auth_user_groups
--   id      backfill/public.auth_user_groups/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.auth_user_groups
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."auth_user_groups";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."auth_user_groups"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."auth_user_groups" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."group_id"), row(new."id", new."user_id", new."group_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."auth_user_groups"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."auth_user_groups"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public.blog_post
--   id      backfill/public.blog_post/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_post
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."blog_post";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_post"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_post" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."title", old."slug", old."author_id", old."created_at"), row(new."id", new."title", new."slug", new."author_id", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_post"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_post"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public.blog_comment
--   id      backfill/public.blog_comment/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_comment
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."blog_comment";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_comment"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_comment" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."author_id", old."parent_id", old."body"), row(new."id", new."post_id", new."author_id", new."parent_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_comment"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_comment"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 the right tenant for every row of public.blog_post_tags
--   id      backfill/public.blog_post_tags/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_post_tags
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."blog_post_tags";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_post_tags"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_post_tags" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."tag_id"), row(new."id", new."post_id", new."tag_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_post_tags"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_post_tags"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.9 the right tenant for every row of public.django_admin_log
--   id      backfill/public.django_admin_log/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.django_admin_log
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."django_admin_log";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."django_admin_log"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."django_admin_log" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."action_time", old."object_id", old."object_repr", old."content_type_id", old."user_id"), row(new."id", new."action_time", new."object_id", new."object_repr", new."content_type_id", new."user_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."django_admin_log"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."django_admin_log"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.10 every new row of public.accounts_profile must have a tenant
--   id      backfill/public.accounts_profile/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" add constraint "accounts_profile_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts_profile" drop constraint if exists "accounts_profile_client_id_present";
--   commit;

-- 2.11 prove accounts_profile_client_id_present for the rows already in public.accounts_profile
--   id      backfill/public.accounts_profile/validate/accounts_profile_client_id_present
--   proves  accounts_profile_client_id_present holds for every row
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."accounts_profile" validate constraint "accounts_profile_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.12 public.accounts_profile.client_id is NOT NULL
--   id      backfill/public.accounts_profile/not_null
--   proves  no row is without tenant
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" drop constraint if exists "accounts_profile_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts_profile" alter column "client_id" drop not null;
--   commit;

-- 2.13 every new row of public.activity_action must have a tenant
--   id      backfill/public.activity_action/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."activity_action" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" add constraint "activity_action_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."activity_action" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."activity_action" drop constraint if exists "activity_action_client_id_present";
--   commit;

-- 2.14 prove activity_action_client_id_present for the rows already in public.activity_action
--   id      backfill/public.activity_action/validate/activity_action_client_id_present
--   proves  activity_action_client_id_present holds for every row
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."activity_action" validate constraint "activity_action_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.15 public.activity_action.client_id is NOT NULL
--   id      backfill/public.activity_action/not_null
--   proves  no row is without tenant
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."activity_action" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" drop constraint if exists "activity_action_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."activity_action" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."activity_action" alter column "client_id" drop not null;
--   commit;

-- 2.16 every new row of public.auth_user_groups must have a tenant
--   id      backfill/public.auth_user_groups/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user_groups" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" add constraint "auth_user_groups_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user_groups" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."auth_user_groups" drop constraint if exists "auth_user_groups_client_id_present";
--   commit;

-- 2.17 prove auth_user_groups_client_id_present for the rows already in public.auth_user_groups
--   id      backfill/public.auth_user_groups/validate/auth_user_groups_client_id_present
--   proves  auth_user_groups_client_id_present holds for every row
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."auth_user_groups" validate constraint "auth_user_groups_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.18 public.auth_user_groups.client_id is NOT NULL
--   id      backfill/public.auth_user_groups/not_null
--   proves  no row is without tenant
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user_groups" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" drop constraint if exists "auth_user_groups_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user_groups" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."auth_user_groups" alter column "client_id" drop not null;
--   commit;

-- 2.19 every new row of public.blog_post must have a tenant
--   id      backfill/public.blog_post/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" add constraint "blog_post_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post" drop constraint if exists "blog_post_client_id_present";
--   commit;

-- 2.20 prove blog_post_client_id_present for the rows already in public.blog_post
--   id      backfill/public.blog_post/validate/blog_post_client_id_present
--   proves  blog_post_client_id_present holds for every row
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_post" validate constraint "blog_post_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.21 public.blog_post.client_id is NOT NULL
--   id      backfill/public.blog_post/not_null
--   proves  no row is without tenant
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" drop constraint if exists "blog_post_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post" alter column "client_id" drop not null;
--   commit;

-- 2.22 every new row of public.blog_comment must have a tenant
--   id      backfill/public.blog_comment/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" add constraint "blog_comment_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_comment" drop constraint if exists "blog_comment_client_id_present";
--   commit;

-- 2.23 prove blog_comment_client_id_present for the rows already in public.blog_comment
--   id      backfill/public.blog_comment/validate/blog_comment_client_id_present
--   proves  blog_comment_client_id_present holds for every row
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_comment" validate constraint "blog_comment_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.24 public.blog_comment.client_id is NOT NULL
--   id      backfill/public.blog_comment/not_null
--   proves  no row is without tenant
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" drop constraint if exists "blog_comment_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_comment" alter column "client_id" drop not null;
--   commit;

-- 2.25 every new row of public.blog_post_tags must have a tenant
--   id      backfill/public.blog_post_tags/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post_tags" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" add constraint "blog_post_tags_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post_tags" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post_tags" drop constraint if exists "blog_post_tags_client_id_present";
--   commit;

-- 2.26 prove blog_post_tags_client_id_present for the rows already in public.blog_post_tags
--   id      backfill/public.blog_post_tags/validate/blog_post_tags_client_id_present
--   proves  blog_post_tags_client_id_present holds for every row
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_post_tags" validate constraint "blog_post_tags_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 public.blog_post_tags.client_id is NOT NULL
--   id      backfill/public.blog_post_tags/not_null
--   proves  no row is without tenant
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post_tags" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" drop constraint if exists "blog_post_tags_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post_tags" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post_tags" alter column "client_id" drop not null;
--   commit;

-- 2.28 every new row of public.django_admin_log must have a tenant
--   id      backfill/public.django_admin_log/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."django_admin_log" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" add constraint "django_admin_log_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."django_admin_log" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."django_admin_log" drop constraint if exists "django_admin_log_client_id_present";
--   commit;

-- 2.29 prove django_admin_log_client_id_present for the rows already in public.django_admin_log
--   id      backfill/public.django_admin_log/validate/django_admin_log_client_id_present
--   proves  django_admin_log_client_id_present holds for every row
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."django_admin_log" validate constraint "django_admin_log_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.30 public.django_admin_log.client_id is NOT NULL
--   id      backfill/public.django_admin_log/not_null
--   proves  no row is without tenant
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."django_admin_log" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" drop constraint if exists "django_admin_log_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."django_admin_log" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."django_admin_log" alter column "client_id" drop not null;
--   commit;

-- 2.31 index accounts_profile_client_id_id_key on public.accounts_profile (client_id, id)
--   id      backfill/public.accounts_profile/index/accounts_profile_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.accounts_profile
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."accounts_profile_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."accounts_profile_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "accounts_profile_client_id_id_key" on "public"."accounts_profile" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."accounts_profile_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."accounts_profile_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."accounts_profile_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."accounts_profile_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.32 unique key (client_id, id) on public.accounts_profile, the target of tenant-consistent references
--   id      backfill/public.accounts_profile/unique/accounts_profile_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" add constraint "accounts_profile_client_id_id_key" unique using index "accounts_profile_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts_profile" drop constraint if exists "accounts_profile_client_id_id_key";
--   commit;

-- 2.33 index blog_post_client_id_id_key on public.blog_post (client_id, id)
--   id      backfill/public.blog_post/index/blog_post_client_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_post
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_client_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_post_client_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "blog_post_client_id_id_key" on "public"."blog_post" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_client_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_post_client_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_post_client_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_post_client_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.34 unique key (client_id, id) on public.blog_post, the target of tenant-consistent references
--   id      backfill/public.blog_post/unique/blog_post_client_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" add constraint "blog_post_client_id_id_key" unique using index "blog_post_client_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post" drop constraint if exists "blog_post_client_id_id_key";
--   commit;

-- 2.35 the tenant of public.accounts_profile is an organization
--   id      backfill/public.accounts_profile/reference/accounts_profile_client_id_fkey
--   proves  the tenant of public.accounts_profile is an organization, for every row written from here on
--   needs   owner of public.accounts_profile; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.accounts_profile, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts_profile" add constraint "accounts_profile_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts_profile" drop constraint if exists "accounts_profile_client_id_fkey";
--   commit;

-- 2.36 the tenant of public.activity_action is an organization
--   id      backfill/public.activity_action/reference/activity_action_client_id_fkey
--   proves  the tenant of public.activity_action is an organization, for every row written from here on
--   needs   owner of public.activity_action; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."activity_action" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.activity_action, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."activity_action" add constraint "activity_action_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."activity_action" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.activity_action, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."activity_action" drop constraint if exists "activity_action_client_id_fkey";
--   commit;

-- 2.37 the tenant of public.auth_user_groups is an organization
--   id      backfill/public.auth_user_groups/reference/auth_user_groups_client_id_fkey
--   proves  the tenant of public.auth_user_groups is an organization, for every row written from here on
--   needs   owner of public.auth_user_groups; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user_groups" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.auth_user_groups, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."auth_user_groups" add constraint "auth_user_groups_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user_groups" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user_groups, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."auth_user_groups" drop constraint if exists "auth_user_groups_client_id_fkey";
--   commit;

-- 2.38 index blog_post_client_id_author_id_idx on public.blog_post (client_id, author_id)
--   id      backfill/public.blog_post/index/blog_post_client_id_author_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_post
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_client_id_author_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_post_client_id_author_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "blog_post_client_id_author_id_idx" on "public"."blog_post" ("client_id", "author_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_client_id_author_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_post_client_id_author_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_post_client_id_author_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_post_client_id_author_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.39 reference of public.blog_post to public.accounts_profile that carries the tenant
--   id      backfill/public.blog_post/reference/blog_post_client_id_author_id_fkey
--   proves  reference of public.blog_post to public.accounts_profile that carries the tenant, for every row written from here on
--   needs   owner of public.blog_post; REFERENCES on public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.blog_post, public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post" add constraint "blog_post_client_id_author_id_fkey" foreign key ("client_id", "author_id") references "public"."accounts_profile" ("client_id", "id") on update cascade deferrable initially deferred not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post, public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post" drop constraint if exists "blog_post_client_id_author_id_fkey";
--   commit;

-- 2.40 index blog_comment_client_id_post_id_idx on public.blog_comment (client_id, post_id)
--   id      backfill/public.blog_comment/index/blog_comment_client_id_post_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_comment
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_comment_client_id_post_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_comment_client_id_post_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "blog_comment_client_id_post_id_idx" on "public"."blog_comment" ("client_id", "post_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_comment_client_id_post_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_comment_client_id_post_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_comment_client_id_post_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_comment_client_id_post_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.41 reference of public.blog_comment to public.blog_post that carries the tenant
--   id      backfill/public.blog_comment/reference/blog_comment_client_id_post_id_fkey
--   proves  reference of public.blog_comment to public.blog_post that carries the tenant, for every row written from here on
--   needs   owner of public.blog_comment; REFERENCES on public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_comment" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.blog_comment, public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_comment" add constraint "blog_comment_client_id_post_id_fkey" foreign key ("client_id", "post_id") references "public"."blog_post" ("client_id", "id") on update cascade deferrable initially deferred not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_comment" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_comment, public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_comment" drop constraint if exists "blog_comment_client_id_post_id_fkey";
--   commit;

-- 2.42 index blog_post_tags_client_id_post_id_idx on public.blog_post_tags (client_id, post_id)
--   id      backfill/public.blog_post_tags/index/blog_post_tags_client_id_post_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_post_tags
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_tags_client_id_post_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_post_tags_client_id_post_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "blog_post_tags_client_id_post_id_idx" on "public"."blog_post_tags" ("client_id", "post_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_tags_client_id_post_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_post_tags_client_id_post_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_post_tags_client_id_post_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_post_tags_client_id_post_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.43 reference of public.blog_post_tags to public.blog_post that carries the tenant
--   id      backfill/public.blog_post_tags/reference/blog_post_tags_client_id_post_id_fkey
--   proves  reference of public.blog_post_tags to public.blog_post that carries the tenant, for every row written from here on
--   needs   owner of public.blog_post_tags; REFERENCES on public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post_tags" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.blog_post_tags, public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."blog_post_tags" add constraint "blog_post_tags_client_id_post_id_fkey" foreign key ("client_id", "post_id") references "public"."blog_post" ("client_id", "id") on update cascade deferrable initially deferred not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post_tags" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post_tags, public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."blog_post_tags" drop constraint if exists "blog_post_tags_client_id_post_id_fkey";
--   commit;

-- 2.44 the tenant of public.django_admin_log is an organization
--   id      backfill/public.django_admin_log/reference/django_admin_log_client_id_fkey
--   proves  the tenant of public.django_admin_log is an organization, for every row written from here on
--   needs   owner of public.django_admin_log; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."django_admin_log" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.django_admin_log, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."django_admin_log" add constraint "django_admin_log_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."django_admin_log" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.django_admin_log, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."django_admin_log" drop constraint if exists "django_admin_log_client_id_fkey";
--   commit;

-- 2.45 a last sweep over public.accounts_profile, now that references carry every change
--   id      backfill/public.accounts_profile/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.accounts_profile
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."accounts_profile"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."accounts_profile" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."bio"), row(new."id", new."user_id", new."bio")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."accounts_profile"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."accounts_profile"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.46 a last sweep over public.activity_action, now that references carry every change
--   id      backfill/public.activity_action/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.activity_action
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."actor_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."actor_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."activity_action"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."actor_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."actor_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."activity_action" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."actor_id", old."verb", old."target_content_type_id", old."target_object_id"), row(new."id", new."actor_id", new."verb", new."target_content_type_id", new."target_object_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."activity_action"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."activity_action"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.47 a last sweep over public.auth_user_groups, now that references carry every change
--   id      backfill/public.auth_user_groups/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.auth_user_groups
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."auth_user_groups"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."auth_user_groups" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."group_id"), row(new."id", new."user_id", new."group_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."auth_user_groups"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."auth_user_groups"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.48 a last sweep over public.blog_post, now that references carry every change
--   id      backfill/public.blog_post/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_post
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_post"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_post" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."title", old."slug", old."author_id", old."created_at"), row(new."id", new."title", new."slug", new."author_id", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_post"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_post"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.49 a last sweep over public.blog_comment, now that references carry every change
--   id      backfill/public.blog_comment/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_comment
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_comment"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_comment" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."author_id", old."parent_id", old."body"), row(new."id", new."post_id", new."author_id", new."parent_id", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_comment"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_comment"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.50 a last sweep over public.blog_post_tags, now that references carry every change
--   id      backfill/public.blog_post_tags/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.blog_post_tags
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."blog_post_tags"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."blog_post_tags" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."tag_id"), row(new."id", new."post_id", new."tag_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."blog_post_tags"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."blog_post_tags"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.51 a last sweep over public.django_admin_log, now that references carry every change
--   id      backfill/public.django_admin_log/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.django_admin_log
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."django_admin_log"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."django_admin_log" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."action_time", old."object_id", old."object_repr", old."content_type_id", old."user_id"), row(new."id", new."action_time", new."object_id", new."object_repr", new."content_type_id", new."user_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."django_admin_log"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."django_admin_log"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.52 prove accounts_profile_client_id_fkey for the rows already in public.accounts_profile
--   id      backfill/public.accounts_profile/validate/accounts_profile_client_id_fkey
--   proves  accounts_profile_client_id_fkey holds for every row
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."accounts_profile" validate constraint "accounts_profile_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.53 prove activity_action_client_id_fkey for the rows already in public.activity_action
--   id      backfill/public.activity_action/validate/activity_action_client_id_fkey
--   proves  activity_action_client_id_fkey holds for every row
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."activity_action" validate constraint "activity_action_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.54 prove auth_user_groups_client_id_fkey for the rows already in public.auth_user_groups
--   id      backfill/public.auth_user_groups/validate/auth_user_groups_client_id_fkey
--   proves  auth_user_groups_client_id_fkey holds for every row
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."auth_user_groups" validate constraint "auth_user_groups_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.55 prove blog_post_client_id_author_id_fkey for the rows already in public.blog_post
--   id      backfill/public.blog_post/validate/blog_post_client_id_author_id_fkey
--   proves  blog_post_client_id_author_id_fkey holds for every row
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post, public.accounts_profile; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_post" validate constraint "blog_post_client_id_author_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.56 prove blog_comment_client_id_post_id_fkey for the rows already in public.blog_comment
--   id      backfill/public.blog_comment/validate/blog_comment_client_id_post_id_fkey
--   proves  blog_comment_client_id_post_id_fkey holds for every row
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment, public.blog_post; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_comment" validate constraint "blog_comment_client_id_post_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.57 prove blog_post_tags_client_id_post_id_fkey for the rows already in public.blog_post_tags
--   id      backfill/public.blog_post_tags/validate/blog_post_tags_client_id_post_id_fkey
--   proves  blog_post_tags_client_id_post_id_fkey holds for every row
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags, public.blog_post; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."blog_post_tags" validate constraint "blog_post_tags_client_id_post_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.58 prove django_admin_log_client_id_fkey for the rows already in public.django_admin_log
--   id      backfill/public.django_admin_log/validate/django_admin_log_client_id_fkey
--   proves  django_admin_log_client_id_fkey holds for every row
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."django_admin_log" validate constraint "django_admin_log_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.59 index activity_action_client_id_id_idx on public.activity_action (client_id, id)
--   id      backfill/public.activity_action/index/activity_action_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.activity_action
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."activity_action_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."activity_action_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "activity_action_client_id_id_idx" on "public"."activity_action" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."activity_action_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."activity_action_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."activity_action_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."activity_action_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.60 index auth_user_groups_client_id_id_idx on public.auth_user_groups (client_id, id)
--   id      backfill/public.auth_user_groups/index/auth_user_groups_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.auth_user_groups
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."auth_user_groups_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."auth_user_groups_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "auth_user_groups_client_id_id_idx" on "public"."auth_user_groups" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."auth_user_groups_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."auth_user_groups_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."auth_user_groups_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."auth_user_groups_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.61 index blog_comment_client_id_id_idx on public.blog_comment (client_id, id)
--   id      backfill/public.blog_comment/index/blog_comment_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_comment
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_comment_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_comment_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "blog_comment_client_id_id_idx" on "public"."blog_comment" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_comment_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_comment_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_comment_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_comment_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.62 index blog_post_tags_client_id_id_idx on public.blog_post_tags (client_id, id)
--   id      backfill/public.blog_post_tags/index/blog_post_tags_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.blog_post_tags
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_tags_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."blog_post_tags_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "blog_post_tags_client_id_id_idx" on "public"."blog_post_tags" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."blog_post_tags_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."blog_post_tags_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."blog_post_tags_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."blog_post_tags_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.63 index django_admin_log_client_id_id_idx on public.django_admin_log (client_id, id)
--   id      backfill/public.django_admin_log/index/django_admin_log_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.django_admin_log
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."django_admin_log_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."django_admin_log_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "django_admin_log_client_id_id_idx" on "public"."django_admin_log" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."django_admin_log_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."django_admin_log_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."django_admin_log_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."django_admin_log_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.64 fill triggers of public.accounts_profile in their lasting form
--   id      backfill/public.accounts_profile/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.accounts_profile
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts_profile" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."accounts_profile";
create trigger "zzz_ringfence_fill_update" before update on "public"."accounts_profile" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_accounts_profile"();
drop trigger if exists "ringfence_choice" on "public"."accounts_profile";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.accounts_profile', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."accounts_profile" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts_profile; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts_profile" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.accounts_profile; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."accounts_profile";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."accounts_profile" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_accounts_profile"();
--   drop trigger if exists "ringfence_choice" on "public"."accounts_profile";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."accounts_profile" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_accounts_profile"();
--   commit;

-- 2.65 fill triggers of public.activity_action in their lasting form
--   id      backfill/public.activity_action/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.activity_action
begin;
-- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."activity_action" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."activity_action";
create trigger "zzz_ringfence_fill_update" before update on "public"."activity_action" for each row when ((old."client_id" is distinct from new."client_id" or old."actor_id" is distinct from new."actor_id")) execute function "ringfence"."fill_public_activity_action"();
drop trigger if exists "ringfence_choice" on "public"."activity_action";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.activity_action', t."id"::text, t."client_id"::text, t."actor_id"::text
--   from "public"."activity_action" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.activity_action; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."activity_action" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.activity_action; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."activity_action";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."activity_action" for each row when ((old."client_id" is distinct from new."client_id" or old."actor_id" is distinct from new."actor_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_activity_action"();
--   drop trigger if exists "ringfence_choice" on "public"."activity_action";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."activity_action" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_activity_action"();
--   commit;

-- 2.66 fill triggers of public.auth_user_groups in their lasting form
--   id      backfill/public.auth_user_groups/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.auth_user_groups
begin;
-- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."auth_user_groups" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."auth_user_groups";
create trigger "zzz_ringfence_fill_update" before update on "public"."auth_user_groups" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_auth_user_groups"();
drop trigger if exists "ringfence_choice" on "public"."auth_user_groups";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.auth_user_groups', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."auth_user_groups" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.auth_user_groups; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."auth_user_groups" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.auth_user_groups; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."auth_user_groups";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."auth_user_groups" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_auth_user_groups"();
--   drop trigger if exists "ringfence_choice" on "public"."auth_user_groups";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."auth_user_groups" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_auth_user_groups"();
--   commit;

-- 2.67 fill triggers of public.blog_post in their lasting form
--   id      backfill/public.blog_post/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.blog_post
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post";
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post" for each row when ((old."client_id" is distinct from new."client_id" or old."author_id" is distinct from new."author_id")) execute function "ringfence"."fill_public_blog_post"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post" for each row when ((old."client_id" is distinct from new."client_id" or old."author_id" is distinct from new."author_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_post"();
--   commit;

-- 2.68 fill triggers of public.blog_comment in their lasting form
--   id      backfill/public.blog_comment/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.blog_comment
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_comment" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_comment";
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_comment" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id")) execute function "ringfence"."fill_public_blog_comment"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_comment; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_comment" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_comment; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_comment";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."blog_comment" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_comment"();
--   commit;

-- 2.69 fill triggers of public.blog_post_tags in their lasting form
--   id      backfill/public.blog_post_tags/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.blog_post_tags
begin;
-- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."blog_post_tags" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post_tags";
create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post_tags" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id")) execute function "ringfence"."fill_public_blog_post_tags"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.blog_post_tags; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."blog_post_tags" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.blog_post_tags; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."blog_post_tags";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."blog_post_tags" for each row when ((old."client_id" is distinct from new."client_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_blog_post_tags"();
--   commit;

-- 2.70 fill triggers of public.django_admin_log in their lasting form
--   id      backfill/public.django_admin_log/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.django_admin_log
begin;
-- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."django_admin_log" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."django_admin_log";
create trigger "zzz_ringfence_fill_update" before update on "public"."django_admin_log" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_django_admin_log"();
drop trigger if exists "ringfence_choice" on "public"."django_admin_log";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.django_admin_log', t."id"::text, t."client_id"::text, t."user_id"::text
--   from "public"."django_admin_log" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.django_admin_log; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."django_admin_log" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.django_admin_log; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."django_admin_log";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."django_admin_log" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_django_admin_log"();
--   drop trigger if exists "ringfence_choice" on "public"."django_admin_log";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."django_admin_log" for each row when (new."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_django_admin_log"();
--   commit;

-- gate RFG-DIFFERS:public.accounts_profile: every row of public.accounts_profile has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.accounts_profile row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."accounts_profile" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.accounts_profile' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.accounts_profile: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.activity_action: every row of public.activity_action has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.activity_action row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."activity_action" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."actor_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.activity_action' and c.row_key = t."id"::text and c.owner_key is not distinct from t."actor_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."actor_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."actor_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.activity_action: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.auth_user_groups: every row of public.auth_user_groups has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.auth_user_groups row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."auth_user_groups" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.auth_user_groups' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.auth_user_groups: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.blog_post: every row of public.blog_post has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.blog_post row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."blog_post" t
  left join "public"."accounts_profile" d1_1 on d1_1."id" = t."author_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.blog_post: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.blog_comment: every row of public.blog_comment has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.blog_comment row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."blog_comment" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.blog_comment: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.blog_comment:blog_comment_parent_id_fkey: rows of public.blog_comment refer to public.blog_comment of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.blog_comment"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.blog_comment row ' || t."id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.blog_comment that belongs to ' || p."client_id"::text as detail
from "public"."blog_comment" t join "public"."blog_comment" p on p."id" = t."parent_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.blog_comment:blog_comment_parent_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.blog_post_tags: every row of public.blog_post_tags has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.blog_post_tags row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."blog_post_tags" t
  left join "public"."blog_post" d1_1 on d1_1."id" = t."post_id"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.blog_post_tags: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.django_admin_log: every row of public.django_admin_log has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.django_admin_log row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."django_admin_log" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.django_admin_log' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.django_admin_log: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."accounts_profile"', '"public"."activity_action"', '"public"."auth_user_groups"', '"public"."blog_post"', '"public"."blog_comment"', '"public"."blog_post_tags"', '"public"."django_admin_log"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."accounts_profile"', '"public"."activity_action"', '"public"."auth_user_groups"', '"public"."blog_post"', '"public"."blog_comment"', '"public"."blog_post_tags"', '"public"."django_admin_log"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
