-- title: read a partition or child by its own name
-- catalogue: O3 O4 O4b
-- actor: member
-- target: child
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}} limit 1;
