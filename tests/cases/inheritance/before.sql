-- Old-style inheritance: the column reaches the child by itself, triggers and keys do not.
create table public.users (id uuid primary key default gen_random_uuid(), email text not null unique);
insert into public.users (email) select 'u' || i || '@' || case when i % 7 = 0 then 'gmail.com' else 'c' || i % 4 || '.com' end
  from generate_series(1, 40) i;

create table public.notes (id bigint primary key, user_id uuid references public.users, body text);
create table public.pinned_notes (color text, primary key (id), foreign key (user_id) references public.users)
  inherits (public.notes);
insert into public.notes select row_number() over (), id, 'n' from public.users;
insert into public.pinned_notes select 1000 + row_number() over (), id, 'p', 'red' from public.users;
