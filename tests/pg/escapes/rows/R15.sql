-- rules: RFA-REQUEST-OWNS
-- attacks: owns-table
-- step: enforce/public.projects/rows
-- after phase 6
alter table public.projects owner to authenticated;
-- before phase 0
grant create on schema public to authenticated;
alter table public.projects owner to authenticated;
revoke create on schema public from authenticated;
