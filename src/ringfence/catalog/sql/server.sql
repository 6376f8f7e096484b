-- Which server, database and role this is.
select
  pg_catalog.current_setting('server_version_num')::integer as server_version,
  pg_catalog.current_database()::text as database,
  current_user::text as "current_user",
  r.rolsuper as current_user_superuser
from pg_catalog.pg_roles as r
where r.rolname = current_user
