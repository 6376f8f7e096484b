-- rules: RFA-REQUEST-OWNS
-- attacks: owns-table
-- after phase 6
alter role authenticated inherit;
grant ringfence_owner to authenticated;
-- finally
revoke ringfence_owner from authenticated;
alter role authenticated noinherit;
