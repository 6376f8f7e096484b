insert into public.readings (at, kind, user_id, value) select '2025-03-03', 'a', id, 99 from public.users where email = 'u1@c1.com';
insert into public.remarks select 5000, id, at, kind, 'new' from public.readings where value = 99;
update public.readings set user_id = (select id from public.users where email = 'u2@c2.com') where value = 99;
-- a row that moves to another partition
update public.readings set kind = 'z' where value = 12;
insert into public.readings (at, kind, user_id, value) values ('2031-01-01', 'q', null, 100);
