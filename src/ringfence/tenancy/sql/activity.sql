-- How full and how busy each table has been since the statistics began.
select
  s.schemaname::text as schema,
  s.relname::text as name,
  s.n_live_tup as rows,
  s.n_tup_ins as inserted,
  s.n_tup_upd as updated,
  s.n_tup_del as deleted
from pg_catalog.pg_stat_user_tables as s
