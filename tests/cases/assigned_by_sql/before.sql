-- A query says who belongs where.
create table public.users (id int primary key, company text, vip boolean default false);
create table public.reports (id int primary key, user_id int references public.users);
insert into public.users select g, case when g % 4 > 0 then 'co' || g % 4 end from generate_series(1, 20) g;
insert into public.reports select g, 1 + g % 20 from generate_series(1, 100) g;
