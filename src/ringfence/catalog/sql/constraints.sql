-- Every constraint of a table, the server's own definition included.
select
  con.conrelid as oid,
  con.conname::text as name,
  con.contype::text as kind,
  pg_catalog.pg_get_constraintdef(con.oid) as definition,
  con.conkey as columns,
  con.convalidated as validated,
  con.condeferrable as deferrable,
  con.condeferred as deferred,
  fn.nspname::text as references_schema,
  f.relname::text as references_name,
  case when con.confrelid <> 0 then array(
    select a.attname::text
    from pg_catalog.unnest(con.confkey) with ordinality as k (number, position)
    join pg_catalog.pg_attribute as a on a.attrelid = con.confrelid and a.attnum = k.number
    order by k.position
  ) end as referenced_columns,
  con.confupdtype::text as on_update,
  con.confdeltype::text as on_delete,
  con.confmatchtype::text as match,
  (con.conparentid <> 0 or con.coninhcount > 0) as inherited
from pg_catalog.pg_constraint as con
join pg_catalog.pg_class as c on c.oid = con.conrelid
left join pg_catalog.pg_class as f on f.oid = con.confrelid
left join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace
where c.relkind in ('r', 'p', 'f') and c.relnamespace = any(%(namespaces)s::oid[])
