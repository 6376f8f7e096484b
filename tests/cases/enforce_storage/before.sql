-- Files in Supabase Storage as most projects have them: a folder per user, a bucket that everybody reads, policies by
-- bucket and folder, a table that refers to files by their path. The table of files is the platform's.
grant all on schema storage to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter table storage.buckets owner to supabase_storage_admin;
create table public.notes (id bigint generated always as identity primary key, author_id uuid not null references auth.users,
  body text, file_path text);
alter table public.notes enable row level security;
create policy "signed in" on public.notes for all to authenticated using (true) with check (true);

insert into auth.users (id, email) select ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid,
  'u' || i || '@c' || i % 3 || '.com' from generate_series(1, 12) i;
insert into public.notes (author_id, body, file_path) select id, 'see the file', id || '/note.txt' from auth.users;

insert into storage.buckets (id, name, public) values ('notes', 'notes', false), ('themes', 'themes', false);
create policy "own folder" on storage.objects for all to authenticated
  using (bucket_id = 'notes' and (storage.foldername(name))[1] = (select auth.uid()::text))
  with check (bucket_id = 'notes' and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "colleagues read, and so does everybody" on storage.objects for select to authenticated using (bucket_id = 'notes');
create policy "themes" on storage.objects for select to public using (bucket_id = 'themes');
create policy "Give users access to a folder 1a2b3c_0" on storage.objects for insert to authenticated
  with check (bucket_id = 'notes' and (storage.foldername(name))[2] is not null);
create policy "Give users access to a folder 1a2b3c_1" on storage.objects for update to authenticated using (bucket_id = 'notes');
create policy "Give users access to a folder 1a2b3c_2" on storage.objects for delete to authenticated using (bucket_id = 'notes');
create policy "no programs" on storage.objects as restrictive for insert to authenticated with check (name not like '%.exe');
insert into storage.objects (bucket_id, name, owner, owner_id) select 'notes', id || '/note.txt', id, id::text from auth.users;
insert into storage.objects (bucket_id, name) values ('themes', 'dark.css'), ('themes', 'light.css');
