-- title: hang one's own row under another tenant's parent
-- catalogue: K4
-- actor: member
-- target: table
-- expect: refused
{{insert_under_other}};
set constraints all immediate;
