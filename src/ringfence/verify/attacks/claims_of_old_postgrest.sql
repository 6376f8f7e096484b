-- title: set the settings that older gateways used for the user
-- catalogue: R4 R5
-- actor: member
-- target: table
-- expect: no rows
select 1 where pg_catalog.set_config('request.jwt.claim.sub', {{other_user_text}}, true) is null;
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
