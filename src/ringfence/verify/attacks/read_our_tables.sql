-- title: read what the migration keeps for itself
-- catalogue: R6
-- actor: member
-- target: database
-- expect: not true
select exists (select from pg_catalog.pg_class c where c.relnamespace = pg_catalog.to_regnamespace('ringfence') and c.relkind in ('r', 'v', 'm', 'p') and pg_catalog.has_table_privilege(current_user, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'));
