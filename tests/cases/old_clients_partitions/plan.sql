-- =================================================================================================
-- Plan for PostgreSQL 18
--
-- tenant column  client_id uuid
-- users          public.users by id
-- organizations  public.organizations, created
-- memberships    public.user_organizations, created
-- assignment     users with the same domain in email share an organization; 92 public mail domains give one organization per user
-- tenant table   public.readings: user_id -> home organization of that user
-- tenant table   public.remarks: reading_id, at, kind -> public.readings
-- tenant table   public.readings_2024: follows public.readings
-- tenant table   public.readings_2025: follows public.readings
-- tenant table   public.readings_2025_a: follows public.readings
-- tenant table   public.readings_2025_rest: follows public.readings
-- tenant table   public.readings_rest: follows public.readings
-- excluded table public.users: excluded, as the file says
-- note           public.readings: is public.readings__all from phase 1 on, behind a view of its old columns; for login meter (declared)
-- note           public.remarks: is public.remarks__all from phase 1 on, behind a view of its old columns; for login meter (declared)
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
select 'REFERENCES on public.users', 'grant references on "public"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."users"'), 'REFERENCES'), true) as allowed), false)
union all
select 'SELECT on public.user_organizations', 'grant select on "public"."user_organizations" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."user_organizations"'), 'SELECT'), true) as allowed), false)
union all
select 'TRIGGER on public.users', 'grant trigger on "public"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."users"'), 'TRIGGER'), true) as allowed), false)
union all
select 'SELECT on public.users', 'grant select on "public"."users" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."users"'), 'SELECT'), true) as allowed), false)
union all
select 'CREATE on the database', 'grant create on database <this one> to current_user' where not coalesce((select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as allowed), false)
union all
select 'owner of public.readings', 'grant <owner of public.readings> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings"'::pg_catalog.regclass), false)
union all
select 'owner of public.remarks', 'grant <owner of public.remarks> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."remarks"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings_2024', 'grant <owner of public.readings_2024> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings_2024"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings_rest', 'grant <owner of public.readings_rest> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings_rest"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings_2025_a', 'grant <owner of public.readings_2025_a> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings_2025_a"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings_2025_rest', 'grant <owner of public.readings_2025_rest> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings_2025_rest"'::pg_catalog.regclass), false)
union all
select 'owner of public.readings_2025', 'grant <owner of public.readings_2025> to current_user' where not coalesce((select pg_catalog.pg_has_role(c.relowner, 'USAGE') as allowed from pg_catalog.pg_class c where c.oid = '"public"."readings_2025"'::pg_catalog.regclass), false)
union all
select 'REFERENCES on public.readings', 'grant references on "public"."readings" to current_user' where not coalesce((select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('"public"."readings"'), 'REFERENCES'), true) as allowed), false)
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
--   needs   CREATE on schema public; REFERENCES on public.users
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
revoke all on table "public"."user_organizations" from public;
-- SHARE ROW EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."user_organizations" add constraint "user_organizations_user_fkey" foreign key ("user_id") references "public"."users" ("id") on update cascade on delete cascade;
commit;
-- undo:
--   begin;
--   -- ACCESS EXCLUSIVE on public.users; lock 50 ms, run 5 s
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
  and exists (select from "public"."users" u where u."id" = r."user_id")
on conflict do nothing;
commit;
-- undo: nothing, the rows go with their tables; expand/decisions keeps them first

-- 1.5 whoever signs up in public.users gets an organization at once
--   id      expand/sign_up
--   proves  no user is without organization from here on
--   needs   TRIGGER on public.users; SELECT on public.users
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
from "public"."users" u
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
-- SHARE UPDATE EXCLUSIVE on public.users; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."users" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.users; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create trigger "00_ringfence_sign_up" after insert on "public"."users" for each row execute function "ringfence"."assign_user"();
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
--   drop function if exists "ringfence"."assign_user"() cascade;
--   commit;

-- 1.6 schema next, where new code finds the full tables (search_path = next, ..)
--   id      expand/compatibility
--   proves  whoever may use the tables' schema may use this one
--   needs   CREATE on the database
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create schema "next";
grant usage on schema "next" to public, "pg_database_owner";
-- In which hours somebody looked who was connected. Without it, "not seen" could mean that nobody was looking.
create table if not exists ringfence.session_watches (
  hour timestamptz not null primary key,
  samples bigint not null default 1
);
comment on table ringfence.session_watches is
  'The hours in which sessions were sampled: an old client counts as gone only after hours that were all watched.';
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop schema if exists "next";
--   commit;

-- 1.7 functions that give a tenant to what old code writes into public.readings
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
  derived uuid;
  given uuid := new."client_id";
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
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_readings"() from public;
create or replace function "ringfence"."settle_public_readings"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."readings__all" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."readings__all" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."at" = new."at" and t."kind" = new."kind" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id" and u."at" = new."at" and u."kind" = new."kind"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_readings"() from public;
create or replace function "ringfence"."choice_public_readings"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  if not exists (select from "ringfence"."home_memberships" h where h.user_key = new."user_id" and h.organization_key = new."client_id") then
    insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
    values ('public.readings', row(new."id", new."at", new."kind")::text, new."client_id"::text, new."user_id"::text)
    on conflict (table_name, row_key) do update
      set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
  end if;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."choice_public_readings"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."choice_public_readings"();
--   drop function if exists "ringfence"."settle_public_readings"();
--   drop function if exists "ringfence"."fill_public_readings"();
--   commit;

-- 1.8 tenant column and fill triggers on public.readings; old clients reach it through a view of its old columns
--   id      expand/public.readings/column
--   proves  old statements, prepared ones too, see the columns they know; new code sees all of them
--   needs   owner of public.readings; CREATE on schema public
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings" rename to "readings__all";
-- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" add column "client_id" uuid default '88197377-37e3-771b-2e1c-89a6548127d8'::uuid;
-- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."readings__all" for each row execute function "ringfence"."fill_public_readings"();
create trigger "zzz_ringfence_fill_update" before update on "public"."readings__all" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."readings__all" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_readings"();
create trigger "ringfence_choice" after insert or update of "client_id" on "public"."readings__all" for each row when (new."client_id" = '88197377-37e3-771b-2e1c-89a6548127d8'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_readings"();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."readings" with (security_invoker = true) as
select "id", "at", "kind", "user_id", "value" from "public"."readings__all";
create view "next"."readings" with (security_invoker = true) as
select "id", "at", "kind", "user_id", "value", "client_id" from "public"."readings__all";
comment on view "next"."readings" is 'public.readings with client_id, for code that has next first in its search_path';
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on next.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "next"."readings";
--   -- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."readings";
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."readings__all";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings__all";
--   drop trigger if exists "00_ringfence_settle" on "public"."readings__all";
--   drop trigger if exists "ringfence_choice" on "public"."readings__all";
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings__all" drop column if exists "client_id";
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings__all" rename to "readings";
--   commit;

-- 1.9 functions that give a tenant to what old code writes into public.remarks
--   id      expand/public.remarks/functions
--   proves  plpgsql accepts the functions; the case tests prove what they decide
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_remarks"() returns trigger
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
    select p1."client_id" into derived from "public"."readings__all" p1
      where p1."id" = new."reading_id" and p1."at" = new."at" and p1."kind" = new."kind" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
revoke all on function "ringfence"."fill_public_remarks"() from public;
create or replace function "ringfence"."settle_public_remarks"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."remarks__all" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
revoke all on function "ringfence"."settle_public_remarks"() from public;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   drop function if exists "ringfence"."settle_public_remarks"();
--   drop function if exists "ringfence"."fill_public_remarks"();
--   commit;

-- 1.10 tenant column and fill triggers on public.remarks; old clients reach it through a view of its old columns
--   id      expand/public.remarks/column
--   proves  old statements, prepared ones too, see the columns they know; new code sees all of them
--   needs   owner of public.remarks; CREATE on schema public
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.remarks; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks" rename to "remarks__all";
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" add column "client_id" uuid default '621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" alter column "client_id" drop default;
create trigger "zzz_ringfence_fill_insert" before insert on "public"."remarks__all" for each row execute function "ringfence"."fill_public_remarks"();
create trigger "zzz_ringfence_fill_update" before update on "public"."remarks__all" for each row when ((old."client_id" is distinct from new."client_id" or old."reading_id" is distinct from new."reading_id" or old."at" is distinct from new."at" or old."kind" is distinct from new."kind") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_remarks"();
create constraint trigger "00_ringfence_settle" after insert or update on "public"."remarks__all" deferrable initially deferred for each row when (new."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) execute function "ringfence"."settle_public_remarks"();
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."remarks" with (security_invoker = true) as
select "id", "reading_id", "at", "kind", "body" from "public"."remarks__all";
create view "next"."remarks" with (security_invoker = true) as
select "id", "reading_id", "at", "kind", "body", "client_id" from "public"."remarks__all";
comment on view "next"."remarks" is 'public.remarks with client_id, for code that has next first in its search_path';
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on next.remarks; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "next"."remarks";
--   -- ACCESS EXCLUSIVE on public.remarks; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."remarks";
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_insert" on "public"."remarks__all";
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."remarks__all";
--   drop trigger if exists "00_ringfence_settle" on "public"."remarks__all";
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H15 clients that prepared SELECT * or RETURNING * go on through a view of the old columns
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks__all" drop column if exists "client_id";
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks__all" rename to "remarks";
--   commit;

-- 1.11 what people decide from here on is kept when the phase is reverted
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
--   select 'public.readings', row(t."id", t."at", t."kind")::text, t."client_id"::text, t."user_id"::text
--   from "public"."readings__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" is not null and t."client_id" not in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid, '88197377-37e3-771b-2e1c-89a6548127d8'::uuid) and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;

-- gate RFG-FILL: column and fill triggers stand on every tenant table; somebody changed the table meanwhile: ringfence plan --amend, then ringfence apply
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.t as subject, 'tenant column or fill trigger missing or disabled' as detail
from (values ('"public"."readings__all"', 'client_id'), ('"public"."readings_2024"', 'client_id'), ('"public"."readings_2025"', 'client_id'), ('"public"."readings_rest"', 'client_id'), ('"public"."readings_2025_a"', 'client_id'), ('"public"."readings_2025_rest"', 'client_id'), ('"public"."remarks__all"', 'client_id')) w (t, c)
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
--   needs   SELECT on public.users
-- again and again until no row is left, 5000 at a time; each time is a transaction
do $do$
declare changed bigint;
begin
  loop
    execute $again$with waiting as (
  select w."id" as user_key from "public"."users" w
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
from "public"."users" u
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

-- 2.3 the right tenant for every row of public.readings_2024
--   id      backfill/public.readings/rows/public.readings_2024
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2024
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."readings_2024";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2024" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2024"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2024" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2024" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2024"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2024"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.4 the right tenant for every row of public.readings_rest
--   id      backfill/public.readings/rows/public.readings_rest
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_rest
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."readings_rest";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_rest"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_rest" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_rest"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_rest"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.5 the right tenant for every row of public.readings_2025_a
--   id      backfill/public.readings/rows/public.readings_2025_a
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2025_a
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."readings_2025_a";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2025_a" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2025_a"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2025_a" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2025_a" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2025_a"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2025_a"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.6 the right tenant for every row of public.readings_2025_rest
--   id      backfill/public.readings/rows/public.readings_2025_rest
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2025_rest
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."readings_2025_rest";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2025_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2025_rest"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2025_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2025_rest" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2025_rest"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2025_rest"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.7 the right tenant for every row of public.remarks
--   id      backfill/public.remarks/rows
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.remarks
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
analyze "public"."remarks__all";
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 1 .. 22 loop
    execute $count$select count(*) as rows from only "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."remarks__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        set local session_replication_role = replica;
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."remarks__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."reading_id", old."at", old."kind", old."body"), row(new."id", new."reading_id", new."at", new."kind", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."remarks__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."remarks__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.8 every new row of public.readings must have a tenant
--   id      backfill/public.readings/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" add constraint "readings_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings__all" drop constraint if exists "readings_client_id_present";
--   commit;

-- 2.9 prove readings_client_id_present for the rows already in public.readings
--   id      backfill/public.readings/validate/readings_client_id_present
--   proves  readings_client_id_present holds for every row
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."readings__all" validate constraint "readings_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.10 public.readings.client_id is NOT NULL
--   id      backfill/public.readings/not_null
--   proves  no row is without tenant
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" drop constraint if exists "readings_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings__all" alter column "client_id" drop not null;
--   commit;

-- 2.11 every new row of public.remarks must have a tenant
--   id      backfill/public.remarks/present
--   proves  no row without tenant can be written from here on
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" add constraint "remarks_client_id_present" check ("client_id" is not null) not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks__all" drop constraint if exists "remarks_client_id_present";
--   commit;

-- 2.12 prove remarks_client_id_present for the rows already in public.remarks
--   id      backfill/public.remarks/validate/remarks_client_id_present
--   proves  remarks_client_id_present holds for every row
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."remarks__all" validate constraint "remarks_client_id_present";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.13 public.remarks.client_id is NOT NULL
--   id      backfill/public.remarks/not_null
--   proves  no row is without tenant
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H12 no scan under the strong lock: the validated check proves it
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" alter column "client_id" set not null;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" drop constraint if exists "remarks_client_id_present";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks__all" alter column "client_id" drop not null;
--   commit;

-- 2.14 index readings_client_id_id_at_kind_key declared on the partitioned table public.readings
--   id      backfill/public.readings/index/readings_client_id_id_at_kind_key
--   proves  later partitions get the index by themselves
--   needs   owner of public.readings
begin;
-- SHARE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create unique index "readings_client_id_id_at_kind_key" on only "public"."readings__all" ("client_id", "id", "at", "kind");
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2024" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_rest" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025_a" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025_rest" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop index if exists "public"."readings_client_id_id_at_kind_key";
--   drop index if exists "public"."readings_2024_client_id_id_at_kind_key";
--   drop index if exists "public"."readings_2025_client_id_id_at_kind_key";
--   drop index if exists "public"."readings_rest_client_id_id_at_kind_key";
--   drop index if exists "public"."readings_2025_a_client_id_id_at_kind_key";
--   drop index if exists "public"."readings_2025_rest_client_id_id_at_kind_key";
--   commit;

-- 2.15 index readings_2024_client_id_id_at_kind_key on public.readings_2024 (client_id, id, at, kind)
--   id      backfill/public.readings_2024/index/readings_2024_client_id_id_at_kind_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2024
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2024_client_id_id_at_kind_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2024_client_id_id_at_kind_key";
-- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id, at, kind) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "readings_2024_client_id_id_at_kind_key" on "public"."readings_2024" ("client_id", "id", "at", "kind");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2024_client_id_id_at_kind_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.16 index readings_2025_client_id_id_at_kind_key declared on the partitioned table public.readings_2025
--   id      backfill/public.readings_2025/index/readings_2025_client_id_id_at_kind_key
--   proves  later partitions get the index by themselves
--   needs   owner of public.readings_2025
begin;
-- SHARE on public.readings_2025; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create unique index "readings_2025_client_id_id_at_kind_key" on only "public"."readings_2025" ("client_id", "id", "at", "kind");
commit;
-- undo: nothing, goes with the root's index

-- 2.17 index readings_rest_client_id_id_at_kind_key on public.readings_rest (client_id, id, at, kind)
--   id      backfill/public.readings_rest/index/readings_rest_client_id_id_at_kind_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_rest
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_rest_client_id_id_at_kind_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_rest_client_id_id_at_kind_key";
-- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id, at, kind) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "readings_rest_client_id_id_at_kind_key" on "public"."readings_rest" ("client_id", "id", "at", "kind");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_rest_client_id_id_at_kind_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.18 index readings_2025_a_client_id_id_at_kind_key on public.readings_2025_a (client_id, id, at, kind)
--   id      backfill/public.readings_2025_a/index/readings_2025_a_client_id_id_at_kind_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2025_a
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_a_client_id_id_at_kind_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2025_a_client_id_id_at_kind_key";
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id, at, kind) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "readings_2025_a_client_id_id_at_kind_key" on "public"."readings_2025_a" ("client_id", "id", "at", "kind");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_a_client_id_id_at_kind_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.19 index readings_2025_rest_client_id_id_at_kind_key on public.readings_2025_rest (client_id, id, at, kind)
--   id      backfill/public.readings_2025_rest/index/readings_2025_rest_client_id_id_at_kind_key
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2025_rest
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_rest_client_id_id_at_kind_key"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2025_rest_client_id_id_at_kind_key";
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
--   T18 upserts that name (id, at, kind) can fail with 23505 or 40P01 when others write the same row at the same moment, and succeed when tried again
set lock_timeout = 0; set statement_timeout = 43200000;
create unique index concurrently "readings_2025_rest_client_id_id_at_kind_key" on "public"."readings_2025_rest" ("client_id", "id", "at", "kind");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_rest_client_id_id_at_kind_key"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.20 readings_2025_rest_client_id_id_at_kind_key becomes part of readings_2025_client_id_id_at_kind_key
--   id      backfill/public.readings_2025_rest/attach/readings_2025_rest_client_id_id_at_kind_key
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025_rest
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_2025_client_id_id_at_kind_key" attach partition "public"."readings_2025_rest_client_id_id_at_kind_key";
commit;
-- undo: nothing, goes with the root's index

-- 2.21 readings_2025_a_client_id_id_at_kind_key becomes part of readings_2025_client_id_id_at_kind_key
--   id      backfill/public.readings_2025_a/attach/readings_2025_a_client_id_id_at_kind_key
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025_a
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_2025_client_id_id_at_kind_key" attach partition "public"."readings_2025_a_client_id_id_at_kind_key";
commit;
-- undo: nothing, goes with the root's index

-- 2.22 readings_rest_client_id_id_at_kind_key becomes part of readings_client_id_id_at_kind_key
--   id      backfill/public.readings_rest/attach/readings_rest_client_id_id_at_kind_key
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_rest
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_id_at_kind_key" attach partition "public"."readings_rest_client_id_id_at_kind_key";
commit;
-- undo: nothing, goes with the root's index

-- 2.23 readings_2025_client_id_id_at_kind_key becomes part of readings_client_id_id_at_kind_key
--   id      backfill/public.readings_2025/attach/readings_2025_client_id_id_at_kind_key
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_id_at_kind_key" attach partition "public"."readings_2025_client_id_id_at_kind_key";
commit;
-- undo: nothing, goes with the root's index

-- 2.24 readings_2024_client_id_id_at_kind_key becomes part of readings_client_id_id_at_kind_key
--   id      backfill/public.readings_2024/attach/readings_2024_client_id_id_at_kind_key
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2024
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_id_at_kind_key" attach partition "public"."readings_2024_client_id_id_at_kind_key";
commit;
-- undo: nothing, goes with the root's index

-- 2.25 index remarks_client_id_reading_id_at_kind_idx on public.remarks (client_id, reading_id, at, kind)
--   id      backfill/public.remarks/index/remarks_client_id_reading_id_at_kind_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.remarks
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."remarks_client_id_reading_id_at_kind_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."remarks_client_id_reading_id_at_kind_idx";
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "remarks_client_id_reading_id_at_kind_idx" on "public"."remarks__all" ("client_id", "reading_id", "at", "kind");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."remarks_client_id_reading_id_at_kind_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."remarks_client_id_reading_id_at_kind_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."remarks_client_id_reading_id_at_kind_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."remarks_client_id_reading_id_at_kind_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.26 reference of public.remarks to public.readings that carries the tenant
--   id      backfill/public.remarks/reference/remarks_client_id_reading_id_at_kind_fkey
--   proves  reference of public.remarks to public.readings that carries the tenant, for every row written from here on
--   needs   owner of public.remarks; REFERENCES on public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks__all" in share update exclusive mode;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings__all" in share update exclusive mode;
-- SHARE ROW EXCLUSIVE on public.remarks__all, public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   H14 locks the referenced table too, for the same short moment
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" add constraint "remarks_client_id_reading_id_at_kind_fkey" foreign key ("client_id", "reading_id", "at", "kind") references "public"."readings__all" ("client_id", "id", "at", "kind") on update cascade not valid;
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks__all" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.remarks__all, public.readings__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   --   H14 locks the referenced table too, for the same short moment
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks__all" drop constraint if exists "remarks_client_id_reading_id_at_kind_fkey";
--   commit;

-- 2.27 a last sweep over public.readings_2024, now that references carry every change
--   id      backfill/public.readings/settle/public.readings_2024
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2024
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2024" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2024"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2024" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2024" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2024"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2024"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.28 a last sweep over public.readings_rest, now that references carry every change
--   id      backfill/public.readings/settle/public.readings_rest
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_rest
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_rest"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_rest" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_rest"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_rest"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.29 a last sweep over public.readings_2025_a, now that references carry every change
--   id      backfill/public.readings/settle/public.readings_2025_a
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2025_a
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2025_a" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2025_a"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2025_a" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2025_a" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2025_a"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2025_a"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.30 a last sweep over public.readings_2025_rest, now that references carry every change
--   id      backfill/public.readings/settle/public.readings_2025_rest
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.readings_2025_rest
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."readings_2025_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."readings_2025_rest"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."readings_2025_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(pg_catalog.hashtid(t.ctid) % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('88197377-37e3-771b-2e1c-89a6548127d8'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."readings_2025_rest" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."at", old."kind", old."user_id", old."value"), row(new."id", new."at", new."kind", new."user_id", new."value")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."readings_2025_rest"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."readings_2025_rest"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.31 a last sweep over public.remarks, now that references carry every change
--   id      backfill/public.remarks/settle
--   proves  no row of the table differs from its derived tenant; every batch changed nothing but the tenant column
--   needs   owner of public.remarks
-- batches of one stripe in 8 of 500 pages, each a transaction; then sweeps until no row differs
do $do$
declare
  differing bigint; changed bigint; intact boolean; page bigint; pages bigint; passes integer;
begin
  for sweep in 2 .. 22 loop
    execute $count$select count(*) as rows from only "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))$count$ into differing;
    exit when differing = 0 or sweep > 21;
    passes := case when sweep = 1 then 8 else 1 end;
    page := 0;
    pages := pg_catalog.pg_relation_size('"public"."remarks__all"'::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::bigint;
    while page < pages loop
      for stripe in 0 .. passes - 1 loop
        set local synchronous_commit = off;
        set local ringfence.backfill = 'on';
        execute $batch$with victim as materialized (
  select t.ctid as place, coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) as tenant
  from only "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
  where t.ctid >= $1::tid and t.ctid < $2::tid and abs(t."id" % $3::int) = $4::int
    and t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('621e1db7-d1e3-4d2f-33df-8ca057b1d31a'::uuid, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
  for no key update of t skip locked
), changed as (
  update only "public"."remarks__all" t set "client_id" = v.tenant
  from victim v where t.ctid = v.place
  returning pg_catalog.record_image_eq(row(old."id", old."reading_id", old."at", old."kind", old."body"), row(new."id", new."reading_id", new."at", new."kind", new."body")) as intact
)
select count(*) as rows, coalesce(bool_and(intact), true) as intact from changed$batch$
          into changed, intact
          using pg_catalog.format('(%s,0)', page), pg_catalog.format('(%s,0)', page + 500), passes, stripe;
        if not intact then
          raise exception 'a batch of % would have changed more than its tenant column', '"public"."remarks__all"';
        end if;
        commit;
      end loop;
      page := page + 500;
    end loop;
  end loop;
  if differing <> 0 then
    raise exception '% rows of % still differ', differing, '"public"."remarks__all"';
  end if;
end
$do$;
-- undo: nothing, the values go with their column

-- 2.32 prove remarks_client_id_reading_id_at_kind_fkey for the rows already in public.remarks
--   id      backfill/public.remarks/validate/remarks_client_id_reading_id_at_kind_fkey
--   proves  remarks_client_id_reading_id_at_kind_fkey holds for every row
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all, public.readings__all; lock 1.5 s, run 6 h
--   H8 one maintenance command per table at a time
set local lock_timeout = 1500; set local statement_timeout = 21600000;
alter table "public"."remarks__all" validate constraint "remarks_client_id_reading_id_at_kind_fkey";
commit;
-- undo: nothing, the constraint itself goes with the step that added it

-- 2.33 index readings_client_id_user_id_idx declared on the partitioned table public.readings
--   id      backfill/public.readings/index/readings_client_id_user_id_idx
--   proves  later partitions get the index by themselves
--   needs   owner of public.readings
begin;
-- SHARE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create index "readings_client_id_user_id_idx" on only "public"."readings__all" ("client_id", "user_id");
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2024" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_rest" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025_a" in share update exclusive mode;
--   -- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings_2025_rest" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop index if exists "public"."readings_client_id_user_id_idx";
--   drop index if exists "public"."readings_2024_client_id_user_id_idx";
--   drop index if exists "public"."readings_2025_client_id_user_id_idx";
--   drop index if exists "public"."readings_rest_client_id_user_id_idx";
--   drop index if exists "public"."readings_2025_a_client_id_user_id_idx";
--   drop index if exists "public"."readings_2025_rest_client_id_user_id_idx";
--   commit;

-- 2.34 index readings_2024_client_id_user_id_idx on public.readings_2024 (client_id, user_id)
--   id      backfill/public.readings_2024/index/readings_2024_client_id_user_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2024
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2024_client_id_user_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2024_client_id_user_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "readings_2024_client_id_user_id_idx" on "public"."readings_2024" ("client_id", "user_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2024_client_id_user_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.35 index readings_2025_client_id_user_id_idx declared on the partitioned table public.readings_2025
--   id      backfill/public.readings_2025/index/readings_2025_client_id_user_id_idx
--   proves  later partitions get the index by themselves
--   needs   owner of public.readings_2025
begin;
-- SHARE on public.readings_2025; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
create index "readings_2025_client_id_user_id_idx" on only "public"."readings_2025" ("client_id", "user_id");
commit;
-- undo: nothing, goes with the root's index

-- 2.36 index readings_rest_client_id_user_id_idx on public.readings_rest (client_id, user_id)
--   id      backfill/public.readings_rest/index/readings_rest_client_id_user_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_rest
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_rest_client_id_user_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_rest_client_id_user_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "readings_rest_client_id_user_id_idx" on "public"."readings_rest" ("client_id", "user_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_rest_client_id_user_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.37 index readings_2025_a_client_id_user_id_idx on public.readings_2025_a (client_id, user_id)
--   id      backfill/public.readings_2025_a/index/readings_2025_a_client_id_user_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2025_a
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_a_client_id_user_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2025_a_client_id_user_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "readings_2025_a_client_id_user_id_idx" on "public"."readings_2025_a" ("client_id", "user_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_a_client_id_user_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.38 index readings_2025_rest_client_id_user_id_idx on public.readings_2025_rest (client_id, user_id)
--   id      backfill/public.readings_2025_rest/index/readings_2025_rest_client_id_user_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.readings_2025_rest
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_rest_client_id_user_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."readings_2025_rest_client_id_user_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "readings_2025_rest_client_id_user_id_idx" on "public"."readings_2025_rest" ("client_id", "user_id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."readings_2025_rest_client_id_user_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo: nothing, goes with the root's index, to which it gets attached

-- 2.39 readings_2025_rest_client_id_user_id_idx becomes part of readings_2025_client_id_user_id_idx
--   id      backfill/public.readings_2025_rest/attach/readings_2025_rest_client_id_user_id_idx
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025_rest
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_rest; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_2025_client_id_user_id_idx" attach partition "public"."readings_2025_rest_client_id_user_id_idx";
commit;
-- undo: nothing, goes with the root's index

-- 2.40 readings_2025_a_client_id_user_id_idx becomes part of readings_2025_client_id_user_id_idx
--   id      backfill/public.readings_2025_a/attach/readings_2025_a_client_id_user_id_idx
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025_a
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025_a; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_2025_client_id_user_id_idx" attach partition "public"."readings_2025_a_client_id_user_id_idx";
commit;
-- undo: nothing, goes with the root's index

-- 2.41 readings_rest_client_id_user_id_idx becomes part of readings_client_id_user_id_idx
--   id      backfill/public.readings_rest/attach/readings_rest_client_id_user_id_idx
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_rest
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_rest; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_user_id_idx" attach partition "public"."readings_rest_client_id_user_id_idx";
commit;
-- undo: nothing, goes with the root's index

-- 2.42 readings_2025_client_id_user_id_idx becomes part of readings_client_id_user_id_idx
--   id      backfill/public.readings_2025/attach/readings_2025_client_id_user_id_idx
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2025
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2025; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_user_id_idx" attach partition "public"."readings_2025_client_id_user_id_idx";
commit;
-- undo: nothing, goes with the root's index

-- 2.43 readings_2024_client_id_user_id_idx becomes part of readings_client_id_user_id_idx
--   id      backfill/public.readings_2024/attach/readings_2024_client_id_user_id_idx
--   proves  the partitioned index is valid when its last partition is attached
--   needs   owner of public.readings_2024
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings_2024; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter index "public"."readings_client_id_user_id_idx" attach partition "public"."readings_2024_client_id_user_id_idx";
commit;
-- undo: nothing, goes with the root's index

-- 2.44 index remarks_client_id_id_idx on public.remarks (client_id, id)
--   id      backfill/public.remarks/index/remarks_client_id_id_idx
--   proves  the index is valid and ready, as read from pg_index
--   needs   owner of public.remarks
-- after a failed try, when select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."remarks_client_id_id_idx"') and not (i.indisvalid and i.indisready and i.indislive)) as answer: drop index concurrently if exists "public"."remarks_client_id_id_idx";
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock off, run 12 h
--   H5 waits for every transaction that was open when it began
--   H8 one maintenance command per table at a time
set lock_timeout = 0; set statement_timeout = 43200000;
create index concurrently "remarks_client_id_id_idx" on "public"."remarks__all" ("client_id", "id");
reset lock_timeout; reset statement_timeout;
do $do$
declare answer boolean;
begin
  execute $ask$select exists (select from pg_catalog.pg_index i where i.indexrelid = pg_catalog.to_regclass('"public"."remarks_client_id_id_idx"') and i.indisvalid and i.indisready and i.indislive) as answer$ask$ into answer;
  if answer is not true then
    raise exception using message = 'the statement ran and its result is not there';
  end if;
end
$do$;
-- undo:
--   -- after a failed try, when select false as answer: drop index concurrently if exists "public"."remarks_client_id_id_idx";
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock off, run 12 h
--   --   H5 waits for every transaction that was open when it began
--   set lock_timeout = 0; set statement_timeout = 43200000;
--   drop index concurrently if exists "public"."remarks_client_id_id_idx";
--   reset lock_timeout; reset statement_timeout;
--   do $do$
--   declare answer boolean;
--   begin
--     execute $ask$select pg_catalog.to_regclass('"public"."remarks_client_id_id_idx"') is null as answer$ask$ into answer;
--     if answer is not true then
--       raise exception using message = 'the statement ran and its result is not there';
--     end if;
--   end
--   $do$;

-- 2.45 fill triggers of public.readings in their lasting form
--   id      backfill/public.readings/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings__all";
create trigger "zzz_ringfence_fill_update" before update on "public"."readings__all" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id")) execute function "ringfence"."fill_public_readings"();
drop trigger if exists "ringfence_choice" on "public"."readings__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 1 h
--   set local lock_timeout = 1000; set local statement_timeout = 3600000;
--   insert into "ringfence"."tenant_choices" (table_name, row_key, organization_key, owner_key)
--   select 'public.readings', row(t."id", t."at", t."kind")::text, t."client_id"::text, t."user_id"::text
--   from "public"."readings__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--   where t."client_id" = '88197377-37e3-771b-2e1c-89a6548127d8'::uuid and t."client_id" is distinct from d1.organization_key
--   on conflict (table_name, row_key) do update
--     set organization_key = excluded.organization_key, owner_key = excluded.owner_key;
--   commit;
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all, public.readings_2024, public.readings_2025, and 3 more; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."readings__all";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."readings__all" for each row when ((old."client_id" is distinct from new."client_id" or old."user_id" is distinct from new."user_id") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_readings"();
--   drop trigger if exists "ringfence_choice" on "public"."readings__all";
--   create trigger "ringfence_choice" after insert or update of "client_id" on "public"."readings__all" for each row when (new."client_id" = '88197377-37e3-771b-2e1c-89a6548127d8'::uuid and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."choice_public_readings"();
--   commit;

-- 2.46 fill triggers of public.remarks in their lasting form
--   id      backfill/public.remarks/seal
--   proves  no session setting can keep the trigger from deciding the tenant
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop trigger if exists "zzz_ringfence_fill_update" on "public"."remarks__all";
create trigger "zzz_ringfence_fill_update" before update on "public"."remarks__all" for each row when ((old."client_id" is distinct from new."client_id" or old."reading_id" is distinct from new."reading_id" or old."at" is distinct from new."at" or old."kind" is distinct from new."kind")) execute function "ringfence"."fill_public_remarks"();
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks__all" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop trigger if exists "zzz_ringfence_fill_update" on "public"."remarks__all";
--   create trigger "zzz_ringfence_fill_update" before update on "public"."remarks__all" for each row when ((old."client_id" is distinct from new."client_id" or old."reading_id" is distinct from new."reading_id" or old."at" is distinct from new."at" or old."kind" is distinct from new."kind") and pg_catalog.current_setting('ringfence.backfill', true) is distinct from 'on') execute function "ringfence"."fill_public_remarks"();
--   commit;

-- gate RFG-DIFFERS:public.readings: every row of public.readings has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.readings_2024 row ' || row(t."id", t."at", t."kind")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."readings_2024" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
union all
(select 'public.readings_rest row ' || row(t."id", t."at", t."kind")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."readings_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
union all
(select 'public.readings_2025_a row ' || row(t."id", t."at", t."kind")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."readings_2025_a" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
union all
(select 'public.readings_2025_rest row ' || row(t."id", t."at", t."kind")::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."readings_2025_rest" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
where t."client_id" is distinct from coalesce(coalesce(c.organization_key::uuid, d1.organization_key), '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) or c.row_key is not null or (t."user_id" is not null and not exists (select from "ringfence"."active_memberships" m where m.user_key = t."user_id" and m.organization_key = t."client_id"))) and (coalesce(c.organization_key::uuid, d1.organization_key) is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.readings: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-DIFFERS:public.remarks: every row of public.remarks has its derived tenant; ringfence apply sweeps again; rows that stay are written by code that sets a wrong tenant
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
(select 'public.remarks row ' || t."id"::text as subject,
  'has ' || coalesce(t."client_id"::text, 'no tenant') || ', derived is ' || coalesce(coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid)::text, 'nothing') as detail
from only "public"."remarks__all" t
  left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
where t."client_id" is distinct from coalesce(d1_1."client_id", '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) and (d1_1."client_id" is not null or t."client_id" is null or t."client_id" in ('0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid))
limit 20)
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-DIFFERS:public.remarks: ' || subject, detail = detail;
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
where c.conrelid::pg_catalog.regclass = any (array['"public"."readings_2024"', '"public"."readings_rest"', '"public"."readings_2025_a"', '"public"."readings_2025_rest"', '"public"."remarks__all"']::pg_catalog.regclass[])
  and not c.convalidated and c.conparentid = 0 and exists (select from pg_catalog.pg_attribute a
    where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname = 'client_id')
union all
select i.indexrelid::pg_catalog.regclass::text, 'index is not valid'
from pg_catalog.pg_index i
where i.indrelid = any (array['"public"."readings_2024"', '"public"."readings_rest"', '"public"."readings_2025_a"', '"public"."readings_2025_rest"', '"public"."remarks__all"']::pg_catalog.regclass[]) and not i.indisvalid
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VALIDATED: ' || subject, detail = detail;
  end if;
end
$do$;

-- =================================================================================================
-- PHASE 6 enforce: tables get their names back when no client is left that needs their old columns
-- =================================================================================================

-- gate RFG-OLD-CLIENTS:public.readings: nobody who needs the old columns of public.readings was connected for 48 hours; upgrade or stop the clients that are named. New code may share their login: then say which applications are old, [[clients]] login = .., application = .., selects_star = true, and amend the plan. Hours count that were watched: call ringfence status at least once an hour; [soak] old_clients_quiet_hours is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 48 then count(*) else 0 end as observed
from ringfence.session_watches w
where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now()) - pg_catalog.make_interval(hours => 48)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.readings: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
with kinds (login, application, source) as (
    values ('meter', '', 'declared')
), seen (login, application, last_seen, sessions) as (
  select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), pg_catalog.now(), count(*)
  from pg_catalog.pg_stat_activity a
  where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
    and (a.backend_type is null or a.backend_type = 'client backend')
  group by 1, 2
  union all
  select s.login, s.application, s.last_seen, 0 from ringfence.session_samples s
  where s.last_seen >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
)
select pg_catalog.format('%s (%s)', coalesce(nullif(s.application, ''), '(no application name)'), s.login) as subject,
  case when max(s.sessions) > 0 then pg_catalog.format('%s connected now', max(s.sessions))
    else 'last seen at ' || pg_catalog.to_char(max(s.last_seen), 'YYYY-MM-DD HH24:MI TZ') end
  || '; takes all columns (' || pg_catalog.string_agg(distinct k.source, ', ') || ')' as detail
from seen s join kinds k
  on (k.login = '' or s.login = k.login or (pg_catalog.right(k.login, 1) = '*' and pg_catalog.starts_with(s.login, pg_catalog.left(k.login, -1)))) and (k.application = '' or s.application = k.application or (pg_catalog.right(k.application, 1) = '*' and pg_catalog.starts_with(s.application, pg_catalog.left(k.application, -1))))
where s.application not like 'ringfence%'
group by s.login, s.application
order by max(s.sessions) desc, 1
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.readings: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-OLD-CLIENTS:public.remarks: nobody who needs the old columns of public.remarks was connected for 48 hours; upgrade or stop the clients that are named. New code may share their login: then say which applications are old, [[clients]] login = .., application = .., selects_star = true, and amend the plan. Hours count that were watched: call ringfence status at least once an hour; [soak] old_clients_quiet_hours is the bound
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select 'unproven' as subject, 'there was nothing to look at' as detail
from (select case when count(*) >= 48 then count(*) else 0 end as observed
from ringfence.session_watches w
where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now()) - pg_catalog.make_interval(hours => 48)) o where o.observed = 0
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.remarks: ' || subject, detail = detail;
  end if;
end
$do$;
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
with kinds (login, application, source) as (
    values ('meter', '', 'declared')
), seen (login, application, last_seen, sessions) as (
  select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), pg_catalog.now(), count(*)
  from pg_catalog.pg_stat_activity a
  where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
    and (a.backend_type is null or a.backend_type = 'client backend')
  group by 1, 2
  union all
  select s.login, s.application, s.last_seen, 0 from ringfence.session_samples s
  where s.last_seen >= pg_catalog.now() - pg_catalog.make_interval(hours => 48)
)
select pg_catalog.format('%s (%s)', coalesce(nullif(s.application, ''), '(no application name)'), s.login) as subject,
  case when max(s.sessions) > 0 then pg_catalog.format('%s connected now', max(s.sessions))
    else 'last seen at ' || pg_catalog.to_char(max(s.last_seen), 'YYYY-MM-DD HH24:MI TZ') end
  || '; takes all columns (' || pg_catalog.string_agg(distinct k.source, ', ') || ')' as detail
from seen s join kinds k
  on (k.login = '' or s.login = k.login or (pg_catalog.right(k.login, 1) = '*' and pg_catalog.starts_with(s.login, pg_catalog.left(k.login, -1)))) and (k.application = '' or s.application = k.application or (pg_catalog.right(k.application, 1) = '*' and pg_catalog.starts_with(s.application, pg_catalog.left(k.application, -1))))
where s.application not like 'ringfence%'
group by s.login, s.application
order by max(s.sessions) desc, 1
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-OLD-CLIENTS:public.remarks: ' || subject, detail = detail;
  end if;
end
$do$;

-- gate RFG-VIEW-IN-USE: nothing was built on the compatibility views; drop what is named, or rebuild it on the table itself, which bears the name with __all at its end
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select w.ev_class::pg_catalog.regclass::text as subject,
  'reads ' || d.refobjid::pg_catalog.regclass::text || ', which is about to go' as detail
from pg_catalog.pg_depend d join pg_catalog.pg_rewrite w on w.oid = d.objid
where d.refobjid in (select c.oid from pg_catalog.unnest(array['"public"."readings"', '"next"."readings"', '"public"."remarks"', '"next"."remarks"']) v join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(v) and c.relkind = 'v')
  and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.ev_class <> d.refobjid
union
select pg_catalog.format('%s(%s)', p.oid::pg_catalog.regproc, pg_catalog.pg_get_function_identity_arguments(p.oid)),
  'leans on ' || t.typname || ', the row type of a view that is about to go'
from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid
join pg_catalog.pg_type t on t.oid = d.refobjid or t.typrelid = d.refobjid
where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  and t.typrelid in (select c.oid from pg_catalog.unnest(array['"public"."readings"', '"next"."readings"', '"public"."remarks"', '"next"."remarks"']) v join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(v) and c.relkind = 'v')
union
select c.oid::pg_catalog.regclass::text, 'stands in a schema that is about to go'
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('next') and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S') and c.relname not in ('readings', 'remarks')
limit 20
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-VIEW-IN-USE: ' || subject, detail = detail;
  end if;
end
$do$;

-- 6.1 public.readings is the table itself again, with all its columns
--   id      enforce/public.readings/retire
--   proves  one name, one table; statements that new code prepared go on
--   needs   owner of public.readings
begin;
-- SHARE UPDATE EXCLUSIVE on public.readings__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."readings__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on next.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "next"."readings";
-- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."readings";
-- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."readings__all" rename to "readings";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."readings__all" with (security_invoker = true) as
select "id", "at", "kind", "user_id", "value", "client_id" from "public"."readings";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.readings; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."readings" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."readings__all";
--   -- ACCESS EXCLUSIVE on public.readings; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."readings" rename to "readings__all";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."readings" with (security_invoker = true) as
--   select "id", "at", "kind", "user_id", "value" from "public"."readings__all";
--   create view "next"."readings" with (security_invoker = true) as
--   select "id", "at", "kind", "user_id", "value", "client_id" from "public"."readings__all";
--   comment on view "next"."readings" is 'public.readings with client_id, for code that has next first in its search_path';
--   commit;

-- 6.2 public.remarks is the table itself again, with all its columns
--   id      enforce/public.remarks/retire
--   proves  one name, one table; statements that new code prepared go on
--   needs   owner of public.remarks
begin;
-- SHARE UPDATE EXCLUSIVE on public.remarks__all; lock 1.5 s, run 2.5 s
--   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
set local lock_timeout = 1500; set local statement_timeout = 2500;
lock table "public"."remarks__all" in share update exclusive mode;
-- ACCESS EXCLUSIVE on next.remarks; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "next"."remarks";
-- ACCESS EXCLUSIVE on public.remarks; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."remarks";
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
alter table "public"."remarks__all" rename to "remarks";
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create view "public"."remarks__all" with (security_invoker = true) as
select "id", "reading_id", "at", "kind", "body", "client_id" from "public"."remarks";
commit;
-- undo:
--   begin;
--   -- SHARE UPDATE EXCLUSIVE on public.remarks; lock 1.5 s, run 2.5 s
--   --   H2 an autovacuum of the table is cancelled first, by a lock that blocks no query
--   set local lock_timeout = 1500; set local statement_timeout = 2500;
--   lock table "public"."remarks" in share update exclusive mode;
--   -- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   drop view if exists "public"."remarks__all";
--   -- ACCESS EXCLUSIVE on public.remarks; lock 50 ms, run 5 s
--   --   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
--   set local lock_timeout = 50; set local statement_timeout = 5000;
--   alter table "public"."remarks" rename to "remarks__all";
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."remarks" with (security_invoker = true) as
--   select "id", "reading_id", "at", "kind", "body" from "public"."remarks__all";
--   create view "next"."remarks" with (security_invoker = true) as
--   select "id", "reading_id", "at", "kind", "body", "client_id" from "public"."remarks__all";
--   comment on view "next"."remarks" is 'public.remarks with client_id, for code that has next first in its search_path';
--   commit;

-- 6.3 trigger functions of public.readings say the tables' own names again
--   id      enforce/public.readings/functions
--   proves  nothing of ours needs an interim name any more
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."settle_public_readings"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."readings" u set "client_id" = s.tenant
  from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."readings" t
  left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
  left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
        where t."id" = new."id" and t."at" = new."at" and t."kind" = new."kind" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id" and u."at" = new."at" and u."kind" = new."kind"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create or replace function "ringfence"."settle_public_readings"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   begin
--     update "public"."readings__all" u set "client_id" = s.tenant
--     from (select coalesce(c.organization_key::uuid, d1.organization_key) as tenant from "public"."readings__all" t
--     left join "ringfence"."home_memberships" d1 on d1.user_key = t."user_id"
--     left join "ringfence"."tenant_choices" c on c.table_name = 'public.readings' and c.row_key = row(t."id", t."at", t."kind")::text and c.owner_key is not distinct from t."user_id"::text
--           where t."id" = new."id" and t."at" = new."at" and t."kind" = new."kind" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
--     where u."id" = new."id" and u."at" = new."at" and u."kind" = new."kind"
--       and s.tenant is not null and u."client_id" is distinct from s.tenant;
--     return null;
--   end
--   $ringfence$;
--   commit;

-- 6.4 trigger functions of public.remarks say the tables' own names again
--   id      enforce/public.remarks/functions
--   proves  nothing of ours needs an interim name any more
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
create or replace function "ringfence"."fill_public_remarks"() returns trigger
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
    select p1."client_id" into derived from "public"."readings" p1
      where p1."id" = new."reading_id" and p1."at" = new."at" and p1."kind" = new."kind" for key share of p1;
  end if;
  if derived is null and given is not null then
    return new;  -- no parent says otherwise
  end if;
  new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
  return new;
end
$ringfence$;
create or replace function "ringfence"."settle_public_remarks"() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $ringfence$
begin
  update "public"."remarks" u set "client_id" = s.tenant
  from (select d1_1."client_id" as tenant from "public"."remarks" t
  left join "public"."readings" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
        where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
  where u."id" = new."id"
    and s.tenant is not null and u."client_id" is distinct from s.tenant;
  return null;
end
$ringfence$;
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create or replace function "ringfence"."fill_public_remarks"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   declare
--     derived uuid;
--     given uuid := new."client_id";
--   begin
--     if given = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid then
--       given := null;
--     end if;
--     if derived is null then
--       select p1."client_id" into derived from "public"."readings__all" p1
--         where p1."id" = new."reading_id" and p1."at" = new."at" and p1."kind" = new."kind" for key share of p1;
--     end if;
--     if derived is null and given is not null then
--       return new;  -- no parent says otherwise
--     end if;
--     new."client_id" := coalesce(derived, '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid);
--     return new;
--   end
--   $ringfence$;
--   create or replace function "ringfence"."settle_public_remarks"() returns trigger
--   language plpgsql volatile security definer
--   set search_path = pg_catalog, pg_temp
--   as $ringfence$
--   begin
--     update "public"."remarks__all" u set "client_id" = s.tenant
--     from (select d1_1."client_id" as tenant from "public"."remarks__all" t
--     left join "public"."readings__all" d1_1 on d1_1."id" = t."reading_id" and d1_1."at" = t."at" and d1_1."kind" = t."kind"
--           where t."id" = new."id" and t."client_id" = '0698f3c6-e359-a017-ceac-f7261f13a3ff'::uuid) s
--     where u."id" = new."id"
--       and s.tenant is not null and u."client_id" is distinct from s.tenant;
--     return null;
--   end
--   $ringfence$;
--   commit;

-- 6.5 the interim name public.readings__all is gone
--   id      enforce/public.readings/bridge
--   proves  nothing bears the interim name
begin;
-- ACCESS EXCLUSIVE on public.readings__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."readings__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."readings__all" with (security_invoker = true) as
--   select "id", "at", "kind", "user_id", "value", "client_id" from "public"."readings";
--   commit;

-- 6.6 the interim name public.remarks__all is gone
--   id      enforce/public.remarks/bridge
--   proves  nothing bears the interim name
begin;
-- ACCESS EXCLUSIVE on public.remarks__all; lock 50 ms, run 5 s
--   H1 queues behind a long reader and everybody behind it: bounded attempts of lock_timeout
set local lock_timeout = 50; set local statement_timeout = 5000;
drop view if exists "public"."remarks__all";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create view "public"."remarks__all" with (security_invoker = true) as
--   select "id", "reading_id", "at", "kind", "body", "client_id" from "public"."remarks";
--   commit;

-- 6.7 schema next is gone
--   id      enforce/compatibility
--   proves  nothing is left of the compatibility views
begin;
-- no table lock; lock 1 s, run 5 s
set local lock_timeout = 1000; set local statement_timeout = 5000;
drop schema if exists "next";
commit;
-- undo:
--   begin;
--   -- no table lock; lock 1 s, run 5 s
--   set local lock_timeout = 1000; set local statement_timeout = 5000;
--   create schema "next";
--   grant usage on schema "next" to public, "pg_database_owner";
--   -- In which hours somebody looked who was connected. Without it, "not seen" could mean that nobody was looking.
--   create table if not exists ringfence.session_watches (
--     hour timestamptz not null primary key,
--     samples bigint not null default 1
--   );
--   comment on table ringfence.session_watches is
--     'The hours in which sessions were sampled: an old client counts as gone only after hours that were all watched.';
--   commit;

-- gate RFG-NAMES-BACK: every table bears its own name again; ringfence apply goes on with the step that makes it so
do $do$
declare subject text; detail text;
begin
  execute $ask$select subject::text, detail::text from (
select v.t as subject, 'is not the table itself, or the interim name is still there' as detail
from (values ('"public"."readings"', '"public"."readings__all"'), ('"public"."remarks"', '"public"."remarks__all"')) v (t, b)
where pg_catalog.to_regclass(v.b) is not null or not exists (select from pg_catalog.pg_class c
    where c.oid = pg_catalog.to_regclass(v.t) and c.relkind in ('r', 'p'))
) found limit 1$ask$ into subject, detail;
  if subject is not null then
    raise exception using message = 'RFG-NAMES-BACK: ' || subject, detail = detail;
  end if;
end
$do$;
