-- A slug was unique for everybody; now it is unique within a tenant and the old rule is retired: pages are found by their
-- slug through a plain index, and by their path through one that was there.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.pages (id bigint primary key, user_id uuid references public.users, slug text not null, number int, path text, title text, deleted_at timestamptz,
  unique (slug), unique nulls not distinct (number), unique (path));
create index on public.pages (path, number);
-- what is deleted may bear any title, also one that is there twice
create unique index pages_live_title on public.pages (title) where deleted_at is null;
insert into public.pages select row_number() over (), id, 's' || row_number() over (), row_number() over (), '/' || id,
  case when row_number() over () > 30 then 'gone' else id::text end,
  case when row_number() over () > 30 then now() end
  from public.users;
