-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  account_id bigint
-- users          public.people by id
-- organizations  public.accounts, adopted as they are
-- memberships    public.staff, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   public."Order Items": its own "account id"; rows without any stop the run
-- tenant table   public.readings: person_id -> home organization of that user; rows without any stop the run
-- excluded table public.accounts: holds the organizations
-- tenant table   public.fine_readings: follows public.readings
-- excluded table public.people: excluded, as the file says
-- shared table   public.removed: shared by all tenants, as the file says
-- excluded table public.staff: holds the memberships
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
select 'SELECT on public.staff', 'grant select on "public"."staff" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."staff"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public."Order Items"', 'grant <owner of public."Order Items"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."Order Items"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings', 'grant <owner of public.readings> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings"'::pg_catalog.regclass), false)
union all
select 'owner of public.fine_readings', 'grant <owner of public.fine_readings> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."fine_readings"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.accounts', 'grant references on "public"."accounts" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."accounts"'), 'REFERENCES'), true) as allowed), false)
union all
select 'CREATEROLE', 'alter role current_user createrole;    -- by a superuser' where not coalesce((select r.rolsuper or r.rolcreaterole as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'owner of public.staff', 'grant <owner of public.staff> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."staff"'::pg_catalog.regclass), false)
union all
select 'the migrating role is not bound by row security', 'alter role current_user bypassrls;    -- by a superuser, and never for a login that serves requests' where not coalesce((select r.rolsuper or r.rolbypassrls as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'USAGE and CREATE on schema public, to grant them on', 'grant usage, create on schema "public" to current_user with grant option' where not coalesce((select pg_catalog.has_schema_privilege('public', 'USAGE WITH GRANT OPTION') and pg_catalog.has_schema_privilege('public', 'CREATE WITH GRANT OPTION') as allowed), false)
union all
select 'may let rf_case_reports pass row security', 'alter role "rf_case_reports" bypassrls;    -- by a superuser' where not coalesce((select r.rolsuper or (r.rolbypassrls and r.rolcreaterole and pg_catalog.current_setting('server_version_num')::int >= 160000 and pg_catalog.pg_has_role('rf_case_reports', 'USAGE')) as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'owner of public.accounts', 'grant <owner of public.accounts> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."accounts"'::pg_catalog.regclass), false)
union all
select 'owner of public.people', 'grant <owner of public.people> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."people"'::pg_catalog.regclass), false)
union all
select 'owner of public.removed', 'grant <owner of public.removed> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."removed"'::pg_catalog.regclass), false)
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
--   needs   SELECT on public.staff
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select distinct on (m."person_id") m."person_id" as user_key, m."account_id" as organization_key
from "public"."staff" m where m."person_id" is not null and m."account_id" is not null
order by m."person_id", m."since", m."account_id", m."account_id";
create or replace view "ringfence"."active_memberships" as
select m."person_id" as user_key, m."account_id" as organization_key
from "public"."staff" m where m."person_id" is not null and m."account_id" is not null;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into public."Order Items"
--   id      expand/public."Order Items"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_Order Items"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived bigint;
  given bigint := new."account_id";
begin
  if derived is null then
    derived := new."account id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_Order Items"() from public;
create or replace function "ringfence"."settle_public_Order Items"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."Order Items" u set "account_id" = s.tenant
  from (select t."account id" as tenant from "public"."Order Items" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_Order Items"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_Order Items"();
--   drop function if exists "ringfence"."fill_public_Order Items"();
--   commit;

-- 1.3 tenant column and fill triggers on public."Order Items"
--   id      expand/public."Order Items"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Order Items" add column "account_id" bigint;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."Order Items" for each row execute function "ringfence"."fill_public_Order Items"();
create trigger "zzz_ringfence_fill_update" before update on "public"."Order Items" for each row when ((old."account_id" is distinct from new."account_id" or old."account id" is distinct from new."account id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Order Items"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."Order Items" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_Order Items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."Order Items";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Order Items";
--   drop trigger if exists "00_ringfence_settle" on "public"."Order Items";
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Order Items" drop column if exists "account_id";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into public.readings
--   id      expand/public.readings/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_readings"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived bigint;
  given bigint := new."account_id";
begin
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."person_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."person_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."person_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."account_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_readings"() from public;
create or replace function "ringfence"."settle_public_readings"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."readings" u set "account_id" = s.tenant
  from (select coalesce(c.organization_key::bigint, d1.organization_key) as tenant from "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_readings"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_readings"();
--   drop function if exists "ringfence"."fill_public_readings"();
--   commit;

-- 1.5 tenant column and fill triggers on public.readings
--   id      expand/public.readings/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" add column "account_id" bigint;
-- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."readings" for each row execute function "ringfence"."fill_public_readings"();
create trigger "zzz_ringfence_fill_update" before update on "public"."readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."readings" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_readings"();
create trigger "zzz_ringfence_fill_insert" before insert on "public"."fine_readings" for each row execute function "ringfence"."fill_public_readings"();
create trigger "zzz_ringfence_fill_update" before update on "public"."fine_readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."fine_readings" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_readings"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."readings";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings";
--   drop trigger if exists "00_ringfence_settle" on "public"."readings";
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."fine_readings";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."fine_readings";
--   drop trigger if exists "00_ringfence_settle" on "public"."fine_readings";
--   -- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" drop column if exists "account_id";
--   commit;

-- 1.6 what people decide from here on is kept when the phase is reverted
--   id      expand/decisions
--   proves  organizations, memberships and moved rows survive revert and re-apply
-- nothing is executed
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.readings', t."id"::text, t."account_id"::text, t."person_id"::text
--   from "public"."readings" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
--   where t."account_id" is not null and t."account_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."Order Items"', 'account_id'), ('"public"."readings"', 'account_id'), ('"public"."fine_readings"', 'account_id')) w (t, c)
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

-- 2.1 the right tenant for every row of public."Order Items"
--   id      backfill/public."Order Items"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Order Items"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."Order Items";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Order Items" t
  
where t."account_id" is distinct from t."account id" and t."account id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Order Items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account id" as tenant
  from only "public"."Order Items" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from t."account id" and t."account id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."Order Items" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."account id", old."person_id", old."what"), row(new."id", new."account id", new."person_id", new."what")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Order Items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Order Items"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public."Order Items" in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Order Items" row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."Order Items" t
  
where t."account id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public."Order Items": ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of public.readings
--   id      backfill/public.readings/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."readings";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."readings" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."person_id", old."value"), row(new."id", new."person_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.readings in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.readings row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.readings: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 the right tenant for every row of public.fine_readings
--   id      backfill/public.readings/rows/public.fine_readings
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.fine_readings
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."fine_readings";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."fine_readings"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."fine_readings" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."person_id", old."value", old."unit"), row(new."id", new."person_id", new."value", new."unit")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."fine_readings"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."fine_readings"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.readings in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.fine_readings row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.fine_readings: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 every new row of public."Order Items" must have a tenant
--   id      backfill/public."Order Items"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Order Items" add constraint "Order Items_account_id_present" check ("account_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Order Items" drop constraint if exists "Order Items_account_id_present";
--   commit;

-- 2.5 prove Order Items_account_id_present for the rows already in public."Order Items"
--   id      backfill/public."Order Items"/validate/Order Items_account_id_present
--   proves  Order Items_account_id_present holds for every row
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Order Items" validate constraint "Order Items_account_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.6 public."Order Items".account_id is NOT NULL
--   id      backfill/public."Order Items"/not_null
--   proves  no row is without tenant
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Order Items" alter column "account_id" set not null;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Order Items" drop constraint if exists "Order Items_account_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Order Items" alter column "account_id" drop not null;
--   commit;

-- 2.7 every new row of public.readings must have a tenant
--   id      backfill/public.readings/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" add constraint "readings_account_id_present" check ("account_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" drop constraint if exists "readings_account_id_present";
--   commit;

-- 2.8 prove readings_account_id_present for the rows already in public.readings
--   id      backfill/public.readings/validate/readings_account_id_present
--   proves  readings_account_id_present holds for every row
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."readings" validate constraint "readings_account_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.9 public.readings.account_id is NOT NULL
--   id      backfill/public.readings/not_null
--   proves  no row is without tenant
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" alter column "account_id" set not null;
-- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" drop constraint if exists "readings_account_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" alter column "account_id" drop not null;
--   commit;

-- 2.10 the tenant of public."Order Items" is an organization
--   id      backfill/public."Order Items"/reference/Order Items_account_id_fkey
--   proves  the tenant of public."Order Items" is an organization, for every row written from here on
--   needs   owner of public."Order Items"; REFERENCES on public.accounts
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."Order Items", public.accounts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."Order Items" add constraint "Order Items_account_id_fkey" foreign key ("account_id") references "public"."accounts" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Order Items", public.accounts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Order Items" drop constraint if exists "Order Items_account_id_fkey";
--   commit;

-- 2.11 the tenant of public.readings is an organization
--   id      backfill/public.readings/reference/readings_account_id_fkey
--   proves  the tenant of public.readings is an organization, for every row written from here on
--   needs   owner of public.readings; REFERENCES on public.accounts
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.readings, public.accounts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" add constraint "readings_account_id_fkey" foreign key ("account_id") references "public"."accounts" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings, public.accounts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" drop constraint if exists "readings_account_id_fkey";
--   commit;

-- 2.12 a last sweep over public."Order Items", now that references carry every change
--   id      backfill/public."Order Items"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."Order Items"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."Order Items" t
  
where t."account_id" is distinct from t."account id" and t."account id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."Order Items"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account id" as tenant
  from only "public"."Order Items" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from t."account id" and t."account id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."Order Items" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."account id", old."person_id", old."what"), row(new."id", new."account id", new."person_id", new."what")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."Order Items"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."Order Items"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public."Order Items" in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Order Items" row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."Order Items" t
  
where t."account id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public."Order Items": ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.13 a last sweep over public.readings, now that references carry every change
--   id      backfill/public.readings/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."readings" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."person_id", old."value"), row(new."id", new."person_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.readings in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.readings row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.readings: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.14 a last sweep over public.fine_readings, now that references carry every change
--   id      backfill/public.readings/settle/public.fine_readings
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.fine_readings
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."fine_readings"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."fine_readings" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."person_id", old."value", old."unit"), row(new."id", new."person_id", new."value", new."unit")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."fine_readings"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."fine_readings"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.readings in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.fine_readings row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.fine_readings: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.15 prove Order Items_account_id_fkey for the rows already in public."Order Items"
--   id      backfill/public."Order Items"/validate/Order Items_account_id_fkey
--   proves  Order Items_account_id_fkey holds for every row
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items", public.accounts; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."Order Items" validate constraint "Order Items_account_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.16 prove readings_account_id_fkey for the rows already in public.readings
--   id      backfill/public.readings/validate/readings_account_id_fkey
--   proves  readings_account_id_fkey holds for every row
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings, public.accounts; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."readings" validate constraint "readings_account_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.17 index Order Items_account_id_id_idx on public."Order Items" (account_id, id)
--   id      backfill/public."Order Items"/index/Order Items_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."Order Items"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Order Items_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."Order Items_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "Order Items_account_id_id_idx" on "public"."Order Items" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."Order Items_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."Order Items_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."Order Items_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."Order Items_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.18 index readings_account_id_id_idx on public.readings (account_id, id)
--   id      backfill/public.readings/index/readings_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.readings; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "readings_account_id_id_idx" on "public"."readings" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."readings_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."readings_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."readings_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.19 fill triggers of public."Order Items" in their lasting form
--   id      backfill/public."Order Items"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."Order Items";
create trigger "zzz_ringfence_fill_update" before update on "public"."Order Items" for each row when ((old."account_id" is distinct from new."account_id" or old."account id" is distinct from new."account id")) execute function "ringfence"."fill_public_Order Items"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."Order Items";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."Order Items" for each row when ((old."account_id" is distinct from new."account_id" or old."account id" is distinct from new."account id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_Order Items"();
--   commit;

-- 2.20 fill triggers of public.readings in their lasting form
--   id      backfill/public.readings/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings";
create trigger "zzz_ringfence_fill_update" before update on "public"."readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id")) execute function "ringfence"."fill_public_readings"();
drop trigger if exists "zzz_ringfence_fill_update" on "public"."fine_readings";
create trigger "zzz_ringfence_fill_update" before update on "public"."fine_readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id")) execute function "ringfence"."fill_public_readings"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings, public.fine_readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."fine_readings";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."fine_readings" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
--   commit;

-- gate RFG-DIFFERS:public."Order Items": every row of public."Order Items" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."Order Items" row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account id"::text, 'nothing') as detail
from only "public"."Order Items" t
  
where t."account_id" is distinct from t."account id" and t."account id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."Order Items": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.readings: every row of public.readings has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.readings row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::bigint, d1.organization_key)::text, 'nothing') as detail
from only "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
limit 20)
union all
(select 'public.fine_readings row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::bigint, d1.organization_key)::text, 'nothing') as detail
from only "public"."fine_readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = t."id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.readings: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."Order Items"', '"public"."readings"', '"public"."fine_readings"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'account_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."Order Items"', '"public"."readings"', '"public"."fine_readings"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
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

-- gate RFG-LOGINS: every login that may use tenant tables has a way to go on; [roles] request = [..] for the logins of your application, or for others: [contextless."role:NAME"] way = "bypass" | "tenant" | "per_tenant", reason = "..."
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'role:' || r.rolname as subject,
  'may use ' || pg_catalog.min(t.t) || ' and brings no tenant: every statement on it would fail' as detail
from pg_catalog.pg_roles r
cross join (values ('"public"."Order Items"'), ('"public"."fine_readings"'), ('"public"."readings"')) t (t)
where r.rolcanlogin and not r.rolsuper and not r.rolbypassrls and r.rolname not in ('postgres', 'rf_case_app', 'rf_case_reports', 'rf_case_tables', 'ringfence_break_glass')
  and pg_catalog.to_regclass(t.t) is not null
  and exists (select from pg_catalog.pg_roles g where pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
    and not g.rolsuper and not g.rolbypassrls
    and (pg_catalog.has_table_privilege(g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE, DELETE')
      or pg_catalog.has_any_column_privilege(g.oid, pg_catalog.to_regclass(t.t)::oid, 'SELECT, INSERT, UPDATE')))
  and not exists (select from pg_catalog.pg_roles q
    where q.rolname in ('rf_case_app') and pg_catalog.pg_has_role(r.oid, q.oid, 'MEMBER'))
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
from (values ('"public"."Order Items"'), ('"public"."fine_readings"'), ('"public"."readings"')) t (t)
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
where r.rolname in ('rf_case_app') and (w.rolsuper or w.rolbypassrls or w.rolname in ('rf_case_app', 'rf_case_tables'))
  and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')
union all
select r.rolname::text, case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'has BYPASSRLS'
  when r.rolreplication then 'has REPLICATION, and streams every table'
  else 'has CREATEROLE, and may give itself other roles' end
from pg_catalog.pg_roles r where r.rolname in ('rf_case_app')
  and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolreplication)
union all
select r.rolname::text, 'is a member of ' || w.rolname || ', and reads the files of every table'
from pg_catalog.pg_roles r join pg_catalog.pg_roles w on w.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
where r.rolname in ('rf_case_app') and not r.rolsuper and pg_catalog.pg_has_role(r.oid, w.oid, 'MEMBER')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-WIDER-ROLES: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-MEMBERSHIPS: no request role may write memberships unhindered; revoke insert, update, delete on "public"."staff" from the request roles, or give it row security and policies
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select r.rolname::text as subject, 'may write public.staff'::text as detail
from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('"public"."staff"')
where r.rolname in ('rf_case_app') and not c.relrowsecurity
  and pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE')
union all
select r.rolname::text, 'may join any organization that policy ' || pg_catalog.quote_ident(p.polname)
  || ' lets it: ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')
from pg_catalog.pg_roles r join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('"public"."staff"')
join pg_catalog.pg_policy p on p.polrelid = c.oid
where r.rolname in ('rf_case_app') and c.relrowsecurity and p.polpermissive and p.polcmd in ('*', 'a', 'w')
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
from (values ('"public"."Order Items"'), ('"public"."fine_readings"'), ('"public"."readings"')) t (t)
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

-- gate RFG-RUN:role:rf_case_reports: rf_case_reports reads the same after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public."Order Items"'::text, 'rows'::text, 'rf_case_reports'::text, 'select from "public"."Order Items"'::text, 'rf_case_reports'::text, 'select from "public"."Order Items"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_reports'), pg_catalog.to_regclass('"public"."Order Items"')::oid, 'SELECT'), false)
--   union all
--   select 'public.fine_readings'::text, 'rows'::text, 'rf_case_reports'::text, 'select from "public"."fine_readings"'::text, 'rf_case_reports'::text, 'select from "public"."fine_readings"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_reports'), pg_catalog.to_regclass('"public"."fine_readings"')::oid, 'SELECT'), false) and not coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_reports'), pg_catalog.to_regclass('"public"."readings"')::oid, 'SELECT'), false)
--   union all
--   select 'public.readings'::text, 'rows'::text, 'rf_case_reports'::text, 'select from "public"."readings"'::text, 'rf_case_reports'::text, 'select from "public"."readings"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_reports'), pg_catalog.to_regclass('"public"."readings"')::oid, 'SELECT'), false)
--   union all
--   select 'public.recent'::text, 'values'::text, 'rf_case_reports'::text, 'select * from "public"."recent"'::text, 'rf_case_reports'::text, 'select * from "ringfence_trial_public"."recent"'::text, null::text where coalesce(pg_catalog.has_any_column_privilege((select r.oid from pg_catalog.pg_roles r where r.rolname = 'rf_case_reports'), pg_catalog.to_regclass('"public"."recent"')::oid, 'SELECT'), false)
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_reports" bypassrls;
--   create schema "ringfence_trial_public";
--   grant usage, create on schema "ringfence_trial_public" to public;
--   create view "ringfence_trial_public"."recent" with (security_invoker = true) as
--    SELECT id,
--       what
--      FROM public."Order Items"
--     WHERE (id > 10);;
--   grant select on "ringfence_trial_public"."recent" to public;

-- gate RFG-RUN:dump: a dump by postgres is complete after FORCE; decide otherwise on what stands between it and the rows: [contextless."NAME"] way = .., ringfence plan --amend
-- run by `ringfence apply`, twice, in one transaction that is rolled back; with these readers:
--   select * from (
--   select 'public."Order Items"'::text, 'explain'::text, 'postgres'::text, 'select * from only "public"."Order Items"'::text, 'postgres'::text, 'select * from only "public"."Order Items"'::text, null::text
--   union all
--   select 'public.fine_readings'::text, 'explain'::text, 'postgres'::text, 'select * from only "public"."fine_readings"'::text, 'postgres'::text, 'select * from only "public"."fine_readings"'::text, null::text
--   union all
--   select 'public.readings'::text, 'explain'::text, 'postgres'::text, 'select * from only "public"."readings"'::text, 'postgres'::text, 'select * from only "public"."readings"'::text, null::text
--   ) w (subject, kind, role_now, sql_now, role_then, sql_then, not_tried)
-- and before the second run:
--   alter role "rf_case_reports" bypassrls;

-- 6.1 helpers that say who is asking, and the role that owns them and the memberships
--   id      enforce/context
--   proves  a policy can ask for the tenant, and nobody can answer for somebody else
--   needs   CREATEROLE; owner of public.staff
begin;
-- SHARE UPDATE EXCLUSIVE on public.staff; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."staff" in share update exclusive mode;
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
-- ACCESS EXCLUSIVE on public.staff; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."staff" owner to "ringfence_keeper";
alter table "public"."staff" no force row level security;
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
    if session_user in (null) then
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
create function ringfence.user_id() returns bigint
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
<<ask>>
declare
    claims jsonb := case when session_user in (null)
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
begin
    return case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
end
$function$;
create function ringfence.client_id() returns bigint
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
-- columns of the memberships, which we do not name, win over variables, which are always written with their label
#variable_conflict use_column
<<ask>>
declare
    claims jsonb := case when session_user in (null)
        then nullif(current_setting('request.jwt.claims', true), '')::jsonb else ringfence.believed_claims() end;
    user_text text := ask.claims ->> 'sub';
    tenant_text text := ask.claims #>> array['app_metadata', 'org_id'];
    -- casts only of what fits, because on a gateway an error would stop Realtime for everybody
    user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
    tenant_key bigint := case when (ask.tenant_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.tenant_text ~ '^[1-9][0-9]{18}$' and ask.tenant_text <= '9223372036854775807' collate "C") then ask.tenant_text::bigint end;
begin
    select m."account_id" into ask.tenant_key from "public"."staff" m
        where m."person_id" = ask.user_key and m."account_id" = ask.tenant_key;
    if tenant_key is null and (session_user in (null)) is not true then
        raise exception 'the user is no member of this organization' using errcode = 'RF905';
    end if;
    return tenant_key;
end
$function$;
create function ringfence.client_ids() returns setof bigint
language plpgsql stable parallel safe security definer rows 5
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
<<ask>>
declare
    user_key bigint := ringfence.user_id();
begin
    return query select m."account_id" from "public"."staff" m
        where m."person_id" = ask.user_key;
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
grant insert, select, update, delete on table "public"."staff" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.staff; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."staff" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke insert, select, update, delete on table "public"."staff" from "rf_case_app";
--   drop procedure ringfence.enter_v1(text, text, text, boolean);
--   drop function ringfence.client_ids(), ringfence.client_id(), ringfence.user_id(), ringfence.believed_claims();
--   drop table ringfence.context_keys;
--   -- ACCESS EXCLUSIVE on public.staff; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."staff" owner to "rf_case_app";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke all on schema ringfence from "ringfence_keeper";
--   revoke all on schema "public" from "ringfence_keeper";
--   commit;

-- 6.2 the tenant of whoever writes a row
--   id      enforce/writer
--   proves  a row that names no tenant is its writer's, or derived
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function ringfence.writer_client_id() returns bigint
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

-- 6.3 a place for who reads and writes without a tenant, and why
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

-- 6.4 table with rules public.readings: owner, its rule writes into a shared table, which the owner may do
--   id      enforce/contextless/public.readings
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('public.readings', 'table with rules', 'owner', 'its rule writes into a shared table, which the owner may do')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'public.readings';
--   commit;

-- 6.5 role role:rf_case_reports: bypass, the monthly figures are about all accounts
--   id      enforce/contextless/role:rf_case_reports
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('role:rf_case_reports', 'role', 'bypass', 'the monthly figures are about all accounts')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'role:rf_case_reports';
--   commit;

-- 6.6 view public.recent: invoker, safe without a decision: every grantee may read beneath it
--   id      enforce/contextless/public.recent
--   proves  the decision and its reason can be read in the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
insert into ringfence.contextless (name, kind, way, reason) values ('public.recent', 'view', 'invoker', 'safe without a decision: every grantee may read beneath it')
on conflict (name) do update set kind = excluded.kind, way = excluded.way, reason = excluded.reason;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   delete from ringfence.contextless where name = 'public.recent';
--   commit;

-- 6.7 functions that derive tenants for public."Order Items" fail rather than overlook a row
--   id      enforce/unfiltered/expand/public."Order Items"/column
--   proves  a tenant is derived from every row there is, or the write fails with an error
--   needs   the migrating role is not bound by row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter function "ringfence"."fill_public_Order Items"() set row_security = off;
alter function "ringfence"."settle_public_Order Items"() set row_security = off;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter function "ringfence"."fill_public_Order Items"() reset row_security;
--   alter function "ringfence"."settle_public_Order Items"() reset row_security;
--   commit;

-- 6.8 functions that derive tenants for public.readings fail rather than overlook a row
--   id      enforce/unfiltered/expand/public.readings/column
--   proves  a tenant is derived from every row there is, or the write fails with an error
--   needs   the migrating role is not bound by row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter function "ringfence"."fill_public_readings"() set row_security = off;
alter function "ringfence"."settle_public_readings"() set row_security = off;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter function "ringfence"."fill_public_readings"() reset row_security;
--   alter function "ringfence"."settle_public_readings"() reset row_security;
--   commit;

-- 6.9 role rf_case_tables, which is to own every tenant table
--   id      enforce/owner
--   proves  nobody logs in as the owner, and row security binds it
--   needs   the migrating role is not bound by row security; CREATEROLE; USAGE and CREATE on schema public, to grant them on
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
do $block$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'rf_case_tables') then
    create role "rf_case_tables" nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication;
  elsif exists (select from pg_catalog.pg_roles where rolname = 'rf_case_tables' and (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolreplication)) then
    raise exception 'role % can do more, or less, than it is made for', 'rf_case_tables'
      using errcode = 'RF433', hint = 'choose another name for it in ringfence.toml';
  end if;
exception when duplicate_object or unique_violation then
  null;  -- another database of this server made it at the same moment
end
$block$;
grant "rf_case_tables" to current_user;
grant usage, create on schema "public" to "rf_case_tables";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage, create on schema "public" from "rf_case_tables";
--   commit;

-- 6.10 rf_case_reports reads every tenant: the monthly figures are about all accounts
--   id      enforce/role/rf_case_reports
--   proves  rf_case_reports reads what it read before
--   needs   may let rf_case_reports pass row security
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
alter role "rf_case_reports" bypassrls;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   alter role "rf_case_reports" nobypassrls;
--   commit;

-- 6.11 rows of public."Order Items" belong to their tenant, for whoever asks
--   id      enforce/public."Order Items"/rows
--   proves  no role that row security binds reads or writes another tenant's rows of public."Order Items", its owner included
--   needs   owner of public."Order Items"
begin;
-- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."Order Items" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_tenant_select" on "public"."Order Items" as permissive for select to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_insert" on "public"."Order Items" as permissive for insert to public with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_update" on "public"."Order Items" as permissive for update to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_delete" on "public"."Order Items" as permissive for delete to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_floor" on "public"."Order Items" as restrictive for all to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
alter table "public"."Order Items" enable row level security;
alter table "public"."Order Items" force row level security;
alter table only "public"."Order Items" alter column "account_id" set default ringfence.writer_client_id();
alter table "public"."Order Items" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."Order Items" to "rf_case_app";
grant usage on sequence "public"."Order Items_id_seq" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."Order Items"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."Order Items" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on sequence "public"."Order Items_id_seq" from "rf_case_app";
--   revoke insert, select, update, delete on table "public"."Order Items" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public."Order Items"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."Order Items" owner to "rf_case_app";
--   alter table only "public"."Order Items" alter column "account_id" drop default;
--   alter table "public"."Order Items" no force row level security;
--   alter table "public"."Order Items" disable row level security;
--   drop policy if exists "ringfence_floor" on "public"."Order Items";
--   drop policy if exists "ringfence_tenant_delete" on "public"."Order Items";
--   drop policy if exists "ringfence_tenant_update" on "public"."Order Items";
--   drop policy if exists "ringfence_tenant_insert" on "public"."Order Items";
--   drop policy if exists "ringfence_tenant_select" on "public"."Order Items";
--   commit;

-- 6.12 rows of public.fine_readings belong to their tenant, for whoever asks
--   id      enforce/public.fine_readings/rows
--   proves  no role that row security binds reads or writes another tenant's rows of public.fine_readings, its owner included
--   needs   owner of public.fine_readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.fine_readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."fine_readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.fine_readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_tenant_select" on "public"."fine_readings" as permissive for select to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_insert" on "public"."fine_readings" as permissive for insert to public with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_update" on "public"."fine_readings" as permissive for update to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_delete" on "public"."fine_readings" as permissive for delete to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_floor" on "public"."fine_readings" as restrictive for all to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
alter table "public"."fine_readings" enable row level security;
alter table "public"."fine_readings" force row level security;
alter table only "public"."fine_readings" alter column "account_id" set default ringfence.writer_client_id();
alter table "public"."fine_readings" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."fine_readings" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.fine_readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."fine_readings" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke insert, select, update, delete on table "public"."fine_readings" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public.fine_readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."fine_readings" owner to "rf_case_app";
--   alter table only "public"."fine_readings" alter column "account_id" drop default;
--   alter table "public"."fine_readings" no force row level security;
--   alter table "public"."fine_readings" disable row level security;
--   drop policy if exists "ringfence_floor" on "public"."fine_readings";
--   drop policy if exists "ringfence_tenant_delete" on "public"."fine_readings";
--   drop policy if exists "ringfence_tenant_update" on "public"."fine_readings";
--   drop policy if exists "ringfence_tenant_insert" on "public"."fine_readings";
--   drop policy if exists "ringfence_tenant_select" on "public"."fine_readings";
--   commit;

-- 6.13 rows of public.readings belong to their tenant, for whoever asks
--   id      enforce/public.readings/rows
--   proves  no role that row security binds reads or writes another tenant's rows of public.readings, its owner included
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create policy "ringfence_tenant_select" on "public"."readings" as permissive for select to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_insert" on "public"."readings" as permissive for insert to public with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_update" on "public"."readings" as permissive for update to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
create policy "ringfence_tenant_delete" on "public"."readings" as permissive for delete to public using ("account_id" = (select ringfence.client_id()));
create policy "ringfence_floor" on "public"."readings" as restrictive for all to public using ("account_id" = (select ringfence.client_id())) with check ("account_id" = (select ringfence.client_id()));
alter table "public"."readings" enable row level security;
alter table "public"."readings" force row level security;
alter table only "public"."readings" alter column "account_id" set default ringfence.writer_client_id();
alter table "public"."readings" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."readings" to "rf_case_app";
grant usage on sequence "public"."readings_id_seq" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on sequence "public"."readings_id_seq" from "rf_case_app";
--   revoke insert, select, update, delete on table "public"."readings" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" owner to "rf_case_app";
--   alter table only "public"."readings" alter column "account_id" drop default;
--   alter table "public"."readings" no force row level security;
--   alter table "public"."readings" disable row level security;
--   drop policy if exists "ringfence_floor" on "public"."readings";
--   drop policy if exists "ringfence_tenant_delete" on "public"."readings";
--   drop policy if exists "ringfence_tenant_update" on "public"."readings";
--   drop policy if exists "ringfence_tenant_insert" on "public"."readings";
--   drop policy if exists "ringfence_tenant_select" on "public"."readings";
--   commit;

-- 6.14 public.accounts is owned by no request role any more
--   id      enforce/public.accounts/owner
--   proves  rf_case_app reads and writes public.accounts as before, and can change nothing about it
--   needs   owner of public.accounts
begin;
-- SHARE UPDATE EXCLUSIVE on public.accounts; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."accounts" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.accounts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."accounts" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."accounts" to "rf_case_app";
grant usage on sequence "public"."accounts_id_seq" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.accounts; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."accounts" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on sequence "public"."accounts_id_seq" from "rf_case_app";
--   revoke insert, select, update, delete on table "public"."accounts" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public.accounts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."accounts" owner to "rf_case_app";
--   commit;

-- 6.15 public.people is owned by no request role any more
--   id      enforce/public.people/owner
--   proves  rf_case_app reads and writes public.people as before, and can change nothing about it
--   needs   owner of public.people
begin;
-- SHARE UPDATE EXCLUSIVE on public.people; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."people" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.people; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."people" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."people" to "rf_case_app";
grant usage on sequence "public"."people_id_seq" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.people; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."people" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on sequence "public"."people_id_seq" from "rf_case_app";
--   revoke insert, select, update, delete on table "public"."people" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public.people; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."people" owner to "rf_case_app";
--   commit;

-- 6.16 public.removed is owned by no request role any more
--   id      enforce/public.removed/owner
--   proves  rf_case_app reads and writes public.removed as before, and can change nothing about it
--   needs   owner of public.removed
begin;
-- SHARE UPDATE EXCLUSIVE on public.removed; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."removed" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.removed; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."removed" owner to "rf_case_tables";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
grant insert, select, update, delete on table "public"."removed" to "rf_case_app";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.removed; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."removed" in share update exclusive mode;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke insert, select, update, delete on table "public"."removed" from "rf_case_app";
--   -- ACCESS EXCLUSIVE on public.removed; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."removed" owner to "rf_case_app";
--   commit;

-- 6.17 view public.recent runs with the rights of whoever asks
--   id      enforce/reach/public.recent
--   proves  public.recent shows no row past the policies but by a decision with a reason
begin;
-- ACCESS EXCLUSIVE on public.recent; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter view "public"."recent" set (security_invoker = true);
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public.recent; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter view "public"."recent" reset (security_invoker);
--   commit;

-- 6.18 row security is on for every new table, however it is made
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
    if pg_catalog.pg_get_userbyid(made.relowner) <> 'rf_case_tables'
        and pg_catalog.pg_has_role(made.relowner, 'rf_case_tables', 'USAGE')
        and not (select r.rolsuper from pg_catalog.pg_roles r where r.oid = made.relowner) then
      execute pg_catalog.format('alter table %I.%I owner to %I', made.nspname, made.relname, 'rf_case_tables');
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
  when w.forced and (o.rolname <> 'rf_case_tables' or o.rolcanlogin or o.rolsuper or o.rolbypassrls) then 'its owner is ' || o.rolname
  else 'its floor has a hole' end as detail
from (values ('"public"."Order Items"', true, false), ('"public"."fine_readings"', true, false), ('"public"."readings"', true, false)) w (t, forced, open)
left join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(w.t)
left join pg_catalog.pg_roles o on o.oid = c.relowner
where w.t is not null and (c.oid is null or not c.relrowsecurity
  or (w.forced and (not c.relforcerowsecurity or o.rolcanlogin or o.rolsuper or o.rolbypassrls or o.rolname <> 'rf_case_tables'))
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
from (values ('"public"."Order Items"'), ('"public"."fine_readings"'), ('"public"."readings"')) t (t)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(t.t)
cross join lateral pg_catalog.aclexplode(c.relacl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
  and (a.grantee = 0 or r.rolname in ('rf_case_app'))
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
join pg_catalog.pg_roles r on r.rolname in ('rf_case_app')
where n.nspname in ('public') and c.relkind in ('r', 'p') and not c.relrowsecurity
  and c.relpersistence <> 't'
  and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
  and c.oid <> all (array['"public"."accounts"', '"public"."people"', '"public"."removed"', '"public"."staff"']::pg_catalog.regclass[]::oid[])
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
  and (a.grantee = 0 or r.rolname in ('rf_case_app'))
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
from (values ('"public"."Order Items"'), ('"public"."fine_readings"'), ('"public"."readings"')) t (t)
where pg_catalog.to_regclass(t.t) is not null
  and not pg_catalog.has_table_privilege(current_user, pg_catalog.to_regclass(t.t)::oid, 'SELECT')
limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DUMPS: ' || subject, detail = detail;
  end if;
end
$do$;
