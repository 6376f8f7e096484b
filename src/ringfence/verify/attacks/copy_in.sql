-- title: copy a row into another tenant
-- catalogue: P2 O11
-- actor: member
-- target: table
-- expect: untouched
copy {{target}} ({{insert_columns}}) from stdin;
