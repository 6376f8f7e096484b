-- Every role of this server.
select r.rolname::text as name from pg_catalog.pg_roles as r
