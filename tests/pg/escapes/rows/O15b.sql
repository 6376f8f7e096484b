-- rules: RFA-STORAGE-POLICY
-- attacks: storage-plant
-- after phase 6
create policy by_bucket on storage.objects for insert to authenticated with check (bucket_id = 'docs');
-- repair
-- the hint ties a file to the user; here a file belongs where its folder says
alter policy by_bucket on storage.objects
  with check (bucket_id = 'docs' and (storage.foldername(name))[1] = (select ringfence.client_id())::text);
