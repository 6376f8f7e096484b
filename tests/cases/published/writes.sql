update public.offers set open = false where id = 3;
insert into public.prices select 5000, id, 9, 'n' from public.users where email = 'u1@c1.com';
