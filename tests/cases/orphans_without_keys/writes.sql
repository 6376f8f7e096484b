insert into public.pings (device_id) values (900), (1), (777);
update public.devices set owner = (select id from public.users where email = 'u1@c1.com') where id = 900;
