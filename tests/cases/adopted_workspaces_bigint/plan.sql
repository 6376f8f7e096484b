-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  workspace_id bigint
-- users          public.people by id
-- organizations  public.workspaces, adopted as they are
-- memberships    public.workspace_users, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   public.drafts: author -> home organization of that user; rows without any stop the run
-- tenant table   public.files: its own workspace; rows without any stop the run
-- tenant table   public.file_versions: file_id -> public.files; rows without any stop the run
-- excluded table public.people: excluded, as the file says
-- excluded table public.workspace_users: holds the memberships
-- excluded table public.workspaces: holds the organizations
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
select 'SELECT on public.workspace_users', 'grant select on "public"."workspace_users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."workspace_users"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.drafts', 'grant <owner of public.drafts> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."drafts"'::pg_catalog.regclass), false)
union all
select 'owner of public.files', 'grant <owner of public.files> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."files"'::pg_catalog.regclass), false)
union all
select 'owner of public.file_versions', 'grant <owner of public.file_versions> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."file_versions"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.workspaces', 'grant references on "public"."workspaces" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."workspaces"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.files', 'grant references on "public"."files" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."files"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   SELECT on public.workspace_users
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select distinct on (m."person") m."person" as user_key, m."workspace" as organization_key
from "public"."workspace_users" m where m."person" is not null and m."workspace" is not null and (not disabled)
order by m."person", (m."is_default" is true) desc, m."workspace";
create or replace view "ringfence"."active_memberships" as
select m."person" as user_key, m."workspace" as organization_key
from "public"."workspace_users" m where m."person" is not null and m."workspace" is not null and (not disabled);
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into public.drafts
--   id      expand/public.drafts/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_drafts"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived bigint;
  given bigint := new."workspace_id";
begin
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."author";
  end if;
  if given is not null and given is distinct from derived then
    if new."author" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."author" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."workspace_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_drafts"() from public;
create or replace function "ringfence"."settle_public_drafts"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."drafts" u set "workspace_id" = s.tenant
  from (select coalesce(c.organization_key::bigint, d1.organization_key) as tenant from "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
        where t."id" = new."id" and t."workspace_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."workspace_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_drafts"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_drafts"();
--   drop function if exists "ringfence"."fill_public_drafts"();
--   commit;

-- 1.3 tenant column and fill triggers on public.drafts
--   id      expand/public.drafts/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."drafts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."drafts" add column "workspace_id" bigint;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."drafts" for each row execute function "ringfence"."fill_public_drafts"();
create trigger "zzz_ringfence_fill_update" before update on "public"."drafts" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."author" is distinct from new."author") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_drafts"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."drafts" deferrable initially deferred for each row when (new."workspace_id" is null) execute function "ringfence"."settle_public_drafts"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."drafts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."drafts";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."drafts";
--   drop trigger if exists "00_ringfence_settle" on "public"."drafts";
--   -- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."drafts" drop column if exists "workspace_id";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into public.files
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
  derived bigint;
  given bigint := new."workspace_id";
begin
  if derived is null then
    derived := new."workspace";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."workspace_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_files"() from public;
create or replace function "ringfence"."settle_public_files"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."files" u set "workspace_id" = s.tenant
  from (select t."workspace" as tenant from "public"."files" t
  
        where t."id" = new."id" and t."workspace_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."workspace_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_files"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_files"();
--   drop function if exists "ringfence"."fill_public_files"();
--   commit;

-- 1.5 tenant column and fill triggers on public.files
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
alter table "public"."files" add column "workspace_id" bigint;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."files" for each row execute function "ringfence"."fill_public_files"();
create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."workspace" is distinct from new."workspace") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_files"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."files" deferrable initially deferred for each row when (new."workspace_id" is null) execute function "ringfence"."settle_public_files"();
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
--   -- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop column if exists "workspace_id";
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.file_versions
--   id      expand/public.file_versions/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_file_versions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived bigint;
  given bigint := new."workspace_id";
begin
  if derived is null then
    select p1."workspace_id" into derived from "public"."files" p1
      where p1."id" = new."file_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."workspace_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_file_versions"() from public;
create or replace function "ringfence"."settle_public_file_versions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."file_versions" u set "workspace_id" = s.tenant
  from (select d1_1."workspace_id" as tenant from "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
        where t."id" = new."id" and t."workspace_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."workspace_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_file_versions"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_file_versions"();
--   drop function if exists "ringfence"."fill_public_file_versions"();
--   commit;

-- 1.7 tenant column and fill triggers on public.file_versions
--   id      expand/public.file_versions/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_versions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_versions" add column "workspace_id" bigint;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."file_versions" for each row execute function "ringfence"."fill_public_file_versions"();
create trigger "zzz_ringfence_fill_update" before update on "public"."file_versions" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."file_id" is distinct from new."file_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_file_versions"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."file_versions" deferrable initially deferred for each row when (new."workspace_id" is null) execute function "ringfence"."settle_public_file_versions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_versions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."file_versions";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_versions";
--   drop trigger if exists "00_ringfence_settle" on "public"."file_versions";
--   -- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_versions" drop column if exists "workspace_id";
--   commit;

-- 1.8 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.drafts', t."id"::text, t."workspace_id"::text, t."author"::text
--   from "public"."drafts" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
--   where t."workspace_id" is not null and t."workspace_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."drafts"', 'workspace_id'), ('"public"."files"', 'workspace_id'), ('"public"."file_versions"', 'workspace_id')) w (t, c)
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

-- 2.1 the right tenant for every row of public.drafts
--   id      backfill/public.drafts/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.drafts
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."drafts";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
where t."workspace_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."workspace_id" is null or c.row_key is not null or (t."author" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."author" and m.organization_key = t."workspace_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."drafts"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."workspace_id" is null or c.row_key is not null or (t."author" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."author" and m.organization_key = t."workspace_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."drafts" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."author", old."body"), row(new."id", new."author", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."drafts"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."drafts"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.drafts in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.drafts row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.drafts: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of public.files
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
  
where t."workspace_id" is distinct from t."workspace" and t."workspace" is not null$count$ into differing;
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
  select t.ctid as place, t."workspace" as tenant
  from only "public"."files" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from t."workspace" and t."workspace" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."files" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."workspace", old."name"), row(new."id", new."workspace", new."name")) as intact
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
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.files in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.files row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."files" t
  
where t."workspace" is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.files: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 the right tenant for every row of public.file_versions
--   id      backfill/public.file_versions/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.file_versions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."file_versions";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."workspace_id" is distinct from d1_1."workspace_id" and d1_1."workspace_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."file_versions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."workspace_id" as tenant
  from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from d1_1."workspace_id" and d1_1."workspace_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."file_versions" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."file_id", old."n"), row(new."id", new."file_id", new."n")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."file_versions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."file_versions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.file_versions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.file_versions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where d1_1."workspace_id" is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.file_versions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 every new row of public.drafts must have a tenant
--   id      backfill/public.drafts/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."drafts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."drafts" add constraint "drafts_workspace_id_present" check ("workspace_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."drafts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."drafts" drop constraint if exists "drafts_workspace_id_present";
--   commit;

-- 2.5 prove drafts_workspace_id_present for the rows already in public.drafts
--   id      backfill/public.drafts/validate/drafts_workspace_id_present
--   proves  drafts_workspace_id_present holds for every row
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."drafts" validate constraint "drafts_workspace_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.6 public.drafts.workspace_id is NOT NULL
--   id      backfill/public.drafts/not_null
--   proves  no row is without tenant
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."drafts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."drafts" alter column "workspace_id" set not null;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."drafts" drop constraint if exists "drafts_workspace_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."drafts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."drafts" alter column "workspace_id" drop not null;
--   commit;

-- 2.7 every new row of public.files must have a tenant
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
alter table "public"."files" add constraint "files_workspace_id_present" check ("workspace_id" is not null) not valid;
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
--   alter table "public"."files" drop constraint if exists "files_workspace_id_present";
--   commit;

-- 2.8 prove files_workspace_id_present for the rows already in public.files
--   id      backfill/public.files/validate/files_workspace_id_present
--   proves  files_workspace_id_present holds for every row
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."files" validate constraint "files_workspace_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.9 public.files.workspace_id is NOT NULL
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
alter table "public"."files" alter column "workspace_id" set not null;
-- ACCESS EXCLUSIVE on public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" drop constraint if exists "files_workspace_id_present";
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
--   alter table "public"."files" alter column "workspace_id" drop not null;
--   commit;

-- 2.10 every new row of public.file_versions must have a tenant
--   id      backfill/public.file_versions/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_versions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_versions" add constraint "file_versions_workspace_id_present" check ("workspace_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_versions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_versions" drop constraint if exists "file_versions_workspace_id_present";
--   commit;

-- 2.11 prove file_versions_workspace_id_present for the rows already in public.file_versions
--   id      backfill/public.file_versions/validate/file_versions_workspace_id_present
--   proves  file_versions_workspace_id_present holds for every row
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."file_versions" validate constraint "file_versions_workspace_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.12 public.file_versions.workspace_id is NOT NULL
--   id      backfill/public.file_versions/not_null
--   proves  no row is without tenant
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_versions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_versions" alter column "workspace_id" set not null;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_versions" drop constraint if exists "file_versions_workspace_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_versions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_versions" alter column "workspace_id" drop not null;
--   commit;

-- 2.13 index files_workspace_id_id_key on public.files (workspace_id, id)
--   id      backfill/public.files/index/files_workspace_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.files
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."files_workspace_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."files_workspace_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.files; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "files_workspace_id_id_key" on "public"."files" ("workspace_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."files_workspace_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."files_workspace_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."files_workspace_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."files_workspace_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.14 unique key (workspace_id, id) on public.files, the target of tenant-consistent references
--   id      backfill/public.files/unique/files_workspace_id_id_key
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
alter table "public"."files" add constraint "files_workspace_id_id_key" unique using index "files_workspace_id_id_key";
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
--   alter table "public"."files" drop constraint if exists "files_workspace_id_id_key";
--   commit;

-- 2.15 the tenant of public.drafts is an organization
--   id      backfill/public.drafts/reference/drafts_workspace_id_fkey
--   proves  the tenant of public.drafts is an organization, for every row written from here on
--   needs   owner of public.drafts; REFERENCES on public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."drafts" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.drafts, public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."drafts" add constraint "drafts_workspace_id_fkey" foreign key ("workspace_id") references "public"."workspaces" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."drafts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.drafts, public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."drafts" drop constraint if exists "drafts_workspace_id_fkey";
--   commit;

-- 2.16 the tenant of public.files is an organization
--   id      backfill/public.files/reference/files_workspace_id_fkey
--   proves  the tenant of public.files is an organization, for every row written from here on
--   needs   owner of public.files; REFERENCES on public.workspaces
begin;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.files, public.workspaces; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."files" add constraint "files_workspace_id_fkey" foreign key ("workspace_id") references "public"."workspaces" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.files, public.workspaces; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."files" drop constraint if exists "files_workspace_id_fkey";
--   commit;

-- 2.17 index file_versions_workspace_id_file_id_idx on public.file_versions (workspace_id, file_id)
--   id      backfill/public.file_versions/index/file_versions_workspace_id_file_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.file_versions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_versions_workspace_id_file_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."file_versions_workspace_id_file_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "file_versions_workspace_id_file_id_idx" on "public"."file_versions" ("workspace_id", "file_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_versions_workspace_id_file_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."file_versions_workspace_id_file_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."file_versions_workspace_id_file_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."file_versions_workspace_id_file_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.18 reference of public.file_versions to public.files that carries the tenant
--   id      backfill/public.file_versions/reference/file_versions_workspace_id_file_id_fkey
--   proves  reference of public.file_versions to public.files that carries the tenant, for every row written from here on
--   needs   owner of public.file_versions; REFERENCES on public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_versions" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."files" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.file_versions, public.files; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."file_versions" add constraint "file_versions_workspace_id_file_id_fkey" foreign key ("workspace_id", "file_id") references "public"."files" ("workspace_id", "id") on update cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_versions" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.files; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."files" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_versions, public.files; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."file_versions" drop constraint if exists "file_versions_workspace_id_file_id_fkey";
--   commit;

-- 2.19 a last sweep over public.drafts, now that references carry every change
--   id      backfill/public.drafts/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.drafts
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
where t."workspace_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."workspace_id" is null or c.row_key is not null or (t."author" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."author" and m.organization_key = t."workspace_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."drafts"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."workspace_id" is null or c.row_key is not null or (t."author" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."author" and m.organization_key = t."workspace_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."drafts" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."author", old."body"), row(new."id", new."author", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."drafts"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."drafts"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.drafts in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.drafts row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.drafts: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.20 a last sweep over public.files, now that references carry every change
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
  
where t."workspace_id" is distinct from t."workspace" and t."workspace" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."files"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."workspace" as tenant
  from only "public"."files" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from t."workspace" and t."workspace" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."files" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."workspace", old."name"), row(new."id", new."workspace", new."name")) as intact
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
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.files in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.files row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."files" t
  
where t."workspace" is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.files: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.21 a last sweep over public.file_versions, now that references carry every change
--   id      backfill/public.file_versions/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.file_versions
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."workspace_id" is distinct from d1_1."workspace_id" and d1_1."workspace_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."file_versions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."workspace_id" as tenant
  from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."workspace_id" is distinct from d1_1."workspace_id" and d1_1."workspace_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."file_versions" t set "workspace_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."file_id", old."n"), row(new."id", new."file_id", new."n")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."file_versions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."file_versions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.file_versions in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.file_versions row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where d1_1."workspace_id" is null and (t."workspace_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.file_versions: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.22 prove drafts_workspace_id_fkey for the rows already in public.drafts
--   id      backfill/public.drafts/validate/drafts_workspace_id_fkey
--   proves  drafts_workspace_id_fkey holds for every row
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts, public.workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."drafts" validate constraint "drafts_workspace_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.23 prove files_workspace_id_fkey for the rows already in public.files
--   id      backfill/public.files/validate/files_workspace_id_fkey
--   proves  files_workspace_id_fkey holds for every row
--   needs   owner of public.files
begin;
-- SHARE UPDATE EXCLUSIVE on public.files, public.workspaces; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."files" validate constraint "files_workspace_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.24 prove file_versions_workspace_id_file_id_fkey for the rows already in public.file_versions
--   id      backfill/public.file_versions/validate/file_versions_workspace_id_file_id_fkey
--   proves  file_versions_workspace_id_file_id_fkey holds for every row
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions, public.files; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."file_versions" validate constraint "file_versions_workspace_id_file_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.25 index drafts_workspace_id_id_idx on public.drafts (workspace_id, id)
--   id      backfill/public.drafts/index/drafts_workspace_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.drafts
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."drafts_workspace_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."drafts_workspace_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "drafts_workspace_id_id_idx" on "public"."drafts" ("workspace_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."drafts_workspace_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."drafts_workspace_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."drafts_workspace_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."drafts_workspace_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.26 index file_versions_workspace_id_id_idx on public.file_versions (workspace_id, id)
--   id      backfill/public.file_versions/index/file_versions_workspace_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.file_versions
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_versions_workspace_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."file_versions_workspace_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "file_versions_workspace_id_id_idx" on "public"."file_versions" ("workspace_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."file_versions_workspace_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."file_versions_workspace_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."file_versions_workspace_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."file_versions_workspace_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.27 fill triggers of public.drafts in their lasting form
--   id      backfill/public.drafts/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.drafts
begin;
-- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."drafts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."drafts";
create trigger "zzz_ringfence_fill_update" before update on "public"."drafts" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."author" is distinct from new."author")) execute function "ringfence"."fill_public_drafts"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.drafts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."drafts" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.drafts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."drafts";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."drafts" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."author" is distinct from new."author") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_drafts"();
--   commit;

-- 2.28 fill triggers of public.files in their lasting form
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
create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."workspace" is distinct from new."workspace")) execute function "ringfence"."fill_public_files"();
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
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."files";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."files" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."workspace" is distinct from new."workspace") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_files"();
--   commit;

-- 2.29 fill triggers of public.file_versions in their lasting form
--   id      backfill/public.file_versions/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.file_versions
begin;
-- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."file_versions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_versions";
create trigger "zzz_ringfence_fill_update" before update on "public"."file_versions" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."file_id" is distinct from new."file_id")) execute function "ringfence"."fill_public_file_versions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.file_versions; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."file_versions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.file_versions; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."file_versions";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."file_versions" for each row when ((old."workspace_id" is distinct from new."workspace_id" or old."file_id" is distinct from new."file_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_file_versions"();
--   commit;

-- gate RFG-DIFFERS:public.drafts: every row of public.drafts has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.drafts row ' || t."id"::text as subject,
  'has ' || coalesce(t."workspace_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::bigint, d1.organization_key)::text, 'nothing') as detail
from only "public"."drafts" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."author"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.drafts' and c.row_key = t."id"::text and c.owner_key is not distinct from t."author"::text
where t."workspace_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."workspace_id" is null or c.row_key is not null or (t."author" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."author" and m.organization_key = t."workspace_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.drafts: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.files: every row of public.files has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.files row ' || t."id"::text as subject,
  'has ' || coalesce(t."workspace_id"::text, 'no tenant') || ', derived is ' || coalesce(t."workspace"::text, 'nothing') as detail
from only "public"."files" t
  
where t."workspace_id" is distinct from t."workspace" and t."workspace" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.files: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.file_versions: every row of public.file_versions has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.file_versions row ' || t."id"::text as subject,
  'has ' || coalesce(t."workspace_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."workspace_id"::text, 'nothing') as detail
from only "public"."file_versions" t
  left join "public"."files" d1_1 on d1_1."id" = t."file_id"
where t."workspace_id" is distinct from d1_1."workspace_id" and d1_1."workspace_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.file_versions: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."drafts"', '"public"."files"', '"public"."file_versions"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'workspace_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."drafts"', '"public"."files"', '"public"."file_versions"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
