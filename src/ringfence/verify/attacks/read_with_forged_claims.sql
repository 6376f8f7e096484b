-- title: name another tenant in one's claims
-- catalogue: P9 P20 R4 R5
-- actor: forger
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
