-- Every event trigger that no extension brought.
select
  t.evtname::text as name,
  t.evtevent::text as event,
  n.nspname::text as function_schema,
  p.proname::text as function_name,
  t.evtenabled::text as enabled,
  coalesce(t.evttags, '{}') as tags
from pg_catalog.pg_event_trigger as t
join pg_catalog.pg_proc as p on p.oid = t.evtfoid
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where not exists (
  select
  from pg_catalog.pg_depend as d
  where d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
)
