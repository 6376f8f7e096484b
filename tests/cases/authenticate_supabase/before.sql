-- A Supabase project: Auth keeps its sessions in auth.sessions, and tokens know users alone.
create table public.profiles (id uuid primary key references auth.users on delete cascade, name text not null);
create table public.documents (id bigint generated always as identity primary key,
  owner_id uuid not null references auth.users on delete cascade, title text not null);
alter table public.documents enable row level security;
create policy "Owners read" on public.documents for select to authenticated using (owner_id = auth.uid());
create policy "Owners write" on public.documents for insert to authenticated with check (owner_id = auth.uid());
insert into auth.users (id, email)
  select pg_catalog.md5('user ' || i)::uuid, 'u' || i || '@company' || i % 4 || '.example' from generate_series(1, 20) i;
insert into public.profiles select id, email from auth.users;
insert into public.documents (owner_id, title) select id, 'document ' || g from auth.users, generate_series(1, 5) g;
insert into auth.sessions (id, user_id, created_at) select pg_catalog.md5('session ' || u.id || g)::uuid, u.id, now()
  from auth.users u, generate_series(1, 2) g;
