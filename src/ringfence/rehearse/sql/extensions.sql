-- Which extensions are installed here.
select e.extname::text as name from pg_catalog.pg_extension as e
