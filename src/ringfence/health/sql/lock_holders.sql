-- Who holds a lock on this table that conflicts with the wanted one. A prepared transaction holds locks without a
-- process; its lock on its own transaction id leads to its name.
select
  l.pid,
  coalesce(a.usename::text, x.owner::text, '') as login,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, case when l.pid is null then 'prepared' else a.backend_type end, '') as state,
  extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, x.prepared))::float8 as transaction_s,
  coalesce(pg_catalog.left(a.query, 2000), '') as query,
  pg_catalog.array_agg(distinct l.mode) as modes,
  x.gid as prepared
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_locks own_id
  on l.pid is null and own_id.pid is null and own_id.locktype = 'transactionid'
  and own_id.virtualtransaction = l.virtualtransaction
left join pg_catalog.pg_prepared_xacts x on x.transaction = own_id.transactionid
where l.locktype = 'relation'
  and l.granted
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  and l.relation = pg_catalog.to_regclass(%(table)s)::pg_catalog.oid
  and l.mode = any (%(modes)s::text[])
  and (l.pid is null or l.pid not in (pg_catalog.pg_backend_pid(), coalesce(%(waiting_pid)s::int, 0)))
group by l.pid, a.usename, x.owner, a.application_name, a.state, a.backend_type, a.xact_start, x.prepared, a.query, x.gid
order by transaction_s desc nulls last
limit 20
