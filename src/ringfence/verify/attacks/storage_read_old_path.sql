-- title: read a file of another tenant's user that lies where files lay before there were tenants
-- catalogue: O15
-- actor: member
-- target: storage
-- expect: no rows
select 1 from storage.objects o where o.bucket_id = {{bucket}} and o.name = {{other_old_file}}{{and_private}};
