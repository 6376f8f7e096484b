-- title: ask a unique key without an error, by ON CONFLICT DO NOTHING
-- catalogue: K2
-- actor: member
-- target: table
-- expect: same
{{insert_unique_of_other}} on conflict do nothing;
{{insert_unique_unused}} on conflict do nothing;
