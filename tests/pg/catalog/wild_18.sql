-- What came with PostgreSQL 18 (and 17): virtual columns, named and unvalidated NOT NULL, NOT ENFORCED, temporal keys.
create table public.virtual_parent (id integer primary key);
create table public.virtual (
  a integer constraint "a is there" not null,
  b integer generated always as (a * 2) virtual,
  c integer,
  d integer references public.virtual_parent not enforced,
  constraint unenforced check (c > 0) not enforced
);
alter table public.virtual add constraint later not null c not valid;
create table public.heir () inherits (public.virtual);
create table public.loose_child (id integer not null no inherit);
create publication pub_generated for table public.virtual with (publish_generated_columns = stored);
