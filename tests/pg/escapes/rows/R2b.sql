-- rules: RFA-OWNER-BYPASSES
-- checks: RFV-FORCED
-- after phase 6
alter role ringfence_owner bypassrls;
-- finally
alter role ringfence_owner nobypassrls;
