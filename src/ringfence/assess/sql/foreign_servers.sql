-- Foreign servers, who may use them, and whether everybody is somebody on the other side.
select
  s.srvname::text as name,
  w.fdwname::text as wrapper,
  pg_catalog.pg_get_userbyid(s.srvowner)::text as owner,
  coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner))::text[] as acl,
  exists (
    select from pg_catalog.pg_user_mappings as m where m.srvid = s.oid and m.umuser = 0
  ) as public_mapping
from pg_catalog.pg_foreign_server as s
join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
