-- The owner of the database signs somebody up, and the service role writes without a tenant, as before.
insert into auth.users (id, email) values ('00000000-0000-4000-8000-000000000031', 'new@c1.com');
set role service_role;
insert into public.documents (owner_id, title) values ('00000000-0000-4000-8000-000000000031', 'by the service role');
insert into public.comments (document_id, author_id, body) select id, owner_id, 'seen' from public.documents where title = 'by the service role';
update public.documents set title = title || '!' where title = 'by the service role';
reset role;
insert into public.events values (1000, '2026-02-02', '00000000-0000-4000-8000-000000000031', 'signed up');
delete from public.documents where title = 'about u3@c0.com';
refresh materialized view public.busy_days;
