-- updated_at, an audit trail after every update, and a BEFORE trigger that sorts last and sets the owner.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.pages (id bigint primary key, owner_id uuid references public.users, title text,
  version int not null default 1, updated_at timestamptz not null default '2020-01-01');
create table public.page_history (id bigint generated always as identity primary key, page_id bigint references public.pages,
  old_title text, at timestamptz default now());
create function public.touch() returns trigger language plpgsql as
  $$ begin new.updated_at := clock_timestamp(); new.version := old.version + 1; return new; end $$;
create function public.remember() returns trigger language plpgsql as
  $$ begin insert into public.page_history (page_id, old_title) values (old.id, old.title); return null; end $$;
create function public.default_owner() returns trigger language plpgsql as
  $$ begin if new.owner_id is null then new.owner_id := (select id from public.users where email = 'u1@c1.com'); end if; return new; end $$;
create trigger touch before update on public.pages for each row execute function public.touch();
create trigger zzzz_owner before insert or update on public.pages for each row execute function public.default_owner();
create trigger remember after update of title on public.pages for each row execute function public.remember();
alter table public.pages disable trigger touch;
insert into public.pages (id, owner_id, title) select row_number() over (), id, 'p' from public.users;
alter table public.pages enable always trigger touch;
insert into public.page_history (page_id, old_title) select id, 'older' from public.pages;
