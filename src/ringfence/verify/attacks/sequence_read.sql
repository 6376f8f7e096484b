-- title: read or set the sequence behind the key
-- catalogue: K8
-- actor: member
-- target: table
-- expect: not true
select pg_catalog.has_sequence_privilege(current_user, {{sequence_name}}, 'SELECT') or pg_catalog.has_sequence_privilege(current_user, {{sequence_name}}, 'UPDATE');
