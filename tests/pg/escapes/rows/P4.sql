-- rules: RFA-POLICY-TRUE
-- attacks: give-away-blindly
-- floor: public.projects
-- step: enforce/public.projects/rows
-- after phase 6
create policy legacy on public.projects for update to authenticated using (client_id = (select ringfence.client_id())) with check (true);
alter table public.projects disable trigger zzz_ringfence_fill_update;
