-- Whether anybody but us is connected to this database. A role without pg_read_all_stats sees no kind of backend and no
-- application for sessions of others: they count, since ours always show their name to us.
select exists (
  select
  from pg_catalog.pg_stat_activity a
  where a.datname = pg_catalog.current_database()
    and coalesce(a.backend_type, 'client backend') = 'client backend'
    and a.pid <> pg_catalog.pg_backend_pid()
    and coalesce(a.application_name, '') not like 'ringfence%'
) as others
