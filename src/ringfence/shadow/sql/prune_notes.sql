-- Notes beyond half of what is kept: the oldest go, and there is room for new ones.
delete from ringfence.shadow_notes n
where n.id <= (select pg_catalog.max(x.id) from ringfence.shadow_notes x) - %(rows_max)s
