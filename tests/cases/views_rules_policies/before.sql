-- What hangs on tables: views (also with *), a materialized view, a rule, an INSTEAD OF trigger, policies, grants, comments.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

do $$ begin if not exists (select from pg_roles where rolname = 'rf_case_reader') then create role rf_case_reader nologin; end if; end $$;
create table public.posts (id bigint primary key, author_id uuid references public.users, title text, body text);
comment on table public.posts is 'what people write';
comment on column public.posts.title is 'shown in lists';
alter table public.posts enable row level security;
create policy "read all" on public.posts for select using (true);
create policy "own rows" on public.posts for all to rf_case_reader using (author_id::text = current_setting('app.user', true))
  with check (author_id::text = current_setting('app.user', true));
grant select, insert on public.posts to rf_case_reader;
grant update (title) on public.posts to rf_case_reader;
create view public.titles as select id, title from public.posts;
create view public.everything as select * from public.posts;
create materialized view public.counts as select author_id, count(*) as n from public.posts group by author_id;
create unique index on public.counts (author_id);
create table public.post_log (id bigint generated always as identity primary key, post_id bigint, at timestamptz default now());
create rule log_deletes as on delete to public.posts do also insert into public.post_log (post_id) values (old.id);
create function public.add_title() returns trigger language plpgsql as
  $$ begin insert into public.posts (id, title) values (new.id, new.title); return new; end $$;
create trigger add_title instead of insert on public.titles for each row execute function public.add_title();
create function public.copy_post(bigint) returns void language sql as
  $$ insert into public.posts (id, author_id, title) select id + 100000, author_id, title from public.posts where id = $1 $$;
insert into public.posts select row_number() over (), id, 't', 'b' from public.users, generate_series(1, 5);
refresh materialized view public.counts;
