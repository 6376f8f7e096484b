-- rules: RFA-DEFINER-VIEW
-- attacks: view-read
-- checks: RFV-VIEWS
-- after phase 6
create view public.all_projects with (security_invoker = true) as select * from public.projects;
grant select on public.all_projects to authenticated;
create or replace view public.all_projects as select * from public.projects;
