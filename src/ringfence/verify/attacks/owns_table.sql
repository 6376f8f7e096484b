-- title: switch row security off as the table's owner
-- catalogue: R1b R15
-- actor: member
-- target: table
-- expect: not true
select pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER') from pg_catalog.pg_class c where c.oid = {{target_name}}::pg_catalog.regclass;
