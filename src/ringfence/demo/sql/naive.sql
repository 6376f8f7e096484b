-- The change as people do it on an evening: one transaction, so that it is all or nothing. Every table is locked from
-- its first ALTER to the COMMIT, and every row is written again while everybody waits.
begin;
create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique
);
create table public.user_organizations (
  user_id uuid not null references auth.users (id) on delete cascade,
  organization_id uuid not null references public.organizations (id),
  is_home boolean not null default true,
  primary key (user_id, organization_id)
);
insert into public.organizations (name)
  select distinct coalesce(lower(split_part(email, '@', 2)), 'nobody') from auth.users;
insert into public.user_organizations (user_id, organization_id)
  select u.id, o.id from auth.users u
  join public.organizations o on o.name = coalesce(lower(split_part(u.email, '@', 2)), 'nobody');
alter table public.profiles add column client_id uuid;
alter table public.sessions add column client_id uuid;
alter table public.folders add column client_id uuid;
alter table public.documents add column client_id uuid;
alter table public.uploads add column client_id uuid;
alter table public.comments add column client_id uuid;
alter table public.activity add column client_id uuid;
update public.profiles t set client_id = m.organization_id from public.user_organizations m where m.user_id = t.id;
update public.sessions t set client_id = m.organization_id from public.user_organizations m where m.user_id = t.user_id;
update public.folders t set client_id = m.organization_id from public.user_organizations m where m.user_id = t.owner_id;
update public.documents t set client_id = m.organization_id
  from public.user_organizations m where m.user_id = t.owner_id;
update public.uploads t set client_id = d.client_id from public.documents d where d.id = t.document_id;
update public.comments t set client_id = d.client_id from public.documents d where d.id = t.document_id;
update public.activity t set client_id = m.organization_id from public.user_organizations m where m.user_id = t.actor;
update public.activity set client_id = (select id from public.organizations order by name limit 1)
  where client_id is null;
alter table public.profiles alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.sessions alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.folders alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.documents alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.uploads alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.comments alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
alter table public.activity alter column client_id set not null,
  add foreign key (client_id) references public.organizations (id);
create index on public.profiles (client_id);
create index on public.sessions (client_id, user_id);
create index on public.folders (client_id, owner_id);
create index on public.documents (client_id, owner_id, updated_at desc);
create index on public.uploads (client_id, document_id);
create index on public.comments (client_id, document_id, created_at);
create index on public.activity (client_id, actor, at desc);
commit;
