-- rules: RFA-POLICY-SIGNED-IN
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated using (auth.uid() is not null);
-- before phase 0
create policy legacy on public.projects for select to authenticated using (auth.uid() is not null);
