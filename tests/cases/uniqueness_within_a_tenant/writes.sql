insert into public.pages select 500, id, 'fresh', 500 from public.users where email = 'u1@c1.com';
insert into public.pages (id, user_id, slug, number, title, deleted_at)
  select 500 + i, id, 'gone' || i, 500 + i, 'gone', now() from public.users, generate_series(1, 2) i where email = 'u1@c1.com';
