-- Names of temporary tables that sessions have now.
select distinct c.relname::text as name
from pg_catalog.pg_class as c
where c.relpersistence = 't' and c.relkind in ('r', 'p')
order by 1
