insert into public.notes select 2000, id, 'new' from public.users where email = 'u1@c1.com';
insert into public.pinned_notes select 2001, id, 'new', 'blue' from public.users where email = 'u1@c1.com';
update public.notes set user_id = (select id from public.users where email = 'u2@c2.com') where body = 'new';
