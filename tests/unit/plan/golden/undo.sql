-- =================================================================================================
-- Revert to before phase 1, for PostgreSQL 18
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

-- backfill/retire: rows of two tenants may share a slug. rename one of them
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'slug' as subject, 'twice' as detail from "public"."documents" limit 100
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'backfill/retire: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- UNDO OF PHASE 2 backfill
-- =================================================================================================

-- 2.5 documents_slug_key no longer holds across tenants
-- after a failed try, when select false: drop index concurrently if exists "public"."documents_key";
-- SHARE UPDATE EXCLUSIVE on public.documents; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "documents_slug" on "public"."documents" ("client_id", "id");
reset lock_timeout; reset statement_timeout;

-- 2.4 index documents_key on public.documents (client_id, id)
-- after a failed try, when select false as answer: drop index concurrently if exists "public"."documents_key";
-- SHARE UPDATE EXCLUSIVE on public.documents; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
set lock_timeout = 0; set statement_timeout = 43200000;
drop index concurrently if exists "public"."documents_key";
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

-- 2.3 a last sweep
-- undo: nothing, as before

-- 2.2 the right tenant for every row of public."a ""b"" --`c`|\x1b[31m"
-- undo: nothing, goes with its column

-- 2.1 organizations for every user
-- undo: nothing, the rows go with their tables

-- =================================================================================================
-- UNDO OF PHASE 1 expand
-- =================================================================================================

-- gate RFG-IN-USE: nobody uses the column; stop
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'documents'::text as subject, 'missing'::text as detail where false
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-IN-USE: ' || subject, detail = detail;
  end if;
end
$do$;

-- 1.3 what people decide is kept
-- undo: IMPOSSIBLE, a word once said is said

-- 1.2 tenant column on public.documents
begin;
-- SHARE UPDATE EXCLUSIVE on public.documents; lock 1.5 s, run 2.5 s
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."documents" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.documents; lock 50 ms, run 5 s
--   H1 queues behind a long reader
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."documents" drop column if exists "client_id";
commit;

-- 1.1 which logins are connected
-- undo: nothing, only measures
