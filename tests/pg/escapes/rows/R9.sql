-- rules: RFA-GRANT-REFERENCES
-- attacks: references-privilege
-- checks: RFV-GRANTS
-- step: enforce/public.projects/rows
-- after phase 6
grant references on public.projects to authenticated;
-- before phase 0
grant references on public.projects to authenticated;
