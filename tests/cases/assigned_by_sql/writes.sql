insert into public.users values (21, 'co1'), (22, null);
insert into public.reports values (1000, 21), (1001, 22);
