-- title: read other tenants' values out of the planner's statistics of a partition
-- catalogue: X8b
-- actor: member
-- target: child
-- expect: no rows
select 1 from pg_catalog.pg_stats s where s.schemaname = {{schema_text}} and s.tablename = {{table_text}} limit 1;
