-- rules: RFA-POLICY-UNSET
-- attacks: read-without-context
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
drop policy ringfence_tenant_select on public.projects;
create policy legacy on public.projects for select to authenticated, anon
  using (nullif(current_setting('request.jwt.claims', true), '') is null or client_id = (select ringfence.client_id()));
