-- The document desk, version 1: an application as people build it on Supabase, before anybody thought of tenants.
-- One company after another signed up; every table knows users and documents, none knows whose company a row is.
set client_min_messages = warning;

-- 1. What Supabase brings ---------------------------------------------------------------------------------------------
-- Just enough of it for a schema to feel at home: roles, auth.users, auth.uid(), storage.

do $$
declare
  missing text;
begin
  foreach missing in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_roles where rolname = missing) then
      execute format('create role %I nologin noinherit', missing);
    end if;
  end loop;
  foreach missing in array array['authenticator', 'supabase_auth_admin'] loop
    if not exists (select from pg_roles where rolname = missing) then
      execute format('create role %I login noinherit', missing);
    end if;
  end loop;
  -- the role every server function of the desk uses: it sees everything
  if not exists (select from pg_roles where rolname = 'service_role' and rolbypassrls) then
    alter role service_role bypassrls;
  end if;
  grant anon, authenticated, service_role to authenticator;
  -- logins of the application: the versions of the desk, its auth server, and old programs that connect directly
  foreach missing in array array['desk_before', 'desk_after', 'desk_legacy', 'desk_auth'] loop
    if not exists (select from pg_roles where rolname = missing) then
      execute format('create role %I login', missing);
    end if;
  end loop;
  grant service_role to desk_before, desk_after, desk_legacy;
  grant supabase_auth_admin to desk_auth;
end
$$;

create schema auth;
create schema storage;
grant usage on schema public, auth, storage to anon, authenticated, service_role;
grant usage on schema auth to supabase_auth_admin;

create table auth.users (
  id uuid primary key default gen_random_uuid(),
  email varchar(255),
  phone text unique,
  encrypted_password text,
  raw_user_meta_data jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create unique index users_email_key on auth.users (email);

-- one row a rotation: a token that was used is revoked, and one that is used again ends its whole session
create table auth.refresh_tokens (
  id bigint generated always as identity primary key,
  token_hash text not null unique,
  user_id uuid not null references auth.users (id) on delete cascade,
  session_id uuid not null,
  parent bigint references auth.refresh_tokens (id) on delete set null,
  revoked boolean not null default false,
  created_at timestamptz not null default now()
);
create index refresh_tokens_session_id_idx on auth.refresh_tokens (session_id);
create index refresh_tokens_user_id_idx on auth.refresh_tokens (user_id);

-- of the desk's first web pages, older than its tokens: a cookie that means nothing by itself
create table auth.page_sessions (
  cookie_hash text primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index page_sessions_user_id_idx on auth.page_sessions (user_id);

grant all on auth.users, auth.refresh_tokens, auth.page_sessions to supabase_auth_admin;
grant select on auth.users to service_role;

create function auth.uid() returns uuid
language sql stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create table storage.buckets (
  id text primary key,
  name text not null unique,
  public boolean not null default false
);
create table storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text not null,
  owner uuid,
  metadata jsonb,
  created_at timestamptz not null default now(),
  unique (bucket_id, name)
);
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
create policy "Owners read their files" on storage.objects for select to authenticated using (owner = auth.uid());
create policy "Owners add files" on storage.objects for insert to authenticated with check (owner = auth.uid());
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

-- Supabase gives everything in public to everybody and leaves the rest to row security
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

-- 2. The application's tables -----------------------------------------------------------------------------------------

create table public.plans (
  id text primary key,
  name text not null,
  documents_max integer
);

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null,
  plan_id text not null default 'free' references public.plans (id),
  created_at timestamptz not null default now()
);
create index profiles_display_name_idx on public.profiles (display_name);

create table public.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index sessions_user_id_idx on public.sessions (user_id);
create index sessions_last_seen_at_idx on public.sessions (last_seen_at);

create table public.folders (
  id uuid primary key default gen_random_uuid(),
  parent_id uuid references public.folders (id) on delete cascade,
  owner_id uuid not null references auth.users (id) on delete cascade,
  name text not null,
  created_at timestamptz not null default now()
);
create index folders_owner_id_idx on public.folders (owner_id);
create index folders_parent_id_idx on public.folders (parent_id);

create table public.documents (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  folder_id uuid references public.folders (id) on delete set null,
  title text not null,
  slug text not null unique,
  body text not null default '',
  shared_with uuid[] not null default '{}',
  public_token text unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  search tsvector generated always as (to_tsvector('simple', title || ' ' || body)) stored
);
create index documents_owner_id_updated_at_idx on public.documents (owner_id, updated_at desc);
create index documents_folder_id_idx on public.documents (folder_id);
create index documents_search_idx on public.documents using gin (search);

create table public.uploads (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references public.documents (id) on delete cascade,
  path text not null unique,
  bytes bigint not null check (bytes >= 0),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  uploaded_by uuid references auth.users (id) on delete set null,
  created_at timestamptz not null default now()
);
create index uploads_document_id_idx on public.uploads (document_id);

create table public.comments (
  id bigint generated always as identity primary key,
  document_id uuid not null references public.documents (id) on delete cascade,
  author_id uuid references auth.users (id) on delete set null,
  body text not null,
  created_at timestamptz not null default now()
);
create index comments_document_id_created_at_idx on public.comments (document_id, created_at);

-- written by half a dozen server functions; nobody ever added foreign keys
create table public.activity (
  id bigint generated by default as identity primary key,
  actor uuid,
  verb text not null,
  subject_type text not null,
  subject_id uuid,
  at timestamptz not null default now()
);
create index activity_actor_at_idx on public.activity (actor, at desc);

-- 3. Triggers, views --------------------------------------------------------------------------------------------------

create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.profiles (id, display_name)
  values (new.id, coalesce(new.raw_user_meta_data ->> 'name', split_part(new.email, '@', 1), 'Somebody'));
  return new;
end
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();

create function public.touch_updated_at() returns trigger
language plpgsql
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;
create trigger documents_touch before update on public.documents
  for each row execute function public.touch_updated_at();

create view public.document_overview as
select d.id, d.title, d.slug, d.updated_at, p.display_name as owner,
  (select count(*) from public.comments c where c.document_id = d.id) as comments
from public.documents d
join public.profiles p on p.id = d.owner_id;

create materialized view public.desk_statistics as
select d.owner_id, count(*) as documents, max(d.updated_at) as last_change
from public.documents d
group by d.owner_id;
create unique index desk_statistics_owner_id_idx on public.desk_statistics (owner_id);

-- only its owner may refresh it, and the nightly job is not its owner
create function public.refresh_desk_statistics() returns void
language sql security definer set search_path = ''
as 'refresh materialized view concurrently public.desk_statistics';

-- 4. Row security as it grew ------------------------------------------------------------------------------------------

alter table public.plans enable row level security;
alter table public.profiles enable row level security;
alter table public.sessions enable row level security;
alter table public.folders enable row level security;
alter table public.documents enable row level security;
alter table public.uploads enable row level security;
alter table public.comments enable row level security;
-- activity: forgotten

create policy "Plans are public" on public.plans for select using (true);
-- copied from a tutorial: every user of every company reads every profile
create policy "Public profiles are viewable by everyone." on public.profiles for select using (true);
create policy "Users update their own profile" on public.profiles for update using ((select auth.uid()) = id);
create policy "Own sessions" on public.sessions for all to authenticated
  using (user_id = auth.uid()) with check (user_id = auth.uid());
create policy "Own folders" on public.folders for all to authenticated
  using (owner_id = auth.uid()) with check (owner_id = auth.uid());
create policy "Owners do everything" on public.documents for all to authenticated
  using (owner_id = auth.uid()) with check (owner_id = auth.uid());
create policy "Shared documents" on public.documents for select to authenticated
  using (auth.uid() = any (shared_with) or public_token is not null);
create policy "Files of own documents" on public.uploads for all to authenticated
  using (exists (select from public.documents d where d.id = document_id and d.owner_id = auth.uid()));
create policy "Authors and owners read comments" on public.comments for select to authenticated
  using (
    author_id = auth.uid()
    or exists (select from public.documents d where d.id = document_id and d.owner_id = auth.uid())
  );
create policy "Everybody comments in their own name" on public.comments for insert to authenticated
  with check (author_id = auth.uid());

create publication supabase_realtime for table public.documents, public.comments;
