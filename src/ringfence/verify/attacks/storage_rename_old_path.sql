-- title: bring a file from the time before tenants under one's own name
-- catalogue: P6 O15b
-- actor: member
-- target: storage
-- expect: untouched
update storage.objects o set name = {{taken_file}} where o.bucket_id = {{bucket}} and o.name = {{other_old_file}};
