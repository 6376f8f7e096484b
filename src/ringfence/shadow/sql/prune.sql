-- Comparisons beyond what anybody reads: the oldest go.
delete from ringfence.shadow_observations o
where o.id <= (select pg_catalog.max(x.id) from ringfence.shadow_observations x) - %(rows_max)s
