-- Who owns the database and who was granted what on it; public and the owner have more than that by default.
select
  pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
  d.datacl is null as default_grants,
  array(
    select pg_catalog.jsonb_build_object(
      'grantee', case when a.grantee = 0 then null else pg_catalog.pg_get_userbyid(a.grantee) end,
      'privilege', a.privilege_type
    )
    from pg_catalog.aclexplode(d.datacl) as a
    where a.grantee = 0 or pg_catalog.pg_get_userbyid(a.grantee) !~ '^unknown '
  ) as grants
from pg_catalog.pg_database as d
where d.datname = pg_catalog.current_database()
