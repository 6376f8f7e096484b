-- title: read another tenant's rows through a view
-- catalogue: O1 O1c
-- actor: member
-- target: view
-- expect: unseen
select t::text from {{target}} t where {{view_condition}};
