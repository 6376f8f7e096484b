-- Every sequence, those behind identity and serial columns too; its current value is data.
select
  n.nspname::text as schema,
  c.relname::text as name,
  pg_catalog.format_type(s.seqtypid, null) as type,
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
  s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
  on_.nspname::text as owned_by_schema,
  o.relname::text as owned_by_table,
  a.attname::text as owned_by_column,
  own.deptype = 'i' as identity,
  c.relpersistence::text as persistence,
  coalesce(c.relacl, pg_catalog.acldefault('s', c.relowner))::text[] as acl
from pg_catalog.pg_sequence as s
join pg_catalog.pg_class as c on c.oid = s.seqrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_depend as own
  on own.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and own.objid = c.oid
  and own.objsubid = 0
  and own.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and own.refobjsubid > 0
  and own.deptype in ('a', 'i')
left join pg_catalog.pg_class as o on o.oid = own.refobjid
left join pg_catalog.pg_namespace as on_ on on_.oid = o.relnamespace
left join pg_catalog.pg_attribute as a on a.attrelid = own.refobjid and a.attnum = own.refobjsubid
where c.relnamespace = any(%(namespaces)s::oid[])
  and not exists (
    select
    from pg_catalog.pg_depend as d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
  )
