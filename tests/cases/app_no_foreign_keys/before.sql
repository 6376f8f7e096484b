-- Millions of such databases exist: not one foreign key. Only names, types and the data itself say what belongs where.
create table public.people (id bigint generated always as identity primary key, email text not null, password_hash text not null, full_name text);
create table public.projects (id bigint generated always as identity primary key, owner_id bigint not null, name text not null);
create table public.tasks (
  id bigint generated always as identity primary key, project_id bigint not null, assignee_id bigint, title text not null, status_id bigint not null
);
create table public.task_statuses (id bigint primary key, name text not null);
create table public.comments (id bigint generated always as identity primary key, "taskId" bigint not null, created_by bigint, body text);
create table public.notes (id bigint generated always as identity primary key, notable_type text not null, notable_id bigint not null, body text);
create table public.exports (id bigint generated always as identity primary key, requested_by bigint, url text);
create table public.legacy_rows (id bigint generated always as identity primary key, user_ref text, payload jsonb);

insert into public.people (email, password_hash) select 'p' || i || '@org' || i % 6 || '.test', 'x' from generate_series(1, 60) i;
insert into public.projects (owner_id, name) select i % 60 + 1, 'P' || i from generate_series(1, 120) i;
insert into public.task_statuses values (1, 'open'), (2, 'done'), (3, 'later');
insert into public.tasks (project_id, assignee_id, title, status_id)
select i % 120 + 1, case when i % 3 > 0 then i % 60 + 1 end, 'T' || i, i % 3 + 1 from generate_series(1, 500) i;
insert into public.comments ("taskId", created_by, body) select i % 500 + 1, i % 60 + 1, 'c' from generate_series(1, 800) i;
insert into public.notes (notable_type, notable_id, body) select 'task', i, 'n' from generate_series(1, 40) i;
insert into public.exports (requested_by, url) select i, 'u' from generate_series(1, 4) i;
insert into public.legacy_rows (user_ref) select 'old-' || i from generate_series(1, 100) i;
