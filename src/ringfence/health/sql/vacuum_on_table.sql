-- Vacuums at work on these tables or their TOAST tables. Which process vacuums and which table it has locked is visible
-- to everybody; whether it prevents wraparound stands in its activity, and that is null for a role that may not look.
select
  wanted.name as "table",
  l.pid,
  case when a.backend_type is not null then pg_catalog.strpos(a.query, '(to prevent wraparound)') > 0 end as wraparound
from pg_catalog.unnest(%(tables)s::text[]) as wanted (name)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(wanted.name)
join pg_catalog.pg_locks l
  on l.relation in (c.oid, nullif(c.reltoastrelid, 0))
  and l.locktype = 'relation' and l.mode in ('ShareUpdateExclusiveLock', 'AccessExclusiveLock') and l.granted
  and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
join pg_catalog.pg_stat_progress_vacuum p on p.pid = l.pid
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.pid <> pg_catalog.pg_backend_pid()
group by 1, 2, 3
order by 1, 2
