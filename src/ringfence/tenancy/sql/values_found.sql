-- How many of a column's sampled distinct values are keys of the parent table. Reads at most %(rows)s rows.
with sampled as materialized (
  select {{column}} as value
  from {{table}} tablesample system (%(percent)s::real)
  limit %(rows)s::bigint
), listed as materialized (
  select distinct value from sampled where value is not null
)
select
  (select pg_catalog.count(*) from sampled) as rows,
  (select pg_catalog.count(*) from sampled where value is null) as nulls,
  (select pg_catalog.count(*) from listed) as values,
  (
    select pg_catalog.count(*)
    from listed as l
    where exists (select from {{parent}} as p where p.{{parent_column}} = l.value)
  ) as found
