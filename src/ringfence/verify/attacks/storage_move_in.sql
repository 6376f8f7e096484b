-- title: move one's own files into another tenant's folder, by an UPDATE that reads no column
-- catalogue: O15b P4
-- actor: member
-- target: storage
-- expect: untouched
update storage.objects set name = {{planted_file}} where {{brake}}(1);
