-- title: delete from a partition or child by its own name
-- catalogue: O3 O4
-- actor: member
-- target: child
-- expect: untouched
delete from {{target}} where {{brake}}({{own_rows}});
