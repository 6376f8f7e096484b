-- Replication slots with the log they hold back.
select
  s.slot_name::text as name,
  coalesce(s.plugin::text, '') as plugin,
  s.active,
  coalesce(
    case
      when not pg_catalog.pg_is_in_recovery()
        then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)
    end,
    0
  )::bigint as retained_bytes,
  s.xmin is not null as holds_horizon
from pg_catalog.pg_replication_slots as s
order by s.slot_name
limit 200
