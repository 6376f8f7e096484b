-- Tables without a primary key: nothing to tell rows apart by, duplicates included.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.events (user_id uuid references public.users, kind text, at timestamptz default now());
create index on public.events (user_id);
create table public.clicks (who uuid, n int);
insert into public.events (user_id, kind) select id, 'login' from public.users, generate_series(1, 100);
insert into public.clicks select id, 1 from public.users, generate_series(1, 3);
insert into public.clicks values (null, 5), (gen_random_uuid(), 6);
