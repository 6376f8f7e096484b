-- Stored columns whose type contains a table's row type: itself, as array, domain, range or part of a composite type.
-- The types are walked from an edge list that is made once; a search per table would read pg_type a thousand times.
with recursive edges ("inner", "outer") as materialized (
  select t.typelem, t.oid from pg_catalog.pg_type as t where t.typelem <> 0 and t.typcategory = 'A'
  union all
  select t.typbasetype, t.oid from pg_catalog.pg_type as t where t.typtype = 'd'
  union all
  select r.rngsubtype, r.rngtypid from pg_catalog.pg_range as r
  union all
  select r.rngtypid, r.rngmultitypid from pg_catalog.pg_range as r
  union all
  select a.atttypid, c.reltype
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as c on c.oid = a.attrelid and c.relkind = 'c'
  where not a.attisdropped
),
holds (of, type) as (
  select c.oid, c.reltype
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f')
    and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'ringfence')
  union
  select h.of, e."outer"
  from holds as h
  join edges as e on e."inner" = h.type
)
select distinct
  ofn.nspname::text as of_schema,
  ofc.relname::text as of_name,
  n.nspname::text as schema,
  c.relname::text as name,
  a.attname::text as "column"
from holds as h
join pg_catalog.pg_attribute as a on a.atttypid = h.type and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm')
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_class as ofc on ofc.oid = h.of
join pg_catalog.pg_namespace as ofn on ofn.oid = ofc.relnamespace
order by 1, 2, 3, 4, 5
