-- Every trigger somebody made; those that serve foreign keys are the server's own.
select
  t.tgrelid as oid,
  t.tgname::text as name,
  pg_catalog.pg_get_triggerdef(t.oid) as definition,
  pn.nspname::text as function_schema,
  p.proname::text as function_name,
  t.tgtype as bits,
  t.tgenabled::text as enabled,
  t.tgconstraint <> 0 as constraint,
  t.tgdeferrable as deferrable,
  t.tginitdeferred as deferred,
  t.tgparentid <> 0 as inherited,
  t.tgattr::int2[] as columns
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
join pg_catalog.pg_proc as p on p.oid = t.tgfoid
join pg_catalog.pg_namespace as pn on pn.oid = p.pronamespace
where not t.tgisinternal and c.relnamespace = any(%(namespaces)s::oid[])
