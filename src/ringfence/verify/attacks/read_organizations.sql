-- title: list the other tenants
-- catalogue: P26
-- actor: member
-- target: database
-- expect: no rows
select 1 from {{organizations}} o where o.{{organization_key}} = {{other}};
