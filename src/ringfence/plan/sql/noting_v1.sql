-- The floor that only notes: what enforcement would hide is seen as before, and written down. A policy asks three
-- questions in turn, each once a statement at most, because PostgreSQL answers a sub-select that leans on no row when it
-- is first needed and keeps the answer: is this statement left out of the sample, is the row the caller's own, and if
-- not, note it. The last is always yes. So a statement has one note at most, however many rows it meets.
--
-- Nothing here may fail in the application's statement, nor wait in it. PARALLEL UNSAFE, for a note is a write. A function
-- of the application that says it is parallel safe may still read the table in a parallel query, where every write and
-- every EXCEPTION block is an error; so whatever is called out of another function only speaks to the server's log.
create unlogged table if not exists ringfence.shadow_notes (
  id bigint generated always as identity primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  table_name text not null,
  command text not null,
  endpoint text not null,
  role_name text not null,
  reason text not null,
  times integer not null default 1
);
revoke all on ringfence.shadow_notes from public;
comment on table ringfence.shadow_notes is
  'Statements that met rows of tenants other than the caller''s, a sample; rows that were met need not have been returned. Holds no values.';

-- The caller's tenant, out of a function of the application: without an EXCEPTION block, so only where no error can come.
-- On a gateway nothing but claims that are no JSON is one; a seal that does not hold is one by design.
create or replace function ringfence.noted_nested_v1() returns {{tenant_type}}
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
begin
  return case
    when session_user in ({{gateways}}) and current_setting('request.jwt.claims', true) ~ '^\s*\{.*\}\s*$'
      then ringfence.canary_client_id()
  end;
end
{{body}};

-- The caller's tenant, asked by a statement itself: whatever is wrong with his context, he has none.
create or replace function ringfence.noted_tenant_v1() returns {{tenant_type}}
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
begin
  return ringfence.canary_client_id();
exception when others then
  return null;
end
{{body}};

-- Keeps a note, and those that this session could not keep earlier. A transaction that only reads cannot write: its notes
-- wait in a setting of the session for the next that can, 32 kinds at most.
create or replace function ringfence.note_keep_v1(note jsonb) returns void
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
declare
  waiting jsonb := '{}';
  held text := coalesce(current_setting('ringfence.notes_waiting', true), '');
begin
  if held <> '' and length(held) <= 16000 then
    waiting := held::jsonb;
  end if;
  if note is not null and (waiting ? note::text or (select count(*) from jsonb_object_keys(waiting)) < 32) then
    waiting := waiting || jsonb_build_object(note::text, coalesce((waiting ->> note::text)::integer, 0) + 1);
  end if;
  if current_setting('transaction_read_only')::boolean or current_setting('transaction_isolation') = 'serializable' then
    -- under SERIALIZABLE a write could make the application's transaction the one that fails
    perform set_config('ringfence.notes_waiting', waiting::text, false);
    return;
  end if;
  if coalesce((select max(n.id) - min(n.id) from ringfence.shadow_notes n), 0) < {{notes_max}} then
    insert into ringfence.shadow_notes (table_name, command, endpoint, role_name, reason, times)
    select k.key::jsonb ->> 0, k.key::jsonb ->> 1, k.key::jsonb ->> 2, k.key::jsonb ->> 3, k.key::jsonb ->> 4, k.value::integer
    from jsonb_each_text(waiting) k;
  end if;
  if held <> '' then
    perform set_config('ringfence.notes_waiting', '', false);
  end if;
exception when others then
  raise log 'ringfence note not kept: %', sqlerrm;
  perform set_config('ringfence.notes_waiting', '', false);
end
{{body}};

-- Asked by the policies, of statements in the sample.
create or replace function ringfence.note_client_id_v1() returns {{tenant_type}}
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
declare
  stack text;
begin
  get diagnostics stack = pg_context;
  if strpos(stack, E'\n') > 0 then
    return ringfence.noted_nested_v1();
  end if;
  if coalesce(current_setting('ringfence.notes_waiting', true), '') <> ''
    and not current_setting('transaction_read_only')::boolean
  then
    perform ringfence.note_keep_v1(null);
  end if;
  return ringfence.noted_tenant_v1();
end
{{body}};

-- Notes that a statement met a row of somebody else; always true, for whoever asks sees what he saw before.
create or replace function ringfence.note_v1(table_name text, command text) returns boolean
language plpgsql volatile parallel unsafe security definer
set search_path = pg_catalog, pg_temp
as {{body}}
declare
  stack text;
  nested boolean;
  sealed boolean := coalesce(current_setting('ringfence.seal', true), '') <> '';
  tenant {{tenant_type}};
  role_name text := coalesce(nullif(current_setting('role'), 'none'), session_user);
  place text := ringfence.shadow_endpoint_v1();
  reason text;
begin
  get diagnostics stack = pg_context;
  nested := strpos(stack, E'\n') > 0;
  if nested and sealed and (session_user in ({{gateways}})) is not true then
    return true;  -- nobody can look at this seal here without the risk of an error
  end if;
  if nested then
    tenant := ringfence.noted_nested_v1();
  else
    tenant := ringfence.noted_tenant_v1();
  end if;
  reason := case when tenant is null then 'caller without a tenant' else 'row of another tenant' end;
  if nested or current_setting('transaction_read_only')::boolean then
    raise log 'ringfence note: %', jsonb_build_array(
      clock_timestamp(), table_name, command, place, role_name, reason, case when nested then 'logged' else 'waits' end);
  end if;
  if not nested then
    perform ringfence.note_keep_v1(jsonb_build_array(table_name, command, place, role_name, reason));
  end if;
  return true;
end
{{body}};

revoke all on function ringfence.note_keep_v1(jsonb), ringfence.noted_tenant_v1(), ringfence.noted_nested_v1() from public;
-- the policies are TO PUBLIC, and whoever meets them must be able to ask
grant execute on function ringfence.note_client_id_v1(), ringfence.note_v1(text, text) to public;
