-- How often each table, command and endpoint was compared.
select t.name as table, o.command, o.endpoint, count(*) as times, pg_catalog.min(o.at) as first, pg_catalog.max(o.at) as last
from ringfence.shadow_observations o
cross join lateral pg_catalog.unnest(o.tables) as t (name)
group by t.name, o.command, o.endpoint
order by t.name, o.command, o.endpoint
limit %(rows_max)s
