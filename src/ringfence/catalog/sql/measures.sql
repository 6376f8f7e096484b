-- How big tables are, from what vacuum and analyze left in the catalog: nothing here opens a file or takes a lock.
select
  c.oid,
  c.reltuples::bigint as rows_estimate,
  greatest(c.relpages, 0) as pages,
  (
    greatest(c.relpages, 0)::bigint + coalesce(t.relpages, 0)
    + coalesce((
      select pg_catalog.sum(x.relpages)
      from pg_catalog.pg_index as i
      join pg_catalog.pg_class as x on x.oid = i.indexrelid
      where i.indrelid in (c.oid, c.reltoastrelid)
    ), 0)
  )::bigint * pg_catalog.current_setting('block_size')::bigint as bytes_total,
  case when c.relfrozenxid = '0' then 0 else pg_catalog.age(c.relfrozenxid) end as frozen_age
from pg_catalog.pg_class as c
left join pg_catalog.pg_class as t on t.oid = c.reltoastrelid
where c.relkind in ('r', 'p', 'f') and c.relnamespace = any(%(namespaces)s::oid[])
