-- title: stamp another tenant's row with one's own tenant
-- catalogue: P6
-- actor: member
-- target: table
-- expect: untouched
update {{target}} t set {{tenant}} = {{own}} where {{other_key}};
