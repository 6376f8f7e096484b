-- rules: RFA-CHILD-OPEN
-- attacks: child-read child-write
-- checks: RFV-ENABLED
-- step: enforce/public.old_notes/rows
-- after phase 6
alter table public.old_notes disable row level security;
grant select, delete on public.old_notes to authenticated;
-- before phase 0
alter table public.old_notes disable row level security;
grant select, delete on public.old_notes to authenticated;
