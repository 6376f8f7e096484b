-- Keys of several columns, and children that refer to all of them.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.orders (region text, number bigint, user_id uuid not null references public.users, primary key (region, number));
create table public.lines (
  region text, number bigint, line int, item text, primary key (region, number, line),
  foreign key (region, number) references public.orders on delete cascade on update cascade);
create table public.parcels (id bigint primary key, region text, number bigint,
  foreign key (region, number) references public.orders on update cascade on delete set null (number));
insert into public.orders select 'eu', row_number() over (), id from public.users;
insert into public.lines select region, number, g, 'x' from public.orders, generate_series(1, 5) g;
insert into public.parcels select number, region, number from public.orders;
insert into public.parcels values (9000, 'eu', null);
