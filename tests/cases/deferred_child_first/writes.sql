begin;
insert into public.cart_items values (500, 500, 'early');
insert into public.carts select 500, id from public.users where email = 'u1@c1.com';
commit;
with parent as (insert into public.carts select 501, id from public.users where email = 'u2@c2.com' returning id)
insert into public.cart_items select 501, id, 'same statement' from parent;
begin;
set constraints all deferred;
insert into public.cart_notes values (502, 502);
insert into public.cart_items values (502, 502, 'x');
insert into public.carts select 502, id from public.users where email = 'u3@c3.com';
commit;
