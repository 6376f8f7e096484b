insert into public.pages (id, title) values (500, 'nobody named an owner');
update public.pages set title = 'q' where id < 5;
update public.pages set owner_id = null where id = 6;
update public.pages set owner_id = (select id from public.users where email = 'u2@c2.com') where id = 7;
