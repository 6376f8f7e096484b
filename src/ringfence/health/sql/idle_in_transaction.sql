-- Sessions of this database that do nothing inside an open transaction, oldest first. Those of others are masked for
-- a role without pg_read_all_stats: they come back without a state.
select
  a.pid,
  coalesce(a.usename::text, '') as login,
  coalesce(a.application_name, '') as application,
  a.state,
  extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::float8 as transaction_s,
  coalesce(pg_catalog.left(a.query, 2000), '') as query,
  array[]::text[] as modes,
  null::text as prepared
from pg_catalog.pg_stat_activity a
where a.datname = pg_catalog.current_database()
  and a.pid <> pg_catalog.pg_backend_pid()
  and (a.state in ('idle in transaction', 'idle in transaction (aborted)') or a.backend_type is null)
order by transaction_s desc nulls last
limit 20
