-- Deferred foreign keys: old code writes the child before its parent, in one transaction and even in one statement.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.carts (id bigint primary key, user_id uuid not null references public.users deferrable initially deferred);
create table public.cart_items (id bigint primary key,
  cart_id bigint not null references public.carts deferrable initially deferred, sku text);
create table public.cart_notes (id bigint primary key, item_id bigint not null references public.cart_items deferrable);
insert into public.carts select row_number() over (), id from public.users;
insert into public.cart_items select id, id, 's' from public.carts;
insert into public.cart_notes select id, id from public.cart_items;
