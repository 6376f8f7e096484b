-- title: read another tenant's rows through a view
-- catalogue: O1 O1c
-- actor: member
-- target: view
-- expect: no rows
select 1 from {{target}} t where {{view_condition}} limit 1;
