-- title: see who belongs to another tenant
-- catalogue: P26
-- actor: member
-- target: database
-- expect: no rows
select 1 from {{memberships}} m where m.{{membership_organization}} = {{other}};
