-- What CREATE EXTENSION would find on this server.
select name::text from pg_catalog.pg_available_extensions
