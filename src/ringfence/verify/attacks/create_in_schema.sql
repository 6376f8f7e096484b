-- title: create objects where policies and helpers look for names
-- catalogue: R9 E9
-- actor: member
-- target: database
-- expect: not true
select exists (select from pg_catalog.pg_namespace n where n.nspname in ({{schemas}}) and pg_catalog.has_schema_privilege(current_user, n.oid, 'CREATE'));
