-- title: call a function and name the other tenant's user in its arguments
-- catalogue: O5 O16
-- actor: member
-- target: routine
-- expect: no rows
select 1 from {{call_user}} r where {{mentions_other}} limit 1;
