-- title: empty the table; policies do not apply to TRUNCATE, only the privilege does
-- catalogue: R8
-- actor: member
-- target: table
-- expect: not true
select pg_catalog.has_table_privilege(current_user, {{target_name}}, 'TRUNCATE');
