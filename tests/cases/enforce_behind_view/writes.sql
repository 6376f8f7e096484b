-- What old code writes, through the view where there is one: it must not be able to tell.
insert into auth.users (email) values ('new.person@c1.com');
insert into public.folders (owner_id, name) select id, 'Inbox' from auth.users where email = 'new.person@c1.com';
insert into public.documents (owner_id, folder_id, title, slug)
  select u.id, f.id, 'Plan', 'plan' from auth.users u join public.folders f on f.owner_id = u.id
  where u.email = 'new.person@c1.com';
insert into public.documents (slug) values ('by-default') returning *;
insert into public.documents overriding system value values (100000, null, null, 'by position', 'by-position', default, 7);
insert into public.comments (document_id, body) select id, 'seen' from public.documents where slug = 'plan';
update public.documents set owner_id = (select id from auth.users where email = 'u2@c2.com') where slug = 'plan' returning *;
update public.comments set document_id = (select min(id) from public.documents) where body = 'seen';
insert into public.documents (owner_id, title, slug) select id, 'again', 'plan' from auth.users where email = 'u3@c0.com'
  on conflict (slug) do update set title = excluded.title returning *;
with locked as (select id from public.documents where slug = 'by-default' for update skip locked)
  update public.documents d set title = 'locked' from locked where d.id = locked.id;
delete from public.documents where slug = 'by-position';
select public.file('by a routine'), public.mine(), public.all_of_them();
select * from public.titles where title = 'by a routine';
refresh materialized view public.per_owner;
lock table public.documents in row exclusive mode;
-- as an end user: the same policies, columns and rights as before
begin;
select set_config('request.jwt.claims', json_build_object('sub', id)::text, true) from auth.users where email = 'u1@c1.com';
set local role authenticated;
insert into public.documents (owner_id, title) values (auth.uid(), 'mine');
update public.documents set title = 'still mine' where title = 'mine';
do $$ begin
  if (select count(*) from public.documents) <> 6 or public.mine() <> 6 then
    raise exception 'an end user sees % documents of their own 6', (select count(*) from public.documents);
  end if;
  if (select count(*) from public.comments) <> 11 then
    raise exception 'an end user sees % comments of their own 11', (select count(*) from public.comments);
  end if;
  begin
    update public.documents set slug = 'no';
    raise exception 'a column that may not be updated was updated';
  exception when insufficient_privilege then null;
  end;
  begin
    insert into public.documents (owner_id, title) values (gen_random_uuid(), 'not mine');
    raise exception 'a row of somebody else was written';
  exception when insufficient_privilege then null;
  end;
end $$;
commit;
