-- The session that holds the run lock of this database; a role without
-- pg_read_all_stats does not see the client and the time of others.
select
    l.pid,
    a.application_name as application,
    a.usename as login,
    pg_catalog.host(a.client_addr) as client,
    a.backend_start as since
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory'
    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    and l.classid = 1380535879
    and l.objid = 1
    and l.objsubid = 2
    and l.granted
