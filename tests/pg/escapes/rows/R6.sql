-- rules: RFA-PREDEFINED-ROLE
-- attacks: read-our-tables
-- after phase 6
alter role authenticated inherit;
grant pg_read_all_data to authenticated;
-- finally
revoke pg_read_all_data from authenticated;
alter role authenticated noinherit;
