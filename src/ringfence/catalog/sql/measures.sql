-- How big tables are, from what vacuum and analyze left in the catalog: nothing here opens a file or takes a lock.
with index_pages as materialized (
  select i.indrelid, pg_catalog.sum(c.relpages) as pages
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  group by i.indrelid
)
select
  c.oid,
  c.reltuples::bigint as rows_estimate,
  greatest(c.relpages, 0) as pages,
  (
    greatest(c.relpages, 0) + coalesce(t.relpages, 0) + coalesce(x.pages, 0) + coalesce(tx.pages, 0)
  )::bigint * pg_catalog.current_setting('block_size')::bigint as bytes_total,
  case when c.relfrozenxid = '0' then 0 else pg_catalog.age(c.relfrozenxid) end as frozen_age
from pg_catalog.pg_class as c
left join pg_catalog.pg_class as t on t.oid = c.reltoastrelid
left join index_pages as x on x.indrelid = c.oid
left join index_pages as tx on tx.indrelid = t.oid
where c.relkind in ('r', 'p', 'f') and c.relnamespace = any(%(namespaces)s::oid[])
