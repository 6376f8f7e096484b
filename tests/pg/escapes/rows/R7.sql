-- rules: RFA-REQUEST-MEMBER
-- attacks: read-others
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create role rf_escape_staff nologin;
grant usage on schema public to rf_escape_staff;
create policy staff on public.projects for select to rf_escape_staff using (true);
alter role authenticated inherit;
grant rf_escape_staff to authenticated;
-- finally
drop owned by rf_escape_staff;
drop role rf_escape_staff;
alter role authenticated noinherit;
