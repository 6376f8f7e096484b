-- a sign-up whose trigger writes a profile in the same transaction
insert into auth.users (email) values ('new.person@c1.com');
-- plain inserts by code that knows no tenant
insert into public.folders (owner_id, name) select id, 'Inbox' from auth.users where email = 'new.person@c1.com';
insert into public.documents (owner_id, folder_id, title, slug)
  select u.id, f.id, 'Plan', 'plan' from auth.users u join public.folders f on f.owner_id = u.id
  where u.email = 'new.person@c1.com';
-- a comment by somebody of another organization on a shared document
insert into public.comments (document_id, author_id, body)
  select d.id, u.id, 'seen' from public.documents d, auth.users u where d.slug = 'plan' and u.email = 'u2@c2.com';
-- a transfer of ownership to another organization, with its comments
update public.documents set owner_id = (select id from auth.users where email = 'u2@c2.com') where slug = 'plan';
-- a comment moves to another document
update public.comments set document_id = (select min(id) from public.documents) where body = 'seen';
-- an upsert by slug, as old code does it
insert into public.documents (owner_id, title, slug) select id, 'again', 'plan' from auth.users where email = 'u3@c3.com'
  on conflict (slug) do update set title = excluded.title;
-- a child before its parent cannot happen here (no deferred key); a row nobody owns can
insert into public.documents (title, slug) values ('ownerless', 'ownerless');
delete from public.folders where name = 'Inbox';
