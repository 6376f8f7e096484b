-- Who may create schemas and temporary tables here, what every session is given, and the server's statement_timeout.
select
  pg_catalog.pg_get_userbyid(d.datdba)::text as owner,
  coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))::text[] as acl,
  array(
    select pg_catalog.split_part(one, '=', 1)
    from pg_catalog.pg_db_role_setting as s
    cross join pg_catalog.unnest(s.setconfig) as one
    where s.setdatabase in (d.oid, 0) and s.setrole = 0
    order by 1
  ) as settings,
  (
    select s.reset_val::integer
    from pg_catalog.pg_settings as s
    where s.name = 'statement_timeout'
      and not exists (
        select
        from pg_catalog.pg_db_role_setting as own
        cross join pg_catalog.unnest(own.setconfig) as one
        where own.setdatabase in (d.oid, 0)
          and own.setrole in (0, (select r.oid from pg_catalog.pg_roles as r where r.rolname = session_user))
          and one like 'statement_timeout=%'
      )
  ) as statement_timeout_ms
from pg_catalog.pg_database as d
where d.datname = pg_catalog.current_database()
