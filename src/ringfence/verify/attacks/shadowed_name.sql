-- title: put a temporary table before the one that a policy's helper reads
-- catalogue: P18 P18b
-- actor: member
-- target: table
-- expect: no rows
create temporary table {{memberships_name}} on commit drop as select {{own_user}}::{{user_type}} as {{membership_user}}, {{other}}::{{organization_type}} as {{membership_organization}};
grant select on pg_temp.{{memberships_name}} to public;
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
