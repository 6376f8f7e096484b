-- title: call a function and name the other tenant's user in its arguments
-- catalogue: O5 O16
-- actor: member
-- target: routine
-- expect: unseen
select r::text from {{call_user}} r;
