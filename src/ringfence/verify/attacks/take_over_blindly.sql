-- title: stamp every row with one's own tenant, by an UPDATE that reads no column
-- catalogue: P6
-- actor: member
-- target: table
-- expect: untouched
update {{target}} set {{tenant}} = {{own}} where {{brake}}({{own_rows}});
