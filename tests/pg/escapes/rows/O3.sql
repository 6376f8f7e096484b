-- rules: RFA-CHILD-OPEN
-- attacks: child-read child-write
-- checks: RFV-ENABLED
-- step: enforce/public.events_2026/rows
-- after phase 6
alter table public.events_2026 disable row level security;
grant select, delete on public.events_2026 to authenticated;
-- before phase 0
alter table public.events_2026 disable row level security;
grant select, delete on public.events_2026 to authenticated;
