-- What the connected role may do, and whether schema ringfence is there already.
-- session_replication_role is for superusers unless granted (PostgreSQL 15: GRANT SET ON PARAMETER).
select
  r.rolsuper as superuser,
  r.rolbypassrls as bypass_rls,
  pg_catalog.has_parameter_privilege(r.oid, 'session_replication_role', 'SET') as replica_role,
  pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') as create_in_database,
  pg_catalog.pg_has_role(r.oid, 'pg_read_all_stats', 'USAGE') as reads_activity,
  pg_catalog.pg_has_role(r.oid, 'pg_signal_backend', 'USAGE') as signals_backends,
  (
    pg_catalog.has_function_privilege(r.oid, 'pg_catalog.pg_stat_file(text)', 'EXECUTE')
    and pg_catalog.pg_has_role(r.oid, 'pg_read_all_settings', 'USAGE')
  ) as sees_files,
  array(
    select m.rolname::text from pg_catalog.pg_roles as m where pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE')
  ) as acts_as,
  array(
    select n.nspname::text
    from pg_catalog.pg_namespace as n
    where n.nspname !~ '^pg_'
      and pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
      and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  ) as schemas_usable,
  (
    select pg_catalog.pg_get_userbyid(n.nspowner)::text
    from pg_catalog.pg_namespace as n
    where n.nspname = 'ringfence'
  ) as ringfence_owner,
  exists (
    select
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'ringfence' and c.relname = 'tenant_choices'
  ) as installed
from pg_catalog.pg_roles as r
where r.rolname = current_user
