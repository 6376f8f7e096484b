-- title: insert without naming a tenant and see where it lands
-- catalogue: P2
-- actor: member
-- target: table
-- expect: untouched
{{insert_unnamed}};
