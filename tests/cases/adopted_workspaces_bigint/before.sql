-- Workspaces with bigint keys; the tenant column takes their type and another name than the existing ones.
create table public.people (id bigint generated always as identity primary key, login text not null unique);
create table public.workspaces (id bigint generated always as identity primary key, title text not null);
create table public.workspace_users (id bigint generated always as identity primary key,
  workspace bigint not null references public.workspaces, person bigint not null references public.people,
  is_default boolean not null default false, disabled boolean not null default false);
create table public.files (id bigint primary key, workspace bigint references public.workspaces, name text);
create table public.file_versions (id bigint primary key, file_id bigint not null references public.files, n int);
create table public.drafts (id bigint primary key, author bigint references public.people, body text);
insert into public.people (login) select 'p' || i from generate_series(1, 12) i;
insert into public.workspaces (title) select 'W' || i from generate_series(1, 3) i;
insert into public.workspace_users (workspace, person, is_default) select 1 + id % 3, id, true from public.people;
insert into public.workspace_users (workspace, person) select 1 + (id + 1) % 3, id from public.people where id < 5;
insert into public.files select g, 1 + g % 3, 'f' from generate_series(1, 90) g;
insert into public.file_versions select g, 1 + g % 90, 1 from generate_series(1, 300) g;
insert into public.drafts select g, 1 + g % 12, 'd' from generate_series(1, 50) g;
