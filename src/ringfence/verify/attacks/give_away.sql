-- title: move one's own row into another tenant
-- catalogue: P4
-- actor: member
-- target: table
-- expect: untouched
update {{target}} t set {{tenant}} = {{other}} where {{own_key}};
