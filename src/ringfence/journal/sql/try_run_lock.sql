-- Take the run lock for this session if it is free, never waiting: a waiter would deadlock with CREATE INDEX CONCURRENTLY.
select pg_catalog.pg_try_advisory_lock(1380535879, 1) as taken
