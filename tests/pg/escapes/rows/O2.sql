-- rules: RFA-MATERIALIZED-VIEW
-- attacks: matview-read
-- step: enforce/reach/public.counted
-- after phase 6
create materialized view public.counted as select * from public.projects;
grant select on public.counted to authenticated;
-- before phase 0
create materialized view public.counted as select * from public.projects;
grant select on public.counted to authenticated;
-- spec
[contextless."public.counted"]
way = "close"
reason = "numbers of everybody"
