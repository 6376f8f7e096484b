-- rules: RFA-KEY-CROSSES-TENANTS
-- attacks: foreign-parent
-- after phase 6
alter table public.tasks drop constraint tasks_client_id_project_id_fkey;
alter table public.tasks disable trigger user;
