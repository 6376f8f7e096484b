insert into sales.accounts select 500, id from public.users where email = 'u1@c1.com';
insert into support.tickets values (500, 500, 'new');
insert into support.notes values (5000, 500);
update sales.accounts set owner_id = (select id from public.users where email = 'u2@c2.com') where id = 500;
update support.tickets set account_id = 1 where id = 500;
