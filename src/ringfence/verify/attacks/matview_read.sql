-- title: read a materialized view, which holds everybody's rows and knows no policies
-- catalogue: O2
-- actor: member
-- target: materialized
-- expect: no rows
select 1 from {{target}} t limit 1;
