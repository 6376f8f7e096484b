-- Everything that holds the vacuum horizon of this database back, oldest snapshot first: sessions (a standby with
-- feedback shows as the session that sends to it), prepared transactions, slots. The snapshot of a session is visible
-- to everybody, the age of its transaction is not. A vacuum does not hold back another one.
select held.what, held.transactions, held.seconds
from (
  select
    pg_catalog.format('pid %s %s (%s)', a.pid, coalesce(nullif(a.application_name, ''), '(no application name)'), a.usename)
      as what,
    greatest(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) as transactions,
    extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as seconds
  from pg_catalog.pg_stat_activity a
  where (a.backend_xmin is not null or a.backend_xid is not null)
    and a.pid <> pg_catalog.pg_backend_pid()
    and (a.datname = pg_catalog.current_database() or a.datname is null)
    and not coalesce(pg_catalog.starts_with(a.application_name, 'ringfence'), false)
    and not exists (select from pg_catalog.pg_stat_progress_vacuum p where p.pid = a.pid)
  union all
  select pg_catalog.format('prepared transaction %s (%s)', x.gid, x.owner), pg_catalog.age(x.transaction),
    extract(epoch from pg_catalog.clock_timestamp() - x.prepared)::float8
  from pg_catalog.pg_prepared_xacts x
  where x.database = pg_catalog.current_database()
  union all
  select pg_catalog.format('replication slot %s', s.slot_name),
    greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)), null
  from pg_catalog.pg_replication_slots s
  where s.xmin is not null
) as held (what, transactions, seconds)
order by held.transactions desc nulls last, held.seconds desc nulls last
limit 10
