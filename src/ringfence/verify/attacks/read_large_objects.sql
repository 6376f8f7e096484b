-- title: read large objects, which know no rows and no tenants
-- catalogue: O10
-- actor: member
-- target: database
-- expect: not true
select exists (select from pg_catalog.pg_largeobject_metadata m where m.lomowner <> 10 and pg_catalog.pg_has_role(current_user, m.lomowner, 'USAGE') or exists (select from pg_catalog.aclexplode(m.lomacl) a where a.grantee = 0 or pg_catalog.pg_has_role(current_user, a.grantee, 'USAGE')));
