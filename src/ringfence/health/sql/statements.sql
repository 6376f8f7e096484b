-- The statements that cost most in this database. A role that may not look gets no identifier for those of others.
select
  s.queryid::text as query_id,
  pg_catalog.sum(s.calls)::int8 as calls,
  pg_catalog.sum(s.total_exec_time)::float8 as total_ms,
  pg_catalog.max(s.stddev_exec_time)::float8 as deviation_ms,
  pg_catalog.max(s.max_exec_time)::float8 as max_ms,
  pg_catalog.min(pg_catalog.left(s.query, 4000)) as text
from {{statements}} s
where s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  and s.queryid is not null
group by s.queryid
order by total_ms desc
limit %(statements_max)s
