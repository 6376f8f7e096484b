-- rules: RFA-POLICY-UNFILTERED RFA-POLICY-TRUE
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
grant select on public.user_organizations to authenticated;
create policy seen on public.user_organizations for select to authenticated using (true);
create policy legacy on public.projects for select to authenticated
  using (client_id in (select organization_id from public.user_organizations));
