-- title: turn one's own membership into one of another tenant
-- catalogue: P15
-- actor: member
-- target: database
-- expect: untouched
update {{memberships}} set {{membership_organization}} = {{other}} where {{membership_user}} = {{own_user}};
