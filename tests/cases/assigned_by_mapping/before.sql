-- A file says who belongs where; one user belongs to two organizations, some are not in the file.
create table public.users (id int primary key, name text);
create table public.reports (id int primary key, user_id int references public.users);
insert into public.users select g, 'n' || g from generate_series(1, 20) g;
insert into public.reports select g, 1 + g % 20 from generate_series(1, 100) g;
