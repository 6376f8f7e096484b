-- Every function, procedure, aggregate and window function that no extension brought, and that is no part of a type
-- (the constructors of a range come and go with it, and no dump speaks of their grants).
select
  n.nspname::text as schema,
  p.proname::text as name,
  pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
  p.prokind::text as kind,
  case
    when p.prokind = 'a' then concat_ws(
      ' ',
      pg_catalog.pg_get_function_result(p.oid),
      'state', a.aggtransfn::pg_catalog.regproc::text, pg_catalog.format_type(a.aggtranstype, null),
      'final', a.aggfinalfn::pg_catalog.regproc::text, 'initial', a.agginitval
    )
    else pg_catalog.pg_get_functiondef(p.oid)
  end as definition,
  pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
  l.lanname::text as language,
  p.prosecdef as security_definer,
  p.provolatile::text as volatility,
  p.proconfig as config,
  case
    when p.proacl is not null then p.proacl::text[]
  end as acl,
  pg_catalog.acldefault('f', p.proowner)::text[] as acl_default,
  coalesce(pg_catalog.pg_get_function_result(p.oid), '') as returns
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_aggregate as a on a.aggfnoid = p.oid
where p.pronamespace = any(%(namespaces)s::oid[])
  and not exists (
    select
    from pg_catalog.pg_depend as d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
      and d.deptype in ('e', 'i')
  )
