-- title: listen to the notifications of all tenants
-- catalogue: O13
-- actor: member
-- target: database
-- residual: yes
-- expect: refused
listen ringfence_probe;
