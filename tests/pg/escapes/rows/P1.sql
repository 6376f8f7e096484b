-- rules: RFA-POLICY-TRUE
-- attacks: read-others read-by-key read-by-cursor copy-out
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated using (true);
-- before phase 0
create policy legacy on public.projects for select to authenticated using (true);
