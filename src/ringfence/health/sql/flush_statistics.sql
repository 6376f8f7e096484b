-- When this transaction ends, this session adds what it has counted so far.
select pg_catalog.pg_stat_force_next_flush()
