-- rules: RFA-STORAGE-POLICY
-- attacks: storage-read storage-read-old-path
-- after phase 6
create policy by_bucket on storage.objects for select to authenticated using (bucket_id = 'docs');
