-- title: read the keys that contexts are sealed with
-- catalogue: R4
-- actor: member
-- target: database
-- expect: refused
select * from ringfence.context_keys;
