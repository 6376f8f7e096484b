-- rules: RFA-FLOOR-COMMAND
-- attacks: insert-for-other delete-everything update-everything
-- checks: RFV-FLOOR
-- after phase 6
create policy legacy on public.projects to authenticated using (true) with check (true);
drop policy ringfence_floor on public.projects;
create policy ringfence_floor on public.projects as restrictive for select using (client_id = (select ringfence.client_id()));
