-- Every table, view and materialized view with what is said of it as a whole.
select
  c.oid,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
  coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))::text[] as acl,
  c.relrowsecurity as rls_enabled,
  c.relforcerowsecurity as rls_forced,
  c.relreplident::text as replica_identity,
  coalesce(c.reloptions, '{}')
    || array(select 'toast.' || o from pg_catalog.unnest(t.reloptions) as o)
    || case when f.ftrelid is null then '{}' else array['server=' || s.srvname] || coalesce(f.ftoptions, '{}') end
    as options,
  c.relpersistence::text as persistence,
  c.relispartition as partition,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid) as partition_bound,
  case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
  case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as definition,
  coalesce(am.amname, 'heap')::text as access_method,
  e.extname::text as extension,
  ts.spcname::text as tablespace,
  de.description as comment
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as t on t.oid = c.reltoastrelid
left join pg_catalog.pg_foreign_table as f on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server as s on s.oid = f.ftserver
left join pg_catalog.pg_am as am on am.oid = c.relam
left join pg_catalog.pg_tablespace as ts on ts.oid = c.reltablespace
left join pg_catalog.pg_depend as d
  on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
left join pg_catalog.pg_extension as e on e.oid = d.refobjid
left join pg_catalog.pg_description as de
  on de.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and de.objoid = c.oid and de.objsubid = 0
where c.relkind in ('r', 'p', 'f', 'v', 'm') and c.relnamespace = any(%(namespaces)s::oid[])
