-- rules: RFA-SEQUENCE-GRANT
-- attacks: sequence-read
-- step: enforce/public.projects/rows
-- after phase 6
grant select, update on sequence public.projects_id_seq to authenticated;
-- before phase 0
grant all on sequence public.projects_id_seq to authenticated;
