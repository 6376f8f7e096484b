-- rules: RFA-PARENT-OPEN
-- attacks: read-others
-- checks: RFV-ENABLED
-- after phase 6
alter table public.notes disable row level security;
