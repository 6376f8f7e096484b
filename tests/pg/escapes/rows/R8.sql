-- rules: RFA-GRANT-TRUNCATE
-- attacks: truncate
-- checks: RFV-GRANTS
-- step: enforce/public.projects/rows
-- after phase 6
grant truncate on public.projects to authenticated;
-- before phase 0
grant truncate on public.projects to authenticated;
