-- Which of phase 4's objects are there, and whether whoever asks may read them.
select
  pg_catalog.to_regclass('ringfence.shadow_observations') is not null as standing,
  coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('ringfence.shadow_observations')::oid, 'SELECT'), false)
    as readable,
  coalesce(pg_catalog.has_table_privilege(pg_catalog.to_regclass('ringfence.shadow_notes')::oid, 'SELECT'), false)
    as noting
