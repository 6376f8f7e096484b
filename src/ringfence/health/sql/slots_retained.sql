-- WAL that slots keep; a lost slot keeps nothing any more.
select
  s.slot_name::text as name,
  s.active,
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::int8 as retained_bytes
from pg_catalog.pg_replication_slots s
where s.restart_lsn is not null and s.wal_status is distinct from 'lost'
order by 3 desc
