-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  account_id uuid
-- users          auth.users by id
-- organizations  basis.accounts, adopted as they are
-- memberships    basis.account_user, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   basis.billing_customers: its own account_id; rows without any stop the run
-- tenant table   basis.billing_subscriptions: its own account_id; rows without any stop the run
-- tenant table   basis.invitations: its own account_id; rows without any stop the run
-- tenant table   public.posts: its own account_id; rows without any stop the run
-- tenant table   public.attachments: post_id -> public.posts; rows without any stop the run
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
-- excluded table basis.account_user: excluded, as the file says
-- excluded table basis.accounts: excluded, as the file says
-- shared table   basis.config: shared by all tenants, as the file says
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
select 'SELECT on basis.account_user', 'grant select on "basis"."account_user" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"basis"."account_user"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of basis.billing_customers', 'grant <owner of basis.billing_customers> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"basis"."billing_customers"'::pg_catalog.regclass), false)
union all
select 'owner of basis.billing_subscriptions', 'grant <owner of basis.billing_subscriptions> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"basis"."billing_subscriptions"'::pg_catalog.regclass), false)
union all
select 'owner of basis.invitations', 'grant <owner of basis.invitations> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"basis"."invitations"'::pg_catalog.regclass), false)
union all
select 'owner of public.posts', 'grant <owner of public.posts> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."posts"'::pg_catalog.regclass), false)
union all
select 'owner of public.attachments', 'grant <owner of public.attachments> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."attachments"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.posts', 'grant references on "public"."posts" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."posts"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   SELECT on basis.account_user
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select distinct on (m."user_id") m."user_id" as user_key, m."account_id" as organization_key
from "basis"."account_user" m where m."user_id" is not null and m."account_id" is not null
order by m."user_id", m."created_at", m."account_id";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."account_id" as organization_key
from "basis"."account_user" m where m."user_id" is not null and m."account_id" is not null;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into basis.billing_customers
--   id      expand/basis.billing_customers/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_basis_billing_customers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."account_id";
begin
  if derived is null then
    derived := new."account_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_basis_billing_customers"() from public;
create or replace function "ringfence"."settle_basis_billing_customers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "basis"."billing_customers" u set "account_id" = s.tenant
  from (select t."account_id" as tenant from "basis"."billing_customers" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_basis_billing_customers"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_basis_billing_customers"();
--   drop function if exists "ringfence"."fill_basis_billing_customers"();
--   commit;

-- 1.3 tenant column and fill triggers on basis.billing_customers
--   id      expand/basis.billing_customers/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of basis.billing_customers
begin;
-- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."billing_customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.billing_customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "basis"."billing_customers" for each row execute function "ringfence"."fill_basis_billing_customers"();
create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_customers" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_billing_customers"();
create constraint trigger "00_ringfence_settle" after insert or update on "basis"."billing_customers" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_basis_billing_customers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."billing_customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.billing_customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "basis"."billing_customers";
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_customers";
--   drop trigger if exists "00_ringfence_settle" on "basis"."billing_customers";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into basis.billing_subscriptions
--   id      expand/basis.billing_subscriptions/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_basis_billing_subscriptions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."account_id";
begin
  if derived is null then
    derived := new."account_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_basis_billing_subscriptions"() from public;
create or replace function "ringfence"."settle_basis_billing_subscriptions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "basis"."billing_subscriptions" u set "account_id" = s.tenant
  from (select t."account_id" as tenant from "basis"."billing_subscriptions" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_basis_billing_subscriptions"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_basis_billing_subscriptions"();
--   drop function if exists "ringfence"."fill_basis_billing_subscriptions"();
--   commit;

-- 1.5 tenant column and fill triggers on basis.billing_subscriptions
--   id      expand/basis.billing_subscriptions/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of basis.billing_subscriptions
begin;
-- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."billing_subscriptions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.billing_subscriptions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "basis"."billing_subscriptions" for each row execute function "ringfence"."fill_basis_billing_subscriptions"();
create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_subscriptions" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_billing_subscriptions"();
create constraint trigger "00_ringfence_settle" after insert or update on "basis"."billing_subscriptions" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_basis_billing_subscriptions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."billing_subscriptions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.billing_subscriptions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "basis"."billing_subscriptions";
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_subscriptions";
--   drop trigger if exists "00_ringfence_settle" on "basis"."billing_subscriptions";
--   commit;

-- 1.6 functions that give a tenant to what old code writes into basis.invitations
--   id      expand/basis.invitations/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_basis_invitations"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."account_id";
begin
  if derived is null then
    derived := new."account_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_basis_invitations"() from public;
create or replace function "ringfence"."settle_basis_invitations"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "basis"."invitations" u set "account_id" = s.tenant
  from (select t."account_id" as tenant from "basis"."invitations" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_basis_invitations"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_basis_invitations"();
--   drop function if exists "ringfence"."fill_basis_invitations"();
--   commit;

-- 1.7 tenant column and fill triggers on basis.invitations
--   id      expand/basis.invitations/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of basis.invitations
begin;
-- SHARE UPDATE EXCLUSIVE on basis.invitations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."invitations" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.invitations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "basis"."invitations" for each row execute function "ringfence"."fill_basis_invitations"();
create trigger "zzz_ringfence_fill_update" before update on "basis"."invitations" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_invitations"();
create constraint trigger "00_ringfence_settle" after insert or update on "basis"."invitations" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_basis_invitations"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.invitations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."invitations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.invitations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "basis"."invitations";
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."invitations";
--   drop trigger if exists "00_ringfence_settle" on "basis"."invitations";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.posts
--   id      expand/public.posts/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_posts"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."account_id";
begin
  if derived is null then
    derived := new."account_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_posts"() from public;
create or replace function "ringfence"."settle_public_posts"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."posts" u set "account_id" = s.tenant
  from (select t."account_id" as tenant from "public"."posts" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_posts"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_posts"();
--   drop function if exists "ringfence"."fill_public_posts"();
--   commit;

-- 1.9 tenant column and fill triggers on public.posts
--   id      expand/public.posts/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.posts
begin;
-- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."posts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."posts" for each row execute function "ringfence"."fill_public_posts"();
create trigger "zzz_ringfence_fill_update" before update on "public"."posts" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_posts"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."posts" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_posts"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."posts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."posts";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."posts";
--   drop trigger if exists "00_ringfence_settle" on "public"."posts";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.attachments
--   id      expand/public.attachments/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_attachments"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."account_id";
begin
  if derived is null then
    select p1."account_id" into derived from "public"."posts" p1
      where p1."id" = new."post_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_attachments"() from public;
create or replace function "ringfence"."settle_public_attachments"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."attachments" u set "account_id" = s.tenant
  from (select d1_1."account_id" as tenant from "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_attachments"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_attachments"();
--   drop function if exists "ringfence"."fill_public_attachments"();
--   commit;

-- 1.11 tenant column and fill triggers on public.attachments
--   id      expand/public.attachments/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."attachments" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."attachments" add column "account_id" uuid;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."attachments" for each row execute function "ringfence"."fill_public_attachments"();
create trigger "zzz_ringfence_fill_update" before update on "public"."attachments" for each row when ((old."account_id" is distinct from new."account_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_attachments"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."attachments" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_attachments"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."attachments" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."attachments";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."attachments";
--   drop trigger if exists "00_ringfence_settle" on "public"."attachments";
--   -- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."attachments" drop column if exists "account_id";
--   commit;

-- 1.12 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo: nothing, there is nothing that people could decide

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"basis"."billing_customers"', 'account_id'), ('"basis"."billing_subscriptions"', 'account_id'), ('"basis"."invitations"', 'account_id'), ('"public"."posts"', 'account_id'), ('"public"."attachments"', 'account_id')) w (t, c)
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

-- 2.1 the right tenant for every row of basis.billing_customers
--   id      backfill/basis.billing_customers/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.billing_customers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "basis"."billing_customers";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."billing_customers" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."billing_customers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."billing_customers" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."billing_customers" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."email", old."active"), row(new."id", new."email", new."active")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."billing_customers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."billing_customers"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.billing_customers in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_customers row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."billing_customers" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.billing_customers: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of basis.billing_subscriptions
--   id      backfill/basis.billing_subscriptions/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.billing_subscriptions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "basis"."billing_subscriptions";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."billing_subscriptions" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."billing_subscriptions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."billing_subscriptions" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."billing_subscriptions" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."billing_customer_id", old."status"), row(new."id", new."billing_customer_id", new."status")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."billing_subscriptions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."billing_subscriptions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.billing_subscriptions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_subscriptions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."billing_subscriptions" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.billing_subscriptions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 the right tenant for every row of basis.invitations
--   id      backfill/basis.invitations/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.invitations
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "basis"."invitations";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."invitations" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."invitations"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."invitations" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."invitations" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."account_role", old."token", old."invited_by_user_id", old."created_at"), row(new."id", new."account_role", new."token", new."invited_by_user_id", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."invitations"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."invitations"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.invitations in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.invitations row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."invitations" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.invitations: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.posts
--   id      backfill/public.posts/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.posts
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."posts";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."posts" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."posts"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "public"."posts" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."posts" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."author_id", old."title"), row(new."id", new."author_id", new."title")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."posts"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."posts"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.posts in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.posts row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."posts" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.posts: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.attachments
--   id      backfill/public.attachments/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.attachments
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."attachments";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
where t."account_id" is distinct from d1_1."account_id" and d1_1."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."attachments"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."account_id" as tenant
  from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from d1_1."account_id" and d1_1."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."attachments" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."path"), row(new."id", new."post_id", new."path")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."attachments"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."attachments"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.attachments in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.attachments row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
where d1_1."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.attachments: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 every new row of public.attachments must have a tenant
--   id      backfill/public.attachments/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."attachments" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."attachments" add constraint "attachments_account_id_present" check ("account_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."attachments" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."attachments" drop constraint if exists "attachments_account_id_present";
--   commit;

-- 2.7 prove attachments_account_id_present for the rows already in public.attachments
--   id      backfill/public.attachments/validate/attachments_account_id_present
--   proves  attachments_account_id_present holds for every row
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."attachments" validate constraint "attachments_account_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.8 public.attachments.account_id is NOT NULL
--   id      backfill/public.attachments/not_null
--   proves  no row is without tenant
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."attachments" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."attachments" alter column "account_id" set not null;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."attachments" drop constraint if exists "attachments_account_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."attachments" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."attachments" alter column "account_id" drop not null;
--   commit;

-- 2.9 index posts_account_id_id_key on public.posts (account_id, id)
--   id      backfill/public.posts/index/posts_account_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.posts
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."posts_account_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."posts_account_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.posts; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "posts_account_id_id_key" on "public"."posts" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."posts_account_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."posts_account_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.posts; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."posts_account_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."posts_account_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.10 unique key (account_id, id) on public.posts, the target of tenant-consistent references
--   id      backfill/public.posts/unique/posts_account_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.posts
begin;
-- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."posts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."posts" add constraint "posts_account_id_id_key" unique using index "posts_account_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."posts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."posts" drop constraint if exists "posts_account_id_id_key";
--   commit;

-- 2.11 index attachments_account_id_post_id_idx on public.attachments (account_id, post_id)
--   id      backfill/public.attachments/index/attachments_account_id_post_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.attachments
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."attachments_account_id_post_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."attachments_account_id_post_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "attachments_account_id_post_id_idx" on "public"."attachments" ("account_id", "post_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."attachments_account_id_post_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."attachments_account_id_post_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."attachments_account_id_post_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."attachments_account_id_post_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.12 reference of public.attachments to public.posts that carries the tenant
--   id      backfill/public.attachments/reference/attachments_account_id_post_id_fkey
--   proves  reference of public.attachments to public.posts that carries the tenant, for every row written from here on
--   needs   owner of public.attachments; REFERENCES on public.posts
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."attachments" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."posts" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.attachments, public.posts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."attachments" add constraint "attachments_account_id_post_id_fkey" foreign key ("account_id", "post_id") references "public"."posts" ("account_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."attachments" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."posts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.attachments, public.posts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."attachments" drop constraint if exists "attachments_account_id_post_id_fkey";
--   commit;

-- 2.13 a last sweep over basis.billing_customers, now that references carry every change
--   id      backfill/basis.billing_customers/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.billing_customers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."billing_customers" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."billing_customers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."billing_customers" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."billing_customers" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."email", old."active"), row(new."id", new."email", new."active")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."billing_customers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."billing_customers"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.billing_customers in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_customers row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."billing_customers" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.billing_customers: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.14 a last sweep over basis.billing_subscriptions, now that references carry every change
--   id      backfill/basis.billing_subscriptions/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.billing_subscriptions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."billing_subscriptions" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."billing_subscriptions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."billing_subscriptions" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."billing_subscriptions" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."billing_customer_id", old."status"), row(new."id", new."billing_customer_id", new."status")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."billing_subscriptions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."billing_subscriptions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.billing_subscriptions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_subscriptions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."billing_subscriptions" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.billing_subscriptions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.15 a last sweep over basis.invitations, now that references carry every change
--   id      backfill/basis.invitations/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of basis.invitations
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "basis"."invitations" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"basis"."invitations"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "basis"."invitations" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "basis"."invitations" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."account_role", old."token", old."invited_by_user_id", old."created_at"), row(new."id", new."account_role", new."token", new."invited_by_user_id", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"basis"."invitations"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"basis"."invitations"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for basis.invitations in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.invitations row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "basis"."invitations" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'basis.invitations: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.16 a last sweep over public.posts, now that references carry every change
--   id      backfill/public.posts/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.posts
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."posts" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."posts"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "public"."posts" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."posts" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."author_id", old."title"), row(new."id", new."author_id", new."title")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."posts"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."posts"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.posts in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.posts row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."posts" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.posts: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.17 a last sweep over public.attachments, now that references carry every change
--   id      backfill/public.attachments/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.attachments
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
where t."account_id" is distinct from d1_1."account_id" and d1_1."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."attachments"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."account_id" as tenant
  from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from d1_1."account_id" and d1_1."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."attachments" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."post_id", old."path"), row(new."id", new."post_id", new."path")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."attachments"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."attachments"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.attachments in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.attachments row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
where d1_1."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.attachments: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.18 prove attachments_account_id_post_id_fkey for the rows already in public.attachments
--   id      backfill/public.attachments/validate/attachments_account_id_post_id_fkey
--   proves  attachments_account_id_post_id_fkey holds for every row
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments, public.posts; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."attachments" validate constraint "attachments_account_id_post_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.19 index billing_customers_account_id_id_idx on basis.billing_customers (account_id, id)
--   id      backfill/basis.billing_customers/index/billing_customers_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of basis.billing_customers
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."billing_customers_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "basis"."billing_customers_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "billing_customers_account_id_id_idx" on "basis"."billing_customers" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."billing_customers_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "basis"."billing_customers_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "basis"."billing_customers_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"basis"."billing_customers_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.20 index billing_subscriptions_account_id_id_idx on basis.billing_subscriptions (account_id, id)
--   id      backfill/basis.billing_subscriptions/index/billing_subscriptions_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of basis.billing_subscriptions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."billing_subscriptions_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "basis"."billing_subscriptions_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "billing_subscriptions_account_id_id_idx" on "basis"."billing_subscriptions" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."billing_subscriptions_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "basis"."billing_subscriptions_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "basis"."billing_subscriptions_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"basis"."billing_subscriptions_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.21 index invitations_account_id_id_idx on basis.invitations (account_id, id)
--   id      backfill/basis.invitations/index/invitations_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of basis.invitations
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."invitations_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "basis"."invitations_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on basis.invitations; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "invitations_account_id_id_idx" on "basis"."invitations" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"basis"."invitations_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "basis"."invitations_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on basis.invitations; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "basis"."invitations_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"basis"."invitations_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.22 index attachments_account_id_id_idx on public.attachments (account_id, id)
--   id      backfill/public.attachments/index/attachments_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.attachments
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."attachments_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."attachments_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "attachments_account_id_id_idx" on "public"."attachments" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."attachments_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."attachments_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."attachments_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."attachments_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.23 fill triggers of basis.billing_customers in their lasting form
--   id      backfill/basis.billing_customers/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of basis.billing_customers
begin;
-- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."billing_customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.billing_customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_customers";
create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_customers" for each row when ((old."account_id" is distinct from new."account_id")) execute function "ringfence"."fill_basis_billing_customers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."billing_customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.billing_customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_customers";
--   create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_customers" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_billing_customers"();
--   commit;

-- 2.24 fill triggers of basis.billing_subscriptions in their lasting form
--   id      backfill/basis.billing_subscriptions/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of basis.billing_subscriptions
begin;
-- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."billing_subscriptions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.billing_subscriptions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_subscriptions";
create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_subscriptions" for each row when ((old."account_id" is distinct from new."account_id")) execute function "ringfence"."fill_basis_billing_subscriptions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.billing_subscriptions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."billing_subscriptions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.billing_subscriptions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."billing_subscriptions";
--   create trigger "zzz_ringfence_fill_update" before update on "basis"."billing_subscriptions" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_billing_subscriptions"();
--   commit;

-- 2.25 fill triggers of basis.invitations in their lasting form
--   id      backfill/basis.invitations/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of basis.invitations
begin;
-- SHARE UPDATE EXCLUSIVE on basis.invitations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "basis"."invitations" in share update exclusive mode;
-- ACCESS EXCLUSIVE on basis.invitations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "basis"."invitations";
create trigger "zzz_ringfence_fill_update" before update on "basis"."invitations" for each row when ((old."account_id" is distinct from new."account_id")) execute function "ringfence"."fill_basis_invitations"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on basis.invitations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "basis"."invitations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on basis.invitations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "basis"."invitations";
--   create trigger "zzz_ringfence_fill_update" before update on "basis"."invitations" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_basis_invitations"();
--   commit;

-- 2.26 fill triggers of public.posts in their lasting form
--   id      backfill/public.posts/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.posts
begin;
-- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."posts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."posts";
create trigger "zzz_ringfence_fill_update" before update on "public"."posts" for each row when ((old."account_id" is distinct from new."account_id")) execute function "ringfence"."fill_public_posts"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.posts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."posts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.posts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."posts";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."posts" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_posts"();
--   commit;

-- 2.27 fill triggers of public.attachments in their lasting form
--   id      backfill/public.attachments/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.attachments
begin;
-- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."attachments" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."attachments";
create trigger "zzz_ringfence_fill_update" before update on "public"."attachments" for each row when ((old."account_id" is distinct from new."account_id" or old."post_id" is distinct from new."post_id")) execute function "ringfence"."fill_public_attachments"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.attachments; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."attachments" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.attachments; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."attachments";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."attachments" for each row when ((old."account_id" is distinct from new."account_id" or old."post_id" is distinct from new."post_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_attachments"();
--   commit;

-- gate RFG-DIFFERS:basis.billing_customers: every row of basis.billing_customers has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_customers row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account_id"::text, 'nothing') as detail
from only "basis"."billing_customers" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:basis.billing_customers: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:basis.billing_subscriptions: every row of basis.billing_subscriptions has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.billing_subscriptions row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account_id"::text, 'nothing') as detail
from only "basis"."billing_subscriptions" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:basis.billing_subscriptions: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:basis.billing_subscriptions:billing_subscriptions_billing_customer_id_fkey: rows of basis.billing_subscriptions refer to basis.billing_customers of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."basis.billing_subscriptions"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'basis.billing_subscriptions row ' || t."id"::text as subject,
  'belongs to ' || t."account_id"::text || ' and refers to a row of basis.billing_customers that belongs to ' || p."account_id"::text as detail
from "basis"."billing_subscriptions" t join "basis"."billing_customers" p on p."id" = t."billing_customer_id"
where p."account_id" <> t."account_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:basis.billing_subscriptions:billing_subscriptions_billing_customer_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:basis.invitations: every row of basis.invitations has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'basis.invitations row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account_id"::text, 'nothing') as detail
from only "basis"."invitations" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:basis.invitations: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.posts: every row of public.posts has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.posts row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account_id"::text, 'nothing') as detail
from only "public"."posts" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.posts: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.attachments: every row of public.attachments has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.attachments row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."account_id"::text, 'nothing') as detail
from only "public"."attachments" t
  left join "public"."posts" d1_1 on d1_1."id" = t."post_id"
where t."account_id" is distinct from d1_1."account_id" and d1_1."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.attachments: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"basis"."billing_customers"', '"basis"."billing_subscriptions"', '"basis"."invitations"', '"public"."posts"', '"public"."attachments"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'account_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"basis"."billing_customers"', '"basis"."billing_subscriptions"', '"basis"."invitations"', '"public"."posts"', '"public"."attachments"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
