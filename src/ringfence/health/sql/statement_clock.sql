-- What client sessions of this database have spent in statements, ours among them, and how many transactions they ended.
-- A session adds its share when it ends a transaction and a second has passed, ours at once because we asked for it.
select d.active_time as active_ms, d.xact_commit + d.xact_rollback as transactions
from pg_catalog.pg_stat_database d
where d.datname = pg_catalog.current_database()
