-- What one backend of ours is doing in a concurrent index build, and who it waits for (ONLINE_DDL H5).
select
  coalesce((select p.phase from pg_catalog.pg_stat_progress_create_index p where p.pid = a.pid), a.state, '') as phase,
  coalesce((select case when p.blocks_total > 0 then (100 * p.blocks_done / p.blocks_total)::integer end
    from pg_catalog.pg_stat_progress_create_index p where p.pid = a.pid), 0) as percent,
  array(
    select pg_catalog.format('pid %%s %%s (%%s), %%s for %%s s', b.pid,
      coalesce(nullif(b.application_name, ''), '(no application name)'), coalesce(b.usename::text, ''),
      coalesce(b.state, b.backend_type),
      coalesce(extract(epoch from pg_catalog.clock_timestamp() - b.xact_start), 0)::bigint)
    from pg_catalog.pg_stat_activity b
    where b.pid = any (pg_catalog.pg_blocking_pids(a.pid))
      or b.pid = (select p.current_locker_pid from pg_catalog.pg_stat_progress_create_index p where p.pid = a.pid)
    order by b.xact_start
    limit 5) as holders
from pg_catalog.pg_stat_activity a
where a.pid = %(pid)s
