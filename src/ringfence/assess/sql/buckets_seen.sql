-- Whether there is a table of buckets as Supabase Storage keeps it, and whether this role may read all of it.
select
  pg_catalog.count(*) > 0 as present,
  coalesce(
    pg_catalog.bool_and(
      pg_catalog.has_table_privilege(c.oid, 'SELECT')
      and pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      and not pg_catalog.row_security_active(c.oid)
    ),
    false
  ) as readable
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a
  on a.attrelid = c.oid and a.attname = 'public' and a.atttypid = 'pg_catalog.bool'::pg_catalog.regtype
where n.nspname = 'storage' and c.relname = 'buckets' and c.relkind = 'r'
