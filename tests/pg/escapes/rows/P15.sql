-- rules: RFA-SELF-EDIT
-- attacks: move-membership
-- after phase 6
create policy believing on public.tasks for select to authenticated
  using (client_id in (select organization_id from public.user_organizations where user_id = (select auth.uid())));
grant select, update on public.user_organizations to authenticated;
create policy mine on public.user_organizations for select to authenticated using (user_id = (select auth.uid()));
create policy changing on public.user_organizations for update to authenticated using (user_id = (select auth.uid()));
