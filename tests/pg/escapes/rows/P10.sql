-- rules: RFA-POLICY-CAPTURE
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for select to authenticated
  using (client_id in (select client_id from auth.users));
grant usage on schema auth to authenticated;
grant select on auth.users to authenticated;
