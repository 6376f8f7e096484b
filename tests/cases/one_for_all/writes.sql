insert into public.users values (11);
insert into public.settings values ('font', 'serif');
insert into public.logs values (1000, 'x');
insert into public.things values (1000, 11), (1001, null);
