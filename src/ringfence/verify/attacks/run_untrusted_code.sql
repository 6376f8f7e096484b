-- title: connect back, or run code of one's own, past the session that policies judge
-- catalogue: O9
-- actor: member
-- target: database
-- expect: not true
select exists (select from pg_catalog.pg_proc p where p.proname in ('dblink_connect', 'dblink_connect_u', 'pg_read_file', 'pg_read_binary_file', 'lo_import', 'lo_export') and pg_catalog.has_function_privilege(current_user, p.oid, 'EXECUTE') and p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace);
