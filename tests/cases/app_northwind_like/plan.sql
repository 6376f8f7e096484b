-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          public.employees by employee_id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     every user belongs to the founding organization
-- tenant table   public.categories: the founding organization
-- tenant table   public.customers: the founding organization
-- tenant table   public.employee_territories: the founding organization
-- tenant table   public.employees: the founding organization
-- tenant table   public.order_details: the founding organization
-- tenant table   public.orders: the founding organization
-- tenant table   public.products: the founding organization
-- tenant table   public.region: the founding organization
-- tenant table   public.shippers: the founding organization
-- tenant table   public.suppliers: the founding organization
-- tenant table   public.territories: the founding organization
-- tenant table   public.us_states: the founding organization
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
select 'REFERENCES on public.employees', 'grant references on "public"."employees" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."employees"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public.employees', 'grant trigger on "public"."employees" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."employees"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on public.employees', 'grant select on "public"."employees" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."employees"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.categories', 'grant <owner of public.categories> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."categories"'::pg_catalog.regclass), false)
union all
select 'owner of public.customers', 'grant <owner of public.customers> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."customers"'::pg_catalog.regclass), false)
union all
select 'owner of public.employee_territories', 'grant <owner of public.employee_territories> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."employee_territories"'::pg_catalog.regclass), false)
union all
select 'owner of public.employees', 'grant <owner of public.employees> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."employees"'::pg_catalog.regclass), false)
union all
select 'owner of public.order_details', 'grant <owner of public.order_details> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."order_details"'::pg_catalog.regclass), false)
union all
select 'owner of public.orders', 'grant <owner of public.orders> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."orders"'::pg_catalog.regclass), false)
union all
select 'owner of public.products', 'grant <owner of public.products> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."products"'::pg_catalog.regclass), false)
union all
select 'owner of public.region', 'grant <owner of public.region> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."region"'::pg_catalog.regclass), false)
union all
select 'owner of public.shippers', 'grant <owner of public.shippers> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."shippers"'::pg_catalog.regclass), false)
union all
select 'owner of public.suppliers', 'grant <owner of public.suppliers> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."suppliers"'::pg_catalog.regclass), false)
union all
select 'owner of public.territories', 'grant <owner of public.territories> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."territories"'::pg_catalog.regclass), false)
union all
select 'owner of public.us_states', 'grant <owner of public.us_states> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."us_states"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.organizations', 'grant references on "public"."organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."organizations"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   CREATE on schema public; REFERENCES on public.employees
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."user_organizations" (
  "user_id" smallint not null,
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
-- SHARE ROW EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "public"."employees" ("employee_id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
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
  and exists (select from "public"."employees" u where u."employee_id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in public.employees gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on public.employees; SELECT on public.employees
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
select u."employee_id" as user_key, 'founding'::text as key, 'Founding organization'::text as name, true as home
from "public"."employees" u
) a) g
  where user_key = new."employee_id"
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
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "public"."employees" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.categories
--   id      expand/public.categories/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_categories"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_categories"() from public;
create or replace function "ringfence"."settle_public_categories"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."categories" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
        where t."category_id" = new."category_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."category_id" = new."category_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_categories"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_categories"();
--   drop function if exists "ringfence"."fill_public_categories"();
--   commit;

-- 1.7 tenant column and fill triggers on public.categories
--   id      expand/public.categories/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."categories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."categories" for each row execute function "ringfence"."fill_public_categories"();
create trigger "zzz_ringfence_fill_update" before update on "public"."categories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_categories"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."categories" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_categories"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."categories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."categories";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."categories";
--   drop trigger if exists "00_ringfence_settle" on "public"."categories";
--   -- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."categories" drop column if exists "client_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.customers
--   id      expand/public.customers/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_customers"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_customers"() from public;
create or replace function "ringfence"."settle_public_customers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."customers" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
        where t."customer_id" = new."customer_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."customer_id" = new."customer_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_customers"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_customers"();
--   drop function if exists "ringfence"."fill_public_customers"();
--   commit;

-- 1.9 tenant column and fill triggers on public.customers
--   id      expand/public.customers/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."customers" for each row execute function "ringfence"."fill_public_customers"();
create trigger "zzz_ringfence_fill_update" before update on "public"."customers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_customers"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."customers" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_customers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."customers";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."customers";
--   drop trigger if exists "00_ringfence_settle" on "public"."customers";
--   -- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."customers" drop column if exists "client_id";
--   commit;

-- 1.10 functions that give a tenant to what old code writes into public.employee_territories
--   id      expand/public.employee_territories/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_employee_territories"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_employee_territories"() from public;
create or replace function "ringfence"."settle_public_employee_territories"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."employee_territories" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
        where t."employee_id" = new."employee_id" and t."territory_id" = new."territory_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."employee_id" = new."employee_id" and u."territory_id" = new."territory_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_employee_territories"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_employee_territories"();
--   drop function if exists "ringfence"."fill_public_employee_territories"();
--   commit;

-- 1.11 tenant column and fill triggers on public.employee_territories
--   id      expand/public.employee_territories/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employee_territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."employee_territories" for each row execute function "ringfence"."fill_public_employee_territories"();
create trigger "zzz_ringfence_fill_update" before update on "public"."employee_territories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_employee_territories"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."employee_territories" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_employee_territories"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employee_territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."employee_territories";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."employee_territories";
--   drop trigger if exists "00_ringfence_settle" on "public"."employee_territories";
--   -- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employee_territories" drop column if exists "client_id";
--   commit;

-- 1.12 functions that give a tenant to what old code writes into public.employees
--   id      expand/public.employees/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_employees"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_employees"() from public;
create or replace function "ringfence"."settle_public_employees"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."employees" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
        where t."employee_id" = new."employee_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."employee_id" = new."employee_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_employees"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_employees"();
--   drop function if exists "ringfence"."fill_public_employees"();
--   commit;

-- 1.13 tenant column and fill triggers on public.employees
--   id      expand/public.employees/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."employees" for each row execute function "ringfence"."fill_public_employees"();
create trigger "zzz_ringfence_fill_update" before update on "public"."employees" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_employees"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."employees" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_employees"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."employees";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."employees";
--   drop trigger if exists "00_ringfence_settle" on "public"."employees";
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employees" drop column if exists "client_id";
--   commit;

-- 1.14 functions that give a tenant to what old code writes into public.order_details
--   id      expand/public.order_details/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_order_details"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_order_details"() from public;
create or replace function "ringfence"."settle_public_order_details"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."order_details" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
        where t."order_id" = new."order_id" and t."product_id" = new."product_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."order_id" = new."order_id" and u."product_id" = new."product_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_order_details"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_order_details"();
--   drop function if exists "ringfence"."fill_public_order_details"();
--   commit;

-- 1.15 tenant column and fill triggers on public.order_details
--   id      expand/public.order_details/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."order_details" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."order_details" for each row execute function "ringfence"."fill_public_order_details"();
create trigger "zzz_ringfence_fill_update" before update on "public"."order_details" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_order_details"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."order_details" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_order_details"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."order_details" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."order_details";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."order_details";
--   drop trigger if exists "00_ringfence_settle" on "public"."order_details";
--   -- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."order_details" drop column if exists "client_id";
--   commit;

-- 1.16 functions that give a tenant to what old code writes into public.orders
--   id      expand/public.orders/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_orders"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_orders"() from public;
create or replace function "ringfence"."settle_public_orders"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."orders" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
        where t."order_id" = new."order_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."order_id" = new."order_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_orders"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_orders"();
--   drop function if exists "ringfence"."fill_public_orders"();
--   commit;

-- 1.17 tenant column and fill triggers on public.orders
--   id      expand/public.orders/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."orders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."orders" for each row execute function "ringfence"."fill_public_orders"();
create trigger "zzz_ringfence_fill_update" before update on "public"."orders" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_orders"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."orders" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_orders"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."orders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."orders";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."orders";
--   drop trigger if exists "00_ringfence_settle" on "public"."orders";
--   -- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."orders" drop column if exists "client_id";
--   commit;

-- 1.18 functions that give a tenant to what old code writes into public.products
--   id      expand/public.products/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_products"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_products"() from public;
create or replace function "ringfence"."settle_public_products"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."products" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
        where t."product_id" = new."product_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."product_id" = new."product_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_products"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_products"();
--   drop function if exists "ringfence"."fill_public_products"();
--   commit;

-- 1.19 tenant column and fill triggers on public.products
--   id      expand/public.products/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."products" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."products" for each row execute function "ringfence"."fill_public_products"();
create trigger "zzz_ringfence_fill_update" before update on "public"."products" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_products"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."products" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_products"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."products" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."products";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."products";
--   drop trigger if exists "00_ringfence_settle" on "public"."products";
--   -- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."products" drop column if exists "client_id";
--   commit;

-- 1.20 functions that give a tenant to what old code writes into public.region
--   id      expand/public.region/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_region"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_region"() from public;
create or replace function "ringfence"."settle_public_region"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."region" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
        where t."region_id" = new."region_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."region_id" = new."region_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_region"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_region"();
--   drop function if exists "ringfence"."fill_public_region"();
--   commit;

-- 1.21 tenant column and fill triggers on public.region
--   id      expand/public.region/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."region" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."region" for each row execute function "ringfence"."fill_public_region"();
create trigger "zzz_ringfence_fill_update" before update on "public"."region" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_region"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."region" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_region"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."region" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."region";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."region";
--   drop trigger if exists "00_ringfence_settle" on "public"."region";
--   -- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."region" drop column if exists "client_id";
--   commit;

-- 1.22 functions that give a tenant to what old code writes into public.shippers
--   id      expand/public.shippers/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_shippers"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_shippers"() from public;
create or replace function "ringfence"."settle_public_shippers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."shippers" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
        where t."shipper_id" = new."shipper_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."shipper_id" = new."shipper_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_shippers"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_shippers"();
--   drop function if exists "ringfence"."fill_public_shippers"();
--   commit;

-- 1.23 tenant column and fill triggers on public.shippers
--   id      expand/public.shippers/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."shippers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."shippers" for each row execute function "ringfence"."fill_public_shippers"();
create trigger "zzz_ringfence_fill_update" before update on "public"."shippers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_shippers"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."shippers" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_shippers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."shippers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."shippers";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."shippers";
--   drop trigger if exists "00_ringfence_settle" on "public"."shippers";
--   -- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."shippers" drop column if exists "client_id";
--   commit;

-- 1.24 functions that give a tenant to what old code writes into public.suppliers
--   id      expand/public.suppliers/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_suppliers"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_suppliers"() from public;
create or replace function "ringfence"."settle_public_suppliers"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."suppliers" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
        where t."supplier_id" = new."supplier_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."supplier_id" = new."supplier_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_suppliers"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_suppliers"();
--   drop function if exists "ringfence"."fill_public_suppliers"();
--   commit;

-- 1.25 tenant column and fill triggers on public.suppliers
--   id      expand/public.suppliers/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."suppliers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."suppliers" for each row execute function "ringfence"."fill_public_suppliers"();
create trigger "zzz_ringfence_fill_update" before update on "public"."suppliers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_suppliers"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."suppliers" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_suppliers"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."suppliers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."suppliers";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."suppliers";
--   drop trigger if exists "00_ringfence_settle" on "public"."suppliers";
--   -- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."suppliers" drop column if exists "client_id";
--   commit;

-- 1.26 functions that give a tenant to what old code writes into public.territories
--   id      expand/public.territories/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_territories"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_territories"() from public;
create or replace function "ringfence"."settle_public_territories"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."territories" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
        where t."territory_id" = new."territory_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."territory_id" = new."territory_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_territories"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_territories"();
--   drop function if exists "ringfence"."fill_public_territories"();
--   commit;

-- 1.27 tenant column and fill triggers on public.territories
--   id      expand/public.territories/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."territories" for each row execute function "ringfence"."fill_public_territories"();
create trigger "zzz_ringfence_fill_update" before update on "public"."territories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_territories"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."territories" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_territories"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."territories";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."territories";
--   drop trigger if exists "00_ringfence_settle" on "public"."territories";
--   -- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."territories" drop column if exists "client_id";
--   commit;

-- 1.28 functions that give a tenant to what old code writes into public.us_states
--   id      expand/public.us_states/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_us_states"() returns trigger
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
    derived := '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
  end if;
  if given is not null then
    return new;  -- no parent and no owner contradicts it
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_us_states"() from public;
create or replace function "ringfence"."settle_public_us_states"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."us_states" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) as tenant from "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
        where t."state_id" = new."state_id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."state_id" = new."state_id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_us_states"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_us_states"();
--   drop function if exists "ringfence"."fill_public_us_states"();
--   commit;

-- 1.29 tenant column and fill triggers on public.us_states
--   id      expand/public.us_states/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."us_states" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."us_states" for each row execute function "ringfence"."fill_public_us_states"();
create trigger "zzz_ringfence_fill_update" before update on "public"."us_states" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_us_states"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."us_states" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_us_states"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."us_states" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."us_states";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."us_states";
--   drop trigger if exists "00_ringfence_settle" on "public"."us_states";
--   -- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."us_states" drop column if exists "client_id";
--   commit;

-- 1.30 what people decide from here on is kept when the phase is reverted
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
--   select 'public.categories', t."category_id"::text, t."client_id"::text, null::text
--   from "public"."categories" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.customers', t."customer_id"::text, t."client_id"::text, null::text
--   from "public"."customers" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.employee_territories', row(t."employee_id", t."territory_id")::text, t."client_id"::text, null::text
--   from "public"."employee_territories" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.employees', t."employee_id"::text, t."client_id"::text, null::text
--   from "public"."employees" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.order_details', row(t."order_id", t."product_id")::text, t."client_id"::text, null::text
--   from "public"."order_details" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.orders', t."order_id"::text, t."client_id"::text, null::text
--   from "public"."orders" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.products', t."product_id"::text, t."client_id"::text, null::text
--   from "public"."products" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.region', t."region_id"::text, t."client_id"::text, null::text
--   from "public"."region" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.shippers', t."shipper_id"::text, t."client_id"::text, null::text
--   from "public"."shippers" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.suppliers', t."supplier_id"::text, t."client_id"::text, null::text
--   from "public"."suppliers" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.territories', t."territory_id"::text, t."client_id"::text, null::text
--   from "public"."territories" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.us_states', t."state_id"::text, t."client_id"::text, null::text
--   from "public"."us_states" t
--
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."categories"', 'client_id'), ('"public"."customers"', 'client_id'), ('"public"."employee_territories"', 'client_id'), ('"public"."employees"', 'client_id'), ('"public"."order_details"', 'client_id'), ('"public"."orders"', 'client_id'), ('"public"."products"', 'client_id'), ('"public"."region"', 'client_id'), ('"public"."shippers"', 'client_id'), ('"public"."suppliers"', 'client_id'), ('"public"."territories"', 'client_id'), ('"public"."us_states"', 'client_id')) w (t, c)
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
--   needs   SELECT on public.employees
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."employee_id" as user_key from "public"."employees" w
  where not exists (select from "public"."user_organizations" x where x."user_id" = w."employee_id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."employee_id" as user_key, 'founding'::text as key, 'Founding organization'::text as name, true as home
from "public"."employees" u
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

-- 2.3 the right tenant for every row of public.categories
--   id      backfill/public.categories/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.categories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."categories";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."categories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."category_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."categories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."category_id", old."category_name", old."description"), row(new."category_id", new."category_name", new."description")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."categories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."categories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.customers
--   id      backfill/public.customers/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.customers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."customers";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."customers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."customers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."customer_id", old."company_name", old."contact_name", old."country"), row(new."customer_id", new."company_name", new."contact_name", new."country")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."customers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."customers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.employee_territories
--   id      backfill/public.employee_territories/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.employee_territories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."employee_territories";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."employee_territories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."employee_territories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."employee_id", old."territory_id"), row(new."employee_id", new."territory_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."employee_territories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."employee_territories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public.employees
--   id      backfill/public.employees/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.employees
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."employees";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."employees"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."employee_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."employees" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."employee_id", old."last_name", old."first_name", old."title", old."reports_to"), row(new."employee_id", new."last_name", new."first_name", new."title", new."reports_to")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."employees"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."employees"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public.order_details
--   id      backfill/public.order_details/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.order_details
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."order_details";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."order_details"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."order_details" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."order_id", old."product_id", old."unit_price", old."quantity"), row(new."order_id", new."product_id", new."unit_price", new."quantity")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."order_details"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."order_details"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 the right tenant for every row of public.orders
--   id      backfill/public.orders/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.orders
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."orders";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."orders"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."order_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."orders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."order_id", old."customer_id", old."employee_id", old."order_date", old."ship_via"), row(new."order_id", new."customer_id", new."employee_id", new."order_date", new."ship_via")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."orders"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."orders"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.9 the right tenant for every row of public.products
--   id      backfill/public.products/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.products
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."products";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."products"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."product_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."products" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."product_id", old."product_name", old."supplier_id", old."category_id", old."unit_price", old."discontinued"), row(new."product_id", new."product_name", new."supplier_id", new."category_id", new."unit_price", new."discontinued")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."products"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."products"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.10 the right tenant for every row of public.region
--   id      backfill/public.region/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.region
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."region";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."region"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."region_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."region" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."region_id", old."region_description"), row(new."region_id", new."region_description")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."region"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."region"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.11 the right tenant for every row of public.shippers
--   id      backfill/public.shippers/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.shippers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."shippers";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."shippers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."shipper_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."shippers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."shipper_id", old."company_name", old."phone"), row(new."shipper_id", new."company_name", new."phone")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."shippers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."shippers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.12 the right tenant for every row of public.suppliers
--   id      backfill/public.suppliers/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.suppliers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."suppliers";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."suppliers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."supplier_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."suppliers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."supplier_id", old."company_name", old."country"), row(new."supplier_id", new."company_name", new."country")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."suppliers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."suppliers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.13 the right tenant for every row of public.territories
--   id      backfill/public.territories/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.territories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."territories";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."territories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."territories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."territory_id", old."territory_description", old."region_id"), row(new."territory_id", new."territory_description", new."region_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."territories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."territories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.14 the right tenant for every row of public.us_states
--   id      backfill/public.us_states/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.us_states
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."us_states";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."us_states"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."state_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."us_states" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."state_id", old."state_name", old."state_abbr"), row(new."state_id", new."state_name", new."state_abbr")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."us_states"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."us_states"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.15 every new row of public.categories must have a tenant
--   id      backfill/public.categories/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."categories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" add constraint "categories_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."categories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."categories" drop constraint if exists "categories_client_id_present";
--   commit;

-- 2.16 prove categories_client_id_present for the rows already in public.categories
--   id      backfill/public.categories/validate/categories_client_id_present
--   proves  categories_client_id_present holds for every row
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."categories" validate constraint "categories_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.17 public.categories.client_id is NOT NULL
--   id      backfill/public.categories/not_null
--   proves  no row is without tenant
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."categories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" drop constraint if exists "categories_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."categories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."categories" alter column "client_id" drop not null;
--   commit;

-- 2.18 every new row of public.customers must have a tenant
--   id      backfill/public.customers/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" add constraint "customers_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."customers" drop constraint if exists "customers_client_id_present";
--   commit;

-- 2.19 prove customers_client_id_present for the rows already in public.customers
--   id      backfill/public.customers/validate/customers_client_id_present
--   proves  customers_client_id_present holds for every row
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."customers" validate constraint "customers_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.20 public.customers.client_id is NOT NULL
--   id      backfill/public.customers/not_null
--   proves  no row is without tenant
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" drop constraint if exists "customers_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."customers" alter column "client_id" drop not null;
--   commit;

-- 2.21 every new row of public.employee_territories must have a tenant
--   id      backfill/public.employee_territories/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employee_territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" add constraint "employee_territories_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employee_territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employee_territories" drop constraint if exists "employee_territories_client_id_present";
--   commit;

-- 2.22 prove employee_territories_client_id_present for the rows already in public.employee_territories
--   id      backfill/public.employee_territories/validate/employee_territories_client_id_present
--   proves  employee_territories_client_id_present holds for every row
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."employee_territories" validate constraint "employee_territories_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.23 public.employee_territories.client_id is NOT NULL
--   id      backfill/public.employee_territories/not_null
--   proves  no row is without tenant
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employee_territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" drop constraint if exists "employee_territories_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employee_territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employee_territories" alter column "client_id" drop not null;
--   commit;

-- 2.24 every new row of public.employees must have a tenant
--   id      backfill/public.employees/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" add constraint "employees_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employees" drop constraint if exists "employees_client_id_present";
--   commit;

-- 2.25 prove employees_client_id_present for the rows already in public.employees
--   id      backfill/public.employees/validate/employees_client_id_present
--   proves  employees_client_id_present holds for every row
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."employees" validate constraint "employees_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.26 public.employees.client_id is NOT NULL
--   id      backfill/public.employees/not_null
--   proves  no row is without tenant
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" drop constraint if exists "employees_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employees" alter column "client_id" drop not null;
--   commit;

-- 2.27 every new row of public.order_details must have a tenant
--   id      backfill/public.order_details/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."order_details" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" add constraint "order_details_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."order_details" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."order_details" drop constraint if exists "order_details_client_id_present";
--   commit;

-- 2.28 prove order_details_client_id_present for the rows already in public.order_details
--   id      backfill/public.order_details/validate/order_details_client_id_present
--   proves  order_details_client_id_present holds for every row
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."order_details" validate constraint "order_details_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.29 public.order_details.client_id is NOT NULL
--   id      backfill/public.order_details/not_null
--   proves  no row is without tenant
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."order_details" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" drop constraint if exists "order_details_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."order_details" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."order_details" alter column "client_id" drop not null;
--   commit;

-- 2.30 every new row of public.orders must have a tenant
--   id      backfill/public.orders/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."orders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" add constraint "orders_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."orders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."orders" drop constraint if exists "orders_client_id_present";
--   commit;

-- 2.31 prove orders_client_id_present for the rows already in public.orders
--   id      backfill/public.orders/validate/orders_client_id_present
--   proves  orders_client_id_present holds for every row
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."orders" validate constraint "orders_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.32 public.orders.client_id is NOT NULL
--   id      backfill/public.orders/not_null
--   proves  no row is without tenant
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."orders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" drop constraint if exists "orders_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."orders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."orders" alter column "client_id" drop not null;
--   commit;

-- 2.33 every new row of public.products must have a tenant
--   id      backfill/public.products/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."products" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" add constraint "products_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."products" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."products" drop constraint if exists "products_client_id_present";
--   commit;

-- 2.34 prove products_client_id_present for the rows already in public.products
--   id      backfill/public.products/validate/products_client_id_present
--   proves  products_client_id_present holds for every row
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."products" validate constraint "products_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.35 public.products.client_id is NOT NULL
--   id      backfill/public.products/not_null
--   proves  no row is without tenant
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."products" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" drop constraint if exists "products_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."products" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."products" alter column "client_id" drop not null;
--   commit;

-- 2.36 every new row of public.region must have a tenant
--   id      backfill/public.region/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."region" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" add constraint "region_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."region" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."region" drop constraint if exists "region_client_id_present";
--   commit;

-- 2.37 prove region_client_id_present for the rows already in public.region
--   id      backfill/public.region/validate/region_client_id_present
--   proves  region_client_id_present holds for every row
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."region" validate constraint "region_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.38 public.region.client_id is NOT NULL
--   id      backfill/public.region/not_null
--   proves  no row is without tenant
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."region" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" drop constraint if exists "region_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."region" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."region" alter column "client_id" drop not null;
--   commit;

-- 2.39 every new row of public.shippers must have a tenant
--   id      backfill/public.shippers/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."shippers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" add constraint "shippers_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."shippers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."shippers" drop constraint if exists "shippers_client_id_present";
--   commit;

-- 2.40 prove shippers_client_id_present for the rows already in public.shippers
--   id      backfill/public.shippers/validate/shippers_client_id_present
--   proves  shippers_client_id_present holds for every row
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."shippers" validate constraint "shippers_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.41 public.shippers.client_id is NOT NULL
--   id      backfill/public.shippers/not_null
--   proves  no row is without tenant
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."shippers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" drop constraint if exists "shippers_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."shippers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."shippers" alter column "client_id" drop not null;
--   commit;

-- 2.42 every new row of public.suppliers must have a tenant
--   id      backfill/public.suppliers/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."suppliers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" add constraint "suppliers_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."suppliers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."suppliers" drop constraint if exists "suppliers_client_id_present";
--   commit;

-- 2.43 prove suppliers_client_id_present for the rows already in public.suppliers
--   id      backfill/public.suppliers/validate/suppliers_client_id_present
--   proves  suppliers_client_id_present holds for every row
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."suppliers" validate constraint "suppliers_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.44 public.suppliers.client_id is NOT NULL
--   id      backfill/public.suppliers/not_null
--   proves  no row is without tenant
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."suppliers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" drop constraint if exists "suppliers_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."suppliers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."suppliers" alter column "client_id" drop not null;
--   commit;

-- 2.45 every new row of public.territories must have a tenant
--   id      backfill/public.territories/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" add constraint "territories_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."territories" drop constraint if exists "territories_client_id_present";
--   commit;

-- 2.46 prove territories_client_id_present for the rows already in public.territories
--   id      backfill/public.territories/validate/territories_client_id_present
--   proves  territories_client_id_present holds for every row
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."territories" validate constraint "territories_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.47 public.territories.client_id is NOT NULL
--   id      backfill/public.territories/not_null
--   proves  no row is without tenant
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" drop constraint if exists "territories_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."territories" alter column "client_id" drop not null;
--   commit;

-- 2.48 every new row of public.us_states must have a tenant
--   id      backfill/public.us_states/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."us_states" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" add constraint "us_states_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."us_states" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."us_states" drop constraint if exists "us_states_client_id_present";
--   commit;

-- 2.49 prove us_states_client_id_present for the rows already in public.us_states
--   id      backfill/public.us_states/validate/us_states_client_id_present
--   proves  us_states_client_id_present holds for every row
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."us_states" validate constraint "us_states_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.50 public.us_states.client_id is NOT NULL
--   id      backfill/public.us_states/not_null
--   proves  no row is without tenant
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."us_states" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" drop constraint if exists "us_states_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."us_states" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."us_states" alter column "client_id" drop not null;
--   commit;

-- 2.51 the tenant of public.categories is an organization
--   id      backfill/public.categories/reference/categories_client_id_fkey
--   proves  the tenant of public.categories is an organization, for every row written from here on
--   needs   owner of public.categories; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."categories" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.categories, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."categories" add constraint "categories_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."categories" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.categories, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."categories" drop constraint if exists "categories_client_id_fkey";
--   commit;

-- 2.52 the tenant of public.customers is an organization
--   id      backfill/public.customers/reference/customers_client_id_fkey
--   proves  the tenant of public.customers is an organization, for every row written from here on
--   needs   owner of public.customers; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."customers" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.customers, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."customers" add constraint "customers_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."customers" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.customers, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."customers" drop constraint if exists "customers_client_id_fkey";
--   commit;

-- 2.53 the tenant of public.employee_territories is an organization
--   id      backfill/public.employee_territories/reference/employee_territories_client_id_fkey
--   proves  the tenant of public.employee_territories is an organization, for every row written from here on
--   needs   owner of public.employee_territories; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employee_territories" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.employee_territories, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employee_territories" add constraint "employee_territories_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employee_territories" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employee_territories, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employee_territories" drop constraint if exists "employee_territories_client_id_fkey";
--   commit;

-- 2.54 the tenant of public.employees is an organization
--   id      backfill/public.employees/reference/employees_client_id_fkey
--   proves  the tenant of public.employees is an organization, for every row written from here on
--   needs   owner of public.employees; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.employees, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."employees" add constraint "employees_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."employees" drop constraint if exists "employees_client_id_fkey";
--   commit;

-- 2.55 the tenant of public.order_details is an organization
--   id      backfill/public.order_details/reference/order_details_client_id_fkey
--   proves  the tenant of public.order_details is an organization, for every row written from here on
--   needs   owner of public.order_details; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."order_details" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.order_details, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."order_details" add constraint "order_details_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."order_details" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.order_details, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."order_details" drop constraint if exists "order_details_client_id_fkey";
--   commit;

-- 2.56 the tenant of public.orders is an organization
--   id      backfill/public.orders/reference/orders_client_id_fkey
--   proves  the tenant of public.orders is an organization, for every row written from here on
--   needs   owner of public.orders; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."orders" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.orders, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."orders" add constraint "orders_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."orders" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.orders, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."orders" drop constraint if exists "orders_client_id_fkey";
--   commit;

-- 2.57 the tenant of public.products is an organization
--   id      backfill/public.products/reference/products_client_id_fkey
--   proves  the tenant of public.products is an organization, for every row written from here on
--   needs   owner of public.products; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."products" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.products, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."products" add constraint "products_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."products" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.products, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."products" drop constraint if exists "products_client_id_fkey";
--   commit;

-- 2.58 the tenant of public.region is an organization
--   id      backfill/public.region/reference/region_client_id_fkey
--   proves  the tenant of public.region is an organization, for every row written from here on
--   needs   owner of public.region; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."region" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.region, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."region" add constraint "region_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."region" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.region, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."region" drop constraint if exists "region_client_id_fkey";
--   commit;

-- 2.59 the tenant of public.shippers is an organization
--   id      backfill/public.shippers/reference/shippers_client_id_fkey
--   proves  the tenant of public.shippers is an organization, for every row written from here on
--   needs   owner of public.shippers; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."shippers" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.shippers, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."shippers" add constraint "shippers_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."shippers" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.shippers, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."shippers" drop constraint if exists "shippers_client_id_fkey";
--   commit;

-- 2.60 the tenant of public.suppliers is an organization
--   id      backfill/public.suppliers/reference/suppliers_client_id_fkey
--   proves  the tenant of public.suppliers is an organization, for every row written from here on
--   needs   owner of public.suppliers; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."suppliers" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.suppliers, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."suppliers" add constraint "suppliers_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."suppliers" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.suppliers, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."suppliers" drop constraint if exists "suppliers_client_id_fkey";
--   commit;

-- 2.61 the tenant of public.territories is an organization
--   id      backfill/public.territories/reference/territories_client_id_fkey
--   proves  the tenant of public.territories is an organization, for every row written from here on
--   needs   owner of public.territories; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."territories" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.territories, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."territories" add constraint "territories_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."territories" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.territories, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."territories" drop constraint if exists "territories_client_id_fkey";
--   commit;

-- 2.62 the tenant of public.us_states is an organization
--   id      backfill/public.us_states/reference/us_states_client_id_fkey
--   proves  the tenant of public.us_states is an organization, for every row written from here on
--   needs   owner of public.us_states; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."us_states" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.us_states, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."us_states" add constraint "us_states_client_id_fkey" foreign key ("client_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."us_states" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.us_states, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."us_states" drop constraint if exists "us_states_client_id_fkey";
--   commit;

-- 2.63 a last sweep over public.categories, now that references carry every change
--   id      backfill/public.categories/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.categories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."categories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."category_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."categories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."category_id", old."category_name", old."description"), row(new."category_id", new."category_name", new."description")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."categories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."categories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.64 a last sweep over public.customers, now that references carry every change
--   id      backfill/public.customers/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.customers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."customers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."customers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."customer_id", old."company_name", old."contact_name", old."country"), row(new."customer_id", new."company_name", new."contact_name", new."country")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."customers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."customers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.65 a last sweep over public.employee_territories, now that references carry every change
--   id      backfill/public.employee_territories/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.employee_territories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."employee_territories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."employee_territories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."employee_id", old."territory_id"), row(new."employee_id", new."territory_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."employee_territories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."employee_territories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.66 a last sweep over public.employees, now that references carry every change
--   id      backfill/public.employees/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.employees
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."employees"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."employee_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."employees" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."employee_id", old."last_name", old."first_name", old."title", old."reports_to"), row(new."employee_id", new."last_name", new."first_name", new."title", new."reports_to")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."employees"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."employees"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.67 a last sweep over public.order_details, now that references carry every change
--   id      backfill/public.order_details/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.order_details
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."order_details"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."order_details" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."order_id", old."product_id", old."unit_price", old."quantity"), row(new."order_id", new."product_id", new."unit_price", new."quantity")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."order_details"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."order_details"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.68 a last sweep over public.orders, now that references carry every change
--   id      backfill/public.orders/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.orders
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."orders"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."order_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."orders" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."order_id", old."customer_id", old."employee_id", old."order_date", old."ship_via"), row(new."order_id", new."customer_id", new."employee_id", new."order_date", new."ship_via")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."orders"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."orders"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.69 a last sweep over public.products, now that references carry every change
--   id      backfill/public.products/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.products
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."products"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."product_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."products" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."product_id", old."product_name", old."supplier_id", old."category_id", old."unit_price", old."discontinued"), row(new."product_id", new."product_name", new."supplier_id", new."category_id", new."unit_price", new."discontinued")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."products"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."products"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.70 a last sweep over public.region, now that references carry every change
--   id      backfill/public.region/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.region
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."region"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."region_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."region" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."region_id", old."region_description"), row(new."region_id", new."region_description")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."region"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."region"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.71 a last sweep over public.shippers, now that references carry every change
--   id      backfill/public.shippers/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.shippers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."shippers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."shipper_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."shippers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."shipper_id", old."company_name", old."phone"), row(new."shipper_id", new."company_name", new."phone")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."shippers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."shippers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.72 a last sweep over public.suppliers, now that references carry every change
--   id      backfill/public.suppliers/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.suppliers
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."suppliers"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."supplier_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."suppliers" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."supplier_id", old."company_name", old."country"), row(new."supplier_id", new."company_name", new."country")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."suppliers"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."suppliers"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.73 a last sweep over public.territories, now that references carry every change
--   id      backfill/public.territories/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.territories
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."territories"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."territories" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."territory_id", old."territory_description", old."region_id"), row(new."territory_id", new."territory_description", new."region_id")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."territories"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."territories"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.74 a last sweep over public.us_states, now that references carry every change
--   id      backfill/public.us_states/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.us_states
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."us_states"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."state_id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."us_states" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."state_id", old."state_name", old."state_abbr"), row(new."state_id", new."state_name", new."state_abbr")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."us_states"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."us_states"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.75 prove categories_client_id_fkey for the rows already in public.categories
--   id      backfill/public.categories/validate/categories_client_id_fkey
--   proves  categories_client_id_fkey holds for every row
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."categories" validate constraint "categories_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.76 prove customers_client_id_fkey for the rows already in public.customers
--   id      backfill/public.customers/validate/customers_client_id_fkey
--   proves  customers_client_id_fkey holds for every row
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."customers" validate constraint "customers_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.77 prove employee_territories_client_id_fkey for the rows already in public.employee_territories
--   id      backfill/public.employee_territories/validate/employee_territories_client_id_fkey
--   proves  employee_territories_client_id_fkey holds for every row
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."employee_territories" validate constraint "employee_territories_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.78 prove employees_client_id_fkey for the rows already in public.employees
--   id      backfill/public.employees/validate/employees_client_id_fkey
--   proves  employees_client_id_fkey holds for every row
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."employees" validate constraint "employees_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.79 prove order_details_client_id_fkey for the rows already in public.order_details
--   id      backfill/public.order_details/validate/order_details_client_id_fkey
--   proves  order_details_client_id_fkey holds for every row
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."order_details" validate constraint "order_details_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.80 prove orders_client_id_fkey for the rows already in public.orders
--   id      backfill/public.orders/validate/orders_client_id_fkey
--   proves  orders_client_id_fkey holds for every row
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."orders" validate constraint "orders_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.81 prove products_client_id_fkey for the rows already in public.products
--   id      backfill/public.products/validate/products_client_id_fkey
--   proves  products_client_id_fkey holds for every row
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."products" validate constraint "products_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.82 prove region_client_id_fkey for the rows already in public.region
--   id      backfill/public.region/validate/region_client_id_fkey
--   proves  region_client_id_fkey holds for every row
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."region" validate constraint "region_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.83 prove shippers_client_id_fkey for the rows already in public.shippers
--   id      backfill/public.shippers/validate/shippers_client_id_fkey
--   proves  shippers_client_id_fkey holds for every row
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."shippers" validate constraint "shippers_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.84 prove suppliers_client_id_fkey for the rows already in public.suppliers
--   id      backfill/public.suppliers/validate/suppliers_client_id_fkey
--   proves  suppliers_client_id_fkey holds for every row
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."suppliers" validate constraint "suppliers_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.85 prove territories_client_id_fkey for the rows already in public.territories
--   id      backfill/public.territories/validate/territories_client_id_fkey
--   proves  territories_client_id_fkey holds for every row
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."territories" validate constraint "territories_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.86 prove us_states_client_id_fkey for the rows already in public.us_states
--   id      backfill/public.us_states/validate/us_states_client_id_fkey
--   proves  us_states_client_id_fkey holds for every row
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."us_states" validate constraint "us_states_client_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.87 index categories_client_id_category_id_idx on public.categories (client_id, category_id)
--   id      backfill/public.categories/index/categories_client_id_category_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.categories
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."categories_client_id_category_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."categories_client_id_category_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.categories; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "categories_client_id_category_id_idx" on "public"."categories" ("client_id", "category_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."categories_client_id_category_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."categories_client_id_category_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."categories_client_id_category_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."categories_client_id_category_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.88 index customers_client_id_customer_id_idx on public.customers (client_id, customer_id)
--   id      backfill/public.customers/index/customers_client_id_customer_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.customers
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."customers_client_id_customer_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."customers_client_id_customer_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.customers; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "customers_client_id_customer_id_idx" on "public"."customers" ("client_id", "customer_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."customers_client_id_customer_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."customers_client_id_customer_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."customers_client_id_customer_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."customers_client_id_customer_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.89 index employee_territories_client_id_employee_id_territory_id_idx on public.employee_territories (client_id, employee_id, territory_id)
--   id      backfill/public.employee_territories/index/employee_territories_client_id_employee_id_territory_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.employee_territories
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."employee_territories_client_id_employee_id_territory_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."employee_territories_client_id_employee_id_territory_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "employee_territories_client_id_employee_id_territory_id_idx" on "public"."employee_territories" ("client_id", "employee_id", "territory_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."employee_territories_client_id_employee_id_territory_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."employee_territories_client_id_employee_id_territory_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."employee_territories_client_id_employee_id_territory_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."employee_territories_client_id_employee_id_territory_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.90 index employees_client_id_employee_id_idx on public.employees (client_id, employee_id)
--   id      backfill/public.employees/index/employees_client_id_employee_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.employees
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."employees_client_id_employee_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."employees_client_id_employee_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.employees; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "employees_client_id_employee_id_idx" on "public"."employees" ("client_id", "employee_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."employees_client_id_employee_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."employees_client_id_employee_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."employees_client_id_employee_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."employees_client_id_employee_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.91 index order_details_client_id_order_id_product_id_idx on public.order_details (client_id, order_id, product_id)
--   id      backfill/public.order_details/index/order_details_client_id_order_id_product_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.order_details
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."order_details_client_id_order_id_product_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."order_details_client_id_order_id_product_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "order_details_client_id_order_id_product_id_idx" on "public"."order_details" ("client_id", "order_id", "product_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."order_details_client_id_order_id_product_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."order_details_client_id_order_id_product_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."order_details_client_id_order_id_product_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."order_details_client_id_order_id_product_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.92 index orders_client_id_order_id_idx on public.orders (client_id, order_id)
--   id      backfill/public.orders/index/orders_client_id_order_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.orders
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."orders_client_id_order_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."orders_client_id_order_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.orders; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "orders_client_id_order_id_idx" on "public"."orders" ("client_id", "order_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."orders_client_id_order_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."orders_client_id_order_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."orders_client_id_order_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."orders_client_id_order_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.93 index products_client_id_product_id_idx on public.products (client_id, product_id)
--   id      backfill/public.products/index/products_client_id_product_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.products
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."products_client_id_product_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."products_client_id_product_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.products; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "products_client_id_product_id_idx" on "public"."products" ("client_id", "product_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."products_client_id_product_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."products_client_id_product_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."products_client_id_product_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."products_client_id_product_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.94 index region_client_id_region_id_idx on public.region (client_id, region_id)
--   id      backfill/public.region/index/region_client_id_region_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.region
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."region_client_id_region_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."region_client_id_region_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.region; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "region_client_id_region_id_idx" on "public"."region" ("client_id", "region_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."region_client_id_region_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."region_client_id_region_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."region_client_id_region_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."region_client_id_region_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.95 index shippers_client_id_shipper_id_idx on public.shippers (client_id, shipper_id)
--   id      backfill/public.shippers/index/shippers_client_id_shipper_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.shippers
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."shippers_client_id_shipper_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."shippers_client_id_shipper_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "shippers_client_id_shipper_id_idx" on "public"."shippers" ("client_id", "shipper_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."shippers_client_id_shipper_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."shippers_client_id_shipper_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."shippers_client_id_shipper_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."shippers_client_id_shipper_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.96 index suppliers_client_id_supplier_id_idx on public.suppliers (client_id, supplier_id)
--   id      backfill/public.suppliers/index/suppliers_client_id_supplier_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.suppliers
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."suppliers_client_id_supplier_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."suppliers_client_id_supplier_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "suppliers_client_id_supplier_id_idx" on "public"."suppliers" ("client_id", "supplier_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."suppliers_client_id_supplier_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."suppliers_client_id_supplier_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."suppliers_client_id_supplier_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."suppliers_client_id_supplier_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.97 index territories_client_id_territory_id_idx on public.territories (client_id, territory_id)
--   id      backfill/public.territories/index/territories_client_id_territory_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.territories
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."territories_client_id_territory_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."territories_client_id_territory_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.territories; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "territories_client_id_territory_id_idx" on "public"."territories" ("client_id", "territory_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."territories_client_id_territory_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."territories_client_id_territory_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."territories_client_id_territory_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."territories_client_id_territory_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.98 index us_states_client_id_state_id_idx on public.us_states (client_id, state_id)
--   id      backfill/public.us_states/index/us_states_client_id_state_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.us_states
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."us_states_client_id_state_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."us_states_client_id_state_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "us_states_client_id_state_id_idx" on "public"."us_states" ("client_id", "state_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."us_states_client_id_state_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."us_states_client_id_state_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."us_states_client_id_state_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."us_states_client_id_state_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.99 fill triggers of public.categories in their lasting form
--   id      backfill/public.categories/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.categories
begin;
-- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."categories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."categories";
create trigger "zzz_ringfence_fill_update" before update on "public"."categories" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_categories"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.categories', t."category_id"::text, t."client_id"::text, null::text
--   from "public"."categories" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.categories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."categories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.categories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."categories";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."categories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_categories"();
--   commit;

-- 2.100 fill triggers of public.customers in their lasting form
--   id      backfill/public.customers/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.customers
begin;
-- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."customers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."customers";
create trigger "zzz_ringfence_fill_update" before update on "public"."customers" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_customers"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.customers', t."customer_id"::text, t."client_id"::text, null::text
--   from "public"."customers" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.customers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."customers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.customers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."customers";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."customers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_customers"();
--   commit;

-- 2.101 fill triggers of public.employee_territories in their lasting form
--   id      backfill/public.employee_territories/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.employee_territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employee_territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."employee_territories";
create trigger "zzz_ringfence_fill_update" before update on "public"."employee_territories" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_employee_territories"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.employee_territories', row(t."employee_id", t."territory_id")::text, t."client_id"::text, null::text
--   from "public"."employee_territories" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employee_territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employee_territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employee_territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."employee_territories";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."employee_territories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_employee_territories"();
--   commit;

-- 2.102 fill triggers of public.employees in their lasting form
--   id      backfill/public.employees/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.employees
begin;
-- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."employees" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."employees";
create trigger "zzz_ringfence_fill_update" before update on "public"."employees" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_employees"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.employees', t."employee_id"::text, t."client_id"::text, null::text
--   from "public"."employees" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.employees; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."employees" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.employees; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."employees";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."employees" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_employees"();
--   commit;

-- 2.103 fill triggers of public.order_details in their lasting form
--   id      backfill/public.order_details/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.order_details
begin;
-- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."order_details" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."order_details";
create trigger "zzz_ringfence_fill_update" before update on "public"."order_details" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_order_details"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.order_details', row(t."order_id", t."product_id")::text, t."client_id"::text, null::text
--   from "public"."order_details" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.order_details; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."order_details" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.order_details; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."order_details";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."order_details" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_order_details"();
--   commit;

-- 2.104 fill triggers of public.orders in their lasting form
--   id      backfill/public.orders/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.orders
begin;
-- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."orders" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."orders";
create trigger "zzz_ringfence_fill_update" before update on "public"."orders" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_orders"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.orders', t."order_id"::text, t."client_id"::text, null::text
--   from "public"."orders" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.orders; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."orders" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.orders; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."orders";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."orders" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_orders"();
--   commit;

-- 2.105 fill triggers of public.products in their lasting form
--   id      backfill/public.products/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.products
begin;
-- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."products" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."products";
create trigger "zzz_ringfence_fill_update" before update on "public"."products" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_products"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.products', t."product_id"::text, t."client_id"::text, null::text
--   from "public"."products" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.products; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."products" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.products; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."products";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."products" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_products"();
--   commit;

-- 2.106 fill triggers of public.region in their lasting form
--   id      backfill/public.region/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.region
begin;
-- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."region" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."region";
create trigger "zzz_ringfence_fill_update" before update on "public"."region" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_region"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.region', t."region_id"::text, t."client_id"::text, null::text
--   from "public"."region" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.region; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."region" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.region; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."region";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."region" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_region"();
--   commit;

-- 2.107 fill triggers of public.shippers in their lasting form
--   id      backfill/public.shippers/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.shippers
begin;
-- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."shippers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."shippers";
create trigger "zzz_ringfence_fill_update" before update on "public"."shippers" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_shippers"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.shippers', t."shipper_id"::text, t."client_id"::text, null::text
--   from "public"."shippers" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.shippers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."shippers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.shippers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."shippers";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."shippers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_shippers"();
--   commit;

-- 2.108 fill triggers of public.suppliers in their lasting form
--   id      backfill/public.suppliers/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.suppliers
begin;
-- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."suppliers" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."suppliers";
create trigger "zzz_ringfence_fill_update" before update on "public"."suppliers" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_suppliers"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.suppliers', t."supplier_id"::text, t."client_id"::text, null::text
--   from "public"."suppliers" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.suppliers; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."suppliers" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.suppliers; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."suppliers";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."suppliers" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_suppliers"();
--   commit;

-- 2.109 fill triggers of public.territories in their lasting form
--   id      backfill/public.territories/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.territories
begin;
-- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."territories" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."territories";
create trigger "zzz_ringfence_fill_update" before update on "public"."territories" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_territories"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.territories', t."territory_id"::text, t."client_id"::text, null::text
--   from "public"."territories" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.territories; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."territories" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.territories; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."territories";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."territories" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_territories"();
--   commit;

-- 2.110 fill triggers of public.us_states in their lasting form
--   id      backfill/public.us_states/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.us_states
begin;
-- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."us_states" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."us_states";
create trigger "zzz_ringfence_fill_update" before update on "public"."us_states" for each row when ((old."client_id" is distinct from new."client_id")) execute function "ringfence"."fill_public_us_states"();
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.us_states', t."state_id"::text, t."client_id"::text, null::text
--   from "public"."us_states" t
--
--   where t."client_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."client_id" is distinct from '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.us_states; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."us_states" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.us_states; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."us_states";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."us_states" for each row when ((old."client_id" is distinct from new."client_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_us_states"();
--   commit;

-- gate RFG-DIFFERS:public.categories: every row of public.categories has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.categories row ' || t."category_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."categories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.categories' and c.row_key = t."category_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.categories: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.customers: every row of public.customers has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.customers row ' || t."customer_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."customers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.customers' and c.row_key = t."customer_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.customers: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.employee_territories: every row of public.employee_territories has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.employee_territories row ' || row(t."employee_id", t."territory_id")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."employee_territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employee_territories' and c.row_key = row(t."employee_id", t."territory_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.employee_territories: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.employee_territories:employee_territories_employee_id_fkey: rows of public.employee_territories refer to public.employees of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.employee_territories"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.employee_territories row ' || row(t."employee_id", t."territory_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.employees that belongs to ' || p."client_id"::text as detail
from "public"."employee_territories" t join "public"."employees" p on p."employee_id" = t."employee_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.employee_territories:employee_territories_employee_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.employee_territories:employee_territories_territory_id_fkey: rows of public.employee_territories refer to public.territories of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.employee_territories"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.employee_territories row ' || row(t."employee_id", t."territory_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.territories that belongs to ' || p."client_id"::text as detail
from "public"."employee_territories" t join "public"."territories" p on p."territory_id" = t."territory_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.employee_territories:employee_territories_territory_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.employees: every row of public.employees has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.employees row ' || t."employee_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."employees" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.employees' and c.row_key = t."employee_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.employees: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.employees:employees_reports_to_fkey: rows of public.employees refer to public.employees of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.employees"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.employees row ' || t."employee_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.employees that belongs to ' || p."client_id"::text as detail
from "public"."employees" t join "public"."employees" p on p."employee_id" = t."reports_to"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.employees:employees_reports_to_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.order_details: every row of public.order_details has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.order_details row ' || row(t."order_id", t."product_id")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."order_details" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.order_details' and c.row_key = row(t."order_id", t."product_id")::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.order_details: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.order_details:order_details_order_id_fkey: rows of public.order_details refer to public.orders of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.order_details"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.order_details row ' || row(t."order_id", t."product_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.orders that belongs to ' || p."client_id"::text as detail
from "public"."order_details" t join "public"."orders" p on p."order_id" = t."order_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.order_details:order_details_order_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.order_details:order_details_product_id_fkey: rows of public.order_details refer to public.products of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.order_details"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.order_details row ' || row(t."order_id", t."product_id")::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.products that belongs to ' || p."client_id"::text as detail
from "public"."order_details" t join "public"."products" p on p."product_id" = t."product_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.order_details:order_details_product_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.orders: every row of public.orders has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.orders row ' || t."order_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."orders" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.orders' and c.row_key = t."order_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.orders: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.orders:orders_customer_id_fkey: rows of public.orders refer to public.customers of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.orders"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.orders row ' || t."order_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.customers that belongs to ' || p."client_id"::text as detail
from "public"."orders" t join "public"."customers" p on p."customer_id" = t."customer_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.orders:orders_customer_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.orders:orders_employee_id_fkey: rows of public.orders refer to public.employees of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.orders"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.orders row ' || t."order_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.employees that belongs to ' || p."client_id"::text as detail
from "public"."orders" t join "public"."employees" p on p."employee_id" = t."employee_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.orders:orders_employee_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.orders:orders_ship_via_fkey: rows of public.orders refer to public.shippers of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.orders"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.orders row ' || t."order_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.shippers that belongs to ' || p."client_id"::text as detail
from "public"."orders" t join "public"."shippers" p on p."shipper_id" = t."ship_via"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.orders:orders_ship_via_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.products: every row of public.products has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.products row ' || t."product_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."products" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.products' and c.row_key = t."product_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.products: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.products:products_category_id_fkey: rows of public.products refer to public.categories of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.products"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.products row ' || t."product_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.categories that belongs to ' || p."client_id"::text as detail
from "public"."products" t join "public"."categories" p on p."category_id" = t."category_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.products:products_category_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.products:products_supplier_id_fkey: rows of public.products refer to public.suppliers of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.products"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.products row ' || t."product_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.suppliers that belongs to ' || p."client_id"::text as detail
from "public"."products" t join "public"."suppliers" p on p."supplier_id" = t."supplier_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.products:products_supplier_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.region: every row of public.region has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.region row ' || t."region_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."region" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.region' and c.row_key = t."region_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.region: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.shippers: every row of public.shippers has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.shippers row ' || t."shipper_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."shippers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.shippers' and c.row_key = t."shipper_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.shippers: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.suppliers: every row of public.suppliers has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.suppliers row ' || t."supplier_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."suppliers" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.suppliers' and c.row_key = t."supplier_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.suppliers: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.territories: every row of public.territories has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.territories row ' || t."territory_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."territories" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.territories' and c.row_key = t."territory_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.territories: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-INCONSISTENT:public.territories:territories_region_id_fkey: rows of public.territories refer to public.region of their own tenant; move one side, or decide by rule in ringfence.toml: [tables."public.territories"] inconsistent = "first_parent" (keeps the row where it is)
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'public.territories row ' || t."territory_id"::text as subject,
  'belongs to ' || t."client_id"::text || ' and refers to a row of public.region that belongs to ' || p."client_id"::text as detail
from "public"."territories" t join "public"."region" p on p."region_id" = t."region_id"
where p."client_id" <> t."client_id"
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-INCONSISTENT:public.territories:territories_region_id_fkey: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.us_states: every row of public.us_states has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.us_states row ' || t."state_id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."us_states" t
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.us_states' and c.row_key = t."state_id"::text and c.owner_key is not distinct from null::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null) and (coalesce(c.organization_key::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.us_states: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."categories"', '"public"."customers"', '"public"."employee_territories"', '"public"."employees"', '"public"."order_details"', '"public"."orders"', '"public"."products"', '"public"."region"', '"public"."shippers"', '"public"."suppliers"', '"public"."territories"', '"public"."us_states"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."categories"', '"public"."customers"', '"public"."employee_territories"', '"public"."employees"', '"public"."order_details"', '"public"."orders"', '"public"."products"', '"public"."region"', '"public"."shippers"', '"public"."suppliers"', '"public"."territories"', '"public"."us_states"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
