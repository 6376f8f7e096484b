-- rules: RFA-FLOOR-ROLE
-- attacks: read-others read-without-context
-- checks: RFV-FLOOR
-- after phase 6
create policy legacy on public.projects for select using (true);
alter policy ringfence_floor on public.projects to authenticated;
