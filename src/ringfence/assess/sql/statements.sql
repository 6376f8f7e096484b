-- Statements with a * in them, COPY, and what a view in a table's place would refuse, most used first. Constants are already parameters in these texts.
select
  s.query as text,
  pg_catalog.sum(s.calls)::bigint as calls,
  pg_catalog.pg_get_userbyid(s.userid)::text as role
from {{view}} as s
where s.dbid = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
  and (pg_catalog.strpos(s.query, '*') > 0 or s.query ~* '^\s*(copy|table)\M'
    or s.query ~* '\m(truncate|merge|ctid|tableoid|xmin|xmax|pg_get_serial_sequence|tablesample)\M|on\s+constraint|current\s+of')
group by s.query, s.userid
order by calls desc, text
limit 2000
