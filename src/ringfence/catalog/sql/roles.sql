-- Every role apart from the predefined ones, through the view that shows no password.
select
  r.rolname::text as name,
  r.rolsuper as superuser,
  r.rolbypassrls as bypass_rls,
  r.rolcanlogin as login,
  r.rolinherit as inherit,
  r.rolcreaterole as create_role,
  r.rolcreatedb as create_db,
  r.rolreplication as replication,
  array(
    select pg_catalog.jsonb_build_object('role', g.rolname, 'options', pg_catalog.to_jsonb(m))
    from pg_catalog.pg_auth_members as m
    join pg_catalog.pg_roles as g on g.oid = m.roleid
    where m.member = r.oid
  ) as memberships,
  coalesce(r.rolconfig, '{}') as config,
  coalesce((
    select s.setconfig
    from pg_catalog.pg_db_role_setting as s
    join pg_catalog.pg_database as d on d.oid = s.setdatabase and d.datname = pg_catalog.current_database()
    where s.setrole = r.oid
  ), '{}') as database_config
from pg_catalog.pg_roles as r
where r.rolname !~ '^pg_'
