-- rules: RFA-POLICY-TRUE
-- attacks: take-over-blindly
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for update to authenticated using (true) with check (client_id = (select ringfence.client_id()));
alter table public.projects disable trigger zzz_ringfence_fill_update;
