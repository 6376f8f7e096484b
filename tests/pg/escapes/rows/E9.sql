-- rules: RFA-SCHEMA-CREATE
-- attacks: create-in-schema
-- after phase 6
grant create on schema public to authenticated;
