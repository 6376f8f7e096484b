-- title: read a view over tenant tables without having logged in
-- catalogue: O1 O2
-- actor: nobody
-- target: view
-- expect: unseen
select t::text from {{target}} t where {{view_condition}};
