-- rules: RFA-SELF-JOIN
-- attacks: join-by-oneself
-- after phase 6
create policy believing on public.tasks for select to authenticated
  using (client_id in (select organization_id from public.user_organizations where user_id = (select auth.uid())));
grant insert on public.user_organizations to authenticated;
create policy joining on public.user_organizations for insert to authenticated with check (user_id = (select auth.uid()));
