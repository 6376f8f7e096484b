-- Subscriptions bought through a payment service, on Supabase: customers extend users, products and prices are a catalogue.
-- Needs supabase_prelude.sql.
create type public.pricing_type as enum ('one_time', 'recurring');
create type public.subscription_status as enum ('trialing', 'active', 'canceled', 'past_due');

create table public.users (
  id uuid references auth.users not null primary key,
  full_name text,
  avatar_url text,
  billing_address jsonb,
  payment_method jsonb
);
create table public.customers (
  id uuid references auth.users not null primary key,
  payment_customer_id text
);
create table public.products (
  id text primary key,
  active boolean,
  name text,
  description text,
  metadata jsonb
);
create table public.prices (
  id text primary key,
  product_id text references public.products,
  active boolean,
  unit_amount bigint,
  currency text check (char_length(currency) = 3),
  type public.pricing_type
);
create table public.subscriptions (
  id text primary key,
  user_id uuid references auth.users not null,
  status public.subscription_status,
  metadata jsonb,
  price_id text references public.prices,
  quantity integer,
  created timestamptz not null default now()
);
create table public.invoices (
  id text primary key,
  subscription_id text not null references public.subscriptions on delete cascade,
  total bigint not null,
  paid_at timestamptz
);

insert into auth.users (email) select 'buyer' || i || '@firm' || i % 7 || '.test' from generate_series(1, 80) i;
insert into public.users (id, full_name) select id, split_part(email, '@', 1) from auth.users;
insert into public.customers (id, payment_customer_id) select id, 'cus_' || left(md5(id::text), 10) from auth.users;
insert into public.products (id, active, name) select 'prod_' || i, true, 'Plan ' || i from generate_series(1, 4) i;
insert into public.prices (id, product_id, active, unit_amount, currency, type)
select 'price_' || i, 'prod_' || (i % 4 + 1), true, i * 100, 'eur', 'recurring' from generate_series(1, 8) i;
insert into public.subscriptions (id, user_id, status, price_id, quantity)
select 'sub_' || n, id, 'active', 'price_' || (n % 8 + 1), 1 from (select id, row_number() over (order by email) n from auth.users) u;
insert into public.invoices (id, subscription_id, total)
select 'in_' || n || '_' || m, 'sub_' || n, m * 500 from generate_series(1, 80) n, generate_series(1, 4) m;
