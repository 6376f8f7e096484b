-- title: put a trigger on the table and read what others write
-- catalogue: R10
-- actor: member
-- target: table
-- expect: not true
select pg_catalog.has_table_privilege(current_user, {{target_name}}, 'TRIGGER');
