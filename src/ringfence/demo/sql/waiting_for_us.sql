-- Sessions of the application that wait for a lock which a session of Ringfence holds or asks for before them.
select
  a.application_name as application,
  coalesce(l.relation::pg_catalog.regclass::pg_catalog.text, l.locktype) as waits_for,
  (extract(epoch from pg_catalog.clock_timestamp() - l.waitstart) * 1000)::float8 as milliseconds
from pg_catalog.pg_stat_activity a
join pg_catalog.pg_locks l on l.pid = a.pid and not l.granted
where a.wait_event_type = 'Lock' and a.application_name not like 'ringfence%%' and l.waitstart is not null
  and exists (
    select from pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) b (pid)
    join pg_catalog.pg_stat_activity o on o.pid = b.pid
    where o.application_name like 'ringfence%%'
  )
