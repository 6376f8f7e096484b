-- title: call a function without having logged in
-- catalogue: O5 O16
-- actor: nobody
-- target: routine
-- expect: unseen
select r::text from {{call_organization}} r;
