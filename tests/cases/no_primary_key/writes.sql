insert into public.events (user_id, kind) select id, 'logout' from public.users where email like 'u1%';
update public.events set user_id = (select id from public.users where email = 'u2@c2.com') where kind = 'logout';
insert into public.clicks values (null, 7);
