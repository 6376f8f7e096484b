-- title: move one's own file into another tenant's folder
-- catalogue: O15b P4
-- actor: member
-- target: storage
-- expect: untouched
update storage.objects o set name = {{planted_file}} where o.bucket_id = {{bucket}} and o.name = {{own_file}};
