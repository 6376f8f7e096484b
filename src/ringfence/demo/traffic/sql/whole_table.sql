-- The one table that a view reads, quoted; no row for a table.
select pg_catalog.format('%%I.%%I', n.nspname, t.relname) as whole
from pg_catalog.pg_class v
join pg_catalog.pg_rewrite r on r.ev_class = v.oid
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid <> v.oid
join pg_catalog.pg_class t on t.oid = d.refobjid and t.relkind in ('r', 'p')
join pg_catalog.pg_namespace n on n.oid = t.relnamespace
where v.oid = pg_catalog.to_regclass(%(name)s) and v.relkind = 'v'
limit 1
