-- The parts of extensions that tables, defaults, policies and functions of an application lean on: types, routines with
-- arguments SQL can speak of, languages and foreign data wrappers.
select e.extname::text as extension, 'type' as kind, n.nspname::text as schema, t.typname::text as name,
  null as arguments, null as result, null as volatility, false as is_set
from pg_catalog.pg_extension as e
join pg_catalog.pg_depend as d
  on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e'
  and d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
join pg_catalog.pg_type as t on t.oid = d.objid and t.typtype = 'b' and t.typcategory <> 'A'
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
where e.extname = any(%(extensions)s::text[])
union all
select e.extname, 'routine', n.nspname, p.proname,
  pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid), p.provolatile::text, p.proretset
from pg_catalog.pg_extension as e
join pg_catalog.pg_depend as d
  on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e'
  and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
join pg_catalog.pg_proc as p on p.oid = d.objid and p.prokind = 'f'
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where e.extname = any(%(extensions)s::text[])
  and not exists (
    select
    from pg_catalog.unnest(p.proargtypes::oid[] || p.prorettype) as a (type)
    join pg_catalog.pg_type as t on t.oid = a.type
    where t.typtype = 'p'
      and t.typname !~ '^any' and t.typname not in ('trigger', 'event_trigger', 'void', 'record')
  )
union all
select e.extname, 'language', null, l.lanname, null, null, null, false
from pg_catalog.pg_extension as e
join pg_catalog.pg_depend as d
  on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e'
  and d.classid = 'pg_catalog.pg_language'::pg_catalog.regclass
join pg_catalog.pg_language as l on l.oid = d.objid
where e.extname = any(%(extensions)s::text[])
union all
select e.extname, 'wrapper', null, w.fdwname, null, null, null, false
from pg_catalog.pg_extension as e
join pg_catalog.pg_depend as d
  on d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.refobjid = e.oid and d.deptype = 'e'
  and d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
join pg_catalog.pg_foreign_data_wrapper as w on w.oid = d.objid
where e.extname = any(%(extensions)s::text[])
