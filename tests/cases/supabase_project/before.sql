-- A Supabase project: auth.users, profiles by trigger, policies with auth.uid(), storage beside it.
create table public.profiles (id uuid primary key references auth.users on delete cascade, username text unique, updated_at timestamptz);
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null default auth.uid() references auth.users,
  body text, created_at timestamptz not null default now());
create index on public.notes (user_id);
alter table public.profiles enable row level security;
alter table public.notes enable row level security;
create policy "profiles are public" on public.profiles for select using (true);
create policy "own profile" on public.profiles for update using (auth.uid() = id);
create policy "own notes" on public.notes for all using (auth.uid() = user_id);
create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as
  $$ begin insert into public.profiles (id, username) values (new.id, new.email); return new; end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
insert into auth.users (email) select 'u' || i || '@' || case when i % 5 = 0 then 'gmail.com' else 'c' || i % 3 || '.com' end
  from generate_series(1, 30) i;
insert into public.notes (user_id, body) select id, 'n' from auth.users, generate_series(1, 20);
