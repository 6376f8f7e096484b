-- Every schema that belongs to the application; names with pg_ in front are the server's own.
select
  n.oid,
  n.nspname::text as name,
  pg_catalog.pg_get_userbyid(n.nspowner)::text as owner,
  coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::text[] as acl,
  e.extname::text as extension
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_depend as d
  on d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objid = n.oid and d.deptype = 'e'
left join pg_catalog.pg_extension as e on e.oid = d.refobjid
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'ringfence')
