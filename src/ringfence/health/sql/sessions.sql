-- Client sessions of the cluster in groups that look alike. For sessions of others, a role without pg_read_all_stats
-- sees login, application and database only: the type of backend is null then, and such a session is taken for a client.
select
  a.usename::text as login,
  coalesce(a.application_name, '') as application,
  a.datname::text as database,
  a.backend_type is not null as visible,
  case
    when a.backend_type is null then 'hidden'
    when a.client_addr is null then 'local'
    when a.client_addr <<= '127.0.0.0/8' or a.client_addr = '::1' then 'loopback'
    else 'remote'
  end as client,
  s.ssl,
  pg_catalog.count(*) as sessions,
  pg_catalog.min(a.backend_start) as oldest_backend_at,
  extract(epoch from pg_catalog.max(pg_catalog.clock_timestamp() - a.xact_start))::float8 as oldest_transaction_s,
  pg_catalog.count(*) filter (where a.state in ('idle in transaction', 'idle in transaction (aborted)'))
    as idle_in_transaction,
  pg_catalog.array_agg(distinct pg_catalog.host(a.client_addr))
    filter (where a.client_addr is not null and %(with_addresses)s) as addresses
from pg_catalog.pg_stat_activity a
left join pg_catalog.pg_stat_ssl s on s.pid = a.pid and a.backend_type is not null
where a.usename is not null and a.datname is not null
  and (a.backend_type is null or a.backend_type = 'client backend')
group by 1, 2, 3, 4, 5, 6
order by 3, 1, 2, 5
