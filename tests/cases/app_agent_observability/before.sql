-- Recording what software agents do: organizations with members exist, projects belong to them, most other tables only
-- say so by the name of a column. Public ids, an OAuth client table whose client_id is no tenant.
create schema auth;
create table auth.users (id uuid primary key default gen_random_uuid(), email text);
create table public.users (
  id uuid primary key references auth.users on delete cascade,
  full_name text,
  email text
);
create type public.org_roles as enum ('owner', 'admin', 'developer');
create table public.orgs (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  subscription_id text,
  created_at timestamptz not null default now()
);
create table public.user_orgs (
  user_id uuid not null references public.users on delete cascade,
  org_id uuid not null references public.orgs on delete cascade,
  role public.org_roles not null default 'developer',
  user_email text,
  created_at timestamptz not null default now(),
  primary key (user_id, org_id)
);
create table public.org_invites (
  inviter_id uuid not null references public.users on delete cascade,
  invitee_email text not null,
  org_id uuid not null references public.orgs on delete cascade,
  role public.org_roles not null default 'developer',
  primary key (invitee_email, org_id)
);
create table public.projects (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.orgs on delete cascade,
  api_key uuid unique default gen_random_uuid(),
  name text not null
);
create table public.oauth_clients (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects on delete cascade,
  client_id text not null unique,
  client_secret_hash text not null
);
create table public.sessions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects on delete cascade,
  init_timestamp timestamptz not null default now(),
  end_state text,
  tags jsonb
);
create table public.agents (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  name text
);
create table public.actions (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  agent_id uuid,
  action_type text not null,
  returns text
);
create table public.llms (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null,
  agent_id uuid,
  model text,
  prompt jsonb,
  cost numeric
);
create table public.errors (
  id bigint generated always as identity primary key,
  session_id uuid not null,
  trigger_event_id uuid,
  trigger_event_type text,
  message text
);
create table public.model_costs (
  id bigint generated always as identity primary key,
  model text not null,
  prompt_cost numeric not null
);

insert into auth.users (email) select 'dev' || i || '@lab' || i % 6 || '.test' from generate_series(1, 50) i;
insert into public.users (id, full_name, email) select id, split_part(email, '@', 1), email from auth.users;
insert into public.orgs (name) select 'Lab ' || i from generate_series(0, 29) i;
insert into public.user_orgs (user_id, org_id, role)
select u.id, o.id, 'owner'
from (select id, row_number() over (order by email) n from public.users) u
join (select id, row_number() over (order by name) n from public.orgs) o on o.n in (u.n % 30 + 1, (u.n + 7) % 30 + 1);
insert into public.projects (org_id, name) select id, 'Default' from public.orgs;
insert into public.oauth_clients (project_id, client_id, client_secret_hash)
select id, 'app-' || left(md5(id::text), 8), md5(id::text) from public.projects;
insert into public.sessions (project_id, end_state) select id, 'Success' from public.projects, generate_series(1, 4);
insert into public.agents (session_id, name) select id, 'agent' from public.sessions;
insert into public.actions (session_id, agent_id, action_type) select session_id, id, 'call' from public.agents, generate_series(1, 2);
insert into public.llms (session_id, agent_id, model) select session_id, id, 'm-small' from public.agents;
insert into public.errors (session_id, trigger_event_id, trigger_event_type)
select session_id, id, 'action' from public.actions limit 60;
insert into public.model_costs (model, prompt_cost) values ('m-small', 0.1), ('m-large', 0.9);
