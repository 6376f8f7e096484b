-- Which endpoints met rows of other tenants, most frequent first.
select
  n.table_name as table, n.command, n.endpoint, n.role_name, n.reason, pg_catalog.sum(n.times)::bigint as times,
  pg_catalog.max(n.at) as last
from ringfence.shadow_notes n
group by n.table_name, n.command, n.endpoint, n.role_name, n.reason
order by times desc, n.table_name, n.endpoint, n.command, n.reason, n.role_name
limit %(rows_max)s
