-- rules: RFA-HELPER-IMMUTABLE
-- attacks: plan-kept-from-other
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create function public.my_tenant() returns uuid language sql immutable as $f$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'org_id')::uuid $f$;
create policy legacy on public.projects for select to authenticated using (client_id = public.my_tenant());
