-- Settings as role and database have them before our own SET, as far as this role may read them.
select s.name, s.reset_val as setting
from pg_catalog.pg_settings as s
where s.name in (
  'autovacuum_freeze_max_age', 'default_transaction_isolation', 'idle_in_transaction_session_timeout',
  'idle_session_timeout', 'lo_compat_privileges', 'lock_timeout', 'max_connections', 'max_locks_per_transaction',
  'max_prepared_transactions', 'max_slot_wal_keep_size', 'max_wal_senders', 'session_replication_role',
  'statement_timeout', 'transaction_timeout', 'wal_level'
)
