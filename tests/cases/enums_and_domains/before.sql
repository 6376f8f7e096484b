-- Enums, domains (also as the type of the deriving column), arrays, json, ranges, composite types.
create domain public.user_ref as uuid;
create type public.state as enum ('draft', 'sent', 'paid');
create type public.money_amount as (amount numeric, currency text);
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.invoices (
  id serial primary key, owner public.user_ref references public.users, state public.state default 'draft',
  total public.money_amount, tags text[], meta json, extra jsonb, valid tstzrange, place point, x xml,
  check (state <> 'paid' or total is not null));
create index on public.invoices (state) where state <> 'draft';
insert into public.invoices (owner, state, total, tags, meta, extra, valid, place)
  select id, 'paid', row(g, 'EUR')::public.money_amount, array['a', null, 'b'], '{"a": 1}', '{"b": 2}',
    tstzrange('2024-01-01', '2024-02-01'), point(1, 2) from public.users, generate_series(1, 10) g;
