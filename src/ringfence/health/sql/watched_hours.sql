-- How many of the last hours were watched, the present one among them, and when a sample was taken last.
select
  (
    select pg_catalog.count(*)
    from ringfence.session_watches as w
    where w.hour > pg_catalog.date_trunc('hour', pg_catalog.now()) - pg_catalog.make_interval(hours => %(hours)s::int)
  ) as hours,
  (select pg_catalog.max(s.last_seen) from ringfence.session_samples as s) as last_sample_at,
  pg_catalog.now() as now
