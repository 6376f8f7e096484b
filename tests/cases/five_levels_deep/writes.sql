insert into public.l1 select 100, id from public.users where email = 'u1@c1.com';
insert into public.l2 values (100, 100);
insert into public.l3 values (100, 100);
insert into public.l4 values (100, 100);
insert into public.l5 values (100, 100);
-- the change of owner reaches the fifth level
update public.l1 set user_id = (select id from public.users where email = 'u2@c2.com') where id = 100;
delete from public.l2 where id = 5;
