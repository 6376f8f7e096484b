-- title: read another tenant's file
-- catalogue: O15 E17
-- actor: member
-- target: storage
-- expect: no rows
select 1 from storage.objects o where o.bucket_id = {{bucket}} and o.name = {{other_file}}{{and_private}};
