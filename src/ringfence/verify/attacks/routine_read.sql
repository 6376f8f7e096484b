-- title: call a function and name the other tenant in its arguments
-- catalogue: O5 O5c O16
-- actor: member
-- target: routine
-- expect: unseen
select r::text from {{call_organization}} r;
