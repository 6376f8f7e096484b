-- rules: RFA-POLICY-SHARED-ROLE
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
update public.projects set tag = 'authenticated';
create policy legacy on public.projects for select to authenticated using (tag = current_user);
