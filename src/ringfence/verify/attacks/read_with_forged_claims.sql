-- title: name another tenant in one's claims
-- catalogue: R4 R5 P9 P20
-- actor: forger
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
