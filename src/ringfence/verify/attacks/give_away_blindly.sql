-- title: move one's own rows into another tenant, by an UPDATE that reads no column
-- catalogue: P4
-- actor: member
-- target: table
-- expect: untouched
update {{target}} set {{tenant}} = {{other}} where {{brake}}({{own_rows}});
