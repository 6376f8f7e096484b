-- title: put a file into another tenant's folder, in the name of its user
-- catalogue: O15b E17
-- actor: member
-- target: storage
-- expect: refused
insert into storage.objects (bucket_id, name{{owner_column}}) values ({{bucket}}, {{planted_file}}{{other_owner}});
