-- title: insert without naming a tenant and see where it lands
-- catalogue: P2 M7
-- actor: member
-- target: table
-- expect: untouched
{{insert_unnamed}};
