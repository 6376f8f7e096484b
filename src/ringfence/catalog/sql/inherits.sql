-- Which table is a partition or an inheritance child of which, parents in their declared order.
select i.inhrelid as oid, pn.nspname::text as schema, p.relname::text as name
from pg_catalog.pg_inherits as i
join pg_catalog.pg_class as c on c.oid = i.inhrelid and c.relkind in ('r', 'p', 'f')
join pg_catalog.pg_class as p on p.oid = i.inhparent
join pg_catalog.pg_namespace as pn on pn.oid = p.relnamespace
where c.relnamespace = any(%(namespaces)s::oid[])
order by i.inhrelid, i.inhseqno
