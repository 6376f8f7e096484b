-- title: use a seal that would last for an hour
-- catalogue: R4 R5
-- actor: member
-- target: table
-- expect: no rows
select 1 where pg_catalog.set_config('request.jwt.claims', {{other_claims}}, true) is null;
select 1 where pg_catalog.set_config('ringfence.seal', {{seal_from_tomorrow}}, true) is null;
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
