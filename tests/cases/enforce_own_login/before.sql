-- No platform: the application logs in as the role that owns its tables, which have no row security at all; a reporting
-- login reads them, one table has children by inheritance, one has a rule, and names need quotes.
do $$ begin
  if not exists (select from pg_roles where rolname = 'rf_case_app') then create role rf_case_app login; end if;
  if not exists (select from pg_roles where rolname = 'rf_case_reports') then create role rf_case_reports login; end if;
end $$;
alter role rf_case_reports nobypassrls;
grant create, usage on schema public to rf_case_app;
create table public.accounts (id bigint generated always as identity primary key, name text not null);
create table public.people (id bigint generated always as identity primary key, email text not null unique);
create table public.staff (account_id bigint not null references public.accounts, person_id bigint not null references public.people,
  since timestamptz not null default now(), primary key (person_id, account_id));
create table public."Order Items" (id bigserial primary key, "account id" bigint not null references public.accounts,
  person_id bigint references public.people, what text not null);
create table public.readings (id bigserial primary key, person_id bigint not null references public.people, value numeric);
create table public.fine_readings (unit text) inherits (public.readings);
create table public.removed (id bigint, at timestamptz default now());
create rule keep_removed as on delete to public.readings do also insert into public.removed (id) values (old.id);
create view public.recent as select id, what from public."Order Items" where id > 10;
create function public.touch() returns trigger language plpgsql as $$ begin new.what := trim(new.what); return new; end $$;
create trigger touch before insert or update on public."Order Items" for each row execute function public.touch();
insert into public.accounts (name) select 'account ' || i from generate_series(1, 4) i;
insert into public.people (email) select 'p' || i || '@example.org' from generate_series(1, 20) i;
insert into public.staff (account_id, person_id) select 1 + i % 4, i from generate_series(1, 20) i;
insert into public."Order Items" ("account id", person_id, what) select 1 + i % 4, i, 'thing' from generate_series(1, 20) i;
insert into public.readings (person_id, value) select i, i from generate_series(1, 20) i;
insert into public.fine_readings (person_id, value, unit) select i, i, 'mm' from generate_series(1, 20) i;
grant select on public."Order Items", public.readings, public.recent to rf_case_reports;
alter table public.accounts owner to rf_case_app;
alter table public.people owner to rf_case_app;
alter table public.staff owner to rf_case_app;
alter table public."Order Items" owner to rf_case_app;
alter table public.readings owner to rf_case_app;
alter table public.fine_readings owner to rf_case_app;
alter table public.removed owner to rf_case_app;
alter view public.recent owner to rf_case_app;
