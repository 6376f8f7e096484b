-- Functions that reach beyond row security, and who may call them: those of extensions by the extension's name, the
-- server's own by theirs.
select
  n.nspname::text as schema,
  p.proname::text as name,
  pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
  pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
  coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))::text[] as acl,
  e.extname::text as extension
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
left join pg_catalog.pg_depend as d
  on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'
left join pg_catalog.pg_extension as e on e.oid = d.refobjid
where e.extname in ('adminpack', 'dblink', 'http', 'pg_net', 'pg_cron', 'pageinspect', 'pg_surgery')
  or (
    n.nspname = 'pg_catalog'
    and p.proname in (
      'pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'pg_ls_logdir', 'lo_import', 'lo_export'
    )
  )
