-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          auth.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     users with the same domain in email share an organization; 2 public mail domains give one organization per user
-- tenant table   public.documents: owner_id -> home organization of that user
-- tenant table   public."Review Comments": "document id" -> public.documents
-- tenant table   public.events: document_id -> public.documents; rows without any stop the run
-- shared table   public.plans: prices are the same for everybody
-- excluded table auth.users: belongs to the auth service
-- note           two views name every column with *
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
-- PHASE 1 expand: the tenant column appears
-- =================================================================================================

-- gate RFG-PRIVILEGES: the role may do it; grant it
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'documents'::text as subject, 'missing'::text as detail where false
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-PRIVILEGES: ' || subject, detail = detail;
  end if;
end
$do$;

-- 1.1 which logins are connected
--   id      prepare/sessions
-- not SQL: reads pg_stat_activity and notes each login and application in ringfence.session_samples
-- undo: nothing, only measures

-- 1.2 tenant column on public.documents
--   id      expand/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader
--   H15 clients that prepared SELECT * fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents" add column "client_id" uuid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."documents" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."documents" drop column if exists "client_id";
--   commit;

-- 1.3 what people decide is kept
--   id      expand/decisions
-- nothing is executed
-- undo: IMPOSSIBLE, a word once said is said

-- =================================================================================================
-- PHASE 2 backfill: every row has the right tenant
-- =================================================================================================

-- 2.1 organizations for every user
--   id      backfill/memberships
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$select 1 limit $1$again$ using 5000::bigint;
    get diagnostics changed = row_count;
    commit;
    exit when changed = 0;
  end loop;
end
$do$;
-- undo: nothing, the rows go with their tables

-- 2.2 the right tenant for every row of public."a ""b"" --`c`|\x1b[31m"
--   id      backfill/rows
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."a ""b""
--`c`|[31m";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."a ""b""
--`c`|[31m" t where t."client_id" is null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."a ""b""
--`c`|[31m"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        execute $batch$with victim as (
  select t.ctid as place from only "public"."a ""b""
--`c`|[31m" t
  where t.ctid >= $1::tid and t.ctid < $2::tid and 1 % $3::int = $4::int
  for no key update of t skip locked
), changed as (
  update only "public"."a ""b""
--`c`|[31m" t set "client_id" = null
  from victim v where t.ctid = v.place returning true as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."a ""b""
--`c`|[31m"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."a ""b""
--`c`|[31m"';
  end if;
end
$do$;
-- rows a person must decide on: decide whose rows these are
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'row'::text as subject, 'no tenant'::text as detail from only "public"."a ""b""
--`c`|[31m" t limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'public."a ""b""
--`c`|[31m": ' || subject, detail = detail;
  end if;
end
$do$;
-- undo: nothing, goes with its column

-- 2.3 a last sweep
--   id      backfill/settle
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."a ""b""
--`c`|[31m" t where t."client_id" is null$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."a ""b""
--`c`|[31m"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        execute $batch$with victim as (
  select t.ctid as place from only "public"."a ""b""
--`c`|[31m" t
  where t.ctid >= $1::tid and t.ctid < $2::tid and 1 % $3::int = $4::int
  for no key update of t skip locked
), changed as (
  update only "public"."a ""b""
--`c`|[31m" t set "client_id" = null
  from victim v where t.ctid = v.place returning true as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."a ""b""
--`c`|[31m"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."a ""b""
--`c`|[31m"';
  end if;
end
$do$;
-- undo: nothing, as before

-- 2.4 index documents_key on public.documents (client_id, id)
--   id      backfill/index
-- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_key";
-- SHARE UPDATE EXCLUSIVE on public.documents; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "documents_key" on "public"."documents" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select true as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_key";
--   -- SHARE UPDATE EXCLUSIVE on public.documents; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."documents_key";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select true as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.5 documents_slug_key no longer holds across tenants
--   id      backfill/retire
--   ONE-WAY rows of two tenants may share a slug
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents" drop constraint "documents_slug_key";
commit;
-- undo:
--   -- after a failed try, when select false: drop index concurrently if exists "public"."documents_key";
--   -- SHARE UPDATE EXCLUSIVE on public.documents; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   create unique index concurrently "documents_slug" on "public"."documents" ("client_id", "id");
--   reset lock_timeout; reset statement_timeout;

-- gate RFG-DIFFERS: every row has its tenant; sweep again
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'documents'::text as subject, 'missing'::text as detail where false
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS: ' || subject, detail = detail;
  end if;
end
$do$;
