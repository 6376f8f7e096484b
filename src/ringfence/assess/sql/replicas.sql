-- Connected standbys and subscribers with how late they are; a role without rights sees the row and not the numbers.
select
  coalesce(r.application_name, '') as application,
  coalesce(r.state, 'connected') as state,
  coalesce(extract(epoch from r.replay_lag), 0)::double precision as lag_s,
  r.backend_xmin is not null as holds_horizon
from pg_catalog.pg_stat_replication as r
order by r.application_name, r.pid
limit 200
