-- rules: RFA-POLICY-PUBLIC-ROWS
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated using (tag = 'hot');
-- before phase 0
create policy legacy on public.projects for select to authenticated using (tag = 'hot');
