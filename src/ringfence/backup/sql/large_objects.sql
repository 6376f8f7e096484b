-- How many large objects there are.
select pg_catalog.count(*) as objects from pg_catalog.pg_largeobject_metadata
