-- rules: RFA-POLICY-TRUE
-- attacks: insert-for-other merge-insert
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for insert to authenticated with check (true);
-- before phase 0
create policy legacy on public.projects for insert to authenticated with check (true);
