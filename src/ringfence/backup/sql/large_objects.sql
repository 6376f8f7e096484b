-- How many large objects there are, and whether this role may read all of them (pg_largeobject is for superusers).
select pg_catalog.count(*) as objects,
  pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') as readable
from pg_catalog.pg_largeobject_metadata
