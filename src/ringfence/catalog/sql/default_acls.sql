-- What new objects are granted without being asked.
select
  pg_catalog.pg_get_userbyid(a.defaclrole)::text as role,
  n.nspname::text as schema,
  a.defaclobjtype::text as object_type,
  a.defaclacl::text[] as acl
from pg_catalog.pg_default_acl as a
left join pg_catalog.pg_namespace as n on n.oid = a.defaclnamespace
where a.defaclnamespace = 0 or a.defaclnamespace = any(%(namespaces)s::oid[])
