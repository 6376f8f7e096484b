-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  team_id uuid
-- users          public.profiles by id
-- organizations  public.teams, adopted as they are
-- memberships    public.team_members, adopted as they are
-- assignment     adopted: the application's own memberships decide, nothing is assigned
-- tenant table   public.boards: its own team_id; rows without any stop the run
-- tenant table   public.cards: board_id -> public.boards; rows without any stop the run
-- tenant table   public.saved_views: user_id -> home organization of that user; rows without any stop the run
-- excluded table public.profiles: excluded, as the file says
-- excluded table public.team_members: holds the memberships
-- excluded table public.teams: holds the organizations
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
select 'SELECT on public.team_members', 'grant select on "public"."team_members" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."team_members"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.boards', 'grant <owner of public.boards> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."boards"'::pg_catalog.regclass), false)
union all
select 'owner of public.cards', 'grant <owner of public.cards> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."cards"'::pg_catalog.regclass), false)
union all
select 'owner of public.saved_views', 'grant <owner of public.saved_views> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."saved_views"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.boards', 'grant references on "public"."boards" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."boards"'), 'REFERENCES'), true) as allowed), false)
union all
select 'REFERENCES on public.teams', 'grant references on "public"."teams" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."teams"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   SELECT on public.team_members
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace view "ringfence"."home_memberships" as
select distinct on (m."user_id") m."user_id" as user_key, m."team_id" as organization_key
from "public"."team_members" m where m."user_id" is not null and m."team_id" is not null
order by m."user_id", m."joined_at", m."team_id";
create or replace view "ringfence"."active_memberships" as
select m."user_id" as user_key, m."team_id" as organization_key
from "public"."team_members" m where m."user_id" is not null and m."team_id" is not null;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop view if exists "ringfence"."home_memberships", "ringfence"."active_memberships";
--   commit;

-- 1.2 functions that give a tenant to what old code writes into public.boards
--   id      expand/public.boards/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_boards"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."team_id";
begin
  if derived is null then
    derived := new."team_id";
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."team_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_boards"() from public;
create or replace function "ringfence"."settle_public_boards"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."boards" u set "team_id" = s.tenant
  from (select t."team_id" as tenant from "public"."boards" t
  
        where t."id" = new."id" and t."team_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."team_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_boards"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_boards"();
--   drop function if exists "ringfence"."fill_public_boards"();
--   commit;

-- 1.3 tenant column and fill triggers on public.boards
--   id      expand/public.boards/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.boards
begin;
-- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."boards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."boards" for each row execute function "ringfence"."fill_public_boards"();
create trigger "zzz_ringfence_fill_update" before update on "public"."boards" for each row when ((old."team_id" is distinct from new."team_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_boards"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."boards" deferrable initially deferred for each row when (new."team_id" is null) execute function "ringfence"."settle_public_boards"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."boards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."boards";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."boards";
--   drop trigger if exists "00_ringfence_settle" on "public"."boards";
--   commit;

-- 1.4 functions that give a tenant to what old code writes into public.cards
--   id      expand/public.cards/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_cards"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."team_id";
begin
  if derived is null then
    select p1."team_id" into derived from "public"."boards" p1
      where p1."id" = new."board_id" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."team_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_cards"() from public;
create or replace function "ringfence"."settle_public_cards"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."cards" u set "team_id" = s.tenant
  from (select d1_1."team_id" as tenant from "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
        where t."id" = new."id" and t."team_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."team_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_cards"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_cards"();
--   drop function if exists "ringfence"."fill_public_cards"();
--   commit;

-- 1.5 tenant column and fill triggers on public.cards
--   id      expand/public.cards/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."cards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."cards" add column "team_id" uuid;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."cards" for each row execute function "ringfence"."fill_public_cards"();
create trigger "zzz_ringfence_fill_update" before update on "public"."cards" for each row when ((old."team_id" is distinct from new."team_id" or old."board_id" is distinct from new."board_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_cards"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."cards" deferrable initially deferred for each row when (new."team_id" is null) execute function "ringfence"."settle_public_cards"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."cards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."cards";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."cards";
--   drop trigger if exists "00_ringfence_settle" on "public"."cards";
--   -- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."cards" drop column if exists "team_id";
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.saved_views
--   id      expand/public.saved_views/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_saved_views"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."team_id";
begin
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."user_id";
  end if;
  if given is not null and given is distinct from derived then
    if new."user_id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."user_id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."team_id" := coalesce(derived, null);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_saved_views"() from public;
create or replace function "ringfence"."settle_public_saved_views"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."saved_views" u set "team_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."team_id" is null) s
  where u."id" = new."id"
    and s.tenant is not null and u."team_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_saved_views"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_saved_views"();
--   drop function if exists "ringfence"."fill_public_saved_views"();
--   commit;

-- 1.7 tenant column and fill triggers on public.saved_views
--   id      expand/public.saved_views/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."saved_views" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."saved_views" add column "team_id" uuid;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."saved_views" for each row execute function "ringfence"."fill_public_saved_views"();
create trigger "zzz_ringfence_fill_update" before update on "public"."saved_views" for each row when ((old."team_id" is distinct from new."team_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_saved_views"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."saved_views" deferrable initially deferred for each row when (new."team_id" is null) execute function "ringfence"."settle_public_saved_views"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."saved_views" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."saved_views";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."saved_views";
--   drop trigger if exists "00_ringfence_settle" on "public"."saved_views";
--   -- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."saved_views" drop column if exists "team_id";
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
--   select 'public.saved_views', t."id"::text, t."team_id"::text, t."user_id"::text
--   from "public"."saved_views" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."team_id" is not null and t."team_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."boards"', 'team_id'), ('"public"."cards"', 'team_id'), ('"public"."saved_views"', 'team_id')) w (t, c)
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

-- 2.1 the right tenant for every row of public.boards
--   id      backfill/public.boards/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.boards
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."boards";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."boards" t
  
where t."team_id" is distinct from t."team_id" and t."team_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."boards"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, t."team_id" as tenant
  from only "public"."boards" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from t."team_id" and t."team_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."boards" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."name"), row(new."id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."boards"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."boards"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.boards in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.boards row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."boards" t
  
where t."team_id" is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.boards: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.2 the right tenant for every row of public.cards
--   id      backfill/public.cards/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.cards
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."cards";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
where t."team_id" is distinct from d1_1."team_id" and d1_1."team_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."cards"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."team_id" as tenant
  from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from d1_1."team_id" and d1_1."team_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."cards" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."board_id", old."title"), row(new."id", new."board_id", new."title")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."cards"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."cards"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.cards in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.cards row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
where d1_1."team_id" is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.cards: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.3 the right tenant for every row of public.saved_views
--   id      backfill/public.saved_views/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.saved_views
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."saved_views";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."team_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."team_id" is null or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."team_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."saved_views"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::uuid, d1.organization_key) as tenant
  from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."team_id" is null or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."team_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."saved_views" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."query"), row(new."id", new."user_id", new."query")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."saved_views"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."saved_views"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.saved_views in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.saved_views row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where coalesce(c.organization_key::uuid, d1.organization_key) is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.saved_views: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 every new row of public.cards must have a tenant
--   id      backfill/public.cards/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."cards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."cards" add constraint "cards_team_id_present" check ("team_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."cards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."cards" drop constraint if exists "cards_team_id_present";
--   commit;

-- 2.5 prove cards_team_id_present for the rows already in public.cards
--   id      backfill/public.cards/validate/cards_team_id_present
--   proves  cards_team_id_present holds for every row
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."cards" validate constraint "cards_team_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.6 public.cards.team_id is NOT NULL
--   id      backfill/public.cards/not_null
--   proves  no row is without tenant
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."cards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."cards" alter column "team_id" set not null;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."cards" drop constraint if exists "cards_team_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."cards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."cards" alter column "team_id" drop not null;
--   commit;

-- 2.7 every new row of public.saved_views must have a tenant
--   id      backfill/public.saved_views/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."saved_views" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."saved_views" add constraint "saved_views_team_id_present" check ("team_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."saved_views" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."saved_views" drop constraint if exists "saved_views_team_id_present";
--   commit;

-- 2.8 prove saved_views_team_id_present for the rows already in public.saved_views
--   id      backfill/public.saved_views/validate/saved_views_team_id_present
--   proves  saved_views_team_id_present holds for every row
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."saved_views" validate constraint "saved_views_team_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.9 public.saved_views.team_id is NOT NULL
--   id      backfill/public.saved_views/not_null
--   proves  no row is without tenant
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."saved_views" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."saved_views" alter column "team_id" set not null;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."saved_views" drop constraint if exists "saved_views_team_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."saved_views" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."saved_views" alter column "team_id" drop not null;
--   commit;

-- 2.10 index boards_team_id_id_key on public.boards (team_id, id)
--   id      backfill/public.boards/index/boards_team_id_id_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.boards
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."boards_team_id_id_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."boards_team_id_id_key";
-- SHARE UPDATE EXCLUSIVE on public.boards; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "boards_team_id_id_key" on "public"."boards" ("team_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."boards_team_id_id_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."boards_team_id_id_key";
--   -- SHARE UPDATE EXCLUSIVE on public.boards; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."boards_team_id_id_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."boards_team_id_id_key"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.11 unique key (team_id, id) on public.boards, the target of tenant-consistent references
--   id      backfill/public.boards/unique/boards_team_id_id_key
--   proves  a parent row and its tenant can be referenced together
--   needs   owner of public.boards
begin;
-- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."boards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."boards" add constraint "boards_team_id_id_key" unique using index "boards_team_id_id_key";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."boards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."boards" drop constraint if exists "boards_team_id_id_key";
--   commit;

-- 2.12 index cards_team_id_board_id_idx on public.cards (team_id, board_id)
--   id      backfill/public.cards/index/cards_team_id_board_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.cards
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."cards_team_id_board_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."cards_team_id_board_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.cards; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "cards_team_id_board_id_idx" on "public"."cards" ("team_id", "board_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."cards_team_id_board_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."cards_team_id_board_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."cards_team_id_board_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."cards_team_id_board_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.13 reference of public.cards to public.boards that carries the tenant
--   id      backfill/public.cards/reference/cards_team_id_board_id_fkey
--   proves  reference of public.cards to public.boards that carries the tenant, for every row written from here on
--   needs   owner of public.cards; REFERENCES on public.boards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."cards" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."boards" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.cards, public.boards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."cards" add constraint "cards_team_id_board_id_fkey" foreign key ("team_id", "board_id") references "public"."boards" ("team_id", "id") on update cascade on delete cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."cards" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."boards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.cards, public.boards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."cards" drop constraint if exists "cards_team_id_board_id_fkey";
--   commit;

-- 2.14 the tenant of public.saved_views is an organization
--   id      backfill/public.saved_views/reference/saved_views_team_id_fkey
--   proves  the tenant of public.saved_views is an organization, for every row written from here on
--   needs   owner of public.saved_views; REFERENCES on public.teams
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."saved_views" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.saved_views, public.teams; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."saved_views" add constraint "saved_views_team_id_fkey" foreign key ("team_id") references "public"."teams" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."saved_views" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.saved_views, public.teams; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."saved_views" drop constraint if exists "saved_views_team_id_fkey";
--   commit;

-- 2.15 a last sweep over public.boards, now that references carry every change
--   id      backfill/public.boards/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.boards
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."boards" t
  
where t."team_id" is distinct from t."team_id" and t."team_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."boards"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, t."team_id" as tenant
  from only "public"."boards" t
  
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from t."team_id" and t."team_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."boards" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."name"), row(new."id", new."name")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."boards"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."boards"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.boards in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.boards row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."boards" t
  
where t."team_id" is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.boards: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.16 a last sweep over public.cards, now that references carry every change
--   id      backfill/public.cards/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.cards
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
where t."team_id" is distinct from d1_1."team_id" and d1_1."team_id" is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."cards"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, d1_1."team_id" as tenant
  from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from d1_1."team_id" and d1_1."team_id" is not null
  for no key update of t skip locked
), changed as (
  update only "public"."cards" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."board_id", old."title"), row(new."id", new."board_id", new."title")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."cards"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."cards"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.cards in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.cards row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
where d1_1."team_id" is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.cards: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.17 a last sweep over public.saved_views, now that references carry every change
--   id      backfill/public.saved_views/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.saved_views
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."team_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."team_id" is null or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."team_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."saved_views"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(c.organization_key::uuid, d1.organization_key) as tenant
  from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."team_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."team_id" is null or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."team_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
  for no key update of t skip locked
), changed as (
  update only "public"."saved_views" t set "team_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."query"), row(new."id", new."user_id", new."query")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."saved_views"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."saved_views"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are: repair the reference, or set orphans = "quarantine" for public.saved_views in ringfence.toml, then ringfence plan --amend and ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.saved_views row ' || t."id"::text as subject,
  'no derivation gives it a tenant' as detail
from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where coalesce(c.organization_key::uuid, d1.organization_key) is null and (t."team_id" is null)
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public.saved_views: ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.18 prove cards_team_id_board_id_fkey for the rows already in public.cards
--   id      backfill/public.cards/validate/cards_team_id_board_id_fkey
--   proves  cards_team_id_board_id_fkey holds for every row
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards, public.boards; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."cards" validate constraint "cards_team_id_board_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.19 prove saved_views_team_id_fkey for the rows already in public.saved_views
--   id      backfill/public.saved_views/validate/saved_views_team_id_fkey
--   proves  saved_views_team_id_fkey holds for every row
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views, public.teams; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."saved_views" validate constraint "saved_views_team_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.20 index cards_team_id_id_idx on public.cards (team_id, id)
--   id      backfill/public.cards/index/cards_team_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.cards
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."cards_team_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."cards_team_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.cards; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "cards_team_id_id_idx" on "public"."cards" ("team_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."cards_team_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."cards_team_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."cards_team_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."cards_team_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.21 index saved_views_team_id_id_idx on public.saved_views (team_id, id)
--   id      backfill/public.saved_views/index/saved_views_team_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.saved_views
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."saved_views_team_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."saved_views_team_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "saved_views_team_id_id_idx" on "public"."saved_views" ("team_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."saved_views_team_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."saved_views_team_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."saved_views_team_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."saved_views_team_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.22 fill triggers of public.boards in their lasting form
--   id      backfill/public.boards/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.boards
begin;
-- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."boards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."boards";
create trigger "zzz_ringfence_fill_update" before update on "public"."boards" for each row when ((old."team_id" is distinct from new."team_id")) execute function "ringfence"."fill_public_boards"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.boards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."boards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.boards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."boards";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."boards" for each row when ((old."team_id" is distinct from new."team_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_boards"();
--   commit;

-- 2.23 fill triggers of public.cards in their lasting form
--   id      backfill/public.cards/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.cards
begin;
-- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."cards" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."cards";
create trigger "zzz_ringfence_fill_update" before update on "public"."cards" for each row when ((old."team_id" is distinct from new."team_id" or old."board_id" is distinct from new."board_id")) execute function "ringfence"."fill_public_cards"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.cards; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."cards" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.cards; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."cards";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."cards" for each row when ((old."team_id" is distinct from new."team_id" or old."board_id" is distinct from new."board_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_cards"();
--   commit;

-- 2.24 fill triggers of public.saved_views in their lasting form
--   id      backfill/public.saved_views/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.saved_views
begin;
-- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."saved_views" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."saved_views";
create trigger "zzz_ringfence_fill_update" before update on "public"."saved_views" for each row when ((old."team_id" is distinct from new."team_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_saved_views"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.saved_views; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."saved_views" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.saved_views; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."saved_views";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."saved_views" for each row when ((old."team_id" is distinct from new."team_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_saved_views"();
--   commit;

-- gate RFG-DIFFERS:public.boards: every row of public.boards has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.boards row ' || t."id"::text as subject,
  'has ' || coalesce(t."team_id"::text, 'no tenant') || ', derived is ' || coalesce(t."team_id"::text, 'nothing') as detail
from only "public"."boards" t
  
where t."team_id" is distinct from t."team_id" and t."team_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.boards: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.cards: every row of public.cards has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.cards row ' || t."id"::text as subject,
  'has ' || coalesce(t."team_id"::text, 'no tenant') || ', derived is ' || coalesce(d1_1."team_id"::text, 'nothing') as detail
from only "public"."cards" t
  left join "public"."boards" d1_1 on d1_1."id" = t."board_id"
where t."team_id" is distinct from d1_1."team_id" and d1_1."team_id" is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.cards: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.saved_views: every row of public.saved_views has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.saved_views row ' || t."id"::text as subject,
  'has ' || coalesce(t."team_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(c.organization_key::uuid, d1.organization_key)::text, 'nothing') as detail
from only "public"."saved_views" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.saved_views' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."team_id" is distinct from coalesce(c.organization_key::uuid, d1.organization_key) and (t."team_id" is null or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."team_id"))) and coalesce(c.organization_key::uuid, d1.organization_key) is not null
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.saved_views: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."boards"', '"public"."cards"', '"public"."saved_views"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'team_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."boards"', '"public"."cards"', '"public"."saved_views"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
