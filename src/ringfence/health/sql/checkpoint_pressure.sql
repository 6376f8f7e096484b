-- WAL since the last checkpoint began, against what triggers one.
select
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), c.redo_lsn)::int8 as wal_bytes,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')) as wal_bytes_max
from pg_catalog.pg_control_checkpoint() c
