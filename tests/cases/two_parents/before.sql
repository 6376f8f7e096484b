-- A link table between two tenant tables, some of whose rows join two tenants.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.documents (id bigint primary key, user_id uuid references public.users);
create table public.tags (id bigint primary key, user_id uuid references public.users, name text);
create table public.document_tags (
  document_id bigint not null references public.documents on delete cascade,
  tag_id bigint not null references public.tags on delete cascade,
  primary key (document_id, tag_id));
create index on public.document_tags (tag_id);
insert into public.documents select row_number() over (order by email), id from public.users;
insert into public.tags select row_number() over (order by email), id, 't' from public.users;
insert into public.document_tags select d.id, t.id from public.documents d join public.tags t using (user_id);
insert into public.document_tags values (1, 2), (2, 3), (3, 9);
