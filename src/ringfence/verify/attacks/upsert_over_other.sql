-- title: overwrite another tenant's row by an upsert on its key
-- catalogue: K3
-- actor: member
-- target: table
-- expect: untouched
{{upsert_over_other}};
