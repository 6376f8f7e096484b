-- A Supabase project as many are: policies on some tables, none on others, views and functions of the owner, a sign-up
-- trigger, a materialized view for a dashboard, partitions that were granted directly, Realtime, a nightly job.
create table public.profiles (id uuid primary key references auth.users on delete cascade, username text, updated_at timestamptz);
alter table public.profiles enable row level security;
create policy "profiles are public" on public.profiles for select using (true);
create policy "own profile" on public.profiles for update to authenticated using (auth.uid() = id) with check (auth.uid() = id);

create table public.documents (id uuid primary key default gen_random_uuid(), number serial,
  owner_id uuid not null default auth.uid() references auth.users, title text not null, is_public boolean not null default false);
create index on public.documents (owner_id);
alter table public.documents enable row level security;
create policy "anybody reads" on public.documents for select to anon, authenticated using (is_public or auth.uid() is not null);
create policy "own documents" on public.documents for all to authenticated
  using (auth.uid() = owner_id and exists (select from public.profiles p where p.id = auth.uid()))
  with check (auth.uid() = owner_id);
create policy "no drafts of nobody" on public.documents as restrictive for insert to authenticated with check (title <> '');

create table public.comments (id bigint generated always as identity primary key,
  document_id uuid not null references public.documents on delete cascade, author_id uuid references auth.users, body text not null);
create policy "never switched on" on public.comments as restrictive for select using (false);

create table public.events (id bigint not null, at date not null, user_id uuid not null references auth.users, what text,
  primary key (id, at)) partition by range (at);
create table public.events_2026 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create table public.events_2027 partition of public.events for values from ('2027-01-01') to ('2028-01-01');

create table public.countries (code text primary key, name text);
create table public.audit_log (id bigint generated always as identity primary key, at timestamptz default now(), what text);
alter table public.audit_log enable row level security;

create view public.open_documents as select id, title from public.documents where is_public;
create view public.my_events with (security_invoker = on) as select * from public.events;
create view public.authors as select p.username, count(*) as documents from public.documents d join public.profiles p on p.id = d.owner_id group by 1;
create materialized view public.busy_days as select at, count(*) as events from public.events group by at;

create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as
  $$ begin insert into public.profiles (id, username) values (new.id, new.email); return new; end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
create function public.log_document() returns trigger language plpgsql as
  $$ begin insert into public.audit_log (what) values (tg_op || ' ' || new.title); return new; end $$;
create function public.count_documents() returns bigint language sql stable security definer set search_path = '' as
  $$ select count(*) from public.documents $$;
create function public.search_documents(needle text, most integer default 10) returns setof uuid
  language sql stable parallel safe security definer set search_path = '' as
  $$ select id from public.documents where title like '%' || needle || '%' limit most $$;
create function public.counted_twice() returns bigint language plpgsql security definer set search_path = '' as
  $$ begin return 2 * public.count_documents(); end $$;
create function public.country(text) returns text language sql stable security definer set search_path = '' as
  $$ select name from public.countries where code = $1 $$;

alter publication supabase_realtime add table public.documents;
insert into cron.job (schedule, command, jobname) values ('0 3 * * *', 'refresh materialized view public.busy_days', 'busy days');
revoke all on public.authors from anon;

insert into auth.users (id, email) select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
  'u' || i || '@' || case when i % 5 = 0 then 'gmail.com' else 'c' || i % 3 || '.com' end from generate_series(1, 30) i;
insert into public.documents (owner_id, title, is_public) select id, 'about ' || email, n = 1 from auth.users, generate_series(1, 5) n;
insert into public.comments (document_id, author_id, body) select d.id, d.owner_id, 'yes' from public.documents d, generate_series(1, 2);
insert into public.events select row_number() over (), date '2026-06-01' + (n * 60), id, 'came' from auth.users, generate_series(1, 9) n;
insert into public.countries values ('is', 'Iceland'), ('mt', 'Malta');
refresh materialized view public.busy_days;
