-- An application with accounts, sessions and numbers for keys of its own; its users may be members of several accounts.
do $$ begin
  if not exists (select from pg_roles where rolname = 'rf_case_auth') then create role rf_case_auth login; end if;
  if not exists (select from pg_roles where rolname = 'rf_case_api') then create role rf_case_api login; end if;
end $$;
create table public.accounts (id bigint generated always as identity primary key, name text not null,
  status text not null default 'open');
create table public.people (id bigint generated always as identity primary key, email text not null unique);
create table public.staff (account_id bigint not null references public.accounts, person_id bigint not null references public.people on delete cascade,
  "Role" text not null default 'member', is_main boolean not null default false, removed_at timestamptz, primary key (person_id, account_id));
create table public."User Sessions" ("Id" uuid primary key default gen_random_uuid(),
  person_id bigint not null references public.people on delete cascade, ended_at timestamptz);
create table public.invoices (id bigint generated always as identity primary key, account_id bigint not null references public.accounts, total numeric not null);
insert into public.accounts (name) select 'account ' || i from generate_series(1, 4) i;
insert into public.people (email) select 'p' || i || '@example.org' from generate_series(1, 12) i;
insert into public.staff (account_id, person_id, is_main) select 1 + i % 4, i, true from generate_series(1, 12) i;
insert into public.staff (account_id, person_id) select 1 + (i + 1) % 4, i from generate_series(1, 6) i;
insert into public."User Sessions" ("Id", person_id) select pg_catalog.md5('session ' || id)::uuid, id from public.people;
insert into public.invoices (account_id, total) select 1 + i % 4, i from generate_series(1, 20) i;
