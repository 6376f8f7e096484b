-- The last statement of each connected session, where it has a * in it, is a COPY, or is what a view would refuse.
select
  a.query as text,
  pg_catalog.count(*)::bigint as calls,
  coalesce(a.usename::text, '') as role,
  coalesce(a.application_name, '') as application
from pg_catalog.pg_stat_activity as a
where a.datname = pg_catalog.current_database()
  and a.backend_type = 'client backend'
  and a.pid <> pg_catalog.pg_backend_pid()
  and a.application_name not like 'ringfence%'
  and (pg_catalog.strpos(a.query, '*') > 0 or a.query ~* '^\s*(copy|table)\M'
    or a.query ~* '\m(truncate|merge|ctid|tableoid|xmin|xmax|pg_get_serial_sequence|tablesample)\M|on\s+constraint|current\s+of')
group by a.query, a.usename, a.application_name
order by calls desc, text
limit 500
