-- title: make oneself a member of another tenant
-- catalogue: P14 P26
-- actor: member
-- target: database
-- expect: refused
insert into {{memberships}} ({{membership_user}}, {{membership_organization}}) values ({{own_user}}, {{other}});
