-- title: move one's own files into another tenant's folder, by an UPDATE that reads no column
-- catalogue: P4 O15b E17
-- actor: member
-- target: storage
-- expect: untouched
update storage.objects set name = {{planted_file}} where {{brake}}(1);
