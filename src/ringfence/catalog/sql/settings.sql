-- Server settings a plan depends on, as far as this role may read them (the view leaves the others out).
select s.name, s.setting
from pg_catalog.pg_settings as s
where s.name in (
  'archive_mode', 'default_transaction_isolation', 'hot_standby', 'lc_messages', 'max_connections',
  'max_locks_per_transaction', 'max_prepared_transactions', 'max_replication_slots', 'max_slot_wal_keep_size',
  'max_wal_senders', 'max_worker_processes', 'server_encoding', 'server_version', 'session_preload_libraries',
  'shared_preload_libraries', 'wal_level'
)
