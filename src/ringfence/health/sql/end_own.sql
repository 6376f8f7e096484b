-- End these backends if they are still the ones that were meant (same start, our role, our application name), and wait
-- until they are gone. A network that broke leaves a session on the server that nobody will ever speak to again.
select a.pid, pg_catalog.pg_terminate_backend(a.pid, %(wait_ms)s) as ended
from pg_catalog.pg_stat_activity a
join rows from (pg_catalog.unnest(%(pids)s::int[]), pg_catalog.unnest(%(starts)s::timestamptz[]))
  as meant (pid, started_at)
  on meant.pid = a.pid and meant.started_at = a.backend_start
where a.usename = current_user
  and a.pid <> pg_catalog.pg_backend_pid()
  and pg_catalog.starts_with(a.application_name, %(prefix)s)
