-- rules: RFA-GRANT-TRIGGER
-- attacks: trigger-privilege
-- checks: RFV-GRANTS
-- step: enforce/public.projects/rows
-- after phase 6
grant trigger on public.projects to authenticated;
-- before phase 0
grant trigger on public.projects to authenticated;
