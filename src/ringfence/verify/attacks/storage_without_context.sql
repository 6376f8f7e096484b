-- title: read a file without having logged in
-- catalogue: P8 O15
-- actor: nobody
-- target: storage
-- expect: no rows
select 1 from storage.objects o where o.bucket_id = {{bucket}} and o.name in ({{own_file}}, {{other_file}}, {{other_old_file}}){{and_private}};
