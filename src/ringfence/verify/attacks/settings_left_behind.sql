-- title: read without a context in a session that kept the settings of the tenant before
-- catalogue: X1
-- actor: nobody
-- target: table
-- other: select pg_catalog.set_config('request.jwt.claims', {{other_claims}}, false)
-- keeps: yes
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
