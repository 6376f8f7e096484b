-- rules: RFA-RLS-IGNORED
-- attacks: read-others insert-for-other
-- checks: RFV-ENABLED
-- after phase 6
alter table public.projects disable row level security;
