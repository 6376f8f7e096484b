-- title: copy another tenant's rows out
-- catalogue: P1 O11
-- actor: member
-- target: table
-- expect: no rows
copy (select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}} limit 1) to stdout;
