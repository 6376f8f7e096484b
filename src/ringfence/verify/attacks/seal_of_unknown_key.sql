-- title: use a seal made with a key of one's own
-- catalogue: R4 R5
-- actor: member
-- target: table
-- expect: no rows
select 1 where pg_catalog.set_config('request.jwt.claims', {{other_claims}}, true) is null;
select 1 where pg_catalog.set_config('ringfence.seal', {{seal_of_unknown_key}}, true) is null;
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
