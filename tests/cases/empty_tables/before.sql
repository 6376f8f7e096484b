-- Not one row anywhere.
create table public.users (id uuid primary key, email text);
create table public.things (id uuid primary key, user_id uuid references public.users);
create table public.parts (id uuid primary key, thing_id uuid not null references public.things);
