-- Logical replication: a publication with column list and row filter, replica identity FULL.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.prices (id bigint primary key, user_id uuid references public.users, price numeric, secret text);
create table public.offers (id bigint primary key, price_id bigint references public.prices, open boolean not null default true);
alter table public.offers replica identity full;
create publication rf_case_prices for table public.prices (id, price), public.offers;
insert into public.prices select row_number() over (), id, 5, 's' from public.users, generate_series(1, 10);
insert into public.offers (id, price_id) select id, id from public.prices;
