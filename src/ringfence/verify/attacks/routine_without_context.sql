-- title: call a function without having logged in
-- catalogue: O5 O16
-- actor: nobody
-- target: routine
-- expect: no rows
select 1 from {{call_organization}} r where {{mentions_other}} limit 1;
