-- title: delete another tenant's file
-- catalogue: P5 O15b E17
-- actor: member
-- target: storage
-- expect: untouched
delete from storage.objects o where o.bucket_id = {{bucket}} and o.name = {{other_file}};
