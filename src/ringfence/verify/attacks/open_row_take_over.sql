-- title: stamp a row that everybody may read with one's own tenant
-- catalogue: P6
-- actor: member
-- target: table
-- expect: untouched
update {{target}} t set {{tenant}} = {{own}} where {{other_open_key}};
