-- rules: RFA-POLICY-INVERTED
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated using (client_id <> (select ringfence.client_id()));
