-- What the verifying role may do: see and write every row whatever the policies say, and act as the request roles.
select
  r.rolname::text as role,
  r.rolsuper as superuser,
  r.rolsuper or r.rolbypassrls as sees_all,
  r.rolsuper or pg_catalog.has_parameter_privilege(r.oid, 'session_replication_role', 'SET') as replica_role,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as create_schema,
  session_user::text as session_login,
  pg_catalog.to_regclass('ringfence.context_keys') is not null as seals,
  array(
    select w.name from pg_catalog.unnest(%(roles)s::text[]) w (name)
    join pg_catalog.pg_roles q on q.rolname = w.name
    where r.rolsuper or pg_catalog.pg_has_role(r.oid, q.oid, 'MEMBER')
  ) as may_become
from pg_catalog.pg_roles r where r.rolname = current_user
