insert into public.orders select 'us', 1, id from public.users where email = 'u1@c1.com';
insert into public.lines values ('us', 1, 1, 'y'), ('us', 1, 2, 'z');
insert into public.parcels values (9001, 'us', 1), (9002, 'us', null);
update public.orders set user_id = (select id from public.users where email = 'u2@c2.com') where region = 'us';
update public.orders set number = 2 where region = 'us';
delete from public.orders where region = 'eu' and number = 3;
