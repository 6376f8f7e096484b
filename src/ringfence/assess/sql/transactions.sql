-- Transactions that are open now, oldest first, apart from ours and from autovacuum, which gives way.
select
  a.pid,
  coalesce(a.usename::text, '') as role,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, a.backend_type, 'unknown') as state,
  coalesce(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start), 0)::integer as age_s,
  (a.backend_xmin is not null or a.backend_xid is not null) as holds_snapshot,
  coalesce(a.query, '') as query,
  (a.datname = pg_catalog.current_database()) is true as here
from pg_catalog.pg_stat_activity as a
where a.xact_start is not null
  and a.pid <> pg_catalog.pg_backend_pid()
  and a.backend_type not in ('autovacuum worker', 'autovacuum launcher', 'walsender')
order by a.xact_start, a.pid
limit 200
