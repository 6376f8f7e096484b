-- title: become a role that bypasses row security
-- catalogue: R2 R3
-- actor: member
-- target: database
-- expect: not true
select exists (select from pg_catalog.pg_roles r where (r.rolbypassrls or r.rolsuper) and pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER'));
