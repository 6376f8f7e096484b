-- title: leave something in the session for whoever gets it next
-- catalogue: K9 O19 X17
-- actor: member
-- target: database
-- residual: yes
-- expect: not true
select pg_catalog.has_database_privilege(current_user, pg_catalog.current_database(), 'TEMPORARY');
