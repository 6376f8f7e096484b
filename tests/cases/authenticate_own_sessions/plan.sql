-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  account_id bigint
-- users          public.people by id
-- organizations  public.accounts, adopted as they are
-- memberships    public.staff, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   public."User Sessions": person_id -> home organization of that user; rows without any stop the run
-- tenant table   public.invoices: its own account_id; rows without any stop the run
-- excluded table public.accounts: holds the organizations
-- excluded table public.people: excluded, as the file says
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
select 'owner of public."User Sessions"', 'grant <owner of public."User Sessions"> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."User Sessions"'::pg_catalog.regclass), false)
union all
select 'owner of public.invoices', 'grant <owner of public.invoices> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."invoices"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.accounts', 'grant references on "public"."accounts" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."accounts"'), 'REFERENCES'), true) as allowed), false)
union all
select 'the migrating role is not bound by row security', 'alter role current_user bypassrls;    -- by a superuser, and never for a login that serves requests' where not coalesce((select r.rolsuper or r.rolbypassrls as allowed from pg_catalog.pg_roles r where r.rolname = current_user), false)
union all
select 'SELECT on public."User Sessions"', 'grant select on "public"."User Sessions" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."User Sessions"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public.staff', 'grant trigger on "public"."staff" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."staff"'), 'TRIGGER'), true) as allowed), false)
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
from "public"."staff" m where m."person_id" is not null and m."account_id" is not null and (removed_at is null)
order by m."person_id", (m."is_main" is true) desc, m."account_id";
create or replace view "ringfence"."active_memberships" as
select m."person_id" as user_key, m."account_id" as organization_key
from "public"."staff" m where m."person_id" is not null and m."account_id" is not null and (removed_at is null);
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into public."User Sessions"
--   id      expand/public."User Sessions"/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_User Sessions"() returns trigger
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
revoke all on function "ringfence"."fill_public_User Sessions"() from public;
create or replace function "ringfence"."settle_public_User Sessions"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."User Sessions" u set "account_id" = s.tenant
  from (select coalesce(c.organization_key::bigint, d1.organization_key) as tenant from "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
        where t."Id" = new."Id" and t."account_id" is null) s
  where u."Id" = new."Id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_User Sessions"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_User Sessions"();
--   drop function if exists "ringfence"."fill_public_User Sessions"();
--   commit;

-- 1.3 tenant column and fill triggers on public."User Sessions"
--   id      expand/public."User Sessions"/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User Sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."User Sessions" add column "account_id" bigint;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."User Sessions" for each row execute function "ringfence"."fill_public_User Sessions"();
create trigger "zzz_ringfence_fill_update" before update on "public"."User Sessions" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_User Sessions"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."User Sessions" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_User Sessions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User Sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."User Sessions";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."User Sessions";
--   drop trigger if exists "00_ringfence_settle" on "public"."User Sessions";
--   -- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."User Sessions" drop column if exists "account_id";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into public.invoices
--   id      expand/public.invoices/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_invoices"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived bigint;
  given bigint := new."account_id";
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
revoke all on function "ringfence"."fill_public_invoices"() from public;
create or replace function "ringfence"."settle_public_invoices"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."invoices" u set "account_id" = s.tenant
  from (select t."account_id" as tenant from "public"."invoices" t
  
        where t."id" = new."id" and t."account_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."account_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_invoices"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_invoices"();
--   drop function if exists "ringfence"."fill_public_invoices"();
--   commit;

-- 1.5 tenant column and fill triggers on public.invoices
--   id      expand/public.invoices/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.invoices
begin;
-- SHARE UPDATE EXCLUSIVE on public.invoices; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."invoices" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.invoices; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."invoices" for each row execute function "ringfence"."fill_public_invoices"();
create trigger "zzz_ringfence_fill_update" before update on "public"."invoices" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_invoices"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."invoices" deferrable initially deferred for each row when (new."account_id" is null) execute function "ringfence"."settle_public_invoices"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.invoices; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."invoices" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.invoices; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."invoices";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."invoices";
--   drop trigger if exists "00_ringfence_settle" on "public"."invoices";
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
--   select 'public."User Sessions"', t."Id"::text, t."account_id"::text, t."person_id"::text
--   from "public"."User Sessions" t
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
from (values ('"public"."User Sessions"', 'account_id'), ('"public"."invoices"', 'account_id')) w (t, c)
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

-- 2.1 the right tenant for every row of public."User Sessions"
--   id      backfill/public."User Sessions"/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."User Sessions"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."User Sessions";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."User Sessions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."User Sessions" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."Id", old."person_id", old."ended_at"), row(new."Id", new."person_id", new."ended_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."User Sessions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."User Sessions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public."User Sessions" in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."User Sessions" row ' || t."Id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public."User Sessions": ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of public.invoices
--   id      backfill/public.invoices/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.invoices
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."invoices";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."invoices" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."invoices"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "public"."invoices" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."invoices" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."total"), row(new."id", new."total")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."invoices"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."invoices"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.invoices in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.invoices row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."invoices" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.invoices: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 every new row of public."User Sessions" must have a tenant
--   id      backfill/public."User Sessions"/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User Sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."User Sessions" add constraint "User Sessions_account_id_present" check ("account_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User Sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."User Sessions" drop constraint if exists "User Sessions_account_id_present";
--   commit;

-- 2.4 prove User Sessions_account_id_present for the rows already in public."User Sessions"
--   id      backfill/public."User Sessions"/validate/User Sessions_account_id_present
--   proves  User Sessions_account_id_present holds for every row
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."User Sessions" validate constraint "User Sessions_account_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.5 public."User Sessions".account_id is NOT NULL
--   id      backfill/public."User Sessions"/not_null
--   proves  no row is without tenant
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User Sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."User Sessions" alter column "account_id" set not null;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."User Sessions" drop constraint if exists "User Sessions_account_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User Sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."User Sessions" alter column "account_id" drop not null;
--   commit;

-- 2.6 the tenant of public."User Sessions" is an organization
--   id      backfill/public."User Sessions"/reference/User Sessions_account_id_fkey
--   proves  the tenant of public."User Sessions" is an organization, for every row written from here on
--   needs   owner of public."User Sessions"; REFERENCES on public.accounts
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User Sessions" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public."User Sessions", public.accounts; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."User Sessions" add constraint "User Sessions_account_id_fkey" foreign key ("account_id") references "public"."accounts" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User Sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User Sessions", public.accounts; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."User Sessions" drop constraint if exists "User Sessions_account_id_fkey";
--   commit;

-- 2.7 a last sweep over public."User Sessions", now that references carry every change
--   id      backfill/public."User Sessions"/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public."User Sessions"
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."User Sessions"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::bigint, d1.organization_key) as tenant
  from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."User Sessions" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."Id", old."person_id", old."ended_at"), row(new."Id", new."person_id", new."ended_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."User Sessions"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."User Sessions"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public."User Sessions" in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."User Sessions" row ' || t."Id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
where coalesce(c.organization_key::bigint, d1.organization_key) is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public."User Sessions": ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 a last sweep over public.invoices, now that references carry every change
--   id      backfill/public.invoices/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.invoices
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."invoices" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."invoices"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."account_id" as tenant
  from only "public"."invoices" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."account_id" is distinct from t."account_id" and t."account_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."invoices" t set "account_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."total"), row(new."id", new."total")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."invoices"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."invoices"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.invoices in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.invoices row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."invoices" t
  
where t."account_id" is null and (t."account_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.invoices: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.9 prove User Sessions_account_id_fkey for the rows already in public."User Sessions"
--   id      backfill/public."User Sessions"/validate/User Sessions_account_id_fkey
--   proves  User Sessions_account_id_fkey holds for every row
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions", public.accounts; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."User Sessions" validate constraint "User Sessions_account_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.10 index User Sessions_account_id_Id_idx on public."User Sessions" (account_id, Id)
--   id      backfill/public."User Sessions"/index/User Sessions_account_id_Id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public."User Sessions"
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."User Sessions_account_id_Id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."User Sessions_account_id_Id_idx";
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "User Sessions_account_id_Id_idx" on "public"."User Sessions" ("account_id", "Id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."User Sessions_account_id_Id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."User Sessions_account_id_Id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."User Sessions_account_id_Id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."User Sessions_account_id_Id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.11 index invoices_account_id_id_idx on public.invoices (account_id, id)
--   id      backfill/public.invoices/index/invoices_account_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.invoices
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."invoices_account_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."invoices_account_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.invoices; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "invoices_account_id_id_idx" on "public"."invoices" ("account_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."invoices_account_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."invoices_account_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.invoices; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."invoices_account_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."invoices_account_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.12 fill triggers of public."User Sessions" in their lasting form
--   id      backfill/public."User Sessions"/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public."User Sessions"
begin;
-- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."User Sessions" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."User Sessions";
create trigger "zzz_ringfence_fill_update" before update on "public"."User Sessions" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id")) execute function "ringfence"."fill_public_User Sessions"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public."User Sessions"; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."User Sessions" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public."User Sessions"; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."User Sessions";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."User Sessions" for each row when ((old."account_id" is distinct from new."account_id" or old."person_id" is distinct from new."person_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_User Sessions"();
--   commit;

-- 2.13 fill triggers of public.invoices in their lasting form
--   id      backfill/public.invoices/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.invoices
begin;
-- SHARE UPDATE EXCLUSIVE on public.invoices; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."invoices" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.invoices; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."invoices";
create trigger "zzz_ringfence_fill_update" before update on "public"."invoices" for each row when ((old."account_id" is distinct from new."account_id")) execute function "ringfence"."fill_public_invoices"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.invoices; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."invoices" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.invoices; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."invoices";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."invoices" for each row when ((old."account_id" is distinct from new."account_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_invoices"();
--   commit;

-- gate RFG-DIFFERS:public."User Sessions": every row of public."User Sessions" has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public."User Sessions" row ' || t."Id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::bigint, d1.organization_key)::text, 'nothing') as detail
from only "public"."User Sessions" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."person_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public."User Sessions"' and c.row_key = t."Id"::text and c.owner_key is not distinct from t."person_id"::text
where t."account_id" is distinct from coalesce(c.organization_key::bigint, d1.organization_key) and (t."account_id" is null or c.row_key is not null or (t."person_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."person_id" and m.organization_key = t."account_id"))) and coalesce(c.organization_key::bigint, d1.organization_key) is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public."User Sessions": ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.invoices: every row of public.invoices has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.invoices row ' || t."id"::text as subject,
  'has ' || coalesce(t."account_id"::text, 'no tenant') || ', derived is ' || coalesce(t."account_id"::text, 'nothing') as detail
from only "public"."invoices" t
  
where t."account_id" is distinct from t."account_id" and t."account_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.invoices: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."User Sessions"', '"public"."invoices"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'account_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."User Sessions"', '"public"."invoices"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 3 authenticate: tokens carry the tenant, old ones work to the end of their life
-- =================================================================================================

-- 3.1 the organization of each session, the token hook, refresh tokens, and counts of what is left
--   id      authenticate/sessions
--   proves  a token can say for which organization it was made, and nobody loses a session over it
--   needs   SELECT on public.staff; the migrating role is not bound by row security; SELECT on public."User Sessions"
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table if not exists ringfence.sessions (
  session_key text primary key check (pg_catalog.char_length(session_key) between 1 and 200),
  user_key bigint not null,
  organization_key bigint,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  tenant_since timestamptz,
  legacy_seen_at timestamptz,
  counter bigint not null default 0,
  rotated_at timestamptz,
  revoked_at timestamptz,
  revoked_why text
);
create index if not exists "sessions_legacy_seen_at_idx" on ringfence.sessions ("legacy_seen_at") where "legacy_seen_at" is not null;
comment on table ringfence.sessions is
  'The organization of each session, once it has one; it is never replaced by another unless its user chooses. Holds no token.';
create table if not exists ringfence.token_versions (
  user_key bigint primary key,
  version integer not null default 1,
  since timestamptz not null default pg_catalog.clock_timestamp()
);
comment on table ringfence.token_versions is 'Users whose earlier tokens are all over, by version; everybody else has version 1.';
create table if not exists ringfence.membership_epochs (
  user_key bigint,
  organization_key bigint,
  epoch integer not null default 1,
  primary key (user_key, organization_key)
);
comment on table ringfence.membership_epochs is
  'How often a membership has ended, plus one: a token from before does not hold for somebody who was added again.';
create table if not exists ringfence.token_counts (
  slot timestamptz primary key,
  with_tenant bigint not null default 0,
  resolved bigint not null default 0,
  several bigint not null default 0,
  none bigint not null default 0,
  legacy_signature bigint not null default 0
);
comment on table ringfence.token_counts is
  'Requests by the minute: tenant in the token, found by membership, not found; and those with a legacy signature.';
create table if not exists ringfence.authenticate_settings (
  only_row boolean primary key default true check (only_row),
  upgrade_share double precision not null default 0 check (upgrade_share between 0 and 1)
);
insert into ringfence.authenticate_settings default values on conflict do nothing;
comment on table ringfence.authenticate_settings is
  'Which share of sessions gets its tenant with the next token; an UPDATE widens it or takes it back, without a lock.';
revoke all on ringfence.sessions, ringfence.token_versions, ringfence.membership_epochs, ringfence.token_counts,
  ringfence.authenticate_settings from public;
create or replace function ringfence.in_upgrade_share(session_key text) returns boolean
language sql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $function$
  select ('x' || pg_catalog.substr(pg_catalog.md5('ringfence upgrade ' || session_key), 1, 8))::pg_catalog.bit(32)::bigint
    % 10000 < s.upgrade_share * 10000
  from ringfence.authenticate_settings s
$function$;
create or replace function ringfence.is_member_v1(user_key bigint, organization_key bigint) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
  select exists (
    select from "public"."staff" m
    where m."person_id" = $1 and m."account_id" = $2 and (removed_at is null)
      and not exists (select from "public"."accounts" o where o."id" = m."account_id" and (status = 'suspended'))
  )
$function$;
create or replace function ringfence.session_gone_v1(session_key text) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
  select $1 not like 'sha256:%' and not exists (
    select from "public"."User Sessions" s where s."Id" = case when $1 like '________-____-____-____-____________' and $1 not like '%-%-%-%-%-%' and $1 !~ '[^0-9a-f-]' then $1::uuid end and (ended_at is null))
$function$;
create or replace function ringfence.default_organization_v1(
  user_key bigint, out organization_key bigint, out memberships integer
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
<<ask>>
declare
  found_keys bigint[];
begin
  select pg_catalog.array_agg(f.organization_key) into ask.found_keys from (
    select m."account_id" as organization_key from "public"."staff" m
    where m."person_id" = $1 and (removed_at is null)
      and not exists (select from "public"."accounts" o where o."id" = m."account_id" and (status = 'suspended')) limit 2
  ) f;
  memberships := coalesce(pg_catalog.cardinality(ask.found_keys), 0);
  organization_key := case when memberships = 1 then ask.found_keys[1] when memberships > 1 then (select h.organization_key from "ringfence"."home_memberships" h where h.user_key = $1) end;
end
$function$;
create or replace function ringfence.standing_v1(
  session_key text, user_text text, organization_text text, token_version integer, membership_epoch integer,
  issued_at bigint, out outcome text, out organization text
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $function$
<<ask>>
declare
  user_text text := standing_v1.user_text;
  user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
  tenant_text text := standing_v1.organization_text;
  tenant_key bigint := case when (ask.tenant_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.tenant_text ~ '^[1-9][0-9]{18}$' and ask.tenant_text <= '9223372036854775807' collate "C") then ask.tenant_text::bigint end;
  version record;
  session record;
  fallback record;
begin
  outcome := 'none';
  if ask.user_key is null then
    return;
  end if;
  select v.version, v.since into ask.version from ringfence.token_versions v where v.user_key = ask.user_key;
  if found and coalesce(standing_v1.token_version < ask.version.version,
      coalesce(standing_v1.issued_at, 0) < pg_catalog.date_part('epoch', ask.version.since)) then
    outcome := 'old_version';
    return;
  end if;
  if standing_v1.session_key is not null then
    select s.user_key, s.organization_key, s.revoked_at into ask.session
      from ringfence.sessions s where s.session_key = standing_v1.session_key;
    if found and (ask.session.revoked_at is not null or ask.session.user_key <> ask.user_key)
        or ringfence.session_gone_v1(standing_v1.session_key) then
      outcome := 'session_ended';
      return;
    end if;
    if standing_v1.organization_text is null then
      ask.tenant_key := ask.session.organization_key;
    elsif ask.session.organization_key <> ask.tenant_key then
      outcome := 'other_organization';
      return;
    end if;
  end if;
  if ask.tenant_key is null and standing_v1.organization_text is null then
    select d.organization_key, d.memberships into ask.fallback from ringfence.default_organization_v1(ask.user_key) d;
    ask.tenant_key := ask.fallback.organization_key;
    if ask.tenant_key is null then
      outcome := case when ask.fallback.memberships > 1 then 'several' else 'none' end;
      return;
    end if;
  end if;
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    outcome := 'no_member';
    return;
  end if;
  if standing_v1.membership_epoch < (select e.epoch from ringfence.membership_epochs e
      where e.user_key = ask.user_key and e.organization_key = ask.tenant_key) then
    outcome := 'old_epoch';
    return;
  end if;
  outcome := 'member';
  organization := ask.tenant_key::text;
end
$function$;
create or replace function ringfence.issue_v1(session_key text, user_text text)
returns table (organization text, org_role text, token_version integer, membership_epoch integer)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
<<ask>>
declare
  user_text text := issue_v1.user_text;
  user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
  tenant_key bigint;
  session record;
begin
  if ask.user_key is null or not coalesce(ringfence.in_upgrade_share(coalesce(issue_v1.session_key, issue_v1.user_text)), false) then
    return;
  end if;
  select s.user_key, s.organization_key, s.tenant_since, s.revoked_at into ask.session
    from ringfence.sessions s where s.session_key = issue_v1.session_key;
  if ask.session.revoked_at is not null or ask.session.user_key <> ask.user_key then
    return;
  end if;
  ask.tenant_key := coalesce(ask.session.organization_key,
    (select d.organization_key from ringfence.default_organization_v1(ask.user_key) d));
  -- at most once in a while, so that a refresh is a read: tenant_since only has to be later than what was seen without
  if ask.tenant_key is not null and issue_v1.session_key is not null and (
      ask.session.organization_key is null or ask.session.tenant_since is null
      or ask.session.tenant_since < pg_catalog.clock_timestamp() - interval '1 minute') then
    insert into ringfence.sessions as s (session_key, user_key, organization_key, tenant_since)
      values (issue_v1.session_key, ask.user_key, ask.tenant_key, pg_catalog.clock_timestamp())
      on conflict on constraint sessions_pkey do update
        set organization_key = coalesce(s.organization_key, excluded.organization_key), tenant_since = excluded.tenant_since
        where s.user_key = excluded.user_key and s.revoked_at is null
      returning s.organization_key into ask.tenant_key;
    if not found then
      return;
    end if;
  end if;
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    return;
  end if;
  return query select ask.tenant_key::text, (select m."Role"::text from "public"."staff" m where m."person_id" = ask.user_key and m."account_id" = ask.tenant_key and (removed_at is null) limit 1),
    coalesce((select v.version from ringfence.token_versions v where v.user_key = ask.user_key), 1),
    coalesce((select e.epoch from ringfence.membership_epochs e
      where e.user_key = ask.user_key and e.organization_key = ask.tenant_key), 1);
end
$function$;
create or replace function ringfence.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '100ms'
as $function$
<<ask>>
declare
  claims jsonb := event -> 'claims';
  metadata jsonb;
  issued record;
begin
  if pg_catalog.jsonb_typeof(claims) is distinct from 'object' then
    return event;
  end if;
  -- what stands there was not written by us, and may be of another day; #- fails where an array is in its way
  claims := claims - array['org_id', 'org_role', 'tv', 'mep'];
  if pg_catalog.jsonb_typeof(claims #> (array['app_metadata', 'org_id'])[1:pg_catalog.cardinality(array['app_metadata', 'org_id']) - 1]) = 'object' then
    claims := claims #- array['app_metadata', 'org_id'];
  end if;
  begin
    for issued in select * from ringfence.issue_v1(claims ->> 'session_id', event ->> 'user_id') loop
      metadata := pg_catalog.jsonb_build_object('org_id', issued.organization, 'tv', issued.token_version, 'mep', issued.membership_epoch);
      if issued.org_role is not null then
        metadata := metadata || pg_catalog.jsonb_build_object('org_role', issued.org_role);
      end if;
      claims := pg_catalog.jsonb_set(
        case when pg_catalog.jsonb_typeof(claims -> (array['app_metadata', 'org_id'])[1]) = 'object' or pg_catalog.cardinality(array['app_metadata', 'org_id']) = 1
          then claims else pg_catalog.jsonb_set(claims, (array['app_metadata', 'org_id'])[1:1], '{}') end,
        array['app_metadata', 'org_id'], pg_catalog.to_jsonb(issued.organization)) || metadata;
    end loop;
  exception
    -- a cancelled query too: at its own limit Auth would take no answer for a refusal, and log nobody in
    when query_canceled or others then
      raise warning 'ringfence: a token goes out without tenant (%)', sqlstate;
  end;
  return pg_catalog.jsonb_set(event, '{claims}', claims);
end
$function$;
create or replace function ringfence.switch_v1(session_key text, user_text text, organization_text text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
<<ask>>
declare
  user_text text := switch_v1.user_text;
  user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
  tenant_text text := switch_v1.organization_text;
  tenant_key bigint := case when (ask.tenant_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.tenant_text ~ '^[1-9][0-9]{18}$' and ask.tenant_text <= '9223372036854775807' collate "C") then ask.tenant_text::bigint end;
begin
  if not coalesce(ringfence.is_member_v1(ask.user_key, ask.tenant_key), false) then
    return 'no_member';
  end if;
  insert into ringfence.sessions as s (session_key, user_key, organization_key)
    values (switch_v1.session_key, ask.user_key, ask.tenant_key)
    on conflict on constraint sessions_pkey do update set organization_key = excluded.organization_key
    where s.user_key = excluded.user_key and s.revoked_at is null;
  return case when found then 'switched' else 'session_ended' end;
end
$function$;
create or replace function ringfence.start_session_v1(session_key text, user_text text, out outcome text, out counter bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
<<ask>>
declare
  user_text text := start_session_v1.user_text;
  user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
  known record;
begin
  outcome := 'unknown';
  if ask.user_key is null then
    return;
  end if;
  insert into ringfence.sessions (session_key, user_key) values (start_session_v1.session_key, ask.user_key)
    on conflict do nothing;
  select s.user_key, s.counter, s.revoked_at into ask.known
    from ringfence.sessions s where s.session_key = start_session_v1.session_key for update;
  if ask.known.user_key <> ask.user_key then
    return;
  end if;
  outcome := case when ask.known.revoked_at is not null then 'revoked' when ask.known.counter > 0 then 'reused' else 'started' end;
  counter := ask.known.counter;
end
$function$;
create or replace function ringfence.refresh_v1(
  session_key text, presented bigint, grace_s integer, out outcome text, out user_text text, out counter bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
<<ask>>
declare
  known record;
begin
  select s.user_key, s.counter, s.rotated_at, s.revoked_at into ask.known
    from ringfence.sessions s where s.session_key = refresh_v1.session_key for update;
  if not found or presented > ask.known.counter then
    outcome := 'unknown';
    return;
  end if;
  if ask.known.revoked_at is not null or ringfence.session_gone_v1(refresh_v1.session_key) then
    outcome := 'revoked';
    return;
  end if;
  user_text := ask.known.user_key::text;
  counter := ask.known.counter;
  if presented = ask.known.counter then
    outcome := 'rotated';
    counter := ask.known.counter + 1;
    update ringfence.sessions s set counter = refresh_v1.counter, rotated_at = pg_catalog.clock_timestamp()
      where s.session_key = refresh_v1.session_key;
  elsif presented = ask.known.counter - 1
      or ask.known.rotated_at > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => grace_s) then
    outcome := 'repeated';
  else
    outcome := 'reused';
    update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = 'reused'
      where s.session_key = refresh_v1.session_key;
  end if;
end
$function$;
create or replace function ringfence.end_session_v1(session_key text, why text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
  update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = $2
  where s.session_key = $1 and s.revoked_at is null
$function$;
create or replace function ringfence.sign_out_everywhere_v1(user_text text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
<<ask>>
declare
  user_text text := sign_out_everywhere_v1.user_text;
  user_key bigint := case when (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C") then ask.user_text::bigint end;
  version integer;
begin
  insert into ringfence.token_versions as v (user_key, version) values (ask.user_key, 2)
    on conflict on constraint token_versions_pkey do update set version = v.version + 1, since = pg_catalog.clock_timestamp()
    returning v.version into ask.version;
  update ringfence.sessions s set revoked_at = pg_catalog.clock_timestamp(), revoked_why = 'signed out everywhere'
    where s.user_key = ask.user_key and s.revoked_at is null;
  return ask.version;
end
$function$;
create or replace function ringfence.count_tokens_v1(counts jsonb, legacy jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '1s'
as $function$
begin
  insert into ringfence.token_counts as c (slot, with_tenant, resolved, several, none, legacy_signature)
    select pg_catalog.date_trunc('minute', pg_catalog.clock_timestamp()), n.with_tenant, n.resolved, n.several, n.none, n.legacy_signature
    from pg_catalog.jsonb_to_record(counts) n (with_tenant bigint, resolved bigint, several bigint, none bigint, legacy_signature bigint)
    on conflict on constraint token_counts_pkey do update set
      with_tenant = c.with_tenant + excluded.with_tenant, resolved = c.resolved + excluded.resolved,
      several = c.several + excluded.several, none = c.none + excluded.none,
      legacy_signature = c.legacy_signature + excluded.legacy_signature;
  -- in one order, so that two workers never wait for one another in a circle
  insert into ringfence.sessions as s (session_key, user_key, legacy_seen_at)
    select distinct on (ask.session_text) ask.session_text, ask.user_text::bigint, pg_catalog.clock_timestamp()
    from pg_catalog.jsonb_to_recordset(legacy) l (s text, u text),
      lateral (select l.s as session_text, l.u as user_text) ask
    where pg_catalog.char_length(ask.session_text) between 1 and 200 and (ask.user_text ~ '^(0|-?[1-9][0-9]{0,17})$' or ask.user_text ~ '^[1-9][0-9]{18}$' and ask.user_text <= '9223372036854775807' collate "C")
    order by ask.session_text
    on conflict on constraint sessions_pkey do update set legacy_seen_at = excluded.legacy_seen_at
      where s.user_key = excluded.user_key;
end
$function$;
create or replace function ringfence.forget_sessions_v1(quiet interval, rows_max integer) returns bigint
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
  with gone as (
    delete from ringfence.sessions s where s.session_key in (
      select o.session_key from ringfence.sessions o
      where greatest(o.created_at, o.tenant_since, o.legacy_seen_at, o.rotated_at, o.revoked_at) < pg_catalog.clock_timestamp() - $1
      limit $2 for update skip locked)
    returning 1)
  select pg_catalog.count(*) from gone
$function$;
create or replace function ringfence.membership_ended_v1() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  if tg_op = 'UPDATE' then
    if new."person_id" is not distinct from old."person_id"
        and new."account_id" is not distinct from old."account_id"
        and (not exists (select from (select old.*) m where (removed_at is null))
          or exists (select from (select new.*) m where (removed_at is null))) then
      return null;
    end if;
  end if;
  if old."person_id" is not null and old."account_id" is not null then
    insert into ringfence.membership_epochs as e (user_key, organization_key, epoch)
      values (old."person_id", old."account_id", 2)
      on conflict on constraint membership_epochs_pkey do update set epoch = e.epoch + 1;
  end if;
  return null;
end
$function$;
revoke all on function ringfence.in_upgrade_share(text), ringfence.is_member_v1(bigint, bigint),
  ringfence.default_organization_v1(bigint), ringfence.session_gone_v1(text),
  ringfence.standing_v1(text, text, text, integer, integer, bigint), ringfence.issue_v1(text, text),
  ringfence.custom_access_token_hook(jsonb), ringfence.switch_v1(text, text, text),
  ringfence.start_session_v1(text, text), ringfence.refresh_v1(text, bigint, integer),
  ringfence.end_session_v1(text, text), ringfence.sign_out_everywhere_v1(text), ringfence.count_tokens_v1(jsonb, jsonb),
  ringfence.forget_sessions_v1(interval, integer), ringfence.membership_ended_v1() from public;
grant execute on function ringfence.issue_v1(text, text), ringfence.switch_v1(text, text, text), ringfence.start_session_v1(text, text), ringfence.refresh_v1(text, bigint, integer), ringfence.end_session_v1(text, text), ringfence.sign_out_everywhere_v1(text) to "rf_case_auth";
grant execute on function ringfence.standing_v1(text, text, text, integer, integer, bigint), ringfence.count_tokens_v1(jsonb, jsonb), ringfence.switch_v1(text, text, text) to "rf_case_api";
grant usage on schema ringfence to "rf_case_auth", "rf_case_api";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   revoke usage on schema ringfence from "rf_case_api";
--   drop function if exists ringfence.issue_v1(text, text);
--   drop function if exists ringfence.switch_v1(text, text, text);
--   drop function if exists ringfence.start_session_v1(text, text);
--   drop function if exists ringfence.refresh_v1(text, bigint, integer);
--   drop function if exists ringfence.end_session_v1(text, text);
--   drop function if exists ringfence.sign_out_everywhere_v1(text);
--   drop function if exists ringfence.standing_v1(text, text, text, integer, integer, bigint);
--   drop function if exists ringfence.count_tokens_v1(jsonb, jsonb);
--   drop function if exists ringfence.custom_access_token_hook(jsonb);
--   drop function if exists ringfence.in_upgrade_share(text);
--   drop function if exists ringfence.session_gone_v1(text);
--   drop function if exists ringfence.forget_sessions_v1(interval, integer);
--   drop function if exists ringfence.default_organization_v1(bigint);
--   drop function if exists ringfence.is_member_v1(bigint, bigint);
--   commit;

-- 3.2 memberships of public.staff that end are noted
--   id      authenticate/epochs
--   proves  a removed member who is added again has to get a new token
--   needs   TRIGGER on public.staff
begin;
-- SHARE UPDATE EXCLUSIVE on public.staff; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."staff" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.staff; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "ringfence_membership_ended" after delete or update on "public"."staff" for each row execute function "ringfence"."membership_ended_v1"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.staff; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."staff" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.staff; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."membership_ended_v1"() cascade;
--   commit;

-- 3.3 signing keys of the application's own issuers
--   id      authenticate/keys
--   proves  tokens can be signed with a key that no verifier holds, and the key can be changed under way
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table if not exists ringfence.signing_keys (
    kid text primary key check (kid ~ '^[A-Za-z0-9_-]{8,128}$'),
    alg text not null check (alg in ('ES256', 'EdDSA')),
    state text not null check (state in ('standby', 'in_use', 'previously_used', 'revoked')),
    state_before text check (state_before in ('standby', 'in_use', 'previously_used', 'revoked')),
    public_jwk text not null check (pg_catalog.octet_length(public_jwk) <= 2048 and public_jwk !~ '"(d|k|p|q)" *:'),
    envelope bytea not null check (pg_catalog.octet_length(envelope) between 30 and 4096),
    secret_id smallint not null check (secret_id > 0),
    created_at timestamptz not null default pg_catalog.clock_timestamp(),
    changed_at timestamptz not null default pg_catalog.clock_timestamp()
);
create unique index if not exists "signing_keys_one_in_use" on ringfence.signing_keys ("state") where "state" = 'in_use';
comment on table ringfence.signing_keys is
    'Signing keys of the application, their private halves encrypted under RINGFENCE_KEYS_SECRET (ringfence keys)';
create table if not exists ringfence.signing_key_moves (
    id bigint generated always as identity primary key,
    kid text not null references ringfence.signing_keys (kid),
    state_before text,
    state text not null,
    moved_at timestamptz not null default pg_catalog.clock_timestamp(),
    moved_by text not null default session_user
);
comment on table ringfence.signing_key_moves is 'What was done with each signing key, when, and by which login';
revoke all on table ringfence.signing_keys, ringfence.signing_key_moves from public;
alter table ringfence.signing_keys enable row level security;
alter table ringfence.signing_key_moves enable row level security;
drop policy if exists "issuers" on ringfence.signing_keys;
grant usage on schema ringfence to "rf_case_auth";
grant select on table ringfence.signing_keys to "rf_case_auth";
create policy "issuers" on ringfence.signing_keys for select to "rf_case_auth" using (true);
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   do $undo$
--   begin
--     if not exists (select from ringfence.signing_keys) then
--       drop table ringfence.signing_key_moves;
--       drop table ringfence.signing_keys;
--     end if;
--   end
--   $undo$;
--   commit;

-- 3.4 which side of the application answers which endpoint
--   id      authenticate/endpoints
--   proves  endpoints can be switched one by one, and fall back by themselves
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table ringfence.endpoints (
    endpoint text primary key check (pg_catalog.char_length(endpoint) between 1 and 200),
    mode text not null default 'legacy' check (mode in ('legacy', 'shadow', 'tenant_share', 'tenant')),
    percent numeric(5, 2) check (percent between 0 and 100),
    error_share_max numeric not null default 0.01 check (error_share_max between 0 and 1),
    difference_share_max numeric not null default 0.001 check (difference_share_max between 0 and 1),
    observed_min integer not null default 50 check (observed_min > 0),
    falls_back boolean not null default true,
    revision bigint not null default 1,
    mode_since timestamptz not null default pg_catalog.now(),
    check ((mode = 'tenant_share') = (percent is not null))
);
comment on table ringfence.endpoints is 'Which side of the application answers which endpoint';
create table ringfence.endpoint_counts (
    endpoint text not null references ringfence.endpoints on delete cascade,
    revision bigint not null,
    slot timestamptz not null,
    legacy_answers bigint not null,
    tenant_answers bigint not null,
    tenant_runs bigint not null,
    tenant_errors bigint not null,
    compared bigint not null,
    differed bigint not null,
    skipped bigint not null,
    primary key (endpoint, revision, slot)
);
create index "endpoint_counts_slot" on ringfence.endpoint_counts ("slot");
comment on table ringfence.endpoint_counts is 'What the workers saw of each endpoint, ten seconds a row, kept for a day';
create table ringfence.endpoint_events (
    id bigint generated always as identity primary key,
    at timestamptz not null default pg_catalog.clock_timestamp(),
    endpoint text not null,
    kind text not null check (kind in ('set', 'fallback')),
    mode_before text,
    percent_before numeric(5, 2),
    mode_after text not null,
    percent_after numeric(5, 2),
    revision bigint not null,
    reason text not null,
    login text not null default session_user
);
create index "endpoint_events_endpoint" on ringfence.endpoint_events ("endpoint", "id");
comment on table ringfence.endpoint_events is 'Every change of an endpoint, by whom and why';
revoke all on ringfence.endpoints, ringfence.endpoint_counts, ringfence.endpoint_events from public;
create function ringfence.exchange_endpoints_v1(counts jsonb) returns table (
    endpoint text, mode text, percent numeric, error_share_max numeric, difference_share_max numeric,
    observed_min integer, falls_back boolean, revision bigint,
    tenant_runs bigint, tenant_errors bigint, compared bigint, differed bigint
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
-- a worker that waits here shows its application yesterday's modes
set lock_timeout = '300ms'
as $function$
#variable_conflict use_column
begin
    if jsonb_array_length(counts) > 0 then
        -- An endpoint that the application has and nobody named is listed as legacy. In order, so that two workers
        -- never wait for each other; bounded, so that names made of paths cannot fill the table.
        insert into ringfence.endpoints (endpoint)
            select distinct c ->> 'endpoint' from jsonb_array_elements(counts) c
            where char_length(c ->> 'endpoint') between 1 and 200
                and not exists (select from ringfence.endpoints e where e.endpoint = c ->> 'endpoint')
            order by 1
            limit greatest(0, 1000 - (select count(*) from ringfence.endpoints))
            on conflict do nothing;
        insert into ringfence.endpoint_counts as k
            select c.endpoint, c.revision, date_bin('10 seconds', now(), 'epoch'), sum(greatest(c.legacy_answers, 0)),
                sum(greatest(c.tenant_answers, 0)), sum(greatest(c.tenant_runs, 0)),
                sum(greatest(c.tenant_errors, 0)), sum(greatest(c.compared, 0)), sum(greatest(c.differed, 0)),
                sum(greatest(c.skipped, 0))
            from jsonb_to_recordset(counts) as c (
                endpoint text, revision bigint, legacy_answers bigint, tenant_answers bigint, tenant_runs bigint,
                tenant_errors bigint, compared bigint, differed bigint, skipped bigint
            )
            join ringfence.endpoints e on e.endpoint = c.endpoint
            group by c.endpoint, c.revision
            order by c.endpoint, c.revision
            on conflict (endpoint, revision, slot) do update set
                legacy_answers = k.legacy_answers + excluded.legacy_answers,
                tenant_answers = k.tenant_answers + excluded.tenant_answers,
                tenant_runs = k.tenant_runs + excluded.tenant_runs,
                tenant_errors = k.tenant_errors + excluded.tenant_errors,
                compared = k.compared + excluded.compared,
                differed = k.differed + excluded.differed,
                skipped = k.skipped + excluded.skipped;
        delete from ringfence.endpoint_counts k using (
            select o.endpoint, o.revision, o.slot from ringfence.endpoint_counts o
                where o.slot < now() - interval '1 day' limit 1000 for update skip locked
        ) o where k.endpoint = o.endpoint and k.revision = o.revision and k.slot = o.slot;
    end if;
    return query
        select e.endpoint, e.mode, e.percent, e.error_share_max, e.difference_share_max, e.observed_min, e.falls_back,
            e.revision, coalesce(s.runs, 0), coalesce(s.errors, 0), coalesce(s.compared, 0), coalesce(s.differed, 0)
        from ringfence.endpoints e
        left join lateral (
            select sum(k.tenant_runs)::bigint as runs, sum(k.tenant_errors)::bigint as errors,
                sum(k.compared)::bigint as compared, sum(k.differed)::bigint as differed
            from ringfence.endpoint_counts k
            where k.endpoint = e.endpoint and k.revision = e.revision and k.slot > now() - interval '60 seconds'
        ) s on true;
end
$function$;
create function ringfence.fall_back_v1(endpoint_name text, seen_revision bigint, reason text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $function$
declare
    old record;
begin
    select * into old from ringfence.endpoints e
        where e.endpoint = endpoint_name and e.revision = seen_revision and e.mode <> 'legacy' and e.falls_back
        for update;
    if not found then
        return false;
    end if;
    update ringfence.endpoints e set mode = 'legacy', percent = null, revision = e.revision + 1, mode_since = now()
        where e.endpoint = endpoint_name;
    insert into ringfence.endpoint_events
        (endpoint, kind, mode_before, percent_before, mode_after, percent_after, revision, reason)
        values (endpoint_name, 'fallback', old.mode, old.percent, 'legacy', null, old.revision + 1, left(reason, 500));
    return true;
end
$function$;
create function ringfence.set_endpoint_v1(
    endpoint_name text, new_mode text, new_percent numeric, new_error_share_max numeric,
    new_difference_share_max numeric, new_observed_min integer, new_falls_back boolean, reason text
) returns void
language plpgsql volatile security invoker
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $function$
declare
    old record;
    known boolean;
begin
    select * into old from ringfence.endpoints e where e.endpoint = endpoint_name for update;
    known := found;
    insert into ringfence.endpoints as e (endpoint) values (endpoint_name) on conflict do nothing;
    update ringfence.endpoints e set
        mode = coalesce(new_mode, e.mode),
        percent = case
            when coalesce(new_mode, e.mode) = 'tenant_share' then coalesce(new_percent, e.percent)
        end,
        error_share_max = coalesce(new_error_share_max, e.error_share_max),
        difference_share_max = coalesce(new_difference_share_max, e.difference_share_max),
        observed_min = coalesce(new_observed_min, e.observed_min),
        falls_back = coalesce(new_falls_back, e.falls_back),
        -- what was seen under the old setting says nothing about the new one
        revision = e.revision + 1,
        mode_since = case when coalesce(new_mode, e.mode) = e.mode and known then e.mode_since else now() end
        where e.endpoint = endpoint_name;
    insert into ringfence.endpoint_events
        (endpoint, kind, mode_before, percent_before, mode_after, percent_after, revision, reason)
        select endpoint_name, 'set', old.mode, old.percent, e.mode, e.percent, e.revision, left(set_endpoint_v1.reason, 500)
        from ringfence.endpoints e where e.endpoint = endpoint_name;
end
$function$;
revoke all on function ringfence.exchange_endpoints_v1(jsonb) from public;
revoke all on function ringfence.fall_back_v1(text, bigint, text) from public;
revoke all on function ringfence.set_endpoint_v1(text, text, numeric, numeric, numeric, integer, boolean, text) from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function ringfence.exchange_endpoints_v1(jsonb), ringfence.fall_back_v1(text, bigint, text), ringfence.set_endpoint_v1(text, text, numeric, numeric, numeric, integer, boolean, text);
--   drop table ringfence.endpoint_events, ringfence.endpoint_counts, ringfence.endpoints;
--   commit;

-- gate RFG-TENANT-CONTEXT: 0.999 of the requests have a tenant; let users of several organizations choose one (switch), or set [authenticate] several = "home"; users of none need a membership. [gates] tenant_context_share_min is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when t.requests >= 1000
  and t.first_slot <= pg_catalog.now() - pg_catalog.make_interval(hours => 24)
  and t.hole <= pg_catalog.make_interval(hours => 25) then t.requests::bigint else 0 end as observed
from (select pg_catalog.sum(s.requests) as requests, pg_catalog.min(s.slot) as first_slot,
    pg_catalog.max(s.until - s.slot) as hole
  from (select c.slot, c.with_tenant + c.resolved + c.several + c.none as requests,
      coalesce(pg_catalog.lead(c.slot) over (order by c.slot), pg_catalog.now()) as until
    from ringfence.token_counts c
    where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 49)) s) t) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-TENANT-CONTEXT: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'requests without a tenant' as subject,
  (t.several + t.none) || ' of ' || t.requests || ' requests: ' || t.several || ' of users of several organizations who have chosen none, ' || t.none || ' of users of none' as detail
from (select coalesce(pg_catalog.sum(c.with_tenant), 0) as with_tenant, coalesce(pg_catalog.sum(c.resolved), 0) as resolved, coalesce(pg_catalog.sum(c.several), 0) as several, coalesce(pg_catalog.sum(c.none), 0) as none, coalesce(pg_catalog.sum(c.legacy_signature), 0) as legacy_signature,
    coalesce(pg_catalog.sum(c.with_tenant + c.resolved + c.several + c.none), 0) as requests
  from ringfence.token_counts c
  where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 24)) t
where t.requests - t.several - t.none < 0.999 * t.requests
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-TENANT-CONTEXT: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-LEGACY-SIGNATURE: no request with a legacy signature for 30 days, longer than any of them lives; some issuer still signs with the old secret, or its tokens live longer than legacy_lifetime_days. The window may close when this holds; [gates] legacy_token_share_max is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when t.requests >= 1000
  and t.first_slot <= pg_catalog.now() - pg_catalog.make_interval(hours => 720)
  and t.hole <= pg_catalog.make_interval(hours => 25) then t.requests::bigint else 0 end as observed
from (select pg_catalog.sum(s.requests) as requests, pg_catalog.min(s.slot) as first_slot,
    pg_catalog.max(s.until - s.slot) as hole
  from (select c.slot, c.with_tenant + c.resolved + c.several + c.none as requests,
      coalesce(pg_catalog.lead(c.slot) over (order by c.slot), pg_catalog.now()) as until
    from ringfence.token_counts c
    where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 745)) s) t) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-SIGNATURE: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'requests with a legacy signature' as subject, (t.legacy_signature) || ' of ' || t.requests || ' requests' as detail
from (select coalesce(pg_catalog.sum(c.with_tenant), 0) as with_tenant, coalesce(pg_catalog.sum(c.resolved), 0) as resolved, coalesce(pg_catalog.sum(c.several), 0) as several, coalesce(pg_catalog.sum(c.none), 0) as none, coalesce(pg_catalog.sum(c.legacy_signature), 0) as legacy_signature,
    coalesce(pg_catalog.sum(c.with_tenant + c.resolved + c.several + c.none), 0) as requests
  from ringfence.token_counts c
  where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 720)) t where t.legacy_signature > 0.0 * t.requests
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-SIGNATURE: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-LEGACY-TENANT: no request with a token that names no tenant for 30 days, longer than any of them lives; widen the share: update ringfence.authenticate_settings set upgrade_share = 1, and wait for the refreshes. The window may close when this holds; [gates] legacy_token_share_max is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when t.requests >= 1000
  and t.first_slot <= pg_catalog.now() - pg_catalog.make_interval(hours => 720)
  and t.hole <= pg_catalog.make_interval(hours => 25) then t.requests::bigint else 0 end as observed
from (select pg_catalog.sum(s.requests) as requests, pg_catalog.min(s.slot) as first_slot,
    pg_catalog.max(s.until - s.slot) as hole
  from (select c.slot, c.with_tenant + c.resolved + c.several + c.none as requests,
      coalesce(pg_catalog.lead(c.slot) over (order by c.slot), pg_catalog.now()) as until
    from ringfence.token_counts c
    where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 745)) s) t) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-TENANT: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'requests with a token that names no tenant' as subject, (t.resolved + t.several + t.none) || ' of ' || t.requests || ' requests' as detail
from (select coalesce(pg_catalog.sum(c.with_tenant), 0) as with_tenant, coalesce(pg_catalog.sum(c.resolved), 0) as resolved, coalesce(pg_catalog.sum(c.several), 0) as several, coalesce(pg_catalog.sum(c.none), 0) as none, coalesce(pg_catalog.sum(c.legacy_signature), 0) as legacy_signature,
    coalesce(pg_catalog.sum(c.with_tenant + c.resolved + c.several + c.none), 0) as requests
  from ringfence.token_counts c
  where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 720)) t where t.resolved + t.several + t.none > 0.0 * t.requests
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-TENANT: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-LEGACY-SESSIONS: no session of the last 30 days is left without a tenant; they get their tenant with the next refresh; those that never refresh are over when their token is
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when t.requests >= 1000
  and t.first_slot <= pg_catalog.now() - pg_catalog.make_interval(hours => 24)
  and t.hole <= pg_catalog.make_interval(hours => 25) then t.requests::bigint else 0 end as observed
from (select pg_catalog.sum(s.requests) as requests, pg_catalog.min(s.slot) as first_slot,
    pg_catalog.max(s.until - s.slot) as hole
  from (select c.slot, c.with_tenant + c.resolved + c.several + c.none as requests,
      coalesce(pg_catalog.lead(c.slot) over (order by c.slot), pg_catalog.now()) as until
    from ringfence.token_counts c
    where c.slot >= pg_catalog.now() - pg_catalog.make_interval(hours => 49)) s) t) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-SESSIONS: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'sessions without a tenant' as subject, count(*) || ' sessions, last seen '
  || pg_catalog.to_char(pg_catalog.max(s.legacy_seen_at), 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.sessions s where s.legacy_seen_at > pg_catalog.now() - pg_catalog.make_interval(days => 30)
  and s.revoked_at is null and (s.tenant_since is null or s.tenant_since < s.legacy_seen_at)
having count(*) > 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-LEGACY-SESSIONS: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-ENDPOINTS: every endpoint is answered by the side that knows tenants; ringfence endpoints shows them; ringfence endpoints set moves one
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select count(*) as observed from ringfence.endpoints) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-ENDPOINTS: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select e.endpoint as subject, e.mode || coalesce(' ' || e.percent || ' %', '') || ' since '
  || pg_catalog.to_char(e.mode_since, 'YYYY-MM-DD HH24:MI TZ') as detail
from ringfence.endpoints e where e.mode <> 'tenant' order by 1 limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-ENDPOINTS: ' || subject, detail = detail;
  end if;
end
$do$;
