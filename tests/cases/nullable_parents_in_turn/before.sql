-- The first parent is optional, then the second, then the author.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.projects (id bigint primary key, owner_id uuid references public.users);
create table public.tasks (id bigint primary key, project_id bigint references public.projects on delete set null,
  owner_id uuid references public.users);
create table public.comments (
  id bigint primary key,
  task_id bigint references public.tasks on delete set null,
  project_id bigint references public.projects on delete cascade,
  author_id uuid references public.users on delete set null,
  body text);
insert into public.projects select row_number() over (order by email), id from public.users;
insert into public.tasks select id, case when id % 2 = 0 then id end, owner_id from public.projects;
insert into public.comments select g,
  case when g % 3 = 0 then 1 + g % 40 end, case when g % 3 = 1 then 1 + g % 40 end,
  case when g % 5 <> 0 then (select id from public.users order by email offset g % 40 limit 1) end, 'c'
  from generate_series(1, 300) g;
