-- title: write another tenant into one's user metadata
-- catalogue: P9
-- actor: editor
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
