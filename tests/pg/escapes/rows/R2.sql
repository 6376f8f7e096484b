-- rules: RFA-REQUEST-BYPASS
-- attacks: become-service read-others
-- checks: RFV-BYPASS
-- after phase 6
alter role authenticated bypassrls;
-- finally
alter role authenticated nobypassrls;
