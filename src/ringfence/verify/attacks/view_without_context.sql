-- title: read a view over tenant tables without having logged in
-- catalogue: O1 O2
-- actor: nobody
-- target: view
-- expect: no rows
select 1 from {{target}} t where {{view_condition}} limit 1;
