-- Standbys and subscribers. State is null for a role that may not look. A base backup streams too, and replays nothing.
select
  coalesce(r.application_name, '') as application,
  r.state,
  extract(epoch from r.replay_lag)::float8 as lag_s,
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), coalesce(r.replay_lsn, r.flush_lsn, r.sent_lsn))::int8
    as lag_bytes
from pg_catalog.pg_stat_replication r
where r.state is distinct from 'backup'
order by 1
