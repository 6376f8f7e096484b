-- Transactions prepared for two-phase commit and not finished.
select
  p.gid as name,
  p.owner::text as owner,
  extract(epoch from pg_catalog.clock_timestamp() - p.prepared)::integer as age_s,
  p.database = pg_catalog.current_database() as here
from pg_catalog.pg_prepared_xacts as p
order by p.prepared, p.gid
limit 200
