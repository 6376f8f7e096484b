-- Every index of tables and materialized views, those not valid too.
select
  i.indrelid as oid,
  x.relname::text as name,
  pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
  i.indkey::int2[] as columns,
  i.indnkeyatts as keys,
  am.amname::text as method,
  i.indisunique as unique,
  i.indisprimary as primary,
  i.indisvalid as valid,
  i.indisready as ready,
  i.indisreplident as replica_identity,
  i.indisclustered as clustered,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
  con.conname::text as constraint,
  pn.nspname::text as partition_of_schema,
  p.relname::text as partition_of_name,
  i.indnullsnotdistinct as nulls_not_distinct,
  (0 = all(i.indoption::int2[]) and not i.indclass::oid[] && u.classes) as ordinary,
  i.indcollation::oid[] as collations
from pg_catalog.pg_index as i
cross join (
  select coalesce(pg_catalog.array_agg(o.oid), '{}') as classes from pg_catalog.pg_opclass as o where not o.opcdefault
) as u
join pg_catalog.pg_class as c on c.oid = i.indrelid
join pg_catalog.pg_class as x on x.oid = i.indexrelid
join pg_catalog.pg_am as am on am.oid = x.relam
left join pg_catalog.pg_constraint as con
  on con.conrelid = i.indrelid and con.conindid = i.indexrelid and con.contype in ('p', 'u', 'x')
left join pg_catalog.pg_inherits as h on h.inhrelid = i.indexrelid
left join pg_catalog.pg_class as p on p.oid = h.inhparent
left join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
where c.relkind in ('r', 'p', 'f', 'm') and c.relnamespace = any(%(namespaces)s::oid[])
