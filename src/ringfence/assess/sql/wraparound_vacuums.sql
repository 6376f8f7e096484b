-- Vacuums that run against wraparound now; they give way to no lock attempt.
select a.query
from pg_catalog.pg_stat_activity as a
where a.backend_type = 'autovacuum worker'
  and a.datname = pg_catalog.current_database()
  and a.query like '%(to prevent wraparound)%'
