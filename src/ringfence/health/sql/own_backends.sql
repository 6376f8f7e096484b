-- Backends of earlier runs of ours in this database: our application name and our role, never anybody else's.
select a.pid, a.application_name as application, coalesce(a.state, '') as state, a.backend_start as started_at
from pg_catalog.pg_stat_activity a
where a.usename = current_user
  and a.datname = pg_catalog.current_database()
  and a.pid <> pg_catalog.pg_backend_pid()
  and pg_catalog.starts_with(a.application_name, %(prefix)s)
  and (%(run_id)s::text is null or pg_catalog.strpos(a.application_name, %(run_id)s::text) > 0)
order by a.backend_start
