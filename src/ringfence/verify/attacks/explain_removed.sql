-- title: count hidden rows by what a plan removed
-- catalogue: X9b
-- actor: member
-- target: table
-- residual: yes
-- expect: unseen
explain (analyze, costs off, timing off, summary off) select 1 from {{target}} t where t.{{tenant}} = {{other}};
