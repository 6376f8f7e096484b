-- rules: RFA-POLICY-EDITABLE
-- attacks: read-with-edited-metadata
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated
  using (client_id = (auth.jwt() -> 'user_metadata' ->> 'client_id')::uuid);
