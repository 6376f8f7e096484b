-- Whether the modes of endpoints are there, and whoever asks may read them.
select coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('ringfence.endpoints')::oid, 'SELECT'), false) as readable
