-- title: move another tenant's file into one's own folder
-- catalogue: P6 O15b
-- actor: member
-- target: storage
-- expect: untouched
update storage.objects o set name = {{taken_file}} where o.bucket_id = {{bucket}} and o.name = {{other_file}};
