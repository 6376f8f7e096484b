-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  org_id uuid
-- users          auth.users by id
-- organizations  public.orgs, adopted as they are
-- memberships    public.user_orgs, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   public.org_invites: its own org_id; rows without any stop the run
-- tenant table   public.projects: its own org_id; rows without any stop the run
-- tenant table   public.oauth_clients: project_id -> public.projects; rows without any stop the run
-- tenant table   public.sessions: project_id -> public.projects; rows without any stop the run
-- tenant table   public.actions: session_id -> public.sessions; rows without any stop the run
-- tenant table   public.agents: session_id -> public.sessions; rows without any stop the run
-- tenant table   public.errors: session_id -> public.sessions; rows without any stop the run
-- tenant table   public.llms: session_id -> public.sessions; rows without any stop the run
-- tenant table   public.users: id -> home organization of that user; rows without any stop the run
-- excluded table auth.users: excluded, as the file says
-- shared table   public.model_costs: shared by all tenants, as the file says
-- excluded table public.orgs: excluded, as the file says
-- excluded table public.user_orgs: excluded, as the file says
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
select 'SELECT on public.user_orgs', 'grant select on "public"."user_orgs" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_orgs"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.org_invites', 'grant <owner of public.org_invites> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."org_invites"'::pg_catalog.regclass), false)
union all
select 'owner of public.projects', 'grant <owner of public.projects> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."projects"'::pg_catalog.regclass), false)
union all
select 'owner of public.oauth_clients', 'grant <owner of public.oauth_clients> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."oauth_clients"'::pg_catalog.regclass), false)
union all
select 'owner of public.sessions', 'grant <owner of public.sessions> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."sessions"'::pg_catalog.regclass), false)
union all
select 'owner of public.actions', 'grant <owner of public.actions> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."actions"'::pg_catalog.regclass), false)
union all
select 'owner of public.agents', 'grant <owner of public.agents> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."agents"'::pg_catalog.regclass), false)
union all
select 'owner of public.errors', 'grant <owner of public.errors> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."errors"'::pg_catalog.regclass), false)
union all
select 'owner of public.llms', 'grant <owner of public.llms> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."llms"'::pg_catalog.regclass), false)
union all
select 'owner of public.users', 'grant <owner of public.users> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."users"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.projects', 'grant references on "public"."projects" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."projects"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.orgs', 'grant references on "public"."orgs" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."orgs"'), 'REFERENCES'), true) as allowed), false)
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

-- 1.1 one way to ask for a user's organizations
--   id      expand/views
--   proves  home and active memberships are defined once
--   needs   SELECT on public.user_orgs
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select distinct on (m."user_id") m."user_id" as user_key, m."org_id" as organization_key
from "public"."user_orgs" m where m."user_id" is not null and m."org_id" is not null
order by m."user_id", m."created_at", m."org_id";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."org_id" as organization_key
from "public"."user_orgs" m where m."user_id" is not null and m."org_id" is not null;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into public.org_invites
--   id      expand/public.org_invites/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_org_invites"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    derived := new."org_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_org_invites"() from public;
create or replace function "ringfence"."settle_public_org_invites"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."org_invites" u set "org_id" = s.tenant
  from (select t."org_id" as tenant from "public"."org_invites" t
  
        where t."invitee_email" = new."invitee_email" and t."org_id" = new."org_id" and t."org_id" is null) s
  where u."invitee_email" = new."invitee_email" and u."org_id" = new."org_id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_org_invites"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_org_invites"();
--   drop function if exists "ringfence"."fill_public_org_invites"();
--   commit;

-- 1.3 tenant column and fill triggers on public.org_invites
--   id      expand/public.org_invites/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.org_invites
begin;
-- SHARE UPDATE EXCLUSIVE on public.org_invites; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."org_invites" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.org_invites; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."org_invites" for each row execute function "ringfence"."fill_public_org_invites"();
create trigger "zzz_ringfence_fill_update" before update on "public"."org_invites" for each row when ((old."org_id" is distinct from new."org_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_org_invites"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."org_invites" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_org_invites"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.org_invites; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."org_invites" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.org_invites; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."org_invites";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."org_invites";
--   drop trigger if exists "00_ringfence_settle" on "public"."org_invites";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into public.projects
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
  given uuid := new."org_id";
begin
  if derived is null then
    derived := new."org_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_projects"() from public;
create or replace function "ringfence"."settle_public_projects"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."projects" u set "org_id" = s.tenant
  from (select t."org_id" as tenant from "public"."projects" t
  
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_projects"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_projects"();
--   drop function if exists "ringfence"."fill_public_projects"();
--   commit;

-- 1.5 tenant column and fill triggers on public.projects
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
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."projects" for each row execute function "ringfence"."fill_public_projects"();
create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."org_id" is distinct from new."org_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_projects"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."projects" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_projects"();
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
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.oauth_clients
--   id      expand/public.oauth_clients/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_oauth_clients"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."projects" p1
      where p1."id" = new."project_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_oauth_clients"() from public;
create or replace function "ringfence"."settle_public_oauth_clients"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."oauth_clients" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_oauth_clients"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_oauth_clients"();
--   drop function if exists "ringfence"."fill_public_oauth_clients"();
--   commit;

-- 1.7 tenant column and fill triggers on public.oauth_clients
--   id      expand/public.oauth_clients/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."oauth_clients" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."oauth_clients" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."oauth_clients" for each row execute function "ringfence"."fill_public_oauth_clients"();
create trigger "zzz_ringfence_fill_update" before update on "public"."oauth_clients" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_oauth_clients"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."oauth_clients" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_oauth_clients"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."oauth_clients" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."oauth_clients";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."oauth_clients";
--   drop trigger if exists "00_ringfence_settle" on "public"."oauth_clients";
--   -- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."oauth_clients" drop column if exists "org_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.sessions
--   id      expand/public.sessions/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_sessions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."projects" p1
      where p1."id" = new."project_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_sessions"() from public;
create or replace function "ringfence"."settle_public_sessions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."sessions" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_sessions"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_sessions"();
--   drop function if exists "ringfence"."fill_public_sessions"();
--   commit;

-- 1.9 tenant column and fill triggers on public.sessions
--   id      expand/public.sessions/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."sessions" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."sessions" for each row execute function "ringfence"."fill_public_sessions"();
create trigger "zzz_ringfence_fill_update" before update on "public"."sessions" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_sessions"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."sessions" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_sessions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."sessions";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."sessions";
--   drop trigger if exists "00_ringfence_settle" on "public"."sessions";
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."sessions" drop column if exists "org_id";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.actions
--   id      expand/public.actions/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_actions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."sessions" p1
      where p1."id" = new."session_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_actions"() from public;
create or replace function "ringfence"."settle_public_actions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."actions" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_actions"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_actions"();
--   drop function if exists "ringfence"."fill_public_actions"();
--   commit;

-- 1.11 tenant column and fill triggers on public.actions
--   id      expand/public.actions/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."actions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."actions" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."actions" for each row execute function "ringfence"."fill_public_actions"();
create trigger "zzz_ringfence_fill_update" before update on "public"."actions" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_actions"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."actions" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_actions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."actions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."actions";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."actions";
--   drop trigger if exists "00_ringfence_settle" on "public"."actions";
--   -- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."actions" drop column if exists "org_id";
--   commit;

-- 1.12 functions that give a tenant to what old code writes into public.agents
--   id      expand/public.agents/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_agents"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."sessions" p1
      where p1."id" = new."session_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_agents"() from public;
create or replace function "ringfence"."settle_public_agents"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."agents" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_agents"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_agents"();
--   drop function if exists "ringfence"."fill_public_agents"();
--   commit;

-- 1.13 tenant column and fill triggers on public.agents
--   id      expand/public.agents/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."agents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."agents" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."agents" for each row execute function "ringfence"."fill_public_agents"();
create trigger "zzz_ringfence_fill_update" before update on "public"."agents" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_agents"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."agents" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_agents"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."agents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."agents";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."agents";
--   drop trigger if exists "00_ringfence_settle" on "public"."agents";
--   -- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."agents" drop column if exists "org_id";
--   commit;

-- 1.14 functions that give a tenant to what old code writes into public.errors
--   id      expand/public.errors/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_errors"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."sessions" p1
      where p1."id" = new."session_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_errors"() from public;
create or replace function "ringfence"."settle_public_errors"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."errors" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_errors"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_errors"();
--   drop function if exists "ringfence"."fill_public_errors"();
--   commit;

-- 1.15 tenant column and fill triggers on public.errors
--   id      expand/public.errors/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."errors" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."errors" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."errors" for each row execute function "ringfence"."fill_public_errors"();
create trigger "zzz_ringfence_fill_update" before update on "public"."errors" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_errors"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."errors" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_errors"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."errors" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."errors";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."errors";
--   drop trigger if exists "00_ringfence_settle" on "public"."errors";
--   -- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."errors" drop column if exists "org_id";
--   commit;

-- 1.16 functions that give a tenant to what old code writes into public.llms
--   id      expand/public.llms/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_llms"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select p1."org_id" into derived from "public"."sessions" p1
      where p1."id" = new."session_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_llms"() from public;
create or replace function "ringfence"."settle_public_llms"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."llms" u set "org_id" = s.tenant
  from (select d1_1."org_id" as tenant from "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_llms"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_llms"();
--   drop function if exists "ringfence"."fill_public_llms"();
--   commit;

-- 1.17 tenant column and fill triggers on public.llms
--   id      expand/public.llms/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."llms" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."llms" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."llms" for each row execute function "ringfence"."fill_public_llms"();
create trigger "zzz_ringfence_fill_update" before update on "public"."llms" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_llms"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."llms" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_llms"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."llms" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."llms";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."llms";
--   drop trigger if exists "00_ringfence_settle" on "public"."llms";
--   -- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."llms" drop column if exists "org_id";
--   commit;

-- 1.18 functions that give a tenant to what old code writes into public.users
--   id      expand/public.users/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_users"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."id";
  end if;
  if given is not null and given is distinct from derived then
    if new."id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."org_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_users"() from public;
create or replace function "ringfence"."settle_public_users"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."users" u set "org_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
        where t."id" = new."id" and t."org_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_users"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_users"();
--   drop function if exists "ringfence"."fill_public_users"();
--   commit;

-- 1.19 tenant column and fill triggers on public.users
--   id      expand/public.users/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."users" add column "org_id" uuid;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."users" for each row execute function "ringfence"."fill_public_users"();
create trigger "zzz_ringfence_fill_update" before update on "public"."users" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_users"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."users" deferrable initially deferred for each row when (new."org_id" is null) execute function "ringfence"."settle_public_users"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."users";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."users";
--   drop trigger if exists "00_ringfence_settle" on "public"."users";
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."users" drop column if exists "org_id";
--   commit;

-- 1.20 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.users', t."id"::text, t."org_id"::text, t."id"::text
--   from "public"."users" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
--   where t."org_id" is not null and t."org_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."org_invites"', 'org_id'), ('"public"."projects"', 'org_id'), ('"public"."oauth_clients"', 'org_id'), ('"public"."sessions"', 'org_id'), ('"public"."actions"', 'org_id'), ('"public"."agents"', 'org_id'), ('"public"."errors"', 'org_id'), ('"public"."llms"', 'org_id'), ('"public"."users"', 'org_id')) w (t, c)
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

-- 2.1 the right tenant for every row of public.org_invites
--   id      backfill/public.org_invites/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.org_invites
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."org_invites";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."org_invites" t
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."org_invites"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."org_id" as tenant
  from only "public"."org_invites" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from t."org_id" and t."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."org_invites" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."inviter_id", old."invitee_email", old."role"), row(new."inviter_id", new."invitee_email", new."role")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."org_invites"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."org_invites"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.org_invites in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.org_invites row ' || row(t."invitee_email", t."org_id")::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."org_invites" t
  
where t."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.org_invites: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of public.projects
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
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null$count$ into differing;
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
  select t.ctid as place, t."org_id" as tenant
  from only "public"."projects" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from t."org_id" and t."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."projects" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."api_key", old."name"), row(new."id", new."api_key", new."name")) as intact
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
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.projects in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.projects row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."projects" t
  
where t."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.projects: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 the right tenant for every row of public.oauth_clients
--   id      backfill/public.oauth_clients/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.oauth_clients
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."oauth_clients";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."oauth_clients"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."oauth_clients" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."client_id", old."client_secret_hash"), row(new."id", new."project_id", new."client_id", new."client_secret_hash")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."oauth_clients"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."oauth_clients"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.oauth_clients in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.oauth_clients row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.oauth_clients: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.sessions
--   id      backfill/public.sessions/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.sessions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."sessions";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."sessions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."sessions" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."init_timestamp", old."end_state", old."tags"), row(new."id", new."project_id", new."init_timestamp", new."end_state", new."tags")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."sessions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."sessions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.sessions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.sessions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.sessions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.actions
--   id      backfill/public.actions/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.actions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."actions";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."actions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."actions" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."agent_id", old."action_type", old."returns"), row(new."id", new."session_id", new."agent_id", new."action_type", new."returns")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."actions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."actions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.actions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.actions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.actions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public.agents
--   id      backfill/public.agents/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.agents
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."agents";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."agents"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."agents" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."name"), row(new."id", new."session_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."agents"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."agents"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.agents in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.agents row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.agents: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public.errors
--   id      backfill/public.errors/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.errors
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."errors";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."errors"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."errors" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."trigger_event_id", old."trigger_event_type", old."message"), row(new."id", new."session_id", new."trigger_event_id", new."trigger_event_type", new."message")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."errors"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."errors"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.errors in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.errors row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.errors: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 the right tenant for every row of public.llms
--   id      backfill/public.llms/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.llms
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."llms";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."llms"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."llms" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."agent_id", old."model", old."prompt", old."cost"), row(new."id", new."session_id", new."agent_id", new."model", new."prompt", new."cost")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."llms"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."llms"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.llms in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.llms row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.llms: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.9 the right tenant for every row of public.users
--   id      backfill/public.users/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.users
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."users";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."org_id" is null or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."users"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::uuid, d1.organization_key) as tenant
  from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."org_id" is null or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."users" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."full_name", old."email"), row(new."id", new."full_name", new."email")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."users"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."users"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.users in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.users row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where coalesce(c.organization_key::uuid, d1.organization_key) is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.users: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.10 every new row of public.oauth_clients must have a tenant
--   id      backfill/public.oauth_clients/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."oauth_clients" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."oauth_clients" add constraint "oauth_clients_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."oauth_clients" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."oauth_clients" drop constraint if exists "oauth_clients_org_id_present";
--   commit;

-- 2.11 prove oauth_clients_org_id_present for the rows already in public.oauth_clients
--   id      backfill/public.oauth_clients/validate/oauth_clients_org_id_present
--   proves  oauth_clients_org_id_present holds for every row
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."oauth_clients" validate constraint "oauth_clients_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.12 public.oauth_clients.org_id is NOT NULL
--   id      backfill/public.oauth_clients/not_null
--   proves  no row is without tenant
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."oauth_clients" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."oauth_clients" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."oauth_clients" drop constraint if exists "oauth_clients_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."oauth_clients" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."oauth_clients" alter column "org_id" drop not null;
--   commit;

-- 2.13 every new row of public.sessions must have a tenant
--   id      backfill/public.sessions/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."sessions" add constraint "sessions_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."sessions" drop constraint if exists "sessions_org_id_present";
--   commit;

-- 2.14 prove sessions_org_id_present for the rows already in public.sessions
--   id      backfill/public.sessions/validate/sessions_org_id_present
--   proves  sessions_org_id_present holds for every row
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."sessions" validate constraint "sessions_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.15 public.sessions.org_id is NOT NULL
--   id      backfill/public.sessions/not_null
--   proves  no row is without tenant
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."sessions" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."sessions" drop constraint if exists "sessions_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."sessions" alter column "org_id" drop not null;
--   commit;

-- 2.16 every new row of public.actions must have a tenant
--   id      backfill/public.actions/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."actions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."actions" add constraint "actions_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."actions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."actions" drop constraint if exists "actions_org_id_present";
--   commit;

-- 2.17 prove actions_org_id_present for the rows already in public.actions
--   id      backfill/public.actions/validate/actions_org_id_present
--   proves  actions_org_id_present holds for every row
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."actions" validate constraint "actions_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.18 public.actions.org_id is NOT NULL
--   id      backfill/public.actions/not_null
--   proves  no row is without tenant
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."actions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."actions" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."actions" drop constraint if exists "actions_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."actions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."actions" alter column "org_id" drop not null;
--   commit;

-- 2.19 every new row of public.agents must have a tenant
--   id      backfill/public.agents/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."agents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."agents" add constraint "agents_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."agents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."agents" drop constraint if exists "agents_org_id_present";
--   commit;

-- 2.20 prove agents_org_id_present for the rows already in public.agents
--   id      backfill/public.agents/validate/agents_org_id_present
--   proves  agents_org_id_present holds for every row
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."agents" validate constraint "agents_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.21 public.agents.org_id is NOT NULL
--   id      backfill/public.agents/not_null
--   proves  no row is without tenant
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."agents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."agents" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."agents" drop constraint if exists "agents_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."agents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."agents" alter column "org_id" drop not null;
--   commit;

-- 2.22 every new row of public.errors must have a tenant
--   id      backfill/public.errors/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."errors" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."errors" add constraint "errors_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."errors" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."errors" drop constraint if exists "errors_org_id_present";
--   commit;

-- 2.23 prove errors_org_id_present for the rows already in public.errors
--   id      backfill/public.errors/validate/errors_org_id_present
--   proves  errors_org_id_present holds for every row
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."errors" validate constraint "errors_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.24 public.errors.org_id is NOT NULL
--   id      backfill/public.errors/not_null
--   proves  no row is without tenant
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."errors" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."errors" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."errors" drop constraint if exists "errors_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."errors" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."errors" alter column "org_id" drop not null;
--   commit;

-- 2.25 every new row of public.llms must have a tenant
--   id      backfill/public.llms/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."llms" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."llms" add constraint "llms_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."llms" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."llms" drop constraint if exists "llms_org_id_present";
--   commit;

-- 2.26 prove llms_org_id_present for the rows already in public.llms
--   id      backfill/public.llms/validate/llms_org_id_present
--   proves  llms_org_id_present holds for every row
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."llms" validate constraint "llms_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.27 public.llms.org_id is NOT NULL
--   id      backfill/public.llms/not_null
--   proves  no row is without tenant
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."llms" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."llms" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."llms" drop constraint if exists "llms_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."llms" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."llms" alter column "org_id" drop not null;
--   commit;

-- 2.28 every new row of public.users must have a tenant
--   id      backfill/public.users/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."users" add constraint "users_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."users" drop constraint if exists "users_org_id_present";
--   commit;

-- 2.29 prove users_org_id_present for the rows already in public.users
--   id      backfill/public.users/validate/users_org_id_present
--   proves  users_org_id_present holds for every row
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."users" validate constraint "users_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.30 public.users.org_id is NOT NULL
--   id      backfill/public.users/not_null
--   proves  no row is without tenant
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."users" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."users" drop constraint if exists "users_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."users" alter column "org_id" drop not null;
--   commit;

-- 2.31 index projects_org_id_id_key on public.projects (org_id, id)
--   id      backfill/public.projects/index/projects_org_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.projects
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_org_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."projects_org_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "projects_org_id_id_key" on "public"."projects" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."projects_org_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."projects_org_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."projects_org_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."projects_org_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.32 unique key (org_id, id) on public.projects, the target of tenant-consistent references
--   id      backfill/public.projects/unique/projects_org_id_id_key
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
alter table "public"."projects" add constraint "projects_org_id_id_key" unique using index "projects_org_id_id_key";
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
--   alter table "public"."projects" drop constraint if exists "projects_org_id_id_key";
--   commit;

-- 2.33 index oauth_clients_org_id_project_id_idx on public.oauth_clients (org_id, project_id)
--   id      backfill/public.oauth_clients/index/oauth_clients_org_id_project_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.oauth_clients
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."oauth_clients_org_id_project_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."oauth_clients_org_id_project_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "oauth_clients_org_id_project_id_idx" on "public"."oauth_clients" ("org_id", "project_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."oauth_clients_org_id_project_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."oauth_clients_org_id_project_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."oauth_clients_org_id_project_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."oauth_clients_org_id_project_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.34 reference of public.oauth_clients to public.projects that carries the tenant
--   id      backfill/public.oauth_clients/reference/oauth_clients_org_id_project_id_fkey
--   proves  reference of public.oauth_clients to public.projects that carries the tenant, for every row written from here on
--   needs   owner of public.oauth_clients; REFERENCES on public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."oauth_clients" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.oauth_clients, public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."oauth_clients" add constraint "oauth_clients_org_id_project_id_fkey" foreign key ("org_id", "project_id") references "public"."projects" ("org_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."oauth_clients" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.oauth_clients, public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."oauth_clients" drop constraint if exists "oauth_clients_org_id_project_id_fkey";
--   commit;

-- 2.35 index sessions_org_id_project_id_idx on public.sessions (org_id, project_id)
--   id      backfill/public.sessions/index/sessions_org_id_project_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.sessions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."sessions_org_id_project_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."sessions_org_id_project_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "sessions_org_id_project_id_idx" on "public"."sessions" ("org_id", "project_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."sessions_org_id_project_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."sessions_org_id_project_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."sessions_org_id_project_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."sessions_org_id_project_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.36 reference of public.sessions to public.projects that carries the tenant
--   id      backfill/public.sessions/reference/sessions_org_id_project_id_fkey
--   proves  reference of public.sessions to public.projects that carries the tenant, for every row written from here on
--   needs   owner of public.sessions; REFERENCES on public.projects
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."projects" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions, public.projects; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."sessions" add constraint "sessions_org_id_project_id_fkey" foreign key ("org_id", "project_id") references "public"."projects" ("org_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.projects; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."projects" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions, public.projects; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."sessions" drop constraint if exists "sessions_org_id_project_id_fkey";
--   commit;

-- 2.37 rows of public.actions follow public.sessions when it changes hands
--   id      backfill/public.actions/carry/ringfence_carry_public_actions_session_id
--   proves  an ownership transfer reaches rows that no foreign key ties to their parent
--   needs   owner of public.sessions
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."ringfence_carry_public_actions_session_id"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."actions" t set "org_id" = new."org_id"
  where t."session_id" = new."id" and t."org_id" is distinct from new."org_id";
  return null;
end
$ringfence$;
revoke all on function "ringfence"."ringfence_carry_public_actions_session_id"() from public;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_carry_public_actions_session_id" after update on "public"."sessions" for each row when (old."org_id" is distinct from new."org_id") execute function "ringfence"."ringfence_carry_public_actions_session_id"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "ringfence_carry_public_actions_session_id" on "public"."sessions";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."ringfence_carry_public_actions_session_id"();
--   commit;

-- 2.38 the tenant of public.actions is an organization
--   id      backfill/public.actions/reference/actions_org_id_fkey
--   proves  the tenant of public.actions is an organization, for every row written from here on
--   needs   owner of public.actions; REFERENCES on public.orgs
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."actions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.actions, public.orgs; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."actions" add constraint "actions_org_id_fkey" foreign key ("org_id") references "public"."orgs" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."actions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.actions, public.orgs; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."actions" drop constraint if exists "actions_org_id_fkey";
--   commit;

-- 2.39 rows of public.agents follow public.sessions when it changes hands
--   id      backfill/public.agents/carry/ringfence_carry_public_agents_session_id
--   proves  an ownership transfer reaches rows that no foreign key ties to their parent
--   needs   owner of public.sessions
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."ringfence_carry_public_agents_session_id"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."agents" t set "org_id" = new."org_id"
  where t."session_id" = new."id" and t."org_id" is distinct from new."org_id";
  return null;
end
$ringfence$;
revoke all on function "ringfence"."ringfence_carry_public_agents_session_id"() from public;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_carry_public_agents_session_id" after update on "public"."sessions" for each row when (old."org_id" is distinct from new."org_id") execute function "ringfence"."ringfence_carry_public_agents_session_id"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "ringfence_carry_public_agents_session_id" on "public"."sessions";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."ringfence_carry_public_agents_session_id"();
--   commit;

-- 2.40 the tenant of public.agents is an organization
--   id      backfill/public.agents/reference/agents_org_id_fkey
--   proves  the tenant of public.agents is an organization, for every row written from here on
--   needs   owner of public.agents; REFERENCES on public.orgs
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."agents" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.agents, public.orgs; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."agents" add constraint "agents_org_id_fkey" foreign key ("org_id") references "public"."orgs" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."agents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.agents, public.orgs; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."agents" drop constraint if exists "agents_org_id_fkey";
--   commit;

-- 2.41 rows of public.errors follow public.sessions when it changes hands
--   id      backfill/public.errors/carry/ringfence_carry_public_errors_session_id
--   proves  an ownership transfer reaches rows that no foreign key ties to their parent
--   needs   owner of public.sessions
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."ringfence_carry_public_errors_session_id"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."errors" t set "org_id" = new."org_id"
  where t."session_id" = new."id" and t."org_id" is distinct from new."org_id";
  return null;
end
$ringfence$;
revoke all on function "ringfence"."ringfence_carry_public_errors_session_id"() from public;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_carry_public_errors_session_id" after update on "public"."sessions" for each row when (old."org_id" is distinct from new."org_id") execute function "ringfence"."ringfence_carry_public_errors_session_id"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "ringfence_carry_public_errors_session_id" on "public"."sessions";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."ringfence_carry_public_errors_session_id"();
--   commit;

-- 2.42 the tenant of public.errors is an organization
--   id      backfill/public.errors/reference/errors_org_id_fkey
--   proves  the tenant of public.errors is an organization, for every row written from here on
--   needs   owner of public.errors; REFERENCES on public.orgs
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."errors" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.errors, public.orgs; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."errors" add constraint "errors_org_id_fkey" foreign key ("org_id") references "public"."orgs" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."errors" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.errors, public.orgs; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."errors" drop constraint if exists "errors_org_id_fkey";
--   commit;

-- 2.43 rows of public.llms follow public.sessions when it changes hands
--   id      backfill/public.llms/carry/ringfence_carry_public_llms_session_id
--   proves  an ownership transfer reaches rows that no foreign key ties to their parent
--   needs   owner of public.sessions
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."ringfence_carry_public_llms_session_id"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."llms" t set "org_id" = new."org_id"
  where t."session_id" = new."id" and t."org_id" is distinct from new."org_id";
  return null;
end
$ringfence$;
revoke all on function "ringfence"."ringfence_carry_public_llms_session_id"() from public;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_carry_public_llms_session_id" after update on "public"."sessions" for each row when (old."org_id" is distinct from new."org_id") execute function "ringfence"."ringfence_carry_public_llms_session_id"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "ringfence_carry_public_llms_session_id" on "public"."sessions";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."ringfence_carry_public_llms_session_id"();
--   commit;

-- 2.44 the tenant of public.llms is an organization
--   id      backfill/public.llms/reference/llms_org_id_fkey
--   proves  the tenant of public.llms is an organization, for every row written from here on
--   needs   owner of public.llms; REFERENCES on public.orgs
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."llms" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.llms, public.orgs; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."llms" add constraint "llms_org_id_fkey" foreign key ("org_id") references "public"."orgs" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."llms" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.llms, public.orgs; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."llms" drop constraint if exists "llms_org_id_fkey";
--   commit;

-- 2.45 the tenant of public.users is an organization
--   id      backfill/public.users/reference/users_org_id_fkey
--   proves  the tenant of public.users is an organization, for every row written from here on
--   needs   owner of public.users; REFERENCES on public.orgs
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.users, public.orgs; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."users" add constraint "users_org_id_fkey" foreign key ("org_id") references "public"."orgs" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.users, public.orgs; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."users" drop constraint if exists "users_org_id_fkey";
--   commit;

-- 2.46 public.sessions changes hands only between writes of the rows that follow it
--   id      backfill/public.sessions/hand_over
--   proves  no row that is written at that moment is left behind with the old tenant
--   needs   owner of public.sessions
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."hand_over_public_sessions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  perform 1 from only "public"."sessions" t where t."id" = old."id" for update;
  return new;
end
$ringfence$;
revoke all on function "ringfence"."hand_over_public_sessions"() from public;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_hand_over" before update on "public"."sessions" for each row when (old."org_id" is distinct from new."org_id") execute function "ringfence"."hand_over_public_sessions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_hand_over" on "public"."sessions";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."hand_over_public_sessions"();
--   commit;

-- 2.47 a last sweep over public.org_invites, now that references carry every change
--   id      backfill/public.org_invites/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.org_invites
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."org_invites" t
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."org_invites"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."org_id" as tenant
  from only "public"."org_invites" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from t."org_id" and t."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."org_invites" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."inviter_id", old."invitee_email", old."role"), row(new."inviter_id", new."invitee_email", new."role")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."org_invites"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."org_invites"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.org_invites in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.org_invites row ' || row(t."invitee_email", t."org_id")::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."org_invites" t
  
where t."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.org_invites: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.48 a last sweep over public.projects, now that references carry every change
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
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."projects"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."org_id" as tenant
  from only "public"."projects" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from t."org_id" and t."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."projects" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."api_key", old."name"), row(new."id", new."api_key", new."name")) as intact
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
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.projects in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.projects row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."projects" t
  
where t."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.projects: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.49 a last sweep over public.oauth_clients, now that references carry every change
--   id      backfill/public.oauth_clients/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.oauth_clients
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."oauth_clients"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."oauth_clients" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."client_id", old."client_secret_hash"), row(new."id", new."project_id", new."client_id", new."client_secret_hash")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."oauth_clients"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."oauth_clients"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.oauth_clients in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.oauth_clients row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.oauth_clients: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.50 a last sweep over public.sessions, now that references carry every change
--   id      backfill/public.sessions/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.sessions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."sessions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."sessions" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."project_id", old."init_timestamp", old."end_state", old."tags"), row(new."id", new."project_id", new."init_timestamp", new."end_state", new."tags")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."sessions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."sessions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.sessions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.sessions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.sessions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.51 a last sweep over public.actions, now that references carry every change
--   id      backfill/public.actions/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.actions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."actions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."actions" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."agent_id", old."action_type", old."returns"), row(new."id", new."session_id", new."agent_id", new."action_type", new."returns")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."actions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."actions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.actions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.actions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.actions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.52 a last sweep over public.agents, now that references carry every change
--   id      backfill/public.agents/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.agents
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."agents"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."agents" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."name"), row(new."id", new."session_id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."agents"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."agents"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.agents in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.agents row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.agents: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.53 a last sweep over public.errors, now that references carry every change
--   id      backfill/public.errors/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.errors
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."errors"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."errors" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."trigger_event_id", old."trigger_event_type", old."message"), row(new."id", new."session_id", new."trigger_event_id", new."trigger_event_type", new."message")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."errors"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."errors"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.errors in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.errors row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.errors: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.54 a last sweep over public.llms, now that references carry every change
--   id      backfill/public.llms/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.llms
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."llms"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."org_id" as tenant
  from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."llms" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."session_id", old."agent_id", old."model", old."prompt", old."cost"), row(new."id", new."session_id", new."agent_id", new."model", new."prompt", new."cost")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."llms"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."llms"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.llms in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.llms row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where d1_1."org_id" is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.llms: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.55 a last sweep over public.users, now that references carry every change
--   id      backfill/public.users/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.users
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."org_id" is null or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."users"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::uuid, d1.organization_key) as tenant
  from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."org_id" is null or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."users" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."full_name", old."email"), row(new."id", new."full_name", new."email")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."users"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."users"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.users in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.users row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where coalesce(c.organization_key::uuid, d1.organization_key) is null and (t."org_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.users: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.56 prove oauth_clients_org_id_project_id_fkey for the rows already in public.oauth_clients
--   id      backfill/public.oauth_clients/validate/oauth_clients_org_id_project_id_fkey
--   proves  oauth_clients_org_id_project_id_fkey holds for every row
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients, public.projects; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."oauth_clients" validate constraint "oauth_clients_org_id_project_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.57 prove sessions_org_id_project_id_fkey for the rows already in public.sessions
--   id      backfill/public.sessions/validate/sessions_org_id_project_id_fkey
--   proves  sessions_org_id_project_id_fkey holds for every row
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions, public.projects; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."sessions" validate constraint "sessions_org_id_project_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.58 prove actions_org_id_fkey for the rows already in public.actions
--   id      backfill/public.actions/validate/actions_org_id_fkey
--   proves  actions_org_id_fkey holds for every row
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions, public.orgs; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."actions" validate constraint "actions_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.59 prove agents_org_id_fkey for the rows already in public.agents
--   id      backfill/public.agents/validate/agents_org_id_fkey
--   proves  agents_org_id_fkey holds for every row
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents, public.orgs; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."agents" validate constraint "agents_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.60 prove errors_org_id_fkey for the rows already in public.errors
--   id      backfill/public.errors/validate/errors_org_id_fkey
--   proves  errors_org_id_fkey holds for every row
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors, public.orgs; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."errors" validate constraint "errors_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.61 prove llms_org_id_fkey for the rows already in public.llms
--   id      backfill/public.llms/validate/llms_org_id_fkey
--   proves  llms_org_id_fkey holds for every row
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms, public.orgs; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."llms" validate constraint "llms_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.62 prove users_org_id_fkey for the rows already in public.users
--   id      backfill/public.users/validate/users_org_id_fkey
--   proves  users_org_id_fkey holds for every row
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users, public.orgs; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."users" validate constraint "users_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.63 index org_invites_org_id_invitee_email_idx on public.org_invites (org_id, invitee_email)
--   id      backfill/public.org_invites/index/org_invites_org_id_invitee_email_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.org_invites
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."org_invites_org_id_invitee_email_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."org_invites_org_id_invitee_email_idx";
-- SHARE UPDATE EXCLUSIVE on public.org_invites; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "org_invites_org_id_invitee_email_idx" on "public"."org_invites" ("org_id", "invitee_email");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."org_invites_org_id_invitee_email_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."org_invites_org_id_invitee_email_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.org_invites; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."org_invites_org_id_invitee_email_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."org_invites_org_id_invitee_email_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.64 index oauth_clients_org_id_id_idx on public.oauth_clients (org_id, id)
--   id      backfill/public.oauth_clients/index/oauth_clients_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.oauth_clients
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."oauth_clients_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."oauth_clients_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "oauth_clients_org_id_id_idx" on "public"."oauth_clients" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."oauth_clients_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."oauth_clients_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."oauth_clients_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."oauth_clients_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.65 index sessions_org_id_id_idx on public.sessions (org_id, id)
--   id      backfill/public.sessions/index/sessions_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.sessions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."sessions_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."sessions_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "sessions_org_id_id_idx" on "public"."sessions" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."sessions_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."sessions_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."sessions_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."sessions_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.66 index actions_org_id_id_idx on public.actions (org_id, id)
--   id      backfill/public.actions/index/actions_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.actions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."actions_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."actions_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.actions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "actions_org_id_id_idx" on "public"."actions" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."actions_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."actions_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."actions_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."actions_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.67 index agents_org_id_id_idx on public.agents (org_id, id)
--   id      backfill/public.agents/index/agents_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.agents
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."agents_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."agents_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.agents; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "agents_org_id_id_idx" on "public"."agents" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."agents_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."agents_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."agents_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."agents_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.68 index errors_org_id_id_idx on public.errors (org_id, id)
--   id      backfill/public.errors/index/errors_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.errors
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."errors_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."errors_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.errors; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "errors_org_id_id_idx" on "public"."errors" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."errors_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."errors_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."errors_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."errors_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.69 index llms_org_id_id_idx on public.llms (org_id, id)
--   id      backfill/public.llms/index/llms_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.llms
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."llms_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."llms_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.llms; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "llms_org_id_id_idx" on "public"."llms" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."llms_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."llms_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."llms_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."llms_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.70 index users_org_id_id_idx on public.users (org_id, id)
--   id      backfill/public.users/index/users_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.users
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."users_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."users_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.users; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "users_org_id_id_idx" on "public"."users" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."users_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."users_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."users_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."users_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.71 fill triggers of public.org_invites in their lasting form
--   id      backfill/public.org_invites/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.org_invites
begin;
-- SHARE UPDATE EXCLUSIVE on public.org_invites; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."org_invites" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.org_invites; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."org_invites";
create trigger "zzz_ringfence_fill_update" before update on "public"."org_invites" for each row when ((old."org_id" is distinct from new."org_id")) execute function "ringfence"."fill_public_org_invites"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.org_invites; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."org_invites" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.org_invites; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."org_invites";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."org_invites" for each row when ((old."org_id" is distinct from new."org_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_org_invites"();
--   commit;

-- 2.72 fill triggers of public.projects in their lasting form
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
create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."org_id" is distinct from new."org_id")) execute function "ringfence"."fill_public_projects"();
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
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."projects";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."projects" for each row when ((old."org_id" is distinct from new."org_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_projects"();
--   commit;

-- 2.73 fill triggers of public.oauth_clients in their lasting form
--   id      backfill/public.oauth_clients/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.oauth_clients
begin;
-- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."oauth_clients" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."oauth_clients";
create trigger "zzz_ringfence_fill_update" before update on "public"."oauth_clients" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id")) execute function "ringfence"."fill_public_oauth_clients"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.oauth_clients; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."oauth_clients" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.oauth_clients; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."oauth_clients";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."oauth_clients" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_oauth_clients"();
--   commit;

-- 2.74 fill triggers of public.sessions in their lasting form
--   id      backfill/public.sessions/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.sessions
begin;
-- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."sessions";
create trigger "zzz_ringfence_fill_update" before update on "public"."sessions" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id")) execute function "ringfence"."fill_public_sessions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.sessions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.sessions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."sessions";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."sessions" for each row when ((old."org_id" is distinct from new."org_id" or old."project_id" is distinct from new."project_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_sessions"();
--   commit;

-- 2.75 fill triggers of public.actions in their lasting form
--   id      backfill/public.actions/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.actions
begin;
-- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."actions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."actions";
create trigger "zzz_ringfence_fill_update" before update on "public"."actions" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id")) execute function "ringfence"."fill_public_actions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.actions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."actions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.actions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."actions";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."actions" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_actions"();
--   commit;

-- 2.76 fill triggers of public.agents in their lasting form
--   id      backfill/public.agents/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.agents
begin;
-- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."agents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."agents";
create trigger "zzz_ringfence_fill_update" before update on "public"."agents" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id")) execute function "ringfence"."fill_public_agents"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.agents; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."agents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.agents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."agents";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."agents" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_agents"();
--   commit;

-- 2.77 fill triggers of public.errors in their lasting form
--   id      backfill/public.errors/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.errors
begin;
-- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."errors" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."errors";
create trigger "zzz_ringfence_fill_update" before update on "public"."errors" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id")) execute function "ringfence"."fill_public_errors"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.errors; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."errors" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.errors; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."errors";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."errors" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_errors"();
--   commit;

-- 2.78 fill triggers of public.llms in their lasting form
--   id      backfill/public.llms/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.llms
begin;
-- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."llms" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."llms";
create trigger "zzz_ringfence_fill_update" before update on "public"."llms" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id")) execute function "ringfence"."fill_public_llms"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.llms; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."llms" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.llms; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."llms";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."llms" for each row when ((old."org_id" is distinct from new."org_id" or old."session_id" is distinct from new."session_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_llms"();
--   commit;

-- 2.79 fill triggers of public.users in their lasting form
--   id      backfill/public.users/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.users
begin;
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."users";
create trigger "zzz_ringfence_fill_update" before update on "public"."users" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id")) execute function "ringfence"."fill_public_users"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."users";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."users" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_users"();
--   commit;

-- gate RFG-DIFFERS:public.org_invites: every row of public.org_invites has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.org_invites row ' || row(t."invitee_email", t."org_id")::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(t."org_id"::text, 'nothing') as detail
from only "public"."org_invites" t
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.org_invites: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.org_invites:org_invites_inviter_id_fkey: rows of public.org_invites refer to public.users of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.org_invites"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.org_invites row ' || row(t."invitee_email", t."org_id")::text as subject,
  'belongs to ' || t."org_id"::text || ' and refers to a row of public.users that belongs to ' || p."org_id"::text as detail
from "public"."org_invites" t join "public"."users" p on p."id" = t."inviter_id"
where p."org_id" <> t."org_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.org_invites:org_invites_inviter_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.projects: every row of public.projects has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.projects row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(t."org_id"::text, 'nothing') as detail
from only "public"."projects" t
  
where t."org_id" is distinct from t."org_id" and t."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.projects: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.oauth_clients: every row of public.oauth_clients has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.oauth_clients row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."oauth_clients" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.oauth_clients: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.sessions: every row of public.sessions has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.sessions row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."sessions" t
  left join "public"."projects" d1_1 on d1_1."id" = t."project_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.sessions: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.actions: every row of public.actions has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.actions row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."actions" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.actions: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.agents: every row of public.agents has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.agents row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."agents" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.agents: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.errors: every row of public.errors has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.errors row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."errors" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.errors: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.llms: every row of public.llms has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.llms row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."org_id"::text, 'nothing') as detail
from only "public"."llms" t
  left join "public"."sessions" d1_1 on d1_1."id" = t."session_id"
where t."org_id" is distinct from d1_1."org_id" and d1_1."org_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.llms: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.users: every row of public.users has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.users row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::uuid, d1.organization_key)::text, 'nothing') as detail
from only "public"."users" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.users' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."org_id" is null or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.users: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."org_invites"', '"public"."projects"', '"public"."oauth_clients"', '"public"."sessions"', '"public"."actions"', '"public"."agents"', '"public"."errors"', '"public"."llms"', '"public"."users"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'org_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."org_invites"', '"public"."projects"', '"public"."oauth_clients"', '"public"."sessions"', '"public"."actions"', '"public"."agents"', '"public"."errors"', '"public"."llms"', '"public"."users"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
