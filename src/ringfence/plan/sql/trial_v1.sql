-- Made and rolled back in the transaction of a trial; nobody else ever sees it.
-- What is run here is the application's own SQL as the application's own roles. A SECURITY DEFINER function forbids
-- SET ROLE inside, so that no view's query or function can become the migrating role, as RESET ROLE would let it.
create schema ringfence_trial;
grant usage, create on schema ringfence_trial to public;
create function ringfence_trial.run_v1(kind text, question text, unfiltered boolean, out row_count bigint, out digest text)
language plpgsql security definer
as $function$
declare
  line text;
begin
  -- an error instead of rows left out, for what is explained
  perform pg_catalog.set_config('row_security', case when unfiltered then 'off' else 'on' end, true);
  if kind in ('explain', 'command') then
    -- what a session of the role's own would have, the nearest setting first; this session has none
    perform pg_catalog.set_config('search_path', coalesce(
      (select pg_catalog.substr(c.said, 13) from pg_catalog.pg_db_role_setting s
        cross join lateral pg_catalog.unnest(s.setconfig) c (said)
        where pg_catalog.starts_with(c.said, 'search_path=')
          and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
          and s.setrole in (0, (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user))
        order by s.setrole = 0, s.setdatabase = 0 limit 1),
      (select g.reset_val from pg_catalog.pg_settings g where g.name = 'search_path')), true);
  end if;
  case kind
    when 'rows' then
      execute pg_catalog.format(E'select pg_catalog.count(*) from (\n%s\n) ringfence_row', question) into row_count;
    when 'values' then
      execute pg_catalog.format(E'select pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtextextended('
        'ringfence_row::text, 0)::numeric)::text from (\n%s\n) ringfence_row', question) into row_count, digest;
    when 'explain' then
      -- a loop takes one statement: EXPLAIN of the first of several would run the others
      for line in execute 'explain (costs off) ' || question loop
        null;
      end loop;
    when 'command' then
      execute question;
      get diagnostics row_count = row_count;
  end case;
end
$function$;
grant execute on function ringfence_trial.run_v1(text, text, boolean) to public;

-- Lets the migrating role give things to a role. Whoever made one on PostgreSQL 16 and later may grant it, and cannot
-- become it by that alone; before, CREATEROLE grants any.
create function ringfence_trial.let_v1(role_name text) returns void
language plpgsql
as $function$
declare
  me pg_catalog.pg_roles;
begin
  select r.* into me from pg_catalog.pg_roles r where r.rolname = current_user;
  if not me.rolsuper and me.rolname <> role_name and (
    pg_catalog.pg_has_role(me.oid, role_name, 'MEMBER WITH ADMIN OPTION')
    or me.rolcreaterole and pg_catalog.current_setting('server_version_num')::int < 160000)
  then
    execute pg_catalog.format('grant %I to current_user', role_name);
  end if;
end
$function$;

create function ringfence_trial.as_v1(role_name text) returns void
language plpgsql
as $function$
begin
  perform ringfence_trial.let_v1(role_name);
  execute pg_catalog.format('alter function ringfence_trial.run_v1(text, text, boolean) owner to %I', role_name);
end
$function$;
