-- Transactions, faults and reads of this database since its statistics were reset.
select
  xact_commit as commits, xact_rollback as rollbacks, deadlocks, blks_read as blocks_read, blks_hit as blocks_hit,
  stats_reset
from pg_catalog.pg_stat_database
where datname = pg_catalog.current_database()
