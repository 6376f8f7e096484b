-- Readers without a tenant, one of every kind that is run once before FORCE: a materialized view that reads through a view,
-- a reporting role with a policy of its own, a nightly job, and a function that a person lets be run.
do $$ begin
  if not exists (select from pg_roles where rolname = 'rf_case_figures') then create role rf_case_figures login; end if;
end $$;
alter role rf_case_figures nobypassrls;
create table public.projects (id bigint generated always as identity primary key, owner_id uuid not null references auth.users,
  name text not null, archived boolean not null default false);
create index on public.projects (owner_id);
alter table public.projects enable row level security;
create policy "own projects" on public.projects for all to authenticated
  using ((select auth.uid()) = owner_id) with check ((select auth.uid()) = owner_id);
create policy "figures" on public.projects for select to rf_case_figures using (true);
create table public.notes (id bigint generated always as identity primary key,
  project_id bigint not null references public.projects on delete cascade, body text not null);
create index on public.notes (project_id);

create view public.project_sizes as
  select projects.id, projects.owner_id, count(notes.id) as notes
  from public.projects left join public.notes on notes.project_id = projects.id group by projects.id;
create materialized view public.sizes as select owner_id, sum(notes) as notes from public.project_sizes group by owner_id;
create function public.total_notes() returns bigint language sql security definer set search_path = '' as
  $$ select count(*) from public.notes $$;
revoke all on public.project_sizes, public.sizes from public, anon, authenticated, service_role;
grant select on public.projects, public.notes, public.project_sizes to rf_case_figures;
insert into cron.job (schedule, command, jobname) values
  ('0 3 * * *', 'refresh materialized view public.sizes', 'sizes'),
  ('0 4 * * *', 'delete from public.notes where body = ''''', 'empty notes');

insert into auth.users (id, email) select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
  'u' || i || '@c' || i % 3 || '.com' from generate_series(1, 12) i;
insert into public.projects (owner_id, name, archived) select id, 'p', n > 3 from auth.users, generate_series(1, 5) n;
insert into public.notes (project_id, body) select id, 'n' from public.projects, generate_series(1, 2);
refresh materialized view public.sizes;
