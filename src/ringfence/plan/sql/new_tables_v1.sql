-- Row security for every new table of the schemas that hold tenant tables, from the transaction that makes it.
-- Fires for CREATE TABLE, CREATE TABLE AS and SELECT INTO, and for ALTER TABLE .. ATTACH PARTITION, which brings in a
-- table that was made elsewhere. With row security and without a policy a table shows nothing to request roles, until
-- the plan is amended and says whose rows it holds.
create or replace function ringfence.close_new_table_v1() returns event_trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  made record;
begin
  for made in
    select c.oid, n.nspname, c.relname, c.relowner
    from pg_catalog.pg_event_trigger_ddl_commands() d
    join pg_catalog.pg_class c on c.oid = d.objid
      or (d.command_tag = 'ALTER TABLE'
          and c.oid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = d.objid) and c.relispartition)
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and (d.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') or c.oid <> d.objid)
      and not d.in_extension
      and n.nspname::text = any (array[{{schemas}}]::text[])
      and c.relkind in ('r', 'p') and c.relpersistence <> 't' and not c.relrowsecurity
  loop
    execute pg_catalog.format('alter table %I.%I enable row level security', made.nspname, made.relname);
    raise notice 'row security is on for %.%, which no policy opens yet', made.nspname, made.relname
      using hint = 'ringfence plan --amend says what is needed for it';
    -- only where the maker goes on to be the owner by membership: his next statement may well be CREATE INDEX
    -- a superuser is a member of everybody, and what it makes stays its own until the plan is amended
    if pg_catalog.pg_get_userbyid(made.relowner) <> {{owner}}
        and pg_catalog.pg_has_role(made.relowner, {{owner}}, 'USAGE')
        and not (select r.rolsuper from pg_catalog.pg_roles r where r.oid = made.relowner) then
      execute pg_catalog.format('alter table %I.%I owner to %I', made.nspname, made.relname, {{owner}});
    end if;
  end loop;
end
$function$;
revoke all on function ringfence.close_new_table_v1() from public;
