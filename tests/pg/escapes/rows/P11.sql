-- rules: RFA-POLICY-PRECEDENCE
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated
  using (tag = 'hot' or name = 'mine' and client_id = (select ringfence.client_id()));
-- before phase 0
create policy legacy on public.projects for select to authenticated
  using (tag = 'hot' or name = 'mine' and owner_id = auth.uid());
