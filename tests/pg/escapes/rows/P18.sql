-- rules: RFA-HELPER-SHADOWED
-- attacks: shadowed-name
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create function public.my_tenants() returns setof uuid language sql stable as $f$ select organization_id from user_organizations where user_id = auth.uid() $f$;
grant select on public.user_organizations to authenticated;
create policy legacy on public.projects for select to authenticated using (client_id in (select public.my_tenants()));
