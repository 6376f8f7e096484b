-- title: refer to the table with a foreign key of one's own, which tells and blocks
-- catalogue: R9
-- actor: member
-- target: table
-- expect: not true
select pg_catalog.has_any_column_privilege(current_user, {{target_name}}, 'REFERENCES');
