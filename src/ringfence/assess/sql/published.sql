-- Every table as every publication sends it. A list is a list when somebody chose the columns, on it or on a root.
select
  t.pubname::text as publication,
  t.schemaname::text as schema,
  t.tablename::text as name,
  p.pubupdate as updates,
  t.attnames::text[] as columns,
  exists (
    select
    from pg_catalog.pg_publication_rel as pr
    where pr.prpubid = p.oid
      and pr.prattrs is not null
      and (pr.prrelid = c.oid or pr.prrelid in (select a.relid from pg_catalog.pg_partition_ancestors(c.oid) as a))
  ) as column_list,
  t.rowfilter as row_filter
from pg_catalog.pg_publication_tables as t
join pg_catalog.pg_publication as p on p.pubname = t.pubname
join pg_catalog.pg_namespace as n on n.nspname = t.schemaname
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = t.tablename
where t.schemaname <> 'ringfence'
order by 1, 2, 3
