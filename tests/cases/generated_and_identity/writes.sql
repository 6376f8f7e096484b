insert into public.items (user_id, price, amount) select id, 7, 7 from public.users where email = 'u1@c1.com';
update public.items set user_id = (select id from public.users where email = 'u2@c2.com') where price = 7 and amount = 7;
update public.items set amount = amount + 1 where price = 3;
