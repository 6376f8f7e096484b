-- Stored generated columns, identity ALWAYS, a generated column over the deriving column.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.items (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.users on delete cascade,
  price numeric not null, amount int not null,
  total numeric generated always as (price * amount) stored,
  owner_text text generated always as ((user_id)::text) stored,
  search tsvector generated always as (to_tsvector('english', coalesce(amount::text, ''))) stored);
create index on public.items using gin (search);
create index on public.items (user_id, total);
insert into public.items (user_id, price, amount) select id, g, g from public.users, generate_series(1, 30) g;
