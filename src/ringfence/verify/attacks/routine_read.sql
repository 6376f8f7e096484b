-- title: call a function and name the other tenant in its arguments
-- catalogue: O5 O5c O16
-- actor: member
-- target: routine
-- expect: no rows
select 1 from {{call_organization}} r where {{mentions_other}} limit 1;
