-- The last segment that was archived and the one being written; their distance is what waits.
select
  pg_catalog.current_setting('archive_mode') <> 'off' as archiving,
  a.last_archived_wal,
  pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) as current_wal,
  pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')) as segment_bytes,
  coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false) as failing
from pg_catalog.pg_stat_archiver a
