insert into public.pages select 500, id, 'fresh', 500 from public.users where email = 'u1@c1.com';
