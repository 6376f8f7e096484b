-- rules: RFA-STORAGE-POLICY
-- attacks: storage-plant
-- after phase 6
create policy by_bucket on storage.objects for insert to authenticated with check (bucket_id = 'docs');
