-- Whether phase 3's tables of sessions are there, and whoever asks may read them.
select coalesce(pg_catalog.bool_and(
    coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('ringfence.' || t.name)::oid, 'SELECT'), false)), false)
  as readable
from (values ('authenticate_settings'), ('token_counts'), ('sessions')) t (name)
