-- extension: btree_gist
-- rules: RFA-UNIQUE-ORACLE
-- attacks: exclusion-oracle
-- after phase 6
alter table public.projects add column during int4range;
alter table public.projects add constraint no_two_at_once exclude using gist (during with &&);
