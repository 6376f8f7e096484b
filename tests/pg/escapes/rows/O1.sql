-- rules: RFA-DEFINER-VIEW
-- attacks: view-read
-- checks: RFV-VIEWS
-- step: enforce/reach/public.all_projects
-- after phase 6
create view public.all_projects as select * from public.projects;
grant select, delete on public.all_projects to authenticated;
-- before phase 0
create view public.all_projects as select * from public.projects;
grant select, delete on public.all_projects to authenticated;
