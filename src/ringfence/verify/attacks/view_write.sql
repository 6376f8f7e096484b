-- title: delete another tenant's rows through a view
-- catalogue: O1d
-- actor: member
-- target: view
-- expect: untouched
delete from {{target}} t where {{view_condition}};
