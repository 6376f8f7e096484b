-- Every row security policy, also of tables whose row security is off.
select
  p.polrelid as oid,
  p.polname::text as name,
  p.polcmd::text as command,
  p.polpermissive as permissive,
  array(
    select case when r = 0 then 'public' else pg_catalog.pg_get_userbyid(r)::text end
    from pg_catalog.unnest(p.polroles) as r
  ) as roles,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
where c.relnamespace = any(%(namespaces)s::oid[])
