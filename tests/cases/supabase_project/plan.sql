-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  org_id uuid
-- users          auth.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     users with the same domain in email share an organization; 92 public mail domains give one organization per user
-- tenant table   public.notes: user_id -> home organization of that user
-- tenant table   public.profiles: id -> home organization of that user
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
select 'CREATE on schema public', 'grant create on schema "public" to current_user' where not coalesce((select pg_catalog.has_schema_privilege('public', 'CREATE') as allowed), false)
union all
select 'REFERENCES on auth.users', 'grant references on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on auth.users', 'grant trigger on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on auth.users', 'grant select on "auth"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"auth"."users"'), 'SELECT'), true) as allowed), false)
union all
select 'owner of public.notes', 'grant <owner of public.notes> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."notes"'::pg_catalog.regclass), false)
union all
select 'owner of public.profiles', 'grant <owner of public.profiles> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."profiles"'::pg_catalog.regclass), false)
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
revoke all on table "public"."organizations" from public, "authenticated", "anon";
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
--   needs   CREATE on schema public; REFERENCES on auth.users
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create table "public"."user_organizations" (
  "user_id" uuid not null,
  "organization_id" uuid not null references "public"."organizations" ("id"),
  role text not null default 'member',
  "is_home" boolean not null default false,
  created_at timestamptz not null default pg_catalog.now(),
  primary key ("user_id", "organization_id")
);
create unique index "user_organizations_home_key" on "public"."user_organizations" ("user_id") where "is_home";
create index "user_organizations_members_idx" on "public"."user_organizations" ("organization_id", "user_id");
alter table "public"."user_organizations" enable row level security;
revoke all on table "public"."user_organizations" from public, "authenticated", "anon";
-- SHARE ROW EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "auth"."users" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on auth.users; lock 50 ms, run 5 s
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
  and exists (select from "auth"."users" u where u."id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in auth.users gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on auth.users; SELECT on auth.users
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
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null or nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') in ('126.com', '139.com', '163.com', 'aim.com', 'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bk.ru', 'bluewin.ch', 'bol.com.br', 'btinternet.com', 'centrum.cz', 'comcast.net', 'cox.net', 'duck.com', 'email.com', 'fastmail.com', 'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.ru', 'interia.pl', 'laposte.net', 'libero.it', 'list.ru', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com', 'naver.com', 'o2.pl', 'onet.pl', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'posteo.de', 'privaterelay.appleid.com', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'sina.com', 't-online.de', 'tiscali.it', 'tuta.io', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de', 'wp.pl', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zoho.com') then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null or nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') in ('126.com', '139.com', '163.com', 'aim.com', 'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bk.ru', 'bluewin.ch', 'bol.com.br', 'btinternet.com', 'centrum.cz', 'comcast.net', 'cox.net', 'duck.com', 'email.com', 'fastmail.com', 'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.ru', 'interia.pl', 'laposte.net', 'libero.it', 'list.ru', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com', 'naver.com', 'o2.pl', 'onet.pl', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'posteo.de', 'privaterelay.appleid.com', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'sina.com', 't-online.de', 'tiscali.it', 'tuta.io', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de', 'wp.pl', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zoho.com') then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "auth"."users" u
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
-- SHARE UPDATE EXCLUSIVE on auth.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "auth"."users" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "auth"."users" for each row execute function "ringfence"."assign_user"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on auth.users; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "auth"."users" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on auth.users; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 functions that give a tenant to what old code writes into public.notes
--   id      expand/public.notes/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_notes"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
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
  new."org_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_notes"() from public;
create or replace function "ringfence"."settle_public_notes"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."notes" u set "org_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."org_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_notes"() from public;
create or replace function "ringfence"."choice_public_notes"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."org_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.notes', new."id"::text, new."org_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_notes"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_notes"();
--   drop function if exists "ringfence"."settle_public_notes"();
--   drop function if exists "ringfence"."fill_public_notes"();
--   commit;

-- 1.7 tenant column and fill triggers on public.notes
--   id      expand/public.notes/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add column "org_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" alter column "org_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."notes" for each row execute function "ringfence"."fill_public_notes"();
create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."org_id" is distinct from new."org_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_notes"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."notes" deferrable initially deferred for each row when (new."org_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_notes"();
create trigger "ringfence_choice" after insert or update of "org_id" on "public"."notes" for each row when (new."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_notes"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."notes";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
--   drop trigger if exists "00_ringfence_settle" on "public"."notes";
--   drop trigger if exists "ringfence_choice" on "public"."notes";
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop column if exists "org_id";
--   commit;

-- 1.8 functions that give a tenant to what old code writes into public.profiles
--   id      expand/public.profiles/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_profiles"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
declare
  derived uuid;
  given uuid := new."org_id";
begin
  if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
    given := null;
  end if;
  if derived is null then
    select h.organization_key into derived from "ringfence"."home_memberships" h where h.user_key = new."id";
  end if;
  if given is not null and given is distinct from derived then
    if new."id" is null or exists (select from "ringfence"."active_memberships" m
        where m.user_key = new."id" and m.organization_key = given) then
      return new;  -- an explicit choice of the owner's own organizations
    end if;
  end if;
  new."org_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_profiles"() from public;
create or replace function "ringfence"."settle_public_profiles"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."profiles" u set "org_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
        where t."id" = new."id" and t."org_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."org_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_profiles"() from public;
create or replace function "ringfence"."choice_public_profiles"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."id" and h.organization_key = new."org_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.profiles', new."id"::text, new."org_id"::text, new."id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_profiles"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_profiles"();
--   drop function if exists "ringfence"."settle_public_profiles"();
--   drop function if exists "ringfence"."fill_public_profiles"();
--   commit;

-- 1.9 tenant column and fill triggers on public.profiles
--   id      expand/public.profiles/column
--   proves  old inserts get a tenant from the moment the column exists
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add column "org_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" alter column "org_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."profiles" for each row execute function "ringfence"."fill_public_profiles"();
create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_profiles"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."profiles" deferrable initially deferred for each row when (new."org_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_profiles"();
create trigger "ringfence_choice" after insert or update of "org_id" on "public"."profiles" for each row when (new."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_profiles"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."profiles";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
--   drop trigger if exists "00_ringfence_settle" on "public"."profiles";
--   drop trigger if exists "ringfence_choice" on "public"."profiles";
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * on this table fail until they reconnect
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop column if exists "org_id";
--   commit;

-- 1.10 what people decide from here on is kept when the phase is reverted
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
--   select 'public.notes', t."id"::text, t."org_id"::text, t."user_id"::text
--   from "public"."notes" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."org_id" is not null and t."org_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."org_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.profiles', t."id"::text, t."org_id"::text, t."id"::text
--   from "public"."profiles" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
--   where t."org_id" is not null and t."org_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid) and t."org_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."notes"', 'org_id'), ('"public"."profiles"', 'org_id')) w (t, c)
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
--   needs   SELECT on auth.users
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."id" as user_key from "auth"."users" w
  where not exists (select from "public"."user_organizations" x where x."user_id" = w."id")
  limit $1
), given as (
select user_key, organization_key, name,
  pg_catalog.row_number() over (partition by user_key order by wanted desc, organization_key) = 1 as home
from (select a.user_key, "ringfence".organization_id_v1(a.key) as organization_key, a.name, a.home as wanted
from (
select u."id" as user_key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null or nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') in ('126.com', '139.com', '163.com', 'aim.com', 'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bk.ru', 'bluewin.ch', 'bol.com.br', 'btinternet.com', 'centrum.cz', 'comcast.net', 'cox.net', 'duck.com', 'email.com', 'fastmail.com', 'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.ru', 'interia.pl', 'laposte.net', 'libero.it', 'list.ru', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com', 'naver.com', 'o2.pl', 'onet.pl', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'posteo.de', 'privaterelay.appleid.com', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'sina.com', 't-online.de', 'tiscali.it', 'tuta.io', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de', 'wp.pl', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zoho.com') then 'user:' || u."id"::text else 'domain:' || nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as key,
  case when nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') is null or nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') in ('126.com', '139.com', '163.com', 'aim.com', 'aol.com', 'att.net', 'bellsouth.net', 'bigpond.com', 'bk.ru', 'bluewin.ch', 'bol.com.br', 'btinternet.com', 'centrum.cz', 'comcast.net', 'cox.net', 'duck.com', 'email.com', 'fastmail.com', 'foxmail.com', 'free.fr', 'freenet.de', 'gmail.com', 'gmx.at', 'gmx.ch', 'gmx.com', 'gmx.de', 'gmx.net', 'googlemail.com', 'hey.com', 'hotmail.co.uk', 'hotmail.com', 'hotmail.de', 'hotmail.es', 'hotmail.fr', 'hotmail.it', 'icloud.com', 'inbox.ru', 'interia.pl', 'laposte.net', 'libero.it', 'list.ru', 'live.co.uk', 'live.com', 'live.fr', 'mac.com', 'mail.com', 'mail.ru', 'me.com', 'msn.com', 'naver.com', 'o2.pl', 'onet.pl', 'orange.fr', 'outlook.com', 'outlook.de', 'outlook.fr', 'pm.me', 'posteo.de', 'privaterelay.appleid.com', 'proton.me', 'protonmail.com', 'qq.com', 'rediffmail.com', 'rocketmail.com', 'sbcglobal.net', 'seznam.cz', 'sfr.fr', 'sina.com', 't-online.de', 'tiscali.it', 'tuta.io', 'tutanota.com', 'uol.com.br', 'verizon.net', 'virgilio.it', 'virginmedia.com', 'wanadoo.fr', 'web.de', 'wp.pl', 'yahoo.co.in', 'yahoo.co.jp', 'yahoo.co.uk', 'yahoo.com', 'yahoo.com.br', 'yahoo.de', 'yahoo.es', 'yahoo.fr', 'yahoo.it', 'yandex.com', 'yandex.ru', 'ymail.com', 'zoho.com') then 'Personal organization' else nullif(lower(substring(u."email"::text from '@([^@[:space:]]+)$')), '') end as name,
  true as home
from "auth"."users" u
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

-- 2.3 the right tenant for every row of public.notes
--   id      backfill/public.notes/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.notes
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."notes";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."notes"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."notes" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."body", old."created_at"), row(new."id", new."user_id", new."body", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."notes"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."notes"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.profiles
--   id      backfill/public.profiles/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.profiles
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."profiles";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."profiles"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."profiles" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."username", old."updated_at"), row(new."id", new."username", new."updated_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."profiles"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."profiles"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 every new row of public.notes must have a tenant
--   id      backfill/public.notes/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add constraint "notes_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop constraint if exists "notes_org_id_present";
--   commit;

-- 2.6 prove notes_org_id_present for the rows already in public.notes
--   id      backfill/public.notes/validate/notes_org_id_present
--   proves  notes_org_id_present holds for every row
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."notes" validate constraint "notes_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.7 public.notes.org_id is NOT NULL
--   id      backfill/public.notes/not_null
--   proves  no row is without tenant
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" drop constraint if exists "notes_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" alter column "org_id" drop not null;
--   commit;

-- 2.8 every new row of public.profiles must have a tenant
--   id      backfill/public.profiles/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add constraint "profiles_org_id_present" check ("org_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop constraint if exists "profiles_org_id_present";
--   commit;

-- 2.9 prove profiles_org_id_present for the rows already in public.profiles
--   id      backfill/public.profiles/validate/profiles_org_id_present
--   proves  profiles_org_id_present holds for every row
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."profiles" validate constraint "profiles_org_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.10 public.profiles.org_id is NOT NULL
--   id      backfill/public.profiles/not_null
--   proves  no row is without tenant
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" alter column "org_id" set not null;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" drop constraint if exists "profiles_org_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" alter column "org_id" drop not null;
--   commit;

-- 2.11 the tenant of public.notes is an organization
--   id      backfill/public.notes/reference/notes_org_id_fkey
--   proves  the tenant of public.notes is an organization, for every row written from here on
--   needs   owner of public.notes; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.notes, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."notes" add constraint "notes_org_id_fkey" foreign key ("org_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."notes" drop constraint if exists "notes_org_id_fkey";
--   commit;

-- 2.12 the tenant of public.profiles is an organization
--   id      backfill/public.profiles/reference/profiles_org_id_fkey
--   proves  the tenant of public.profiles is an organization, for every row written from here on
--   needs   owner of public.profiles; REFERENCES on public.organizations
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."organizations" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.profiles, public.organizations; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."profiles" add constraint "profiles_org_id_fkey" foreign key ("org_id") references "public"."organizations" ("id") not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.organizations; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."organizations" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles, public.organizations; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."profiles" drop constraint if exists "profiles_org_id_fkey";
--   commit;

-- 2.13 a last sweep over public.notes, now that references carry every change
--   id      backfill/public.notes/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.notes
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."notes"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."notes" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."user_id", old."body", old."created_at"), row(new."id", new."user_id", new."body", new."created_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."notes"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."notes"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.14 a last sweep over public.profiles, now that references carry every change
--   id      backfill/public.profiles/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.profiles
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."profiles"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."profiles" t set "org_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."username", old."updated_at"), row(new."id", new."username", new."updated_at")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."profiles"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."profiles"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.15 prove notes_org_id_fkey for the rows already in public.notes
--   id      backfill/public.notes/validate/notes_org_id_fkey
--   proves  notes_org_id_fkey holds for every row
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."notes" validate constraint "notes_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.16 prove profiles_org_id_fkey for the rows already in public.profiles
--   id      backfill/public.profiles/validate/profiles_org_id_fkey
--   proves  profiles_org_id_fkey holds for every row
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles, public.organizations; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."profiles" validate constraint "profiles_org_id_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.17 index notes_org_id_id_idx on public.notes (org_id, id)
--   id      backfill/public.notes/index/notes_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.notes
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."notes_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "notes_org_id_id_idx" on "public"."notes" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."notes_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."notes_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."notes_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.18 index notes_org_id_user_id_idx on public.notes (org_id, user_id)
--   id      backfill/public.notes/index/notes_org_id_user_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.notes
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_org_id_user_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."notes_org_id_user_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "notes_org_id_user_id_idx" on "public"."notes" ("org_id", "user_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."notes_org_id_user_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."notes_org_id_user_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."notes_org_id_user_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."notes_org_id_user_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.19 index profiles_org_id_id_idx on public.profiles (org_id, id)
--   id      backfill/public.profiles/index/profiles_org_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.profiles
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."profiles_org_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."profiles_org_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "profiles_org_id_id_idx" on "public"."profiles" ("org_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."profiles_org_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."profiles_org_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."profiles_org_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."profiles_org_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.20 fill triggers of public.notes in their lasting form
--   id      backfill/public.notes/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.notes
begin;
-- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."notes" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."org_id" is distinct from new."org_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_notes"();
drop trigger if exists "ringfence_choice" on "public"."notes";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.notes', t."id"::text, t."org_id"::text, t."user_id"::text
--   from "public"."notes" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."org_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.notes; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."notes" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.notes; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."notes";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."notes" for each row when ((old."org_id" is distinct from new."org_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_notes"();
--   drop trigger if exists "ringfence_choice" on "public"."notes";
--   create trigger "ringfence_choice" after insert or update of "org_id" on "public"."notes" for each row when (new."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_notes"();
--   commit;

-- 2.21 fill triggers of public.profiles in their lasting form
--   id      backfill/public.profiles/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.profiles
begin;
-- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."profiles" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id")) execute function "ringfence"."fill_public_profiles"();
drop trigger if exists "ringfence_choice" on "public"."profiles";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.profiles', t."id"::text, t."org_id"::text, t."id"::text
--   from "public"."profiles" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
--   where t."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and t."org_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.profiles; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."profiles" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.profiles; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."profiles";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."profiles" for each row when ((old."org_id" is distinct from new."org_id" or old."id" is distinct from new."id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_profiles"();
--   drop trigger if exists "ringfence_choice" on "public"."profiles";
--   create trigger "ringfence_choice" after insert or update of "org_id" on "public"."profiles" for each row when (new."org_id" = '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_profiles"();
--   commit;

-- gate RFG-DIFFERS:public.notes: every row of public.notes has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.notes row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."notes" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.notes' and c.row_key = t."id"::text and c.owner_key is not distinct from t."user_id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.notes: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.profiles: every row of public.profiles has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.profiles row ' || t."id"::text as subject,
  'has ' || coalesce(t."org_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."profiles" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.profiles' and c.row_key = t."id"::text and c.owner_key is not distinct from t."id"::text
where t."org_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."org_id" is null or t."org_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."id" and m.organization_key = t."org_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."org_id" is null or t."org_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.profiles: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."notes"', '"public"."profiles"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'org_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."notes"', '"public"."profiles"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;
