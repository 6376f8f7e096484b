-- title: copy a row into another tenant
-- catalogue: O11 P2
-- actor: member
-- target: table
-- expect: untouched
copy {{target}} ({{insert_columns}}) from stdin;
