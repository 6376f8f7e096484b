-- rules: RFA-TRUSTED-OPEN RFA-RLS-OFF
-- attacks: join-by-oneself read-memberships
-- after phase 6
create policy believing on public.tasks for select to authenticated
  using (client_id in (select organization_id from public.user_organizations where user_id = (select auth.uid())));
alter table public.user_organizations disable row level security;
grant select, insert on public.user_organizations to authenticated;
