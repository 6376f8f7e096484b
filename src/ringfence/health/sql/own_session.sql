-- This very session, as own_backends would show it to another.
select a.pid, a.application_name as application, coalesce(a.state, '') as state, a.backend_start as started_at
from pg_catalog.pg_stat_activity a
where a.pid = pg_catalog.pg_backend_pid()
