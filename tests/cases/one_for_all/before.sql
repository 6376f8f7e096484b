-- Everybody belongs to the founding organization, and some tables know no user at all.
create table public.users (id int primary key);
create table public.settings (key text primary key, value text);
create table public.logs (id int primary key, line text);
create table public.things (id int primary key, user_id int references public.users);
insert into public.users select generate_series(1, 10);
insert into public.settings values ('theme', 'dark');
insert into public.logs select g, 'l' from generate_series(1, 500) g;
insert into public.things select g, 1 + g % 10 from generate_series(1, 500) g;
