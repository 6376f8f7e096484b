-- Anti-wraparound vacuums at work on these relations: they are not cancelled by a lock request, so waiting in their
-- queue would stall everybody behind us until they end (ONLINE_DDL H3).
select pg_catalog.format('pid %%s: %%s', v.pid, pg_catalog.left(a.query, 120)) as worker
from pg_catalog.pg_stat_progress_vacuum v
join pg_catalog.pg_stat_activity a on a.pid = v.pid
where a.backend_type = 'autovacuum worker'
  and a.query like '%%(to prevent wraparound)%%'
  and v.relid = any (select pg_catalog.to_regclass(r)::pg_catalog.oid from pg_catalog.unnest(%(relations)s::text[]) r)
