-- title: read any row that is not of one's own tenant
-- catalogue: P1 P1b P7 P8 P8b P8c P11 P13 P20 P21 R1 R1b R2 R7
-- actor: member
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}} limit 1;
