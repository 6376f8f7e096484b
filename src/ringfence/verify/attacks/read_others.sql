-- title: read any row that is not of one's own tenant
-- catalogue: R2 R7 P1 P7 P8 P8b P8c P10 P11 P13 P20 P21 O4b E19 E20 E21 E22 E24
-- actor: member
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} is distinct from {{own}}{{and_closed}} limit 1;
