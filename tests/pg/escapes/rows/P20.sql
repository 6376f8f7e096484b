-- rules: RFA-POLICY-STALE
-- attacks: read-with-stale-token
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
drop policy ringfence_tenant_select on public.projects;
create policy legacy on public.projects for select to authenticated using (client_id = (auth.jwt() ->> 'org_id')::uuid);
-- repair
drop policy legacy on public.projects;
