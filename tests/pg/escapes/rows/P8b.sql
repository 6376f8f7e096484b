-- rules: RFA-POLICY-UNSET
-- attacks: read-without-context
-- leaves: claims-kept-by-savepoint claims-set-by-sql read-with-forged-claims read-with-stale-token seal-expired seal-from-tomorrow seal-of-unknown-key settings-left-behind
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
drop policy ringfence_tenant_select on public.projects;
create policy legacy on public.projects for select to authenticated, anon
  using (client_id = coalesce((nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id')::uuid, client_id));
