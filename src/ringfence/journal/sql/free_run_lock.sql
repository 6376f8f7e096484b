-- Give the run lock back.
select pg_catalog.pg_advisory_unlock(1380535879, 1) as freed
