-- The default of the tenant column: the caller's tenant, for whoever row security binds. Who bypasses it (a sign-up
-- trigger, a job, an administrator) has no tenant, and for him the fill trigger derives one from the row; to ask for a
-- context that he cannot have would be an error in the middle of a sign-up. As the caller: current_user is who writes.
create or replace function ringfence.writer_client_id() returns {{tenant_type}}
language sql stable parallel safe
begin atomic
  select case
    when (select r.rolsuper or r.rolbypassrls from pg_catalog.pg_roles r where r.rolname = current_user) then null
    else ringfence.client_id()
  end;
end;
grant execute on function ringfence.writer_client_id() to public;
