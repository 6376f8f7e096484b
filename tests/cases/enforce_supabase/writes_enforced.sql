-- Under enforcement: whoever bypasses by decision goes on as before; the fill triggers find the tenant.
insert into auth.users (id, email) values ('00000000-0000-4000-8000-000000000041', 'late@c1.com');
set role service_role;
insert into public.documents (owner_id, title) values ('00000000-0000-4000-8000-000000000041', 'late, by the service role');
insert into public.comments (document_id, author_id, body) select id, owner_id, 'seen' from public.documents where title = 'late, by the service role';
update public.documents set title = title || '!' where title = 'late, by the service role';
reset role;
insert into public.events values (2000, '2027-02-02', '00000000-0000-4000-8000-000000000041', 'signed up');
delete from public.documents where title = 'about u4@c1.com';
refresh materialized view public.busy_days;
