-- rules: RFA-BYPASS-REACHABLE
-- attacks: become-service
-- checks: RFV-BYPASS
-- after phase 6
alter role authenticated inherit;
grant service_role to authenticated;
-- finally
revoke service_role from authenticated;
grant service_role to authenticator, supabase_storage_admin;
alter role authenticated noinherit;
