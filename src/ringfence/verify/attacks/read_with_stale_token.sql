-- title: use a token of a tenant one is no member of any more
-- catalogue: P20
-- actor: former
-- target: table
-- expect: no rows
select 1 from {{target}} t where t.{{tenant}} = {{other}}{{and_closed}} limit 1;
