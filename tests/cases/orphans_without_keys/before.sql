-- No foreign keys at all, and rows that point nowhere.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.devices (id bigint primary key, owner uuid, name text);
create table public.pings (id bigint generated always as identity primary key, device_id bigint, at timestamptz default now());
insert into public.devices select row_number() over (), id, 'd' from public.users;
insert into public.devices values (900, gen_random_uuid(), 'gone'), (901, null, 'never');
insert into public.pings (device_id) select id from public.devices, generate_series(1, 20);
insert into public.pings (device_id) values (12345), (null);
