-- Whom this backend waits for, by the lock manager's own account: holders, and those ahead of it in the queue.
-- Process id 0 stands for a prepared transaction.
select
  nullif(b.pid, 0) as pid,
  coalesce(a.usename::text, '') as login,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, case when b.pid = 0 then 'prepared' else a.backend_type end, '') as state,
  extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as transaction_s,
  coalesce(pg_catalog.left(a.query, 2000), '') as query,
  array[]::text[] as modes,
  case when b.pid = 0 then '(see pg_prepared_xacts)' end as prepared
from pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s)) as b (pid)
left join pg_catalog.pg_stat_activity a on a.pid = b.pid
order by transaction_s desc nulls last
limit 20
