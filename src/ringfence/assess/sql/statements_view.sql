-- The view pg_stat_statements, wherever its extension lives, when its library is loaded and this role may read it.
-- Its settings exist only after a preload; without one, reading the view is an error (55000).
select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as view
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'pg_stat_statements'
where e.extname = 'pg_stat_statements'
  and pg_catalog.current_setting('pg_stat_statements.max', true) is not null
  and pg_catalog.has_table_privilege(c.oid, 'SELECT')
  and pg_catalog.has_schema_privilege(n.oid, 'USAGE')
