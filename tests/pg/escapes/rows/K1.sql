-- rules: RFA-UNIQUE-ORACLE
-- attacks: unique-oracle
-- after phase 6
alter table public.projects add constraint code_everywhere unique (code);
