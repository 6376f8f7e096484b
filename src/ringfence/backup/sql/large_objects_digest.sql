-- Count and checksum of all large objects by number and content.
select pg_catalog.count(*) as rows,
  coalesce(
    pg_catalog.sum(
      pg_catalog.hashtextextended(pg_catalog.md5(pg_catalog.lo_get(oid)), pg_catalog.hashoidextended(oid, 0))
    ), 0
  )::pg_catalog.text as checksum
from pg_catalog.pg_largeobject_metadata
