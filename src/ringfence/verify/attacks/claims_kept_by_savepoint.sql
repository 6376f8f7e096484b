-- title: set other claims in a savepoint and release it
-- catalogue: R4 X4
-- actor: member
-- target: table
-- expect: no rows
savepoint ringfence_inner;
select 1 where pg_catalog.set_config('request.jwt.claims', {{other_claims}}, true) is null;
release savepoint ringfence_inner;
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
