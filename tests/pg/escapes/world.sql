-- A small application on Supabase that is sound as far as it goes: everybody sees his own rows.
create table public.projects (id bigint generated always as identity primary key,
  owner_id uuid not null default auth.uid() references auth.users, name text not null, code text, tag text);
create table public.tasks (id bigint generated always as identity primary key,
  project_id bigint not null references public.projects on delete cascade, title text not null, state text not null default 'new');
create table public.events (id bigint not null, at date not null, owner_id uuid not null references auth.users, what text,
  primary key (id, at)) partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2100-01-01');
create table public.notes (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, body text);
create table public.old_notes () inherits (public.notes);
create index on public.projects (owner_id);
create index on public.tasks (project_id);

alter table public.projects enable row level security;
alter table public.tasks enable row level security;
alter table public.events enable row level security;
alter table public.events_2026 enable row level security;
alter table public.notes enable row level security;
alter table public.old_notes enable row level security;
create policy own on public.projects to authenticated using (owner_id = (select auth.uid()));
create policy own on public.tasks to authenticated
  using (exists (select from public.projects p where p.id = project_id and p.owner_id = (select auth.uid())));
create policy own on public.events to authenticated using (owner_id = (select auth.uid()));
create policy own on public.notes to authenticated using (owner_id = (select auth.uid()));

insert into auth.users (id, email) select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'u' || i || '@c' || i % 3 || '.com'
  from generate_series(1, 9) i;
insert into public.projects (owner_id, name, code, tag) select id, 'of ' || email, 'c' || email, 'hot' from auth.users;
insert into public.tasks (project_id, title) select id, 'of ' || name from public.projects;
insert into public.projects (owner_id, name) select id, 'without a task' from auth.users limit 1;
insert into public.events select row_number() over (), '2026-05-05', id, 'came' from auth.users;
insert into public.notes (owner_id, body) select id, 'note' from auth.users;
insert into public.old_notes (owner_id, body) select id, 'old note' from auth.users;
insert into storage.buckets (id, name, public) values ('docs', 'docs', false);
