-- rules: RFA-POLICY-TRUE
-- attacks: delete-everything
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for delete to authenticated using (true);
-- before phase 0
create policy legacy on public.projects for delete to authenticated using (true);
