-- The first label of every enum, by the type's text under an empty search path.
select pg_catalog.format_type(t.oid, null) as type, e.enumlabel::text as label
from pg_catalog.pg_type t
join lateral (
  select enumlabel from pg_catalog.pg_enum where enumtypid = t.oid order by enumsortorder limit 1
) e on true
