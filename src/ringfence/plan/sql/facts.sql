-- What the migrating role may do beyond owning tables.
-- session_replication_role is superuser-only unless granted: GRANT SET ON PARAMETER (PostgreSQL 15, "Parameter privileges").
select
  (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    or pg_catalog.has_parameter_privilege(current_user, 'session_replication_role', 'SET') as replica_role_allowed,
  coalesce(
    pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(users)s), 'UPDATE')
      or pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(users)s), 'DELETE')
      or pg_catalog.has_table_privilege(pg_catalog.to_regclass(%(users)s), 'TRUNCATE'),
    false) as may_lock_users
