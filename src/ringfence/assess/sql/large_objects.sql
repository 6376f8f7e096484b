-- Large objects by owner and ACL: everybody may list them, whoever holds the owner's role may read them.
select
  pg_catalog.pg_get_userbyid(l.lomowner)::text as owner,
  coalesce(l.lomacl, pg_catalog.acldefault('L', l.lomowner))::text[] as acl,
  pg_catalog.count(*) as number
from pg_catalog.pg_largeobject_metadata as l
group by 1, 2
