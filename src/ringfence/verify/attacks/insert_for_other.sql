-- title: plant a row in another tenant
-- catalogue: P2 P3 P3b P12 E19
-- actor: member
-- target: table
-- expect: untouched
{{insert_for_other}};
