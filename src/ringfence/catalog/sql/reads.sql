-- Which relations a view or materialized view reads.
select distinct w.ev_class as oid, rn.nspname::text as schema, r.relname::text as name
from pg_catalog.pg_rewrite as w
join pg_catalog.pg_class as c on c.oid = w.ev_class and c.relkind in ('v', 'm')
join pg_catalog.pg_depend as d
  on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  and d.objid = w.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.refobjid <> w.ev_class
join pg_catalog.pg_class as r on r.oid = d.refobjid and r.relkind in ('r', 'p', 'f', 'v', 'm')
join pg_catalog.pg_namespace as rn on rn.oid = r.relnamespace
where w.rulename = '_RETURN' and c.relnamespace = any(%(namespaces)s::oid[])
