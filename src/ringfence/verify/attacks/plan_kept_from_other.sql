-- title: run a plan that was made and kept in another tenant's transaction
-- catalogue: P19 M11
-- actor: member
-- target: table
-- other: prepare ringfence_kept as select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1; execute ringfence_kept
-- expect: no rows
execute ringfence_kept;
