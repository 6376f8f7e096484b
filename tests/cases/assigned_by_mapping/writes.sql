insert into public.users values (21, 'new');
insert into public.reports values (1000, 21), (1001, 3);
