-- What came out otherwise as the canary, most frequent first.
select
  o.tables, o.endpoint, o.command, o.query_hash, o.role_name, o.difference, count(*) as times,
  (pg_catalog.array_agg(o.rows_now order by o.at desc))[1] as rows_now,
  (pg_catalog.array_agg(o.rows_canary order by o.at desc))[1] as rows_canary,
  pg_catalog.max(o.at) as last
from ringfence.shadow_observations o
where o.difference is not null
group by o.tables, o.endpoint, o.command, o.query_hash, o.role_name, o.difference
order by times desc, o.endpoint, o.query_hash
limit %(rows_max)s
