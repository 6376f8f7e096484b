-- Columns whose values repeat five times or more on average (pg_stats.n_distinct: a count, or minus a share of the rows).
select n.nspname as schema, c.relname as name, pg_catalog.array_agg(s.attname::text order by s.attname) as columns
from pg_catalog.pg_stats s
join pg_catalog.pg_namespace n on n.nspname = s.schemaname
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = s.tablename
where not s.inherited
  and c.relpages >= 64
  and n.nspname not in ('pg_catalog', 'information_schema', 'ringfence')
  and case when s.n_distinct < 0 then -s.n_distinct <= 0.2 when s.n_distinct > 0 then c.reltuples >= 5 * s.n_distinct end
group by n.nspname, c.relname
