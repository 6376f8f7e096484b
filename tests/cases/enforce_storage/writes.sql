-- Storage itself, and the service role, write files as before, also where no organization is in the path.
set role supabase_storage_admin;
insert into storage.objects (bucket_id, name, owner, owner_id)
  select 'notes', id || '/later.txt', id, id::text from (select '00000000-0000-4000-8000-000000000002'::uuid as id) u;
set role service_role;
insert into storage.objects (bucket_id, name) values ('themes', 'blue.css');
reset role;
insert into public.notes (author_id, body) values ('00000000-0000-4000-8000-000000000003', 'no file');
