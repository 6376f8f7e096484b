-- Sessions whose open transaction holds a lock on one of our tables, oldest first. Literals are cut out of the
-- statement: it is shown to operators and must not carry people's data.
select a.pid,
  coalesce(a.usename::text, '') as login,
  coalesce(a.application_name, '') as application,
  coalesce(a.state, a.backend_type, '') as state,
  coalesce(extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start)), 0)::double precision
    as seconds,
  pg_catalog.array_agg(distinct l.relation::pg_catalog.regclass::text) as blocks,
  pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.regexp_replace(coalesce(a.query, ''), '''[^'']*''', '?', 'g'),
    '\m[0-9]+\M', '?', 'g'), 80) as query
from pg_catalog.pg_locks l
join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.granted
  and l.locktype = 'relation'
  and a.pid <> pg_catalog.pg_backend_pid()
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
  and l.relation = any (
    select pg_catalog.to_regclass(r)::pg_catalog.oid from pg_catalog.unnest(%(relations)s::text[]) r)
  and a.application_name not like 'ringfence%%'
group by a.pid, a.usename, a.application_name, a.state, a.backend_type, a.xact_start, a.backend_start, a.query
order by seconds desc
limit 20
