-- Which extensions this server could install.
select a.name::text as name from pg_catalog.pg_available_extensions as a
