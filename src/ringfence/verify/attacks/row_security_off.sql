-- title: switch row security off for one's own session
-- catalogue: R6 R14
-- actor: member
-- target: table
-- expect: no rows
set local row_security = off;
select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}} limit 1;
