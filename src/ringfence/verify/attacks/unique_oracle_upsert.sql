-- title: ask a unique key by ON CONFLICT DO UPDATE, which fails on a hidden row alone
-- catalogue: K3
-- actor: member
-- target: table
-- expect: same
{{insert_unique_of_other}} on conflict ({{unique_target}}) do update set {{tenant}} = excluded.{{tenant}};
{{insert_unique_unused}} on conflict ({{unique_target}}) do update set {{tenant}} = excluded.{{tenant}};
